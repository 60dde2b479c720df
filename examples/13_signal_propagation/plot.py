"""Gradients, lengths and correlations by layer with their theory, and the phase diagram, or the
singular values of the Jacobian with their law, from the result file alone.

usage: plot.py runs/13_signal_propagation/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.colors import TwoSlopeNorm

path = sys.argv[1] if len(sys.argv) > 1 else "runs/13_signal_propagation/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "13_signal_propagation.png"
curves = xr.open_dataset(path, group="series/curves")
layer = curves.time

if "log_gradient" in curves:
    fig, axes = plt.subplots(1, 4, figsize=(17, 4), layout="constrained")
    for ax, name, label in zip(axes, ("log_gradient", "q", "c"),
                               ("ln |delta|^2", "length q", "correlation c of two inputs")):
        for i, regime in enumerate(curves.regime.to_numpy().astype(str)):
            ax.plot(layer, curves[name][:, i], label=regime)
            ax.plot(layer, curves[name + "_theory"][:, i], "k:", lw=1)
        ax.set(xlabel="layer", ylabel=label)
    axes[0].legend()
    phase = xr.open_dataset(path, group="series/phase")
    chi = phase.log_chi[0]
    colours = axes[3].pcolormesh(phase.sigma_w, phase.sigma_b, chi, cmap="RdBu_r",
                                 norm=TwoSlopeNorm(0, float(chi.min()), float(chi.max())))
    axes[3].plot(phase.critical_sigma_w[0], phase.sigma_b, "k")
    axes[3].set(xlabel="sigma_w", ylabel="sigma_b", title="ln chi_1; line: edge of chaos")
    fig.colorbar(colours)
else:
    jacobian = xr.open_dataset(path, group="series/jacobian")
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    left.semilogy(layer[1:], curves.jacobian_spread[1:], "o", layer[1:], curves.jacobian_spread_theory[1:], "k:")
    left.set(xlabel="layer", ylabel="var(s^2) / mean(s^2)^2")
    s = jacobian.singular_value[-1].to_numpy().ravel()
    bins = np.geomspace(max(s.max() * 1e-4, s[s > 0].min()), 1.1 * s.max(), 40)
    right.hist(s, bins, density=True)
    right.hist(jacobian.singular_value_theory[-1], bins, density=True, histtype="step", color="k", ls=":")
    right.set(xlabel="singular value of dh/dh0", ylabel="density", xscale="log")
fig.savefig(figure, dpi=110)
print("wrote", figure)
