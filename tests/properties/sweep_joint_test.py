"""Small networks of one shape go on together in a sweep. Each must give the numbers that it gives alone, in a process
and a directory of its own, to the last bit: whatever moves them, whoever diverges beside them, with one thread or two,
and after a kill."""
import os
import pathlib
import pty
import re
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

# Each member has samples of its own; 7 leave places of a vector empty. A learning rate of 2.3 diverges, at another step
# for each seed.
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
scale = 0.7
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
also = ["model.data.seed"]
values = [1, 2, 3, 4, 5, 6]
[[collect]]
what = ["loss", "gradient_norm", "state"]
"""
motions = """
[[axis]]
key = "dynamics"
labels = ["slow", "middle", "wild", "ball", "look-ahead", "adam", "flow", "particle"]
values = [{ name = "gradient_descent", learning_rate = 0.02 }, { name = "gradient_descent", learning_rate = 0.5 },
          { name = "gradient_descent", learning_rate = 2.3 }, { name = "heavy_ball", learning_rate = 0.1 },
          { name = "nesterov", learning_rate = 0.1 }, { name = "adam", learning_rate = 0.05 },
          { name = "gradient_flow" }, { name = "damped_momentum" }]
"""
# Numbers leave the range of doubles in the middle of a batch, each member's at another step.
overflow = """
[[axis]]
key = "dynamics.learning_rate"
values = [2.3, 6.0]
[[collect]]
what = ["loss"]
take = "maximum"
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


def alone(folder, text, out):
    """Every member as a run with a directory of its own."""
    sweep(folder, "keep_runs = true\n" + text.replace("[base]", "[base]\noutput = { report = false }", 1), out)
    with h5py.File(folder / out / "sweep.h5") as file:
        runs = len(list((folder / out / "members").glob("*/result.h5")))
        check(runs == file["outcome"].size, f"{out}: {runs} runs were kept")


def same_numbers(folder, a, b, *names):
    with h5py.File(folder / a / "sweep.h5") as a, h5py.File(folder / b / "sweep.h5") as b:
        for name in names:
            check(np.array_equal(a[name][:], b[name][:], equal_nan=True), f"{name} of a member alone")


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
    alone(folder, text, "alone")
    same_numbers(folder, "together", "alone", "loss", "gradient_norm", "t_reached", "outcome", "steps_accepted", "gradient_calls")
    with h5py.File(folder / "together/sweep.h5") as a:
        check(len(np.unique(a["loss"][:])) > 40, "members that are all the same test nothing")
        wild = a["steps_accepted"][:, 2]
        check(np.all(a["outcome"][:, 2] != 0) and len(set(wild)) > 1, f"a learning rate of 2.3 ran {wild} steps")
    check("48 members go on together" in words_of_check(folder, text, "words"), "check says nothing of it")


def of_overflow(folder):
    text = (base + overflow).replace("divergence = 1e6", "divergence = 1e300").replace("end = 30.0", "steps = 100")
    text = text.replace('"gradient_norm", "state"]', '"gradient_norm"]').replace("steps = 7", "steps = 1")
    sweep(folder, text, "overflow")
    alone(folder, text, "overflow_alone")
    same_numbers(folder, "overflow", "overflow_alone", "loss", "loss_maximum", "gradient_norm", "t_reached", "outcome", "steps_accepted")
    with h5py.File(folder / "overflow/sweep.h5") as file:
        check(np.all(file["outcome"][:] != 0) and np.any(file["loss_maximum"][:] > 1e150), f"nothing has overflowed: {file['loss_maximum'][:]}")


def of_every_dynamics(folder):
    """A motion that keeps something of its thread while it waits would get another member's."""
    listed = subprocess.run([program, "list", "dynamics"], capture_output=True, text=True).stdout.splitlines()[1:]
    names = [line.split()[0] for line in listed if line.strip() and "principal_flow" not in line]  # of quadratics
    check(len(names) >= 14, f"dynamics: {names}")
    text = base.replace("end = 30.0", "end = 0.5").replace('"identity"', '"tanh"').replace("[1, 2, 3, 4, 5, 6]", "[1, 2]")
    text = text.replace('"gradient_norm", "state"]', '"gradient_norm"]')
    tables = ", ".join(f'{{ name = "{n}" }}' if n != "stochastic_gradient_descent" else f'{{ name = "{n}", batch_size = 3 }}'
                       for n in names)
    # Members of one dynamics side by side: seeds are the fast axis.
    text = text.replace("[[axis]]", f'[[axis]]\nkey = "dynamics"\nlabels = {names}\nvalues = [{tables}]\n[[axis]]', 1)
    sweep(folder, text, "dynamics", "--threads", "1")
    alone(folder, text, "dynamics_alone")
    same_numbers(folder, "dynamics", "dynamics_alone", "loss", "gradient_norm", "outcome", "steps_accepted")


def of_those_that_do_not(folder):
    for words, change in (("wall time", ("divergence = 1e6", "divergence = 1e6, max_wall = 100.0")),
                          ("tangents", ("[base.model]", "[base.tangents]\n[base.model]")),
                          ("kept runs", ("report = false", "report = false\nkeep_runs = true"))):
        text = base.replace(*change, 1)
        said = words_of_check(folder, text, "apart")
        check("members" in said and "go on together" not in said, f"{words}: {said}")


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
    alone(folder, text, "mixed_alone")
    with h5py.File(folder / "mixed/sweep.h5") as a, h5py.File(folder / "mixed_alone/sweep.h5") as b:
        check(np.array_equal(a["loss"][:], b["loss"][:]), "several shapes")
        with h5py.File(folder / "single/sweep.h5") as c:
            check(np.array_equal(a["loss"][:1], c["loss"][:]), "one member of each shape")


def progress(folder):
    """A member that has ended is no longer under way: the bar never goes back."""
    text = base.replace("values = [1, 2, 3, 4, 5, 6]", "from = 1\nto = 24\ncount = 24\ninteger = true")
    text = text.replace("end = 30.0", "steps = 150000").replace("learning_rate = 0.1", "learning_rate = 0.01")
    (folder / "bar.toml").write_text(text)
    terminal, end = pty.openpty()
    run = subprocess.Popen([program, "sweep", folder / "bar.toml", "--out", folder / "bar", "--threads", "1"], stderr=end,
                           stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"})
    os.close(end)
    seen = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
        seen += piece
    os.close(terminal)
    check(run.wait() == 0, f"exit code {run.returncode}")
    told = re.findall(r"(\d+) of 24 members[^\r]*?(\d+) %", seen.decode())
    shares = [int(share) for _, share in told]
    check(len(told) > 1 and shares == sorted(shares) and max(int(n) for n, _ in told) <= 24, f"progress: {told}")


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


def stopped(folder):
    """What stops a sweep stops members that go on together, and those that follow them."""
    many = base.replace("values = [1, 2, 3, 4, 5, 6]", "from = 1\nto = 60\ncount = 60\ninteger = true")
    failing = many.replace("learning_rate = 0.1", "learning_rate = 2.3").replace("divergence = 1e6", "divergence = 10.0")
    sweep(folder, failing + "[limits]\nmax_failures = 3\n", "failures", "--threads", "1", code=3)
    with h5py.File(folder / "failures/sweep.h5") as file:
        begun = np.sum(file["steps_accepted"][:] > 0)
        check(3 <= begun <= 2 + 16, f"{begun} members were begun; 3 were to fail and 15 may have been under way")
    long = many.replace("end = 30.0", "steps = 5000000").replace("learning_rate = 0.1", "learning_rate = 0.01")
    (folder / "long.toml").write_text(long)
    process = subprocess.Popen([program, "sweep", folder / "long.toml", "--out", folder / "long", "--quiet", "--threads", "2"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (folder / "long/checkpoint/members.journal").exists():
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    try:
        check(process.wait(timeout=20) == 143, f"a signal: {process.returncode}")
    except subprocess.TimeoutExpired:
        process.kill()
        check(False, "members that go on together did not see the signal")
    short = long.replace("steps = 5000000", "steps = 20000")
    sweep(folder, short + "[limits]\nmax_wall = 0.2\n", "budget", "--threads", "1", code=6)


def full_disk(folder):
    """What cannot be written ends the sweep, whoever waits."""
    text = base.replace("values = [1, 2, 3, 4, 5, 6]", "from = 1\nto = 3000\ncount = 3000\ninteger = true")
    (folder / "full.toml").write_text(text)
    limited = f"ulimit -f 200; exec {program} sweep {folder}/full.toml --out {folder}/full --quiet --threads 2"
    done = subprocess.run(["bash", "-c", "trap '' XFSZ; " + limited], capture_output=True, text=True, timeout=120)
    check(done.returncode == 5 and "full" in done.stderr, f"a full disk: {done.returncode}: {done.stderr}")


with tempfile.TemporaryDirectory() as name:
    for test in (of_motions, of_overflow, of_every_dynamics, of_those_that_do_not, of_shapes, progress, stopped, killed, full_disk):
        begin = time.time()
        test(pathlib.Path(name))
        print(f"{test.__name__}: {time.time() - begin:.1f} s")
finish()
