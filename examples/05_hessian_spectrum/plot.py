"""Largest eigenvalues along the run and the density at its end, from the result file alone.

usage: plot.py runs/05_hessian_spectrum/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/05_hessian_spectrum/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "05_hessian_spectrum.png"
spectrum = xr.open_dataset(path, group="series/spectrum")
density = xr.open_dataset(path, group="series/density").isel(time_density=-1)

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
spectrum.eigenvalue.plot.line(ax=left, x="time_spectrum", add_legend=False, color="tab:blue", lw=0.8)
spectrum.sharpness_limit.plot(ax=left, color="black", ls=":", label="2 / learning rate")
left.set(title="eigenvalues of the Hessian", ylabel="eigenvalue")
left.legend()
right.plot(density.density_eigenvalue, density.density)
right.fill_between(density.density_eigenvalue, density.density_low, density.density_high, alpha=0.3)
right.set(title="density at the end, with its band", xlabel="eigenvalue", ylabel="density", yscale="log",
          ylim=(1e-6 * float(density.density.max()), 3 * float(density.density.max())))
fig.savefig(figure, dpi=110)
print("wrote", figure)
