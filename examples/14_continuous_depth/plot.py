"""Norms of tangent and adjoint in depth with their bounds, from the result file alone.

usage: plot.py runs/14_continuous_depth/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/14_continuous_depth/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "14_continuous_depth.png"
curves = xr.open_dataset(path, group="series/curves")
z = curves.time.to_numpy()

fig, axes = plt.subplots(1, 6, figsize=(20, 3.6), layout="constrained")
for k, label in enumerate(curves.layers.to_numpy()):
    signal = curves.signal.to_numpy()[:, k]
    axes[0].plot(*signal.T, lw=1, label=label)
    for name, colour in (("ln_tangent", "tab:blue"), ("ln_adjoint", "tab:orange")):
        low, middle, high = (curves[name + part].to_numpy()[:, k] for part in ("_lower", "", "_upper"))
        axes[k + 1].fill_between(z, low, high, color=colour, alpha=0.15)
        axes[k + 1].plot(z, middle, color=colour, label={"ln_tangent": "tangent", "ln_adjoint": "gradient"}[name])
    low, high = axes[k + 1].get_ylim()
    if high - low < 0.1:  # constant: rounding errors are no motion
        axes[k + 1].set_ylim(-0.1, 0.1)
    axes[k + 1].set(title=label, xlabel="depth z")
axes[0].set(title="paths of the signal", xlabel="a_1", ylabel="a_2", aspect="equal")
axes[0].legend(fontsize="x-small")
axes[1].set_ylabel("ln of a length")
axes[1].legend()
fig.savefig(figure, dpi=80)
print("wrote", figure)
