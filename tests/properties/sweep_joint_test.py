"""Small networks of one shape go on together in a sweep. Each must give the numbers that it gives alone, in a process
and a directory of its own, to the last bit: whatever moves them, whoever diverges beside them, with one thread or two,
and after a kill."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import check, finish, same_file

program = os.environ["THALWEG_PROGRAM"]

# 7 samples leave places of a vector empty; a learning rate of 1.6 diverges, at another step for each seed.
base = """
report = false
[base]
time = { end = 30.0 }
limits = { divergence = 1e6 }
[base.model]
name = "mlp"
hidden = [5, 3]
activation = "identity"
l2 = 1e-3
data = { name = "noisy_sine", samples = 7 }
[base.dynamics]
name = "gradient_descent"
learning_rate = 0.1
[[base.record]]
name = "curves"
when = { steps = 7 }
what = ["loss", "gradient_norm", "state"]
[[axis]]
key = "seed"
values = [1, 2, 3, 4, 5, 6]
[[collect]]
what = ["loss", "gradient_norm", "state"]
"""
motions = """
[[axis]]
key = "dynamics"
labels = ["slow", "middle", "wild", "ball", "look-ahead", "adam", "flow", "particle"]
values = [{ name = "gradient_descent", learning_rate = 0.02 }, { name = "gradient_descent", learning_rate = 0.5 },
          { name = "gradient_descent", learning_rate = 1.6 }, { name = "heavy_ball", learning_rate = 0.1 },
          { name = "nesterov", learning_rate = 0.1 }, { name = "adam", learning_rate = 0.05 },
          { name = "gradient_flow" }, { name = "damped_momentum" }]
"""
shapes = """
[[axis]]
key = "model.hidden"
labels = ["3", "4", "100-100"]
values = [[3], [4], [100, 100]]
"""


def sweep(folder, text, out, *options, code=0):
    path = folder / (out + ".toml")
    path.write_text(text)
    command = [program, "sweep", path, "--out", folder / out, "--quiet", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    check(done.returncode == code, f"{out}: exit code {done.returncode}: {done.stdout} {done.stderr}")
    return command


def words_of_check(folder, text, name):
    path = folder / (name + ".toml")
    path.write_text(text)
    return subprocess.run([program, "check", path], capture_output=True, text=True, timeout=60).stdout


def of_motions(folder):
    # A state that collects has one length: the parameters with a momentum are not collected here.
    text = (base + motions).replace('what = ["loss", "gradient_norm", "state"]', 'what = ["loss", "gradient_norm"]')
    sweep(folder, text, "together", "--threads", "1")
    sweep(folder, text, "threads", "--threads", "2")
    same_file(folder / "together/sweep.h5", folder / "threads/sweep.h5", "one thread and two")
    sweep(folder, "keep_runs = true\n" + text.replace("[base]", "[base]\noutput = { report = false }", 1), "alone")
    with h5py.File(folder / "together/sweep.h5") as a, h5py.File(folder / "alone/sweep.h5") as b:
        for name in ("loss", "gradient_norm", "t_reached", "outcome", "steps_accepted", "gradient_calls"):
            check(np.array_equal(a[name][:], b[name][:], equal_nan=True), f"{name} of a member alone")
        check(len(np.unique(a["loss"][:])) > 40, "members that are all the same test nothing")
        wild = a["steps_accepted"][:, 2]
        check(np.all(a["outcome"][:, 2] != 0) and len(set(wild)) > 1, f"a learning rate of 1.6 ran {wild} steps")
    check("48 members go on together" in words_of_check(folder, text, "words"), "check says nothing of it")


def of_shapes(folder):
    text = (base + shapes).replace('what = ["loss", "gradient_norm", "state"]', 'what = ["loss"]')
    said = words_of_check(folder, text, "shapes")
    check(said.count("6 members go on together") == 2 and "100-100" not in said.split("members go on", 1)[1],
          f"shapes: {said}")
    # One of each shape goes on with nobody, and each thread takes shapes of its own.
    single = text.replace("values = [1, 2, 3, 4, 5, 6]", "values = [1]")
    check("go on together" not in words_of_check(folder, single, "single"), "one member goes on together")
    sweep(folder, single, "single", "--threads", "2")
    sweep(folder, text, "mixed", "--threads", "2")
    sweep(folder, "keep_runs = true\n" + text.replace("[base]", "[base]\noutput = { report = false }", 1), "mixed_alone")
    with h5py.File(folder / "mixed/sweep.h5") as a, h5py.File(folder / "mixed_alone/sweep.h5") as b:
        check(np.array_equal(a["loss"][:], b["loss"][:]), "several shapes")
        with h5py.File(folder / "single/sweep.h5") as c:
            check(np.array_equal(a["loss"][:1], c["loss"][:]), "one member of each shape")


def killed(folder):
    """Where a member was when the kill came, and with whom, leaves no trace."""
    text = base.replace("values = [1, 2, 3, 4, 5, 6]", "from = 1\nto = 3000\ncount = 3000\ninteger = true")
    command = sweep(folder, text, "whole", "--threads", "2")
    command[command.index(folder / "whole")] = folder / "killed"
    kills = 0
    for pause in (0.3, 0.5, 0.4, 0.6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(pause)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    check(done.returncode == 0, f"after the kills: {done.stderr}")
    check(kills > 0, "no kill came in time")
    same_file(folder / "whole/sweep.h5", folder / "killed/sweep.h5", f"after {kills} kills")


def full_disk(folder):
    """What cannot be written ends the sweep, whoever waits."""
    text = base.replace("values = [1, 2, 3, 4, 5, 6]", "from = 1\nto = 3000\ncount = 3000\ninteger = true")
    (folder / "full.toml").write_text(text)
    limited = f"ulimit -f 200; exec {program} sweep {folder}/full.toml --out {folder}/full --quiet --threads 2"
    done = subprocess.run(["bash", "-c", "trap '' XFSZ; " + limited], capture_output=True, text=True, timeout=120)
    check(done.returncode == 5 and "full" in done.stderr, f"a full disk: {done.returncode}: {done.stderr}")


with tempfile.TemporaryDirectory() as name:
    for test in (of_motions, of_shapes, killed, full_disk):
        test(pathlib.Path(name))
finish()
