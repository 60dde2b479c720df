"""The evidence as a run: the closed form of a conjugate regression, the same bits at any thread count and after an
interruption, one file for every reader, and what cannot be had is refused in words."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

program = os.environ["THALWEG_PROGRAM"]
config = """
seed = 3
[model]
name = "bayesian_linear_regression"
data = {{ name = "noisy_sine" }}
degree = 3
noise = 0.5
[sampler]
name = "{sampler}"
{more}
[evidence]
ladder = {{ intervals = {intervals}, draws = 400, warmup = 200 }}
annealing = {{ steps = {steps}, particles = 60 }}
[output]
report = false
"""


def thalweg(*arguments):
    return subprocess.run([program, *arguments, "--quiet"], capture_output=True, text=True)


def check(condition, message):
    if not condition:
        sys.exit(message)


def write(folder, name, sampler="nuts", more="", intervals=20, steps=100):
    path = folder / f"{name}.toml"
    path.write_text(config.format(sampler=sampler, more=more, intervals=intervals, steps=steps))
    return path


def groups(path):
    with h5py.File(path) as file:
        return {f"{g}/{k}": file[g][k][()] for g in ("ladder", "annealing", "evidence", "laplace") for k in file[g]}


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k], equal_nan=a[k].dtype.kind == "f") for k in a)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    one = thalweg("run", write(folder, "one"), "--out", folder / "one", "--json", "--threads", "1")
    check(one.returncode == 0, one.stderr)
    found = json.loads(one.stdout)["evidence"]
    with h5py.File(folder / "one" / "result.h5") as file:
        truth = float(file.attrs["log_evidence"].split()[0])
        check(file.attrs["status"] == b"complete" and "config" in file["provenance"].attrs, "status and provenance")

    # Normal errors: 4 of them fail with probability 6e-5 for each of these, once for this seed.
    check(abs(found["laplace"] - truth) < 1e-8, "Laplace's approximation is exact for a Gaussian")
    for key in ("thermodynamic", "annealing_forward", "annealing_reverse"):
        check(abs(found[key] - truth) < 4 * found[key + "_error"], f"{key}: {found[key]} is not {truth}")
        check(found[key + "_error"] < 0.3, f"{key} is known too badly to test anything")
    for key, side in (("thermodynamic_lower", 1), ("annealing_lower", 1), ("thermodynamic_upper", -1),
                      ("annealing_upper", -1)):
        check(side * (truth - found[key]) > -4 * found[key + "_error"], f"{key} is no bound")

    numbers = groups(folder / "one" / "result.h5")
    mean, b = numbers["ladder/mean_log_likelihood"], numbers["ladder/inverse_temperature"]
    check(abs(np.dot(np.diff(b), mean[:-1]) - found["thermodynamic_lower"]) < 1e-9, "the lower sum")
    check(np.allclose(numbers["annealing/minus_work_forward"].mean(), found["annealing_lower"]), "the mean work")

    coarse = thalweg("run", write(folder, "coarse", intervals=4), "--out", folder / "coarse", "--json")
    width = json.loads(coarse.stdout)["evidence"]
    check("rungs are few" in coarse.stdout and width["thermodynamic_width"] > 10 * found["thermodynamic_width"],
          "a coarse ladder is told")
    # Richardson's estimate is one of size
    check(abs(width["thermodynamic"] - truth) < 3 * width["thermodynamic_width"] + 4 * width["thermodynamic_error"],
          "the error of a coarse ladder")

    two = thalweg("run", folder / "one.toml", "--out", folder / "two", "--threads", "2")
    check(two.returncode == 0 and same(numbers, groups(folder / "two" / "result.h5")), "threads change the numbers")

    # Stopped in the ladder, then while annealing.
    stopped = thalweg("run", folder / "one.toml", "--out", folder / "bits", "--set", "limits.max_steps=3000")
    check(stopped.returncode == 6, f"a stopped run says {stopped.returncode}: {stopped.stderr}")
    with h5py.File(folder / "bits" / "result.h5") as file:
        check(np.isnan(file["ladder/mean_log_likelihood"][-1]), "rungs that are not there yet are NaN")
    wall = ["--set", "limits.max_steps=10000000", "--set", "limits.max_wall="]
    for pause in ("0.05", "0.05", "100"):
        again = thalweg("resume", folder / "bits", *wall[:3], wall[3] + pause)
        check(again.returncode in (0, 6), again.stderr)
        if again.returncode == 0:
            break
    check(again.returncode == 0 and same(numbers, groups(folder / "bits" / "result.h5")), "a resume changes the numbers")
    check("complete" in thalweg("resume", folder / "bits").stderr, "a complete run is not resumed")

    # Another sampler moves as well; one without Metropolis' correction says that it is not exact.
    hmc = thalweg("run", write(folder, "hmc", "hmc"), "--out", folder / "hmc", "--json")
    found = json.loads(hmc.stdout)["evidence"]
    check(abs(found["thermodynamic"] - truth) < 4 * found["thermodynamic_error"], "hmc disagrees")
    ula = thalweg("run", write(folder, "ula", "ula", "step_size = 0.003"), "--out", folder / "ula", "--json")
    check(ula.returncode == 0 and "not exact" in ula.stdout, f"ula does not say that it is approximate: {ula.stderr}")

    for change, words in (('model = {name="gaussian"}', "does not tell its prior"),
                          ('model = {name="funnel"}', "evidence: nothing is to be estimated: this model has no data"),
                          ('model = {name="harmonic"}', "needs a potential"),
                          ('draws = {count=3}', "does not apply where there is an [evidence]"),
                          ('time = {end=3.0}', "does not apply where there is an [evidence]"),
                          ('evidence.annealing.particles=1', "2 or more"),
                          ('evidence.annealing.particles=3000', "raise ladder.draws"),
                          ('evidence.ladder.intervals=0', "must be in [1, 10000]"),
                          ('evidence.ladder.interval=3', "intervals")):
        refused = thalweg("check", folder / "one.toml", "--set", change)
        check(refused.returncode == 2 and words in refused.stderr, f"{change}: {refused.stderr}")
print("the evidence is what it must be")
