"""Bifurcation diagram of the loss, sharpness times learning rate, and the exponent below, from the
sweep's file alone.

usage: plot.py runs/22_training_chaos/sweep.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/22_training_chaos/sweep.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "22_training_chaos.png"
sweep = xr.open_dataset(path)
sweep = sweep.isel(learning_rate=sweep.outcome.to_numpy() == 0)  # 0: complete; others diverged
rate = sweep.learning_rate.to_numpy()

fig, axes = plt.subplots(3, 1, figsize=(9, 8), sharex=True, layout="constrained")
for ax, name, factor in ((axes[0], "loss_tail", 1), (axes[1], "sharpness_tail", rate[:, None])):
    late = sweep[name].to_numpy() * factor
    ax.plot(np.repeat(rate, late.shape[1]), late.ravel(), ",k", alpha=0.6)
axes[0].set(ylabel="loss of the last 64 steps", yscale="log")
axes[1].axhline(2, color="tab:red", lw=0.8)
axes[1].set(ylabel="sharpness x learning rate")
exponent = sweep.finite_time_exponent.to_numpy()
axes[2].axhline(0, color="0.7", lw=0.8)
axes[2].plot(rate, exponent, ".-", ms=3, lw=0.7)
axes[2].set(xlabel="learning rate", ylabel="Lyapunov exponent a step")
fig.savefig(figure, dpi=90)
print("wrote", figure)
