"""The ladder, the work of the particles and ln Z by every route, from the result file.

usage: plot.py runs/12_evidence/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/12_evidence/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "12_evidence.png"
ladder = xr.open_dataset(path, group="ladder")
works = xr.open_dataset(path, group="annealing")
found = xr.open_dataset(path, group="evidence")
exact = -31.31135  # by quadrature over tau

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
b = ladder.inverse_temperature
left.errorbar(b[1:], (b * ladder.mean_log_likelihood)[1:], 2 * (b * ladder.mean_log_likelihood_error)[1:], fmt="o-", ms=3)
left.set(xscale="log", xlabel="inverse temperature b", ylabel="b x mean of ln p(D|q)",
         title="the area over ln b is ln Z")
for way in ("forward", "reverse"):
    middle.hist(works[f"minus_work_{way}"], bins=np.linspace(-32, -30.7, 40), alpha=0.6, label=way)
middle.axvline(exact, color="k", ls="--", label="ln Z, exact")
middle.set(xlabel="-W [nats]", ylabel="particles", title="work of annealing")
middle.legend()
routes = ["thermodynamic_lower", "thermodynamic", "thermodynamic_upper", "annealing_lower", "annealing_forward",
          "annealing_reverse", "annealing_upper"]
for i, name in enumerate(routes):
    right.errorbar(found[name], -i, xerr=2 * found[name + "_error"], fmt="o", capsize=3)
right.axvline(exact, color="k", ls="--")
right.locator_params(axis="x", nbins=4)
right.set(yticks=-np.arange(len(routes)), yticklabels=[r.replace("_", " ") for r in routes], xlabel="ln Z [nats]",
          title=f"Laplace's {float(found.laplace):.2f} is out of the picture")
fig.savefig(figure, dpi=110)
print("wrote", figure)
