"""Distance of gradient descent to gradient flow and to the modified flows, from the result file.

usage: plot.py runs/02_descent_as_a_flow/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/02_descent_as_a_flow/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "02_descent_as_a_flow.png"
curves = xr.open_dataset(path, group="series/curves")

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(curves.state[:, 0], curves.state[:, 1], ".-", label="gradient descent")
left.set(xlabel="a", ylabel="b", title="path in the plane")
left.legend()
for name in ("flow", "modified2", "modified3"):
    curves["distance_" + name][1:].plot(ax=right, label=name)
right.set(yscale="log", title="distance of descent to each flow", ylabel="|difference|")
right.legend()
fig.savefig(figure, dpi=150)
print("wrote", figure)
