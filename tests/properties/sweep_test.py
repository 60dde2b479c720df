"""Sweeps: killed and started again they leave the file of an uninterrupted one, with one thread or two; finished
members are not run again; the numbers are those of `run --set` and of closed forms; failures follow the policy; bad
sweep files are refused where they stand."""
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


def sweep(folder, text, out, *options, code=0):
    (folder / "sweep.toml").write_text(text)
    done = subprocess.run([program, "sweep", folder / "sweep.toml", "--out", folder / out, "--quiet", "--json", *options],
                          capture_output=True, text=True, timeout=120)
    check(done.returncode == code, f"{out} {options}: exit code {done.returncode}: {done.stdout} {done.stderr}")
    return json.loads(done.stdout) if done.stdout else {}, done.stderr


def same(a, b, what):
    same_file(a / "sweep.h5", b / "sweep.h5", what)


descent = """
report = false
[base]
seed = 3
model = { name = "quadratic", spectrum = [1.0, 3.0], reflections = 0 }
dynamics = { name = "gradient_descent" }
start = { state = [1.0, -2.0] }
time = { steps = 20 }
[[base.record]]
name = "curves"
when = { steps = 1 }
what = ["loss", "state"]
"""
rates = """
[[axis]]
key = "dynamics.learning_rate"
from = 0.01
to = 0.64
count = 4
scale = "log"
"""


def closed_form(folder):
    """theta_n = (1 - eta h)^n theta_0, so loss_n = sum h (1 - eta h)^(2n) theta_0^2 / 2."""
    collect = "".join(f'[[collect]]\nwhat = ["loss"]\ntake = "{take}"\n{more}\n' for take, more in (
        ("last", ""), ("first", ""), ("minimum", ""), ("maximum", ""), ("mean", "rows = 5"), ("tail", "rows = 3"),
        ("series", 'name = "curve"')))
    steps = '[[axis]]\nkey = "time.steps"\nname = "steps"\nvalues = [10, 20]\n'
    sweep(folder, descent + rates + steps + collect + '[[collect]]\nwhat = ["state"]\n', "closed")
    eta = 0.01 * 4.0 ** np.arange(4)
    for engine in ("netcdf4", "h5netcdf"):
        with xr.open_dataset(folder / "closed/sweep.h5", engine=engine) as file:
            check(file.loss.dims == ("learning_rate", "steps"), f"dimensions {file.loss.dims}")
            check(np.allclose(file.learning_rate, eta, rtol=1e-14), "log spacing")
            check(file.learning_rate.attrs["long_name"].startswith("eta"), "meaning of an axis")
            check(list(file.steps.values) == [10, 20], "given values")
            check(np.all(file.outcome == 0), "outcome")
            for i, rate in enumerate(eta):
                for j, n in enumerate((10, 20)):
                    factor = (1 - rate * np.array([1.0, 3.0])) ** np.arange(n + 1)[:, None]
                    theta = factor * np.array([1.0, -2.0])
                    loss = (theta**2 * np.array([1.0, 3.0])).sum(1) / 2
                    at = {"learning_rate": i, "steps": j}
                    # a few roundings of each of 20 steps
                    close = lambda a, b: np.allclose(a, b, rtol=1e-13, atol=1e-15)
                    check(close(file.loss[at], loss[-1]), f"last {at}")
                    check(close(file.loss_first[at], loss[0]), f"first {at}")
                    check(close(file.loss_minimum[at], loss.min()), f"minimum {at}")
                    check(close(file.loss_maximum[at], loss.max()), f"maximum {at}")
                    check(close(file.loss_mean[at], loss[-5:].mean()), f"mean {at}")
                    check(close(file.loss_tail[at], loss[-3:]), f"tail {at}")
                    check(close(file.curve[at][:n + 1], loss), f"series {at}")
                    check(np.all(np.isnan(file.curve[at][n + 1:])), f"after the end {at}")
                    check(close(file.state[at], theta[-1]), f"state {at}")
                    check(file.steps_accepted[at] == n, f"steps {at}")


def modes(folder):
    gains = '[[axis]]\nkey = "seed"\nvalues = [1, 2, 3, 4]\n'
    sweep(folder, 'mode = "zip"\n' + descent + rates + gains, "zip")
    with xr.open_dataset(folder / "zip/sweep.h5") as file:
        check(file.loss.dims == ("point",) and list(file.seed.values) == [1, 2, 3, 4], "zip")
        check("learning_rate" in file.loss.coords, "coordinates of points")
    drawn = descent + '[[axis]]\nkey = "dynamics.learning_rate"\nfrom = 1e-3\nto = 0.5\nscale = "log"\n'
    more = '[[axis]]\nkey = "time.steps"\nname = "n"\nfrom = 1\nto = 9\ninteger = true\n'
    # 300 draws: the mean of log eta has an sd of 6.2 / sqrt(12 * 300) = 0.10; five of them
    sweep(folder, 'mode = "random"\ncount = 300\nseed = 7\n' + drawn + more, "random")
    sweep(folder, 'mode = "random"\ncount = 300\nseed = 7\n' + drawn, "random_alone")
    with xr.open_dataset(folder / "random/sweep.h5") as a, xr.open_dataset(folder / "random_alone/sweep.h5") as b:
        eta = a.learning_rate.values
        check(np.array_equal(eta, b.learning_rate), "draws of one key depend on another")
        check(eta.min() > 1e-3 and eta.max() < 0.5, "range of the draws")
        check(abs(np.log(eta).mean() - np.log(5e-4) / 2) < 0.5, "mean of the draws")
        check(set(a.n.values) == set(range(1, 10)), f"whole numbers {set(a.n.values)}")
    sweep(folder, descent.replace('"state"]', '"gradient_calls"]') + rates, "counts")
    with xr.open_dataset(folder / "counts/sweep.h5") as file:
        check(np.array_equal(file.gradient_calls_last, file.gradient_calls), "a quantity with a reserved name")
    points = '[[point]]\ndynamics.learning_rate = 0.1\n[[point]]\n"dynamics.learning_rate" = 0.2\ntime.steps = 3\n'
    sweep(folder, descent.replace('dynamics = { name = "gradient_descent" }',
                                  'dynamics = { name = "gradient_descent", learning_rate = 0.3 }') + points, "list")
    with xr.open_dataset(folder / "list/sweep.h5") as file:
        check(list(file.steps_accepted.values) == [20, 3], "list")
        check(np.isnan(file.steps[0]) and file.steps[1] == 3, "what a point does not say")
    # A base in a file of its own, a value for all, one value for two keys: loss = s (s^2 + s^2) / 2 at the start.
    (folder / "base.toml").write_text(descent.split("[base]")[1].replace("base.record", "record"))
    shared = """
report = false
base = "base.toml"
[set]
time.steps = 3
[[axis]]
key = "start.state"
also = ["model.spectrum"]
values = [[1.0, 1.0], [2.0, 2.0]]
[[collect]]
what = ["loss"]
take = "first"
"""
    sweep(folder, shared, "shared")
    with xr.open_dataset(folder / "shared/sweep.h5") as file:
        check(list(file.loss_first.values) == [1, 8] and np.all(file.steps_accepted == 3), "base, set, also")
    tables = """
[[axis]]
key = "dynamics"
values = [{ name = "gradient_descent", learning_rate = 0.1 }, { name = "heavy_ball", learning_rate = 0.1 }]
labels = ["plain", "momentum"]
"""
    sweep(folder, descent.replace('["loss", "state"]', '["loss"]') + tables, "tables")
    with xr.open_dataset(folder / "tables/sweep.h5") as file:
        check(list(file.dynamics.values) == ["plain", "momentum"], "tables as values")
        check(file.loss[0] != file.loss[1], "tables as values make a difference")


def bifurcation(folder):
    """The last iterates of the logistic map: a fixed point 1 - 1/r, then two points
    (r + 1 +- sqrt((r - 3)(r + 1))) / (2 r)."""
    text = """
report = false
base = { model = { name = "logistic_map" }, time = { steps = 2000 }, record = [{ name = "x", when = { steps = 1 }, what = ["state"] }] }
[[axis]]
key = "model.r"
values = [2.5, 3.2]
[[collect]]
what = ["state"]
take = "tail"
rows = 64
name = "x"
"""
    sweep(folder, text, "bifurcation")
    with xr.open_dataset(folder / "bifurcation/sweep.h5") as file:
        x = file.x.values.reshape(2, 64)
        r, root = 3.2, np.sqrt(0.2 * 4.2)
        check(np.abs(x[0] - 0.6).max() < 1e-13, "fixed point")
        exact = np.sort([(r + 1 - root) / (2 * r), (r + 1 + root) / (2 * r)])
        check(np.abs(np.sort(x[1].reshape(32, 2), axis=1) - exact).max() < 1e-13, "two points")


learning = """
report = false
[base]
seed = 1
model = { name = "mlp", hidden = [8], loss = "mse", data = { name = "digits", samples = 200 } }
dynamics = { name = "gradient_descent" }
time = { steps = 150 }
limits = { divergence = 1e4 }
[[base.record]]
name = "curves"
when = { steps = 5 }
what = ["loss", "accuracy"]
[[axis]]
key = "dynamics.learning_rate"
from = 0.01
to = 2.0
count = 8
scale = "log"
[[axis]]
key = "model.init.gain"
values = [0.5, 1, 2]
[[collect]]
what = ["loss", "accuracy"]
[[collect]]
what = ["loss"]
take = "series"
name = "curve"
"""


def kills(folder):
    whole, _ = sweep(folder, learning, "whole", "--threads", "1")
    check(whole["run_now"] == 24 and whole["outcomes"].get("diverged", 0) > 2, f"whole: {whole}")
    sweep(folder, learning, "threads", "--threads", "2")
    same(folder / "whole", folder / "threads", "one thread or two")
    # `run` with the same keys gives the same numbers to the last bit.
    base = folder / "run.toml"
    base.write_text(learning.split("[[axis]]")[0].replace("report = false\n[base]\n", "").replace("base.record", "record")
                    + "[output]\nreport = false\n")
    with xr.open_dataset(folder / "whole/sweep.h5") as file:
        rate = float(file.learning_rate[3])
        loss = float(file.loss[3, 2])
    ran = subprocess.run([program, "run", base, "--set", f"dynamics.learning_rate={rate!r}", "--set",
                          "model.init.gain=2", "--out", folder / "single", "--quiet", "--json"], capture_output=True, text=True)
    with h5py.File(folder / "single/result.h5") as file:
        check(file["series/curves/loss"][-1] == loss, f"run gives {file['series/curves/loss'][-1]}, the sweep {loss}")

    again, _ = sweep(folder, learning, "whole")
    check(again["run_now"] == 0 and again["finished_before"] == 24, f"finished members ran again: {again}")
    more, _ = sweep(folder, learning.replace("[0.5, 1, 2]", "[0.5, 1, 2, 3]"), "whole")
    check(more["run_now"] == 8 and more["finished_before"] == 24, f"new members alone: {more}")

    choose = random.Random(2)
    long = learning.replace("steps = 150", "steps = 600")
    for kept in (False, True):
        # Kept runs are more work a member. What is not killed comes first: it says how long to wait.
        plain = learning.replace("count = 8", "count = 4") if kept else long
        out, fresh, sent = ("kept", "memory", 0) if kept else ("parts", "fresh", 0)
        text = "keep_runs = true\n" + plain if kept else plain
        begin = time.time()
        sweep(folder, text, f"timed-{out}")
        lasts = time.time() - begin
        (folder / "sweep.toml").write_text(text)
        for attempt in range(100):
            process = subprocess.Popen([program, "sweep", folder / "sweep.toml", "--out", folder / out, "--threads",
                                        str(1 + attempt % 2), "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            kind = choose.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
            time.sleep(choose.uniform(0.1, 0.4) * lasts)
            if sent < (4 if kept else 6) and process.poll() is None:
                process.send_signal(kind)
                sent += 1
            said = process.communicate(timeout=120)[1]
            if process.returncode == 0:
                break
            # -2, -15: the signal came before the program looked out for it
            check(process.returncode in (-9, -2, -15, 130, 143), f"exit {process.returncode}: {said}")
        check(sent >= 2, f"only {sent} kills: make the sweep longer")
        sweep(folder, plain, fresh)
        same(folder / fresh, folder / out, "members in processes, killed" if kept else "killed and started again")

    # A torn record is left out and its member run again.
    journal = folder / "parts/checkpoint/members.journal"
    journal.write_bytes(journal.read_bytes()[:-5])
    torn, _ = sweep(folder, long, "parts")
    check(torn["run_now"] == 1, f"after a torn record: {torn}")
    same(folder / "fresh", folder / "parts", "a torn record")


def policies(folder):
    record, _ = sweep(folder, learning, "record")
    check(record["exit_code"] == 0 and record["status"] == "complete", "record")
    stop, said = sweep(folder, 'on_failure = "stop"\n' + learning, "stop", "--threads", "1", code=3)
    check(stop["outcomes"]["diverged"] == 1 and stop["outcomes"]["not_run"] > 0, f"stop: {stop}")
    check("on_failure" in said, f"stop says {said}")
    few, _ = sweep(folder, learning + "[limits]\nmax_failures = 2\n", "few", "--threads", "1", code=3)
    check(few["outcomes"]["diverged"] == 2, f"max_failures: {few}")
    # finished members stay; the rest follows without the policy
    rest, _ = sweep(folder, learning, "stop")
    check(rest["finished_before"] == 24 - stop["outcomes"]["not_run"], f"after stop: {rest}")
    same(folder / "record", folder / "stop", "stopped, then recorded")
    budget = learning.replace("divergence = 1e4", "max_wall = 1e-9")
    tried, _ = sweep(folder, 'on_failure = "retry"\nretries = 1\n' + budget.replace("count = 8", "count = 1"), "retry")
    check(tried["outcomes"] == {"wall_budget": 3}, f"retry: {tried}")
    again, _ = sweep(folder, budget.replace("count = 8", "count = 1"), "retry")
    check(again["run_now"] == 3, "what may go well another time is run again")
    retried, _ = sweep(folder, learning, "record", "--retry-failed")
    check(retried["run_now"] == record["outcomes"]["diverged"], f"--retry-failed: {retried}")


def refusals(folder):
    for change, words in {
        ('key = "dynamics.learning_rate"', 'key = "dynamics.learning_rat"'): ["sweep.toml:15:", "learning_rate"],
        ("[0.5, 1, 2]", '[0.5, "wide"]'): ["sweep.toml:21:16", "model.init.gain", "member 1"],
        ("from = 0.01", "from = -0.01"): ["scale", "from and to > 0"],
        ("count = 8\n", ""): ["count"],
        ("count = 8", "cuont = 8"): ["cuont", "did you mean \"count\"?"],
        ('what = ["loss", "accuracy"]\n[[collect]]\nwhat = ["loss"]', 'what = ["los"]'): ["collect[0].what[0]", "\"loss\""],
        ('take = "series"', 'take = "mean"'): ["rows"],
        ('name = "curve"', ""): ["collected twice"],
        ('name = "curve"', 'name = "outcome"'): ["outcome", "another one"],
        ("values = [0.5", 'unit = "seconds"\nvalues = [0.5'): ["seconds"],
        ("[0.5, 1, 2]", "[]"): ["at least one value"],
        ("[base]", "[bas]"): ["base"],
        ('key = "model.init.gain"', 'key = "dynamics.learning_rate"'): ["varied twice"],
        ("hidden = [8]", "hidden = [8, -1]"): ["hidden"],
        ("[[axis]]", '[base.sampler]\nname = "nuts"\n[[axis]]'): ["sampler"],
    }.items():
        text = learning.replace(change[0], change[1], 1)
        check(text != learning, f"{change} changes nothing")
        _, said = sweep(folder, text, "bad", code=2)
        for word in words:
            check(word in said, f"{change[1]!r}: no {word!r} in {said!r}")
        check(not (folder / "bad").exists(), f"{change[1]!r}: files were made")
    sweep(folder, descent + rates + '[[collect]]\nwhat = ["loss"]\n', "taken")
    (folder / "run.toml").write_text(descent.split("[base]")[1].replace("[[base.record]]", "[[record]]"))
    ran = subprocess.run([program, "run", folder / "run.toml", "--out", folder / "taken", "--force"], capture_output=True, text=True)
    check(ran.returncode != 0 and "holds a sweep" in ran.stderr, f"run into a sweep's directory: {ran.stderr}")
    _, said = sweep(folder, 'base = "none.toml"\n[[axis]]' + learning.split("[[axis]]")[1], "bad", code=2)
    check("sweep.toml:1:8: base: " in said and "none.toml" in said, f"missing base: {said}")
    (folder / "sweep.toml").write_text(learning)
    ran = subprocess.run([program, "run", folder / "sweep.toml"], capture_output=True, text=True)
    check(ran.returncode == 2 and "sweep" in ran.stderr, f"run of a sweep: {ran.stderr}")
    listed = subprocess.run([program, "check", folder / "sweep.toml"], capture_output=True, text=True)
    check("24 members" in listed.stdout and "can be run" in listed.stdout, f"check: {listed.stdout} {listed.stderr}")


with tempfile.TemporaryDirectory() as name:
    for test in (closed_form, modes, bifurcation, kills, policies, refusals):
        here = pathlib.Path(name) / test.__name__
        here.mkdir()
        begin = time.time()
        test(here)
        print(f"{test.__name__}: {time.time() - begin:.1f} s")
finish()
