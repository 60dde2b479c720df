"""Ctrl-C and SIGTERM end a run in good order, and the command that is shown goes on from there."""
import json
import os
import pathlib
import signal
import subprocess
import time

from cli import check, endless, expect, finish, folder, program

def start(*arguments, **more):
    return subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, **more)


def started(run, directory):
    """Waits until the run has published its file, and a little longer."""
    for _ in range(600):
        if (pathlib.Path(directory) / "result.h5").exists():
            time.sleep(0.3)
            return
        time.sleep(0.05)
    run.kill()
    raise SystemExit(f"{directory} did not start: {run.communicate()}")


with folder() as here:
    (here / "endless.toml").write_text(endless)
    for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
        out = f"out of {code}"  # the command that is shown must quote it
        run = start("run", "endless.toml", "--out", out)
        started(run, out)
        run.send_signal(number)
        output, error = run.communicate(timeout=60)
        check(run.returncode == code, f"signal {number}: exit code {run.returncode}\n{output}{error}")
        check("interrupted: " in output, f"no outcome in {output}")
        check("stopping after this step" in error, f"the signal was not answered: {error}")
        command = error.split("to go on: ")[1].strip()
        check(command == f"{program} resume 'out of {code}'", f"the command shown is {command}")
        steps = json.loads(expect(0, "info", out, "--json").stdout)

        again = subprocess.Popen(f"exec {command} --set limits.max_wall=0.5 --json", shell=True,
                                 stdout=subprocess.PIPE, text=True)
        more = json.loads(again.communicate(timeout=120)[0])
        check(again.returncode == 6 and more["outcome"] == "wall_budget", f"resumed: {more}")
        done = int(output.split("accepted steps")[1].split()[0])
        check(more["steps"]["accepted"] > done, f"resumed from {done} to {more['steps']}")

    # The second signal ends the program at once, and leaves a run that can be resumed.
    slow = endless.replace("report = false", "report = true")
    (here / "slow.toml").write_text(slow)
    run = start("run", "slow.toml", "--out", "slow")
    started(run, "slow")
    run.send_signal(signal.SIGSTOP)  # both arrive before the program can act on the first
    run.send_signal(signal.SIGINT)
    run.send_signal(signal.SIGTERM)
    run.send_signal(signal.SIGCONT)
    run.communicate(timeout=60)
    check(run.returncode in (-signal.SIGINT, -signal.SIGTERM), f"two signals: {run.returncode}")
    expect(0, "info", "slow")

    # A signal that the caller had switched off stays off.
    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    run = start("run", "endless.toml", "--out", "background", "--set", "limits.max_wall=2",
                preexec_fn=ignore)
    started(run, "background")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    check(run.returncode == 6, f"with SIGINT ignored: {run.returncode}")
finish()
