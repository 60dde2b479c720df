"""The density of the trained flow, from the result file alone.

usage: plot.py runs/17_density/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/17_density/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "17_density.png"
curves = xr.open_dataset(path, group="series/curves")
picture = xr.open_dataset(path, group="series/picture")

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
left.plot(curves.step, curves.loss, label="-mean ln p, training")
if "test_log_likelihood" in curves:
    left.plot(curves.step, -curves.test_log_likelihood, label="held out")
left.set(xlabel="step of Adam", ylabel="nats")
left.legend()
mesh = right.pcolormesh(picture.x, picture.y, picture.density[-1], shading="nearest")
fig.colorbar(mesh, ax=right, label="density p(x)")
right.set(xlabel="x", ylabel="y", aspect="equal")
fig.savefig(figure, dpi=90)
print("wrote", figure)
