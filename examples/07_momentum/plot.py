"""Energies, power and the loss beside heavy ball, descent and gradient flow, from the result file alone.

usage: plot.py runs/07_momentum/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/07_momentum/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "07_momentum.png"
curves = xr.open_dataset(path, group="series/curves")

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
for name, style in [("total", "-"), ("potential", "--"), ("kinetic", ":")]:
    curves[f"{name}_energy"].plot(ax=left, ls=style, label=name)
left.set(title="energies", ylabel="energy", xscale="log", yscale="log", xlim=(0.01, None), ylim=(1e-4, 1))
left.legend()
curves.power.plot(ax=middle, label="of the force")
curves.dissipation.plot(ax=middle, ls="--", label="lost to friction")
middle.set(title="power", ylabel="power", xscale="log", xlim=(0.01, None))
middle.legend()
curves.loss.plot(ax=right, label="damped particle")
curves.loss_ball.plot(ax=right, ls="--", label="heavy ball")
curves.loss_descent.plot(ax=right, ls=":", label="descent without momentum")
curves.loss_flow.plot(ax=right, ls="-.", lw=1, label="gradient flow")
right.set(title="loss", ylabel="L", xscale="log", yscale="log", xlim=(0.01, None))
right.legend()
fig.savefig(figure, dpi=110)
print("wrote", figure)
