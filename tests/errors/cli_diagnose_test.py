"""thalweg diagnose: its numbers against numpy's, its verdicts on broken chains, its errors on broken files."""
import json
import pathlib
import sys

import h5py
import numpy as np
import scipy.special
import scipy.stats
import xarray as xr

from cli import check, expect, finish, folder, run, source

sys.path.insert(0, str(source / "tests/support"))
from draws_files import chains, draws, groups, normal, plain, write


def split_rhat(x):
    """Rank-normalised, of draws (chain, draw) alone: Vehtari et al. 2021, equation 14."""
    half = x.shape[1] // 2
    halves = np.concatenate([x[:, :half], x[:, -half:]])
    z = scipy.special.ndtri((scipy.stats.rankdata(halves) - 0.375) / (halves.size + 0.25)).reshape(halves.shape)
    within, between = z.var(axis=1, ddof=1).mean(), half * z.mean(axis=1).var(ddof=1)
    return np.sqrt((between / within + half - 1) / half)


def rhat(x):
    return max(split_rhat(x), split_rhat(np.abs(x - np.median(x))))


def diagnose(path, *options, code=0):
    return json.loads(expect(code, "diagnose", path, "--json", *options).stdout)


def values(found):
    return {(v["group"], e["name"]): e for space in ("functions", "parameters") for v in found[space]
            for e in v["values"]}


def verdicts(found):
    return {v["name"]: v for v in found["verdicts"]}


def close(a, b):
    return abs(a - b) <= 1e-12 * max(1.0, abs(b))


def broken(**changes):
    """The good file with other variables: posterior__mu=..."""
    content = groups()
    for where, value in changes.items():
        group, name = where.split("__")
        axes = content[group].get(name, (("chain", "draw"),))[0]
        content[group][name] = (axes, value)
    return content


with folder():
    # A good file: all numbers, all verdicts met.
    content = groups()
    found = diagnose(write("good.nc", content), "--strict")
    v, judged = values(found), verdicts(found)
    check(found["chains"] == chains and found["draws"] == draws, "chains and draws")
    check({"finite", "rhat_functions", "ess_functions", "rhat_parameters", "ess_parameters", "divergences",
           "bfmi", "depth"} == set(judged), f"verdicts: {list(judged)}")
    check(all(x["state"] == "met" for x in judged.values()), f"not all met: {judged}")
    theta, w = content["posterior"]["theta"][1], content["posterior"]["W"][1]
    for name, x in {"theta[Deerfield]": theta[:, :, 1], "W[2, 4]": w[:, :, 2, 4],
                    "mu": content["posterior"]["mu"][1]}.items():
        e = v["posterior", name]
        check(close(e["mean"], x.mean()) and close(e["sd"], x.std(ddof=1)), f"{name}: mean and sd {e}")
        check(all(close(e[q], np.quantile(x, p)) for q, p in (("q5", 0.05), ("median", 0.5), ("q95", 0.95))),
              f"{name}: quantiles")
        check(close(e["rhat"], rhat(x)), f"{name}: R-hat {e['rhat']}, not {rhat(x)}")
    total = content["log_likelihood"]["y"][1].sum(-1)
    check(close(v["log_likelihood", "y, sum"]["mean"], total.mean()), "the sum of the log likelihood")
    check(found["functions"][0]["group"] == "log_likelihood" and found["functions"][-1]["name"] == "lp",
          "function space does not come first")
    fixed = v["posterior", "fixed"]
    check(fixed["constant"] and fixed["rhat"] is None and fixed["mean"] == 2.5, f"a constant: {fixed}")
    energy = content["sample_stats"]["energy"][1]
    bfmi = (np.diff(energy, axis=1) ** 2).mean(axis=1) / energy.var(axis=1)
    check(all(close(c["e_bfmi"], b) for c, b in zip(found["by_chain"], bfmi)), "E-BFMI")
    check(found["by_chain"][2]["n_steps"] == 7 and close(found["by_chain"][2]["acceptance_rate"], 0.8), "chains")
    one = run("diagnose", "good.nc", "--json", "--threads", "1").stdout
    check(one == run("diagnose", "good.nc", "--json", "--threads", "3").stdout, "numbers depend on threads")
    expect(0, "diagnose", "good.nc",
           output=["theta[Choate]", "W (3 x 5): 15 entries", "the 3 worst", "ok    no trajectory diverged",
                   "4 chains of 500 draws", "constant"])
    check("W[2, 4]" in expect(0, "diagnose", "good.nc", "--all").stdout, "--all does not show all")

    # Chains that do not agree, stand still, or are not finite: said with their number, exit code 4 only on request.
    mu = groups()["posterior"]["mu"][1].copy()
    mu[2] += 1.0
    found = diagnose(write("apart.nc", broken(posterior__mu=mu)), "--strict", code=4)
    check(verdicts(found)["rhat_parameters"]["state"] == "failed" and found["exit_code"] == 4, "chains apart")
    check(any("order of hidden units" in h for h in found["hints"]), "no hint about symmetries")
    expect(0, "diagnose", "apart.nc", output=["FAIL  R-hat of 1 of 24 parameters", "(mu)"])
    expect(4, "diagnose", "apart.nc", "--strict", error="verdicts that failed: rhat_parameters")
    expect(0, "diagnose", "apart.nc", "--strict", "--functions")

    mu = groups()["posterior"]["mu"][1].copy()
    mu[1] = 4.0  # used for the page below, too
    found = diagnose(write("stuck.nc", broken(posterior__mu=mu)))
    check("chain 1 stands still" in verdicts(found)["moving"]["sentence"], "a chain that stands still")
    check(found["by_chain"][1]["entries_standing_still"] == 1, "entries that stand still")

    theta = groups()["posterior"]["theta"][1].copy()
    theta[3, 17, 5] = np.nan
    theta[3, 18, 5] = np.inf
    found = diagnose(write("nan.nc", broken(posterior__theta=theta)))
    e = values(found)["posterior", "theta[Kent]"]
    check(e["not_finite"] == 2 and e["mean"] is None and e["rhat"] is None, f"NaN: {e}")
    check("in chain 3" in verdicts(found)["finite"]["sentence"], "the chain with a NaN")
    expect(0, "diagnose", "nan.nc", output="2 draws are not finite")

    # Divergences where theta[1] is low.
    theta = groups()["posterior"]["theta"][1]
    low = theta[:, :, 1] < -1.3
    found = diagnose(write("diverging.nc", broken(sample_stats__diverging=low)))
    check(found["divergences"] == low.sum(), "number of divergences")
    where = found["divergent_coordinates"][0]
    check(where["name"] == "theta[Deerfield]" and where["distance"] == 1.0, f"where: {where}")
    check(close(where["q95"], np.quantile(theta[:, :, 1][low], 0.95)), "range at divergences")
    check("most of all by theta[Deerfield]" in verdicts(found)["divergences"]["sentence"], "where, in words")
    check([c["divergences"] for c in found["by_chain"]] == low.sum(axis=1).tolist(), "by chain")

    slow = 10.0 + normal(4).cumsum(axis=1)
    deep = np.zeros((chains, draws), bool)
    deep[0, :50] = True
    found = diagnose(write("slow.nc", broken(sample_stats__energy=slow, sample_stats__reached_max_treedepth=deep)))
    check(verdicts(found)["bfmi"]["state"] == "failed", "E-BFMI of a random walk")
    check(verdicts(found)["depth"]["value"] == 0.1, "share at the depth limit")

    # The page of a file of another program, and what info says of it.
    content = broken(posterior__mu=mu, sample_stats__diverging=low)
    del content["posterior_predictive"]
    write("page.nc", content)
    on_line = xr.Dataset({"f": (("chain", "draw", "x"), normal(8, 21))},
                         coords={"chain": range(chains), "draw": range(draws), "x": np.linspace(-1.0, 1.0, 21)})
    on_line.to_netcdf("page.nc", mode="a", group="posterior_predictive", engine="h5netcdf")
    expect(0, "report", "page.nc")
    page = pathlib.Path("report.html").read_text()
    for text in ["Predictions: f", "Density of mu", "Trace of log likelihood", "Ranks of log likelihood", "Trace of mu",
                 "R-hat, functions beside parameters", "Energies of the chains", "Where trajectories diverged",
                 "Draws: chain 1 stands still", "theta[Kent]", "(the worst of 15)", f"{low.sum()} of {low.size}"]:
        check(text in page, f"no {text!r} in the page")
    expect(0, "info", "page.nc", output=["posterior", f"4 chains of {draws} draws: mu, theta (8), W (3 x 5), fixed"])

    # Names: what is misspelt is told, for it would hide a divergence.
    content = groups()
    content["sample_stats"]["diverging_sample"] = content["sample_stats"].pop("diverging")
    found = diagnose(write("names.nc", content), "--strict", code=4)
    check("diverging_sample is not read; ArviZ calls it diverging" in found["warnings"][0], f"{found['warnings']}")
    check(verdicts(found)["divergences"]["state"] == "unknown" and found["divergences"] is None, "unknown")
    content = groups()
    content["log_likelyhood"] = content.pop("log_likelihood")
    check("is it meant to be log_likelihood?" in diagnose(write("group.nc", content))["warnings"][0], "a group")

    # Few chains, few draws.
    expect(0, "diagnose", write("one.nc", {g: {n: (a, x[:1]) for n, (a, x) in v.items()}
                                           for g, v in groups().items() if g != "observed_data"}),
           output=["1 chain of 500 draws", "one chain cannot show"])
    short = write("short.nc", {"posterior": {"mu": (("chain", "draw"), normal(1)[:, :3])}})
    expect(4, "diagnose", short, "--strict", output="3 draws of a chain are too few")

    # Files that are not what they should be, each told in one sentence.
    for code, path, text in [
            (5, "nowhere.nc", "there is no such file or directory"),
            (5, ".", "there is no result.h5 in this directory"),
            (5, plain("bare.h5", {"posterior/mu": normal(1)}), "axes without a name"),
            (5, plain("other.h5", {"x": np.ones(3)}), "not a file of the ArviZ schema"),
            (5, plain("near.h5", {"posteror/mu": normal(1)}), 'is "posteror" meant to be "posterior"?'),
            (5, write("axes.nc", {"posterior": {"mu": (("draw", "chain"), normal(1)[:, :, ])}}),
             "/posterior/mu has the axes (draw, chain); sampled variables begin with (chain, draw)"),
            (5, write("stats.nc", {"posterior": {"mu": (("chain", "draw"), normal(1))},
                                   "sample_stats": {"lp": (("chain", "draw"), normal(1)[:, :9])}}),
             "/sample_stats/lp has 9 draws, /posterior has 500"),
            (5, write("chains.nc", {"posterior": {"mu": (("chain", "draw"), normal(1))},
                                    "log_likelihood": {"y": (("chain", "draw"), normal(1)[:2])}}),
             "/log_likelihood/y has 2 chains, /posterior has 4"),
            (5, write("empty.nc", {"posterior": {"mu": (("chain", "draw"), normal(1)[:, :0])}}), "no draw yet")]:
        done = expect(code, "diagnose", path, error=text)
        check(done.stderr.count("\n") == 1 and not done.stdout, f"{path}: more than a sentence: {done.stderr}")
    pathlib.Path("text.nc").write_text("mu,tau\n1,2\n")
    expect(5, "diagnose", "text.nc", error="text.nc: cannot open it: it is not an HDF5 file")
    whole = pathlib.Path("good.nc").read_bytes()
    for size in (100, 5000, len(whole) // 2, len(whole) - 50):
        pathlib.Path("cut.nc").write_bytes(whole[:size])
        expect(5, "diagnose", "cut.nc", error="cut.nc: cannot")
    with h5py.File("good.nc", "a") as f:  # a run that goes on: later draws are not there yet
        for g in ("posterior", "sample_stats", "log_likelihood", "posterior_predictive"):
            f[g].attrs["n_committed"] = 100
    check(diagnose("good.nc")["draws"] == 100, "draws that are not committed were read")

    expect(2, "diagnose", error="diagnose needs FILE")
    expect(2, "diagnose", "good.nc", "--strickt", error="did you mean --strict?")
    expect(0, "diagnose", "--help", output=["--strict", "--functions", "exit code 4 unless R-hat < 1.01, ESS > 100 per chain"])

finish()
