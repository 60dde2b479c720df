"""Loss against its closed form, and the error, from the result file alone.

usage: plot.py runs/03_closed_forms/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/03_closed_forms/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "03_closed_forms.png"
curves = xr.open_dataset(path, group="series/curves")

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
curves.loss.plot(ax=left, label="computed")
curves.exact_loss.plot(ax=left, ls="--", label="closed form")
left.set(xscale="log", yscale="log", title="loss", ylabel="L")
left.legend()
curves.exact_error.plot(ax=right)
right.set(xscale="log", yscale="log", title="error of the state", ylabel="|theta - exact|")
fig.savefig(figure, dpi=150)
print("wrote", figure)
