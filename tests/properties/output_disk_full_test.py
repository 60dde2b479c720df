"""A full disk is an error that says so, names the file, loses no acknowledged row and leaves no
half-written file; with space again the run continues to the same file. Tried with the failure at
many calls, and with a real limit on the size of files."""
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import example_run

STEPS, EVERY = 16, 2
FULL = [16, 4, 2]


def limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails with EFBIG instead
    resource.setrlimit(resource.RLIMIT_FSIZE, (170_000, 170_000))


def attempt(folder, reason, **more):
    process = example_run.start(folder, STEPS, EVERY, more.pop("mode", "mixed"), stderr=subprocess.STDOUT,
                                **more)
    output, _ = process.communicate(timeout=60)
    output = output.replace("\n  ", " ")  # Catch2 breaks long lines
    assert process.returncode > 0, f"exit {process.returncode}: {output}"
    assert reason in output, f"the reason is missing: {output}"
    assert str(folder) in output, f"the file is missing: {output}"
    assert "HDF5-DIAG" not in output and "infinite loop" not in output, output
    example_run.check_directory(folder, example_run.acknowledged(output))
    left = [p.name for p in folder.rglob("*.tmp")]
    assert not left, f"left behind: {left}"
    return sum(example_run.acknowledged(output)) > 0


with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root).resolve()
    whole = root / "whole"
    whole.mkdir()
    example_run.start(whole, STEPS, EVERY).communicate()
    shim = example_run.compile_shim(root)
    acked = 0
    for n in range(5, 550, 26):
        folder = root / f"full{n}"
        folder.mkdir()
        acked += attempt(folder, "No space left on device",
                         extra={"LD_PRELOAD": shim, "SHIM_FULL_AT": str(n)})
        output, _ = example_run.start(folder, STEPS, EVERY).communicate()
        assert example_run.acknowledged(output) == FULL, output
        assert example_run.same(whole / "result.h5", folder / "result.h5")
    assert acked > 10

    folder = root / "limit"
    folder.mkdir()
    assert attempt(folder, "File too large", mode="refresh", preexec_fn=limit_file_size)
    output, _ = example_run.start(folder, STEPS, EVERY).communicate()
    assert example_run.same(whole / "result.h5", folder / "result.h5")

    # A real small disk where the rights suffice to mount one.
    folder = root / "small"
    folder.mkdir()
    if os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", folder],
                                            capture_output=True).returncode == 0:
        try:
            assert attempt(folder, "No space left on device", mode="parts")
            print("tried on a small disk too")
        finally:
            subprocess.run(["umount", folder], check=True)
    print(f"full disks: clear errors, {acked} after an acknowledgement, no row lost")

    # The program itself, whose first files do not fit.
    (root / "run.toml").write_text('model = { name = "lorenz63" }\ntime = { end = 50.0 }\n')
    for blocks in (4, 20, 60):
        limited = f"trap '' XFSZ; ulimit -f {blocks}; exec "  # of 1 KiB
        command = f"{os.environ['THALWEG_PROGRAM']} run {root}/run.toml --out {root}/run{blocks}"
        done = subprocess.run(["bash", "-c", limited + command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 5 and "File too large" in done.stderr, f"{blocks}: {done.returncode} {done.stderr}"
