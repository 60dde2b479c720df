"""F, U and T S against temperature with their closed forms, and the way there, from the result file.

usage: plot.py runs/09_free_energy/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/09_free_energy/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "09_free_energy.png"
curves = xr.open_dataset(path, group="series/curves")
log_evidence = float(xr.open_dataset(path).attrs["log_evidence"].split()[0])
T = curves.temperature.to_numpy()
last = curves.isel(time=-1)
p = 4  # coefficients

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
for name, label in [("internal_energy", "U"), ("free_energy", "F = U - T S"), ("entropy_term", "T S")]:
    left.plot(T, last[name], "o-", label=label)
# F(T) = U0 - (p T/2) ln(2 pi T) + (T/2) ln det A, and F(1) = -ln Z: one unknown, U0 = U(1) - p/2.
at_one = float(last.internal_energy.sel(temperature=1.0))
U0 = at_one - p / 2
half_log_det = -log_evidence - U0 + p / 2 * np.log(2 * np.pi)
left.plot(T, U0 - p * T / 2 * np.log(2 * np.pi * T) + T * half_log_det, "k--", label="closed form of F")
left.plot(1.0, -log_evidence, "k*", ms=12, label="-ln Z, exact")
left.set(xlabel="temperature T", ylabel="nats", title="at the end of the flow")
left.legend()
for value in T:
    right.plot(curves.time, curves.free_energy.sel(temperature=value) - last.free_energy.sel(temperature=value),
               label=f"T = {value:g}")
right.set(xscale="log", yscale="log", xlim=(1e-4, None), ylim=(1e-8, None), xlabel="time t", ylabel="F(t) - F(end) [nats]",
          title="the way there")
right.legend(fontsize=8)
fig.savefig(figure, dpi=150)
print("wrote", figure)
