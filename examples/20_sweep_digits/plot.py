"""Loss and test accuracy over learning rate and initialisation scale, from the sweep's file alone.

usage: plot.py runs/20_sweep_digits/sweep.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.colors import LogNorm

path = sys.argv[1] if len(sys.argv) > 1 else "runs/20_sweep_digits/sweep.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "20_sweep_digits.png"
sweep = xr.open_dataset(path)
sound = sweep.where(sweep.outcome == 0)  # members that reached their end

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
sound.loss_mean.plot(ax=left, x="gain", y="learning_rate", norm=LogNorm(), cmap="viridis_r")
sound.test_accuracy_maximum.plot(ax=right, x="gain", y="learning_rate", vmin=0, vmax=1)
for axes, title in ((left, "loss, mean over the last 50 steps"), (right, "best test accuracy")):
    axes.set(xscale="log", yscale="log", title=title, facecolor="0.8",
             xlabel="gain of the initial weights", ylabel="learning rate (grey: diverged)")
fig.savefig(figure, dpi=110)
print("wrote", figure)
