"""Bifurcation diagram of the loss, sharpness times learning rate, and the exponent with its error
below, a column for each momentum, from the sweep's file alone.

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
columns = [sweep.sel(momentum=m) for m in sweep.momentum] if "momentum" in sweep.dims else [sweep]

fig, axes = plt.subplots(3, len(columns), figsize=(9 if len(columns) == 1 else 4 * len(columns), 8), sharex=True,
                         sharey="row", layout="constrained", squeeze=False)
for column, part in zip(axes.T, columns):
    part = part.isel(learning_rate=part.outcome.to_numpy() == 0)  # 0: complete; others diverged
    rate = part.learning_rate.to_numpy()
    for ax, name, factor in ((column[0], "loss_tail", 1), (column[1], "sharpness_tail", rate[:, None])):
        late = part[name].to_numpy() * factor
        ax.plot(np.repeat(rate, late.shape[1]), late.ravel(), ",k", alpha=0.6)
    if "momentum" in part.coords:
        column[0].set_title(f"momentum {float(part.momentum):g}")
    column[1].axhline(2 * (1 + float(part.get("momentum", 0))), color="tab:red", lw=0.8)
    column[2].axhline(0, color="0.7", lw=0.8)
    column[2].errorbar(rate, part.finite_time_exponent, 2 * part.finite_time_exponent_error, fmt=".-", ms=3, lw=0.6, ecolor="0.6")
    column[2].set(xlabel="learning rate")
axes[0, 0].set(ylabel="loss of the last 64 steps", yscale="log")
axes[1, 0].set(ylabel="sharpness x learning rate")
axes[2, 0].set(ylabel="Lyapunov exponent a step\n(bars: two standard errors)")
fig.savefig(figure, dpi=90)
print("wrote", figure)
