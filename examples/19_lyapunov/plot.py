"""Running exponents with their error bands, from the result file alone.

usage: plot.py runs/19_lyapunov/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/19_lyapunov/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "19_lyapunov.png"
curves = xr.open_dataset(path, group="series/curves")
final = xr.open_dataset(path, group="lyapunov")
t, exponent, error = (curves[name].to_numpy() for name in ("time", "exponent", "exponent_error"))

fig, axes = plt.subplots(1, exponent.shape[2], figsize=(4.5 * exponent.shape[2], 3.6), layout="constrained", squeeze=False)
for k, ax in enumerate(axes[0]):
    for s in range(exponent.shape[1]):
        ax.plot(t, exponent[:, s, k], lw=1)
    low, high = (exponent[:, 0, k] + side * 3 * error[:, 0, k] for side in (-1, 1))
    ax.fill_between(t, low, high, color="0.85", label="3 standard errors of the first start")
    mean, se = float(final.mean_exponent[k]), float(final.mean_exponent_error[k])
    ax.axhline(mean, color="k", lw=0.8, ls=":")
    ax.set(xscale="log", xlabel="time counted", title=f"exponent {k + 1}: {mean:.5f} $\\pm$ {se:.5f}",
           ylim=(mean - max(40 * se, 1e-3), mean + max(40 * se, 1e-3)))
axes[0][0].set_ylabel("exponent so far")
axes[0][0].legend(fontsize="small")
fig.savefig(figure, dpi=90)
print("wrote", figure)
