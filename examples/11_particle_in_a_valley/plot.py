"""Energies stacked for four frictions, and the paths, from the result file alone.

usage: plot.py runs/11_particle_in_a_valley/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/11_particle_in_a_valley/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "11_particle_in_a_valley.png"
curves = xr.open_dataset(path, group="series/curves")
stiffness = np.array([1.0, 0.05])
motions = [("free", "state_free", 0.0), ("oscillating", "state", 0.2),
           ("critical along the valley", "state_critical", 0.4472135954999579),
           ("overdamped", "state_overdamped", 5.0)]

fig, axes = plt.subplots(2, 4, figsize=(14, 6.5), layout="constrained")
t = curves.time.to_numpy()
for (name, key, friction), top, bottom in zip(motions, axes[0], axes[1]):
    q, v = np.hsplit(curves[key].to_numpy(), 2)
    kinetic, potential = 0.5 * (v**2).sum(1), 0.5 * (stiffness * q**2).sum(1)
    lost = friction * np.concatenate([[0], np.cumsum(np.diff(t) * ((v**2).sum(1)[1:] + (v**2).sum(1)[:-1]) / 2)])
    top.stackplot(t, potential, kinetic, lost, labels=["potential", "kinetic", "lost to friction"],
                  colors=["#4477aa", "#ee6677", "#dddddd"])
    top.set(title=f"{name}, gamma = {friction:.3g}", xlabel="t", xlim=(0, 30), ylim=(0, 0.6))
    x, y = np.meshgrid(np.linspace(-1.1, 1.1, 80), np.linspace(-1.1, 1.1, 80))
    bottom.contour(x, y, 0.5 * (x**2 + 0.05 * y**2), levels=12, colors="0.8", linewidths=0.7)
    bottom.plot(q[:, 0], q[:, 1], lw=1)
    bottom.plot(*curves.state_flow.to_numpy().T, "k:", lw=1)
    bottom.set(xlabel="across", ylabel="along the valley")
axes[0, 0].set_ylabel("energy")
axes[0, 0].legend(loc="lower right")
fig.savefig(figure, dpi=110)
print("wrote", figure)
