"""Decay of each mode against exp(-lambda t), and the loss of both flows, from the result file alone.

usage: plot.py runs/06_ill_conditioned_valley/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/06_ill_conditioned_valley/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "06_ill_conditioned_valley.png"
curves = xr.open_dataset(path, group="series/curves")

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4), layout="constrained")
for k, rate in enumerate([0.01, 0.1, 1.0, 10.0]):
    mode = curves.state[:, k]
    left.plot(curves.time, mode, label=f"lambda = {rate:g}")
    left.plot(curves.time, np.exp(-rate * curves.time), "k:", lw=1)
left.set(title="modes of the gradient flow; dotted: exp(-lambda t)", xlabel="model time", ylabel="q",
         yscale="log", ylim=(1e-6, 2))
left.legend()
for k, rate in enumerate([0.01, 0.1, 1.0, 10.0]):
    middle.plot(curves.time, curves.state_newton[:, k], lw=4 - k, label=f"lambda = {rate:g}")
middle.plot(curves.time, np.exp(-curves.time), "k:", lw=1)
middle.set(title="modes of Newton's flow; dotted: exp(-t)", xlabel="model time", ylabel="q", yscale="log")
middle.legend()
curves.loss.plot(ax=right, label="gradient flow")
curves.loss_newton.plot(ax=right, ls="--", label="Newton's flow")
right.plot(curves.time, float(curves.loss[0]) * np.exp(-2 * curves.time), "k:", lw=1, label="L(0) exp(-2 t)")
right.set(title="loss", ylabel="L", yscale="log")
right.legend()
fig.savefig(figure, dpi=110)
print("wrote", figure)
