"""A run killed again and again (SIGKILL, SIGTERM, SIGINT) and resumed ends as the run that was not:
h5diff finds no difference outside /provenance, with one thread or two."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from kills import run_through_kills

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

    begin = [program, "run", folder / "run.toml", "--out", parts, "--threads", "2"]
    run_through_kills(program, begin, parts, "series", kills=8, pause=(0.15, 0.6))
    difference = subprocess.run(
        ["h5diff", "--exclude-path=/provenance", whole / "result.h5", parts / "result.h5"],
        capture_output=True, text=True)
    check(difference.returncode == 0, f"the results differ:\n{difference.stdout}")
