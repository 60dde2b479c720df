"""Checks of a script: all are made, each failure is told where it happens, and the script ends with their number."""
import subprocess
import sys

failures = []


def check(condition, message):
    if not condition:
        failures.append(message)
        print("FAILED:", message)


def same_file(a, b, what):
    """Two HDF5 files hold the same but for where they come from."""
    found = subprocess.run(["h5diff", "--exclude-path=/provenance", a, b], capture_output=True, text=True)
    check(found.returncode == 0, f"{what}: {found.stdout}{found.stderr}")


def finish():
    if failures:
        sys.exit(f"{len(failures)} failures")
