"""Files of draws in the ArviZ layout, written by xarray as arviz itself does, to be broken one way or another."""
import h5py
import numpy as np
import xarray as xr

chains, draws = 4, 500


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal((chains, draws, *shape))


def groups():
    """Draws that are as good as draws can be, of a small model."""
    x = normal(1, 8)
    posterior = {"mu": (("chain", "draw"), 4.0 + normal(2)),
                 "theta": (("chain", "draw", "school"), x),
                 "W": (("chain", "draw", "W_dim_0", "W_dim_1"), normal(3, 3, 5)),
                 "fixed": (("chain", "draw"), np.full((chains, draws), 2.5))}
    stats = {"lp": (("chain", "draw"), -0.5 * (x ** 2).sum(-1)),
             "diverging": (("chain", "draw"), np.zeros((chains, draws), bool)),
             "reached_max_treedepth": (("chain", "draw"), np.zeros((chains, draws), bool)),
             "energy": (("chain", "draw"), 10.0 + normal(4)),
             "energy_error": (("chain", "draw"), 0.1 * normal(5)),
             "acceptance_rate": (("chain", "draw"), np.full((chains, draws), 0.8)),
             "step_size": (("chain", "draw"), np.full((chains, draws), 0.25)),
             "n_steps": (("chain", "draw"), np.full((chains, draws), 7)),
             "inv_metric": (("chain", "inv_metric_dim_0"), np.ones((chains, 8)))}
    likelihood = {"y": (("chain", "draw", "obs"), -normal(6, 6) ** 2)}
    predictive = {"y": (("chain", "draw", "obs"), normal(7, 6))}
    return {"posterior": posterior, "sample_stats": stats, "log_likelihood": likelihood,
            "posterior_predictive": predictive,
            "observed_data": {"y": (("obs",), np.linspace(-1.0, 1.0, 6))}}


def write(path, content):
    """Every axis gets its coordinate: schools by name, the others by number."""
    mode = "w"
    for group, variables in content.items():
        sizes = {}
        for axes, values in variables.values():
            sizes.update(zip(axes, values.shape))
        coords = {a: np.arange(n) for a, n in sizes.items()}
        if "school" in coords:
            coords["school"] = ["Choate", "Deerfield", "Phillips", "Hotchkiss", "Lawrence", "Kent",
                                "Taft", "Exeter"][:sizes["school"]]
        xr.Dataset(variables, coords=coords).to_netcdf(path, mode=mode, group=group, engine="h5netcdf")
        mode = "a"
    return path


def plain(path, arrays):
    """The same arrays by h5py, without dimension scales."""
    with h5py.File(path, "w") as f:
        for name, values in arrays.items():
            f[name] = values
    return path
