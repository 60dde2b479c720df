"""The posterior predictive of iris, and R-hat of functions beside R-hat of weights, from the result file alone.

usage: plot.py runs/08_bayesian_iris/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from scipy.special import ndtri
from scipy.stats import rankdata

path = sys.argv[1] if len(sys.argv) > 1 else "runs/08_bayesian_iris/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "08_bayesian_iris.png"
posterior = xr.open_dataset(path, group="posterior")
predictive = xr.open_dataset(path, group="posterior_predictive")
likelihood = xr.open_dataset(path, group="log_likelihood")


def split_rhat(x):  # of the normal scores of ranks: Vehtari et al. 2021
    half = x.shape[1] // 2
    x = np.concatenate([x[:, :half], x[:, half:2 * half]])
    z = ndtri((rankdata(x).reshape(x.shape) - 3 / 8) / (x.size + 1 / 4))
    within, between = z.var(1, ddof=1).mean(), half * z.mean(1).var(ddof=1)
    return np.sqrt((within * (half - 1) / half + between / half) / within)


def rhats(data):
    return np.sort([split_rhat(column) for variable in data.data_vars.values()
                    for column in np.moveaxis(variable.to_numpy().reshape(*variable.shape[:2], -1), 2, 0)])


fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
p = predictive.probability.mean(("chain", "draw")).to_numpy()
spread = predictive.probability.std(("chain", "draw")).to_numpy()
for c, colour in enumerate(("#4477aa", "#ee6677", "#228833")):
    left.errorbar(np.arange(len(p)), p[:, c], spread[:, c], fmt=".", ms=3, lw=0.6, color=colour,
                  label=str(predictive["class"].values[c]))
left.set(title="posterior predictive: mean and sd", xlabel="flower", ylabel="P(class)")
left.legend()
total = likelihood.y.sum("observation").to_numpy()
for chain in total:
    middle.plot(chain, lw=0.4)
middle.set(title="log likelihood, four chains", xlabel="draw", ylabel="ln p(y | q)")
for data, name in [(predictive, "predictions"), (posterior, "weights")]:
    r = rhats(data)
    right.plot(np.linspace(0, 1, len(r)), r - 1, ".", ms=3, label=name)
right.axhline(0.01, color="0.5", lw=0.8)
right.set(title="R-hat - 1, sorted", xlabel="share", yscale="log", ylim=(1e-5, None))
right.legend()
fig.savefig(figure, dpi=110)
print("wrote", figure)
