"""Exponents in depth over the inputs before and after training, from the result file alone.

usage: plot.py runs/23_ridges/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/23_ridges/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "23_ridges.png"
plane = xr.open_dataset(path, group="series/plane")
x, y = plane.input_1.to_numpy(), plane.input_2.to_numpy()

fig, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for ax, row, when in ((axes[0], 0, "before training"), (axes[1], -1, "after training")):
    mesh = ax.pcolormesh(x, y, plane.input_exponent[row], shading="nearest", cmap="RdYlBu_r")
    ax.contour(x, y, plane.decision[row], levels=[0], colors="k", linewidths=1)
    ax.set(title=when, xlabel="input 1", ylabel="input 2")
    fig.colorbar(mesh, ax=ax, label="largest exponent a layer")
fig.savefig(figure, dpi=90)
print("wrote", figure)
