"""Sharpness of descent and flow with the stability limit, and the loss, from the result file alone.

usage: plot.py runs/04_edge_of_stability/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/04_edge_of_stability/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "04_edge_of_stability.png"
curves = xr.open_dataset(path, group="series/curves")

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
curves.sharpness_midpoint.plot(ax=left, label="gradient descent, at midpoints")
curves.sharpness_flow.plot(ax=left, ls="--", label="gradient flow")
curves.sharpness_limit.plot(ax=left, ls=":", color="black", label="limit of stable descent")
left.set(title="sharpness", ylabel="largest eigenvalue of the Hessian", yscale="log")
left.legend()
curves.loss.plot(ax=right, lw=0.8, label="gradient descent")
curves.loss_flow.plot(ax=right, ls="--", label="gradient flow")
right.set(title="loss", ylabel="L", yscale="log")
right.legend()
fig.savefig(figure, dpi=110)
print("wrote", figure)
