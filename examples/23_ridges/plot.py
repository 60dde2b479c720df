"""Exponents in depth over the inputs before and after training, on one scale, and their profile across the decision
boundary, from the result file alone.

usage: plot.py runs/23_ridges/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/23_ridges/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "23_ridges.png"
plane = xr.open_dataset(path, group="series/plane")
x, y = plane.input_1.to_numpy(), plane.input_2.to_numpy()
most = float(np.abs(plane.input_exponent).max())

fig, axes = plt.subplots(1, 3, figsize=(15, 4), layout="constrained")
for ax, row, when in ((axes[0], 0, "before training"), (axes[1], -1, "after training")):
    mesh = ax.pcolormesh(x, y, plane.input_exponent[row], shading="nearest", cmap="RdBu_r", vmin=-most, vmax=most)
    boundary = ax.contour(x, y, plane.decision[row], levels=[0], colors="k", linewidths=1)
    ax.set(title=when, xlabel="input 1", ylabel="input 2")
    # Distance of every point of the grid to the line that was drawn.
    line = np.concatenate([path.vertices for path in boundary.collections[0].get_paths()])
    points = np.stack(np.meshgrid(x, y), -1).reshape(-1, 1, 2)
    distance = np.sqrt(((points - line) ** 2).sum(-1).min(1))
    exponent = plane.input_exponent[row].to_numpy().ravel()
    bins = np.linspace(0, min(1.2, distance.max()), 25)
    inside = np.digitize(distance, bins)
    kept = [k for k in range(1, len(bins)) if (inside == k).sum() > 3]
    middle = 0.5 * (bins[1:] + bins[:-1])
    mean = np.array([exponent[inside == k].mean() for k in kept])
    spread = np.array([exponent[inside == k].std() for k in kept])
    at = middle[[k - 1 for k in kept]]
    axes[2].plot(at, mean, label=when)
    axes[2].fill_between(at, mean - spread, mean + spread, alpha=0.2)
fig.colorbar(mesh, ax=axes[:2], label="largest exponent a layer")
axes[2].axhline(0, color="0.7", lw=0.8)
axes[2].set(title="profile of the ridge", xlabel="distance to the decision boundary", ylabel="exponent, mean and spread")
axes[2].legend()
fig.savefig(figure, dpi=90)
print("wrote", figure)
