"""Loss and phase portrait of the learned spiral, from the result file alone.

usage: plot.py runs/15_spiral_neural_ode/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/15_spiral_neural_ode/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "15_spiral_neural_ode.png"
curves = xr.open_dataset(path, group="series/curves")
seen = xr.open_dataset(path, group="exhibits")

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
curves.loss.plot(ax=left)
left.set(title="loss of all windows", ylabel="L", yscale="log")
middle.plot(*seen.series.T, ".", ms=3, color="0.6", label="data")
middle.plot(*seen.series_model.T, label="model")
middle.set(title="phase portrait", xlabel="first entry", ylabel="second entry", aspect="equal")
middle.legend()
right.plot(seen.time, seen.series[:, 0], ".", ms=3, color="0.6", label="data")
right.plot(seen.time, seen.series_model[:, 0], label="model")
right.set(title="first entry", xlabel="time of the series")
right.legend()
fig.savefig(figure, dpi=110)
print("wrote", figure)
