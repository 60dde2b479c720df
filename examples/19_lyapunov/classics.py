"""Measured exponents minus known ones with three standard errors on either side, from the sweep's file alone.

usage: classics.py runs/classics/sweep.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/classics/sweep.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "classics.png"
sweep = xr.open_dataset(path)
rows = [(f"{title}, {rank + 1}" if np.isfinite(sweep.mean_exponent[i, 1]) else str(title),
         float(sweep.mean_exponent[i, rank]), float(sweep.mean_exponent_error[i, rank]), float(sweep.mean_exponent_reference[i, rank]))
        for i, title in enumerate(sweep.title.to_numpy()) for rank in range(sweep.sizes["rank"])
        if np.isfinite(sweep.mean_exponent_reference[i, rank])]
y = -np.arange(len(rows))
fig, ax = plt.subplots(figsize=(9, 0.3 * len(rows) + 1.2), layout="constrained")
ax.axvline(0, color="0.7", lw=0.8)
ax.errorbar([m - k for _, m, _, k in rows], y, xerr=[3 * e for _, _, e, _ in rows], fmt="o", ms=3, lw=1)
for at, (_, measured, error, known) in zip(y, rows):
    ax.text(1.01, at, f"{measured:9.5f} ± {error:.1g}   known {known:.6g}", transform=ax.get_yaxis_transform(), va="center",
            fontsize="small", family="monospace")
ax.set_yticks(y, [name for name, *_ in rows])
ax.set_xscale("symlog", linthresh=1e-4)
ax.set_xlabel("measured - known exponent, bars: three standard errors")
fig.savefig(figure, dpi=90)
print("wrote", figure)
