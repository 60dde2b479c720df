"""A run over a plane: the same bits with any number of threads and after kills, pictures, errors, known dimensions."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import matplotlib.image
import numpy as np
import xarray as xr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from kills import run_through_kills

program = os.environ["THALWEG_PROGRAM"]
config = """
seed = 1
[plane]
name = "trainability"
width = {width}
activation = "{activation}"
steps = {steps}
[window]
resolution = {resolution}
[zoom]
levels = {levels}
[dimension]
scales = 4
ratio = 4
groups = 2
windows = 5
resolution = 12
"""


def check(condition, message):
    if not condition:
        sys.exit(message)


def write(folder, name, **values):
    path = folder / f"{name}.toml"
    path.write_text(config.format(**{"width": 4, "activation": "tanh", "steps": 200, "resolution": 70, "levels": 3} | values))
    return path


def run(folder, name, *options, **values):
    done = subprocess.run([program, "run", write(folder, name, **values), "--out", folder / name, "--quiet", *options],
                          capture_output=True, text=True)
    check(done.returncode == 0, f"{name}: {done.stderr}")
    return folder / name / "result.h5"


def same(a, b, message):
    different = subprocess.run(["h5diff", "--exclude-path=/provenance", a, b], capture_output=True, text=True)
    check(different.returncode == 0, f"{message}: {different.stdout}")


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)

    whole = run(folder, "whole", "--threads", "1")
    same(whole, run(folder, "two", "--threads", "2"), "threads change the result")
    # Tiles are 32 points wide: 70 makes ragged ones.
    path = write(folder, "killed")
    begin = [program, "run", path, "--out", folder / "killed", "--set", "plane.early_exit=false"]
    reference = run(folder, "slow", "--set", "plane.early_exit=false")
    run_through_kills(program, begin, folder / "killed", "provenance", 4, (0.05, 0.4))
    same(reference, folder / "killed" / "result.h5", "kills change the result")
    check(not list((folder / "killed" / "checkpoint").glob("tile-*")), "tiles stay behind")
    with h5py.File(whole) as a, h5py.File(reference) as b:
        for level in a["levels"]:
            check(np.array_equal(a[f"levels/{level}/measure"][:], b[f"levels/{level}/measure"][:]),
                  "early exits change the measure")

    level = xr.open_dataset(whole, group="levels/level_00")
    check(level.measure.dims == ("log10_eta_1", "log10_eta_0") and level.measure.attrs["units"] == "1", "axes")
    measure = level.measure.to_numpy()
    check(np.all(np.abs(measure) >= 1), "the measure is at least L_0 / L_0")
    for k in range(3):
        picture = matplotlib.image.imread(folder / "whole" / "pictures" / f"level_{k:02}.png")
        check(picture.shape[:2] == (70, 70), "a pixel for each point")
        signs = xr.open_dataset(whole, group=f"levels/level_{k:02}").measure.to_numpy()[::-1] > 0
        check(np.array_equal(picture[..., 2] > picture[..., 0], signs), "blue converges, red diverges")
    again = subprocess.run([program, "resume", folder / "whole"], capture_output=True, text=True)
    check(again.returncode == 2 and "is complete" in again.stderr, again.stderr)

    # The corner of the smallest rates, 10^-2.94 for both: L_t / L_0 stays near 1 for all 200 steps.
    check(190 < measure[0, 0] < 200, f"slow descent hardly moves: {measure[0, 0]}")
    check(np.all(measure[-8:] < 0), "huge rates of the output layer diverge")

    for wrong, words in (("zoom.levels=40", "too close to be told apart"), ("window.resolution=8", "must be in [16, 4096]"),
                         ("window.x=[2,1]", "low < high"), ("zoom.centre=[7,0]", "must be in the window"),
                         ("dimension.scales=25", "too close to be told apart"), ("dimension.resolution=13", "times the ratio"), ("plane.activation=gelu", 'must be "tanh"'), ("zoom.centre=[1]", "[x, y]"),
                         ("model.name=quadratic", "does not apply where there is a [plane]")):
        done = subprocess.run([program, "check", path, "--set", wrong], capture_output=True, text=True)
        check(done.returncode == 2 and words in done.stderr, f"{wrong}: {done.stderr}")
    flat = run(folder, "flat", "--set", "window.y=[-3,-2]", "--set", "window.x=[-3,-2]")
    with h5py.File(flat) as file:
        check(np.isnan(file["boundary/dimension"][()]) and file.attrs["status"] == b"complete", "no boundary, no number")

    # Near 0 it is 10^x that tells points apart, not x.
    done = subprocess.run([program, "check", path, "--set", "window.x=[0,1e-14]"], capture_output=True, text=True)
    check(done.returncode == 2 and "too close" in done.stderr, done.stderr)
    # A Julia set lies around 0, but its boundary does not.
    julia = folder / "julia.toml"
    julia.write_text('[plane]\nname = "julia"\n[window]\nresolution = 64\n[output]\npictures = false\nreport = false\n'
                     '[dimension]\nwindows = 24\n')
    done = subprocess.run([program, "check", julia, "--set", "zoom.levels=20"], capture_output=True, text=True)
    check(done.returncode == 2 and "too close" in done.stderr, done.stderr)

    # Boundaries of known dimension through the whole pipeline: a circle, and the rabbit.
    for c, exact in (((0, 0), 1.0), ((-0.122561166876653, 0.744861766619744), 1.3934)):
        done = subprocess.run([program, "run", julia, "--out", folder / "julia", "--force", "--json", "--quiet",
                               "--set", f"plane.re={float(c[0])!r}", "--set", f"plane.im={float(c[1])!r}"],
                              capture_output=True, text=True)
        check(done.returncode == 0, done.stderr)
        found = json.loads(done.stdout)["plane"]
        # Over eight seeds the estimate of the rabbit scatters by 0.008 around 1.388.
        check(abs(found["whole_dimension"] - exact) < 0.03, f"Julia set of {c}: {found['whole_dimension']}, not {exact}")
        check(0 < found["whole_dimension_error"] < 0.03, f"Julia set of {c}: error {found['whole_dimension_error']}")

    # Over 29 seeds a run like this found 1.225 +- 0.159 for identity, 1.474 +- 0.164 for ReLU and 1.527 +- 0.067 for tanh
    # (spread of one seed). The mean of four seeds of identity is above one of tanh in 0.3 % of draws from these, tanh is
    # below 1.3 in 0.04 % (normal). ReLU overlaps with both: its order takes the sixteen seeds of the study in numerics/.
    def dimension(activation, seed):
        with h5py.File(run(folder, f"{activation}{seed}", "--set", f"seed={seed}", "--set", "dimension.ratio=8", "--set",
                           "dimension.groups=4", "--set", "dimension.windows=3", "--set", "dimension.resolution=16", "--set",
                           "dimension.scales=5", activation=activation, width=8, steps=500, resolution=16, levels=1)) as file:
            return file["boundary/whole_dimension"][()].item()

    identity, tanh = [dimension("identity", seed) for seed in (1, 2, 3, 4)], dimension("tanh", 2)
    print(f"identity {identity}, tanh {tanh}")
    check(np.mean(identity) < tanh and tanh > 1.3, f"dimensions: identity {identity}, tanh {tanh}")
