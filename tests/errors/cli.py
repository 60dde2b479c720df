"""What the tests of the command line share: running the program, and checks that say what failed."""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import check, finish  # noqa: F401: for the tests

program = os.environ["THALWEG_PROGRAM"]
source = pathlib.Path(os.environ["THALWEG_SOURCE_DIR"])

# Cheap steps without end: stopped by a limit or by a signal.
endless = """
[model]
name = "quadratic"
[solver]
name = "rk4"
dt = 1e-3
[time]
end = 1e9
[limits]
max_steps = 1000000000000
[output]
report = false
[[record]]
name = "curves"
when = { steps = 1000000 }
what = ["loss"]
"""

# Done in a moment.
short = """
[model]
name = "quadratic"
[time]
end = 1.0
[output]
report = false
[[record]]
name = "curves"
when = { count = 11 }
what = ["loss", "energy_balance"]
"""


def run(*arguments, **more):
    more = {"capture_output": True, "text": True, "errors": "replace", "timeout": 300, **more}
    return subprocess.run([program, *map(str, arguments)], **more)


def expect(code, *arguments, error=(), output=(), **more):
    """Runs; checks the exit code, and that stderr and stdout hold these texts."""
    done = run(*arguments, **more)
    shown = " ".join(map(str, arguments))[:200]
    check(done.returncode == code,
          f"{shown}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    for text in [error] if isinstance(error, str) else error:
        check(text in done.stderr, f"{shown}: no {text!r} in {done.stderr!r}")
    for text in [output] if isinstance(output, str) else output:
        check(text in done.stdout, f"{shown}: no {text!r} in {done.stdout!r}")
    return done


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as name:
        before = os.getcwd()
        os.chdir(name)
        try:
            yield pathlib.Path(name)
        finally:
            os.chdir(before)
