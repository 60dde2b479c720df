"""A run that is killed and resumed until it is done."""
import random
import signal
import subprocess
import sys
import time

import h5py


def run_through_kills(program, begin, folder, group, kills, pause):
    """Starts `begin` and sends SIGKILL, SIGTERM or SIGINT after a random pause of (low, high) seconds, at most `kills`
    times, each time resuming; checks exit codes, words and that `group` of the file can be read. Returns how many
    signals were sent."""
    choose = random.Random(1)
    command, sent = begin, 0
    for attempt in range(kills + 1):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        kind = choose.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        time.sleep(choose.uniform(*pause))
        if attempt < kills and process.poll() is None:  # the last one is left to finish
            process.send_signal(kind)
            sent += 1
        _, said = process.communicate(timeout=600)
        if process.returncode == 0:
            break
        if process.returncode not in (-9, 130, 143):
            sys.exit(f"exit {process.returncode}: {said}")
        if process.returncode > 0 and "resume" not in said:
            sys.exit(f"no word on how to resume: {said}")
        started = (folder / "checkpoint" / "checkpoint.h5").exists()
        command = [program, "resume", folder, "--threads", "2"] if started else [*begin, "--force"]
        if (folder / "result.h5").exists():
            with h5py.File(folder / "result.h5") as file:  # readable after any kill
                if group not in file:
                    sys.exit(f"no {group} after a kill")
    else:
        sys.exit("the run did not end")
    if sent < 2:
        sys.exit(f"only {sent} kills: make the run longer")
    print(sent, "kills")
    return sent
