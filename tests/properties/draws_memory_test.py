"""Draws go to disk as they come: a run of many more keeps no more of them in memory, from its first draw to the
diagnosis of its end."""
import os
import pathlib
import subprocess
import sys
import tempfile

# Steps so small that all draws are the same pack, and are diagnosed, in no time; in memory they are as large as any.
program = os.environ["THALWEG_PROGRAM"]
dim = 2000
config = f"""
model = {{ name = "quadratic", dim = {dim}, condition_number = 10.0 }}
sampler = {{ name = "ula", step_size = 1e-200 }}
draws = {{ count = 1, warmup = 0, chains = 1 }}
output = {{ report = false, publish_every = 10.0 }}
"""


def peak_megabytes(folder, draws):
    command = [program, "run", folder / "run.toml", "--out", folder / str(draws), "--quiet", "--threads", "1",
               "--set", f"draws.count={draws}"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{draws} draws: the run ended with {status}")
    return usage.ru_maxrss / 1024


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "run.toml").write_text(config)
    # 128 MB of draws fill every buffer that has a bound, whatever the time they take: 32 MB of rows that wait for the
    # disk, columns of the diagnosis.
    few, many = 8000, 20000
    low, high = peak_megabytes(folder, few), peak_megabytes(folder, many)
    more = 8e-6 * dim * (many - few)
    if high - low > more / 3:
        sys.exit(f"{more:.0f} MB more of draws took {high - low:.0f} MB more of memory: {low:.0f}, then {high:.0f}")
    print(f"{few} draws: {low:.0f} MB, {many}: {high:.0f} MB, of which the draws would be {8e-6 * dim * many:.0f}")
