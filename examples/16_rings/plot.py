"""Plain against augmented: loss, accuracy, evaluations and where they decide, from the result files alone.

usage: plot.py runs/16_rings/result.h5 [figure.png [runs/plain/result.h5]]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/16_rings/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "16_rings.png"
runs = {"augmented": path}
if len(sys.argv) > 3:
    runs["plain"] = sys.argv[3]

fig, axes = plt.subplots(2, 3, figsize=(12, 6.4), layout="constrained")
for label, file in runs.items():
    curves = xr.open_dataset(file, group="series/curves")
    step = curves.step if "step" in curves else range(curves.sizes["time"])
    for ax, name in zip(axes[0], ("loss", "test_accuracy", "field_evaluations")):
        ax.plot(step, curves[name], label=label, lw=1.2)
        ax.set(xlabel="step of Adam", ylabel=curves[name].attrs["long_name"])
axes[0, 0].set_yscale("log")
axes[0, 0].legend()
for ax, (label, file) in zip(axes[1], runs.items()):
    decision = xr.open_dataset(file, group="series/plane").decision[-1]
    size = abs(decision).max()
    ax.pcolormesh(decision.input_1, decision.input_2, decision, cmap="RdBu", vmin=-size, vmax=size)
    ax.contour(decision.input_1, decision.input_2, decision, levels=[0], colors="k", linewidths=1)
    ax.set(title=f"{label}: {decision.attrs['long_name']}", xlabel="first input", ylabel="second input", aspect="equal")
for ax in axes[1, len(runs):]:
    ax.set_axis_off()
fig.savefig(figure, dpi=90)
print("wrote", figure)
