"""Runs for Lyapunov exponents: resumed, killed and threaded runs give the same bits; outcomes that are
no numbers; targets and bad input."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
program = os.environ["THALWEG_PROGRAM"]
import h5py
import numpy as np
from scipy.integrate import solve_ivp

failures = []


def check(true, what):
    if not true:
        failures.append(what)


def thalweg(*words, code=0):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, timeout=120)
    check(done.returncode == code, f"{words}: exit code {done.returncode}, not {code}: {done.stderr[-1000:]}")
    return done


def numbers(run):
    with h5py.File(run / "result.h5") as file:
        return {**{k: file[f"lyapunov/{k}"][()] for k in file["lyapunov"]},
                **{k: file[f"series/curves/{k}"][()] for k in ("exponent", "exponent_error", "time")}}


def same(a, b, what):
    a, b = numbers(a), numbers(b)
    for key in a:
        check(np.array_equal(a[key], b[key], equal_nan=a[key].dtype.kind == "f"), f"{what}: {key} differs")


roessler = """
[model]
name = "roessler"
[lyapunov]
exponents = 3
interval = 1.0
transient = 20.0
duration = 400.0
starts = 3
[output]
report = false
"""

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    config = folder / "run.toml"
    config.write_text(roessler)
    whole = folder / "whole"
    thalweg("run", config, "--out", whole, "--threads", 1)
    thalweg("run", config, "--out", folder / "threads", "--threads", 2)
    same(whole, folder / "threads", "two threads")

    thalweg("report", whole)
    page = (whole / "report.html").read_text()
    check("Kaplan-Yorke dimension" in page and "rate of volumes" in page, "the report's numbers")

    done = thalweg("resume", whole, code=2)
    check("is complete; ask for more with --set lyapunov.duration" in done.stderr, f"complete: {done.stderr}")

    # A shorter run that goes on.
    thalweg("run", config, "--out", folder / "longer", "--set", "lyapunov.duration=200.0")
    thalweg("resume", folder / "longer", "--set", "lyapunov.duration=400.0")
    a, b = numbers(whole), numbers(folder / "longer")
    check(np.array_equal(a["mean_exponent"], b["mean_exponent"]), "a longer duration: exponents differ")

    # Stopped again and again, at moments that differ from machine to machine, then to the end.
    stopped = folder / "stopped"
    thalweg("run", config, "--out", stopped, "--set", "limits.max_wall=0.01", code=6)
    for _ in range(3):
        thalweg("resume", stopped, "--set", "limits.max_wall=0.01", code=6)
    thalweg("resume", stopped, "--set", "limits.max_wall=0")
    same(whole, stopped, "stopped and resumed")

    # Orbits without numbers are told by name.
    config.write_text('[model]\nname = "double_well"\n[dynamics]\nname = "gradient_descent"\nlearning_rate = 2.1\n'
                      '[start]\nstate = [1.7]\n[lyapunov]\nstarts = 2\nspread = 0.0\n[output]\nreport = true\n')
    done = thalweg("run", config, "--out", folder / "escaped", code=3)
    check("diverged: no exponents: 2 of 2 orbits escaped" in done.stdout, "escape is not told")
    done = thalweg("resume", folder / "escaped", code=2)
    check("no orbit of the run" in done.stderr, f"escaped, resumed: {done.stderr}")
    out = numbers(folder / "escaped")
    check(np.isnan(out["mean_exponent"]).all() and (out["outcome"] == 2).all(), "escape is a number")

    # The target: reached early, or exit code 4.
    config.write_text('[model]\nname = "henon"\n[lyapunov]\nexponents = 2\ntransient = 100\nduration = 100000\n'
                      'target_error = 0.01\n[output]\nreport = false\n')
    thalweg("run", config, "--out", folder / "target")
    out = numbers(folder / "target")
    check(out["counted"][0] < 50000 and (out["exponent_error"][-1] <= 0.01).all(), "target")
    check(np.abs(out["mean_exponent"].sum() - np.log(0.3)) < 1e-9, "sum of Henon's exponents")
    # 1.25827 by Sprott; the error is that of one exponent, since the two add up to a constant
    D, error = out["mean_kaplan_yorke"], out["mean_kaplan_yorke_error"]
    l, sigma = out["mean_exponent"], out["mean_exponent_error"]
    check(abs(D - 1.25827) < 3 * error, f"Henon's dimension {D} +- {error}")
    check(abs(error - (1 - l[0] / -l[1]) * sigma[0] / -l[1]) < 1e-3 * error, f"{error} of {sigma}")
    with h5py.File(folder / "target" / "result.h5") as file, h5py.File(whole / "result.h5") as flow:
        for name, of_map, of_flow in (("lyapunov/exponent", "1/step", "1/time"), ("lyapunov/counted", "step", "time"),
                                      ("lyapunov/mean_volume_rate", "1/step", "1/time"), ("series/curves/exponent", "1/step", "1/time")):
            units = [np.asarray(f[name].attrs["units"]).astype(str).item() for f in (file, flow)]
            check(units == [of_map, of_flow], f"units of {name}: {units}")
        check(np.asarray(file["series/curves/time"].attrs["long_name"]).astype(str).item() == "steps counted", "what the axis counts")
    thalweg("run", config, "--out", folder / "missed", "--set", "lyapunov.target_error=1e-6", code=4)
    # One exponent of two does not tell the dimension.
    thalweg("run", config, "--out", folder / "one", "--set", "lyapunov.exponents=1", "--set", "lyapunov.duration=2000")
    out = numbers(folder / "one")
    check(np.isnan(out["kaplan_yorke"]).all() and np.isnan(out["mean_kaplan_yorke"]), "a dimension of one exponent")
    # On a cycle the largest exponent is 0: whether the dimension is 1 or 0 its sign decides, which nobody knows.
    config_of_map = config.read_text()
    config.write_text('[model]\nname = "van_der_pol"\n[lyapunov]\nexponents = 2\ntransient = 50\nduration = 300\n[output]\nreport = false\n')
    thalweg("run", config, "--out", folder / "cycle")
    out = numbers(folder / "cycle")
    check(abs(out["mean_kaplan_yorke"] - 1) <= out["mean_kaplan_yorke_error"] < 1.1 and out["mean_kaplan_yorke_error"] > 0.9,
          f"a cycle of dimension {out['mean_kaplan_yorke']} +- {out['mean_kaplan_yorke_error']}")
    config.write_text(config_of_map)
    # Orbits that are one and the same know no more than one of them.
    thalweg("run", config, "--out", folder / "same", "--set", "lyapunov.starts=3", "--set", "lyapunov.spread=0",
            "--set", "lyapunov.target_error=0", "--set", "lyapunov.duration=2000")
    out = numbers(folder / "same")
    check(np.allclose(out["mean_kaplan_yorke_error"], out["kaplan_yorke_error"], rtol=1e-9), "the error of one orbit, three times")
    with h5py.File(folder / "missed" / "result.h5") as file:
        check("target_error: not all" in np.asarray(file.attrs["status_reason"]).astype(str).item(), "missed: the file")

    for key, value, words in (
            ("lyapunov.exponents", "5", "tangent vectors of a motion of 2 unknowns"),
            ("lyapunov.interval", "0.5", "must be a whole number of steps"),
            ("lyapunov.interval", "-1", "must be > 0"),
            ("lyapunov.method", '"two_trajectories"', "must be 1 with two trajectories"),
            ("limits.max_steps", "3", "limits.max_steps is not a parameter"),
            ("limits.divergence", "3", "limits.divergence is not a parameter"),
            ("time.end", "3", "does not apply where there is a [lyapunov]")):
        done = thalweg("run", config, "--out", folder / "bad", "--set", f"{key}={value}", code=2)
        check(words in done.stderr, f"{key} = {value}: {done.stderr}")
    # A motion without a tangent says so; differences are asked for and named.
    config.write_text('[model]\nname = "mlp"\nhidden = [3]\ndata = { name = "two_moons", samples = 40 }\n'
                      '[dynamics]\nname = "stochastic_gradient_descent"\nbatch_size = 20\n'
                      '[lyapunov]\nstarts = 2\ntransient = 10\nduration = 100\n[output]\nreport = false\n')
    done = thalweg("run", config, "--out", folder / "bad", code=2)
    check("this map has no tangent here" in done.stderr and "two_trajectories" in done.stderr, f"batches: {done.stderr}")
    done = thalweg("run", config, "--out", folder / "differences", "--set", 'lyapunov.derivatives="differences"')
    check("fourth-order differences" in done.stdout, f"differences are not named: {done.stdout}")
    thalweg("run", config, "--out", folder / "pair", "--set", 'lyapunov.method="two_trajectories"')
    a, b = numbers(folder / "differences")["exponent"][-1, :, 0], numbers(folder / "pair")["exponent"][-1, :, 0]
    # one direction turns into the other during 10 steps of transient, and the rest is averaged over 100
    check(np.abs(a - b).max() < 0.05, f"differences {a}, two trajectories {b}")

    # A flow whose friction r/t has no limit at t = 0 begins later.
    config.write_text('[model]\nname = "quadratic"\nspectrum = [1.0, 4.0]\n[dynamics]\nname = "nesterov_flow"\n'
                      '[lyapunov]\nstarts = 1\ntransient = 10\nduration = 100\nexponents = 4\n[output]\nreport = false\n')
    done = thalweg("run", config, "--out", folder / "nesterov", code=3)
    check("lyapunov.start > 0" in done.stderr, f"nesterov_flow: {done.stderr}")
    thalweg("run", config, "--out", folder / "nesterov", "--force", "--set", "lyapunov.start=1.0")
    with h5py.File(folder / "nesterov" / "result.h5") as file:
        # tr J = -2 r / t: from t = 11 to 111
        check(abs(file["lyapunov/volume_rate"][0] + 6 * np.log(111 / 11) / 100) < 1e-6, "volumes of nesterov_flow")

    # Tangent vectors are a part of a run's state, under an implicit method too: the monodromy matrix.
    config.write_text('[model]\nname = "lorenz63"\n[tangents]\ncount = 0\nvolume = true\n'
                      '[solver]\nname = "sdirk"\nrtol = 1e-8\natol = 1e-8\n[time]\nend = 2.0\n'
                      '[[record]]\nwhen = { every = 0.5 }\nwhat = ["tangent", "tangent_norm", "ln_volume"]\n'
                      '[[analysis]]\nname = "growth"\nwhen = { every = 1.0 }\n'
                      'method = { name = "lyapunov", horizon = 1.0, interval = 0.5, exponents = 3 }\n'
                      '[start]\nstate = [1.0, 1.0, 20.0]\n[output]\nreport = false\n')
    thalweg("run", config, "--out", folder / "tangents")
    thalweg("run", config, "--out", folder / "halted", "--set", "limits.max_steps=50", code=6)
    thalweg("resume", folder / "halted", "--set", "limits.max_steps=100000")

    def rate(_, s):
        x, y, z = s[:3]
        J = np.array([[-10, 10, 0], [28 - z, -1, -x], [y, x, -8 / 3]])
        return np.r_[10 * (y - x), 28 * x - y - x * z, x * y - 8 / 3 * z, (J @ s[3:].reshape(3, 3)).ravel()]

    end = solve_ivp(rate, (0, 2), np.r_[1.0, 1.0, 20.0, np.eye(3).ravel()], method="DOP853", rtol=1e-11, atol=1e-11).y[3:, -1]
    with h5py.File(folder / "tangents" / "result.h5") as whole, h5py.File(folder / "halted" / "result.h5") as halted:
        curves = whole["series/curves"]
        # an rtol of 1e-8 over two units of time, in which errors grow tenfold
        check(np.abs(curves["tangent"][-1].T - end.reshape(3, 3)).max() < 1e-5 * np.abs(end).max(), "monodromy matrix")
        check(abs(curves["ln_volume"][-1] + 2 * 41 / 3) < 1e-6, "ln of the volume")
        # finite-time exponents of the flow itself, not of its tangents: they add up to the trace, to rtol 1e-6
        growth = whole["series/growth/finite_time_exponent"][()]
        check(np.abs(growth.sum(axis=1) + 41 / 3).max() < 1e-4, f"an analysis beside tangents: {growth}")
        for key in ("tangent", "tangent_norm", "ln_volume"):
            check(np.array_equal(curves[key][()], halted[f"series/curves/{key}"][()]), f"tangents resumed: {key}")

if failures:
    sys.exit("\n".join(failures))
print("Lyapunov exponents: the same bits in one piece, in many and in threads")
