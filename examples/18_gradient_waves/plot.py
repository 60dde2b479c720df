"""The gradient over cells and layers with its light cone, and the speed of its pulse, from the result file alone.

usage: plot.py runs/18_gradient_waves/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/18_gradient_waves/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "18_gradient_waves.png"
backward = xr.open_dataset(path, group="series/backward")
forward = xr.open_dataset(path, group="series/forward")
curves = xr.open_dataset(path, group="series/curves")


def unbroken(position, cells):
    """A line is not drawn where it jumps round the ring."""
    x = position.to_numpy().copy()
    x[1:][np.abs(np.diff(x)) > cells / 2] = np.nan
    return x


fig, axes = plt.subplots(1, 3, figsize=(14, 4.6), layout="constrained")
for ax, data, key, front in ((axes[0], forward, "field", "field_front"),
                             (axes[1], backward, "gradient", "gradient_front")):
    time = data[data[key].dims[0]].to_numpy()
    values = data[key].to_numpy()
    ax.pcolormesh(data.cell, time, values, cmap="RdBu_r", vmin=-1, vmax=1, rasterized=True)
    for side, label in ((0, "sqrt(mu) a layer"), (1, None)):
        ax.plot(unbroken(data[front][:, side], data.cell.size), time, "g-.", lw=1, label=label)
    ax.set(xlabel="cell s", ylabel="layer t", title={"field": "forward: x_t(s)", "gradient": "backward: g(t, s)"}[key])
for side, label in ((0, "light cone"), (1, None)):
    axes[1].plot(unbroken(backward.light_cone[:, side], backward.cell.size), time, "k:", lw=1, label=label)
for ax in axes[:2]:
    ax.legend(loc="lower left")
axes[2].plot(curves.time_curves, curves.gradient_speed[:, 0], label="measured")
axes[2].plot(curves.time_curves, curves.gradient_speed[:, 1], "k--", label="group speed")
axes[2].set(xlabel="layer t", ylabel="cells a layer", title="speed of the gradient pulse", ylim=(0, 1))
axes[2].legend()
fig.savefig(figure, dpi=110)
print("wrote", figure)
