"""The boundary of trainability of linear networks is smoother than that of ReLU networks, and that smoother than of tanh
networks, in the mean over seeds; a single zoom hangs on the place that it finds. Two minutes."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

program = os.environ["THALWEG_PROGRAM"]
seeds = range(1, 13)
config = """
[plane]
name = "trainability"
width = 8
[window]
resolution = 64
[zoom]
levels = 7
[output]
report = false
pictures = false
"""
found = {}
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "run.toml").write_text(config)
    for activation in ("identity", "relu", "tanh"):
        found[activation] = []
        for seed in seeds:
            done = subprocess.run([program, "run", folder / "run.toml", "--out", folder / "out", "--force", "--json",
                                   "--quiet", "--set", f"seed={seed}", "--set", f"plane.activation={activation}"],
                                  capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr)
            found[activation].append(json.loads(done.stdout)["plane"]["dimension"])
        d = np.array(found[activation])
        print(f"{activation}: {d.mean():.3f} +- {d.std(ddof=1) / len(d)**0.5:.3f}, median {np.median(d):.3f}, {d.round(2)}", flush=True)
mean = {key: np.mean(value) for key, value in found.items()}
if not mean["identity"] < mean["relu"] < mean["tanh"]:
    sys.exit(f"not in order: {mean}")
if not np.median(found["tanh"]) > 1.3:
    sys.exit(f"tanh: {found['tanh']}")
