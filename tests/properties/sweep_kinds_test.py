"""Sweeps whose members are runs of exponents, draws, the evidence or a plane: their numbers are those of closed forms, of
`run` and of `diagnose`; killed, in threads or as kept runs they leave the same file; known values stand beside measured ones."""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
import xarray as xr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import check, finish, same_file

program = os.environ["THALWEG_PROGRAM"]


def call(*arguments, code=0):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120)
    check(done.returncode == code, f"{arguments}: exit code {done.returncode}: {done.stdout} {done.stderr}")
    return done


def sweep(folder, text, out, *options, code=0):
    (folder / "sweep.toml").write_text("report = false\n" + text)
    done = call("sweep", folder / "sweep.toml", "--out", folder / out, "--quiet", *options, code=code)
    return xr.open_dataset(folder / out / "sweep.h5") if code == 0 else done.stderr


def same(a, b, what):
    same_file(a / "sweep.h5", b / "sweep.h5", what)


def run(folder, text, out, *sets):
    (folder / "run.toml").write_text(text + "\n[output]\nreport = false\n")
    call("run", folder / "run.toml", "--out", folder / out, "--quiet", *[a for s in sets for a in ("--set", s)])
    return folder / out


def exponents(folder):
    """Descent on a quadratic: ln |1 - eta h|, to rounding."""
    quadratic = """
[base]
model = { name = "quadratic", spectrum = [1.0, 3.0] }
dynamics = { name = "gradient_descent" }
lyapunov = { exponents = 0, transient = 400, duration = 200, starts = 2 }
[[axis]]
key = "dynamics.learning_rate"
values = [0.1, 0.3, 0.5]
"""
    found = sweep(folder, quadratic, "quadratic", "--threads", "1")
    eta = found.learning_rate.to_numpy()[:, None]
    exact = -np.sort(-np.log(np.abs(1 - eta * np.array([1.0, 3.0]))), axis=1)
    # The frame turns towards the eigenvectors like (0.7 / 0.9)^400: only rounding is left.
    check(np.abs(found.mean_exponent - exact).max() < 1e-12, f"ln |1 - eta h|: {found.mean_exponent.values}")
    check(np.all(found.orbits == 2), "orbits that gave numbers")
    sweep(folder, quadratic, "threads", "--threads", "2")
    same(folder / "quadratic", folder / "threads", "threads")
    collected = '[[collect]]\nrecord = "lyapunov"\n[[collect]]\nrecord = "orbits"\n[[collect]]\nwhat = ["exponent_error"]\nrecord = "curves"\ntake = "series"\nname = "curve"\n'
    sweep(folder, quadratic + collected, "memory")
    sweep(folder, "keep_runs = true\n" + quadratic + collected, "kept")
    same(folder / "memory", folder / "kept", "kept runs")
    # Systems of different dimensions in one array, beside known values; an orbit that escapes has no number.
    systems = """
[base]
seed = 1
[[point]]
title = "logistic"
model = { name = "logistic_map" }
lyapunov = { duration = 20000, starts = 2 }
reference.mean_exponent = 0.6931471805599453
[[point]]
title = "cat"
model = { name = "cat_map" }
lyapunov = { exponents = 0, duration = 1000 }
reference.mean_exponent = [0.9624236501192069, -0.9624236501192069]
[[point]]
title = "lost"
model = { name = "henon", a = 2.0 }
lyapunov = { duration = 100 }
"""
    found = sweep(folder, systems, "systems")
    check(found.mean_exponent.dims == ("point", "rank") and found.sizes["rank"] == 2, f"{found.mean_exponent.dims}")
    check(np.isnan(found.mean_exponent[0, 1]) and np.isnan(found.mean_exponent_reference[2]).all(), "what is not there")
    # 5 of its standard errors: 1 false alarm in 2 million
    check(abs(found.mean_exponent[0, 0] - np.log(2)) < 5 * found.mean_exponent_error[0, 0] + 1e-9, "ln 2")
    orbits = sweep(folder, """
[base]
model = { name = "henon" }
lyapunov = { exponents = 2, transient = 100, duration = 2000, starts = 4 }
[[axis]]
key = "model.a"
values = [1.38, 1.4]
[[collect]]
record = "lyapunov"
[[collect]]
record = "orbits"
""", "orbits")
    check(np.allclose(orbits.mean_exponent, orbits.exponent.mean("start"), rtol=1e-12), "mean of the orbits")
    check(np.allclose(orbits.mean_exponent_error, (orbits.exponent_error**2).sum("start")**0.5 / 4, rtol=1e-10), "its error")
    check(np.allclose(orbits.mean_scatter, orbits.exponent.std("start", ddof=1) / 2, rtol=1e-10), "their scatter")
    check(np.abs(found.mean_exponent[1] - found.mean_exponent_reference[1]).max() < 1e-11, "the cat map")
    check(str(found.message.values[2]).count("escaped") == 1 and found.orbits[2] == 0, f"an orbit that escapes: {found.message.values}")
    call("report", folder / "systems")
    page = (folder / "systems" / "report.html").read_text()
    check("Measured and known: mean_exponent" in page and "in standard errors" in page, "a table in the report")


draws = """
[base]
model = { name = "gaussian", dim = 3 }
sampler = { name = "nuts" }
draws = { count = 200, warmup = 200, chains = 2 }
[[axis]]
key = "model.condition"
values = [1, 10, 100]
[[axis]]
key = "seed"
values = [1, 2]
[[collect]]
record = "draws"
[[collect]]
record = "parameters"
"""


def sampled(folder):
    found = sweep(folder, draws, "whole", "--threads", "2")
    check(not (folder / "whole/members").exists(), "directories of members are left over")
    alone = run(folder, draws.split("[[axis]]")[0].replace("[base]", ""), "alone", "model.condition=10", "seed=2")
    told = json.loads(call("diagnose", alone, "--json").stdout)
    q = [v for v in told["parameters"] if v["name"] == "q"][0]
    check(np.isclose(found.rhat_max[1, 1], q["rhat_max"], rtol=1e-12), f"R-hat {found.rhat_max[1, 1]} {q['rhat_max']}")
    check(np.isclose(found.ess_bulk_min[1, 1], q["ess_bulk_min"], rtol=1e-12), "ESS")
    check(np.isclose(found.ess_tail_min[1, 1], q["ess_tail_min"], rtol=1e-12), "ESS of tails")
    check(not np.isclose(q["ess_tail_min"], q["ess_bulk_min"], rtol=1e-3), "the two are told apart")
    with h5py.File(alone / "result.h5") as file:
        x = file["posterior/q"][:].reshape(-1, 3)
    check(np.allclose(found.mean_q[1, 1], x.mean(0), rtol=1e-12, atol=1e-14), "means")
    check(np.allclose(found.sd_q[1, 1], x.std(0, ddof=1), rtol=1e-12), "standard deviations")
    # Of 400 draws whose effective number lies between a ninth and ten times that; -ln p has the variance 3 / 2.
    for z in (found.mean_q_error / found.sd_q * 20, found.mean_lp_error / 1.5**0.5 * 20):
        check(bool(((z > 0.3) & (z < 3)).all()), f"errors of means: {z.values}")
    # Killed again and again.
    choose, sent = random.Random(3), 0
    (folder / "sweep.toml").write_text("report = false\n" + draws)
    for attempt in range(60):
        process = subprocess.Popen([program, "sweep", folder / "sweep.toml", "--out", folder / "killed", "--threads",
                                    str(1 + attempt % 2), "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(choose.uniform(0.05, 0.3))
        if sent < 5 and process.poll() is None:
            process.send_signal(choose.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            sent += 1
            if sent == 1:
                process.wait()
                said = call("resume", folder / "killed", code=2).stderr
                check("thalweg sweep" in said, f"resume of a sweep says {said}")
        if process.wait(timeout=120) == 0:
            break
    check(sent >= 2, f"only {sent} kills")
    same(folder / "whole", folder / "killed", "killed and started again")
    said = call("diagnose", folder / "killed", code=2).stderr
    check('record = "draws"' in said, f"diagnose of a sweep says {said}")


def evidence(folder):
    """Where the posterior is Gaussian, Laplace's number is ln Z itself: a normal density of the targets."""
    text = """
[base]
model = { name = "bayesian_linear_regression", noise = 0.5, data = { name = "noisy_sine", samples = 12 } }
sampler = { name = "nuts" }
evidence = { ladder = { intervals = 4, chains = 2, warmup = 50, draws = 50 }, annealing = { particles = 2, steps = 5 } }
[[axis]]
key = "model.prior_sd"
values = [0.5, 2.0]
"""
    found = sweep(folder, text, "whole")
    alone = run(folder, text.split("[[axis]]")[0].replace("[base]", ""), "alone", "model.prior_sd=2.0")
    with h5py.File(alone / "result.h5") as file:
        names = set(file["evidence"]) - {"scale"}
        for name in names:
            check(name in found and float(found[name][1]) == float(file["evidence"][name][()]), f"{name} of a run and of the sweep")
    check(found.laplace.dims == ("prior_sd",) and found.laplace[0] != found.laplace[1], "one number for each member")


def plane(folder):
    text = """
[base]
plane = { name = "julia" }
window = { resolution = 64 }
zoom = { levels = 2 }
[[axis]]
key = "window.resolution"
values = [32, 64]
[[collect]]
record = "boundary"
[[collect]]
what = ["boundary_cells"]
"""
    found = sweep(folder, text, "whole")
    alone = run(folder, text.split("[[axis]]")[0].replace("[base]", ""), "alone")
    with h5py.File(alone / "result.h5") as file:
        check(float(found.dimension[1]) == float(file["boundary/dimension"][()]), "dimension")
        check(np.array_equal(found.boundary_cells[1], file["zoom/boundary_cells"][:]), "cells")


def refusals(folder):
    base = '[base]\nmodel = { name = "henon" }\nlyapunov = { duration = 100 }\n'
    axis = '[[axis]]\nkey = "model.a"\nvalues = [1.2, 1.4]\n'
    for text, words in {
        base + axis + '[[collect]]\nwhat = ["mean_exponent"]\ntake = "tail"\nrows = 3\n': ["take", "once, at its end"],
        base + axis + '[[collect]]\nwhat = ["mean_exponnt"]\n': ["mean_exponent", "collect[0].what[0]"],
        base + axis + '[[axis]]\nkey = "reference.mean_exponent"\nvalues = [1, 2]\n': ["reference.mean_exponent", "zip"],
        'mode = "zip"\n' + base + axis + '[[axis]]\nkey = "reference.exponnt"\nvalues = [1, 2]\n': ["nothing that is collected"],
        'mode = "zip"\n' + base + axis + '[[axis]]\nkey = "reference.mean_exponent"\nvalues = [1, "two"]\n': ["must be a number"],
        base + '[base.time]\nsteps = 3\n' + axis: ["time", "lyapunov", "member 0"],
        'base = { plane = { name = "julia", width = 2 } }\n[[axis]]\nkey = "seed"\nvalues = [1]\n': ["width", "member 0"],
    }.items():
        said = sweep(folder, text, "bad", code=2)
        for word in words:
            check(word in said, f"{text!r}: no {word!r} in {said!r}")
        check(not (folder / "bad").exists(), f"{text!r}: files were made")


with tempfile.TemporaryDirectory() as name:
    for test in (exponents, sampled, evidence, plane, refusals):
        here = pathlib.Path(name) / test.__name__
        here.mkdir()
        begin = time.time()
        test(here)
        print(f"{test.__name__}: {time.time() - begin:.1f} s")
finish()
