"""The levels of a zoom into the boundary of trainability, and its box dimension, from the result file.

usage: plot.py runs/21_boundary_of_trainability/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/21_boundary_of_trainability/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "21_boundary_of_trainability.png"
zoom = xr.open_dataset(path, group="zoom")
boundary = xr.open_dataset(path, group="boundary")
levels = int(np.isfinite(zoom.dimension).sum())


def shade(measure):
    """Ranks within each sign: 0 .. 1 where training converges, -1 .. 0 where it diverges."""
    out = np.empty(measure.shape)
    for sign in (1, -1):
        where = np.sign(measure) == sign
        size = np.abs(measure[where])
        out[where] = sign * (1 - 0.9 * np.searchsorted(np.sort(size), size) / max(size.size - 1, 1))
    return out


fig, axes = plt.subplots(1, levels, figsize=(4.2 * levels, 4.4), layout="constrained", squeeze=False)
for k, ax in enumerate(axes[0]):
    level = xr.open_dataset(path, group=f"levels/level_{k:02}")
    cx, cy, wx, wy = (float(zoom[name][k]) for name in ("centre_x", "centre_y", "width_x", "width_y"))
    x0, y0 = (cx, cy) if k > 0 else (0, 0)  # offsets from the centre, where the numbers are alike
    ax.imshow(shade(level.measure.to_numpy()), origin="lower", cmap="RdYlBu", vmin=-1, vmax=1, interpolation="nearest",
              extent=(cx - x0 - wx / 2, cx - x0 + wx / 2, cy - y0 - wy / 2, cy - y0 + wy / 2), aspect="auto")
    ax.set(xlabel="log10 eta_0" + (f" - {x0:.6g}" if k else ""), ylabel="log10 eta_1" + (f" - {y0:.6g}" if k else ""),
           title=f"level {k}, dimension {float(zoom.dimension[k]):.2f}")
    ax.locator_params(nbins=5)
    if k + 1 < levels:
        next_x, next_y = float(zoom.centre_x[k + 1]) - x0, float(zoom.centre_y[k + 1]) - y0
        half = float(zoom.width_x[k + 1]) / 2, float(zoom.width_y[k + 1]) / 2
        ax.add_patch(plt.Rectangle((next_x - half[0], next_y - half[1]), 2 * half[0], 2 * half[1], fill=False, lw=1.5))
d = [float(boundary[name]) for name in ("dimension", "dimension_lower_quartile", "dimension_upper_quartile")]
fig.suptitle(f"blue: training converges, red: it diverges; box dimension {d[0]:.2f}, quartiles {d[1]:.2f} and {d[2]:.2f}")
fig.savefig(figure, dpi=75)
print("wrote", figure)
