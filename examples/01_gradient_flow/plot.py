"""Loss, layer speeds and the distance between flow and descent, from the result file alone.

usage: plot.py runs/01_gradient_flow/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/01_gradient_flow/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "01_gradient_flow.png"
curves = xr.open_dataset(path, group="series/curves")

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
curves.loss.plot(ax=left, label="gradient flow")
curves.loss_descent.plot(ax=left, ls="--", label="gradient descent")
left.set(yscale="log", title="loss", ylabel="L")
left.legend()
curves.layer_speed.plot.line(ax=middle, x="time")
middle.set(yscale="log", title="speed of each layer", ylabel=curves.layer_speed.long_name)
curves.relative_distance_descent.plot(ax=right)
right.set(title="how far descent is from the flow", ylabel="distance / distance moved")
fig.savefig(figure, dpi=150)
print("wrote", figure)
