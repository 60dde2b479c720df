"""A run killed again and again (SIGKILL, SIGTERM, SIGINT) and resumed ends as the run that was not:
h5diff finds no difference outside /provenance, with one thread or two."""
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py

program = os.environ["THALWEG_PROGRAM"]
config = """
title = "killed and resumed"
seed = 5
[model]
name = "mlp"
hidden = [16, 16]
loss = "mse"
[model.data]
name = "digits"
samples = 600
[time]
end = 40.0
[solver]
name = "auto"
[limits]
max_steps = 1000000
[output]
report = false
checkpoint_every = 0.05
publish_every = 0.1
[[compare]]
name = "descent"
dynamics = { name = "gradient_descent", learning_rate = 0.05 }
[[record]]
name = "curves"
when = { every = 0.1 }
what = ["loss", "accuracy", "layer_speed", "step_size", "distance_descent", "energy_balance",
        "gradient_calls", "hessian_products"]
[[record]]
name = "states"
when = { logspace = [0.01, 40.0, 40] }
what = ["state"]
"""


def thalweg(*arguments, **more):
    return subprocess.run([program, *arguments, "--quiet"], capture_output=True, text=True, **more)


def check(condition, message):
    if not condition:
        sys.exit(message)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "run.toml").write_text(config)
    whole, parts = folder / "whole", folder / "parts"
    done = thalweg("run", folder / "run.toml", "--out", whole, "--threads", "1")
    check(done.returncode == 0, f"the whole run failed: {done.stderr}")

    choose = random.Random(1)
    command = [program, "run", folder / "run.toml", "--out", parts, "--threads", "2"]
    kills = 0
    for attempt in range(9):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        kind = choose.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        time.sleep(choose.uniform(0.15, 0.6))
        if attempt < 8 and process.poll() is None:  # the last one is left to finish
            process.send_signal(kind)
            kills += 1
        _, said = process.communicate(timeout=600)
        if process.returncode == 0:
            break
        check(process.returncode in (-9, 130, 143), f"exit {process.returncode}: {said}")
        if process.returncode > 0:
            check("resume" in said, f"no word on how to resume: {said}")
        if (parts / "checkpoint" / "checkpoint.h5").exists():
            command = [program, "resume", parts, "--threads", "2"]
        else:  # killed before it began
            command = [program, "run", folder / "run.toml", "--out", parts, "--force"]
        if (parts / "result.h5").exists():
            with h5py.File(parts / "result.h5") as file:  # readable after any kill
                check("series" in file, "no series after a kill")
    check(kills >= 2, f"only {kills} kills: make the run longer")
    print(kills, "kills")
    difference = subprocess.run(
        ["h5diff", "--exclude-path=/provenance", whole / "result.h5", parts / "result.h5"],
        capture_output=True, text=True)
    check(difference.returncode == 0, f"the results differ:\n{difference.stdout}")
