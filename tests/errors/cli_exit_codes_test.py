"""Each exit code by a run that deserves it, and bad input of every kind: a message, never a crash."""
import json
import os
import pathlib
import subprocess

from cli import check, endless, expect, finish, folder, program, run, short

diverging = """
[model]
name = "rosenbrock"
[dynamics]
name = "gradient_descent"
learning_rate = 10.0
[time]
steps = 1000
[output]
report = false
[[record]]
name = "curves"
when = { steps = 1 }
what = ["loss"]
"""

with folder() as here:
    (here / "short.toml").write_text(short)
    (here / "endless.toml").write_text(endless)
    (here / "diverging.toml").write_text(diverging)

    # 0, and 5 when it is there already
    expect(0, "run", "short.toml", output="complete")
    before = (here / "runs/short/result.h5").read_bytes()
    expect(5, "run", "short.toml", error="runs/short")
    check((here / "runs/short/result.h5").read_bytes() == before, "a refused run touched the old one")
    expect(0, "run", "short.toml", "--force")
    expect(0, "info", "runs/short", output="complete")
    expect(0, "info", "runs/short/result.h5", output="complete")
    json.loads(expect(0, "info", "runs/short", "--json").stdout)
    path = expect(0, "report", "runs/short").stdout.strip()
    check(os.path.getsize(path) > 1000, f"report {path}")

    # 2: configuration
    expect(2, "run", "short.toml", "--set", "solver.rtol=-1e-6", "--out", "x",
           error="--set solver.rtol=-1e-6: solver.rtol = -1e-6 must be")
    (here / "typo.toml").write_text(short.replace('name = "quadratic"', 'name = "quadratik"'))
    expect(2, "run", "typo.toml", error=["typo.toml:3:8: ", 'did you mean "quadratic"?'])
    (here / "typo.toml").write_text(short.replace("end = 1.0", "end = 1.0\nstrat = 0.5"))
    expect(2, "check", "typo.toml", error=["typo.toml:6:", 'did you mean "start"?'])
    answer = json.loads(expect(2, "check", "typo.toml", "--json").stdout)
    check(answer["ok"] is False and "typo.toml:" in answer["error"], "check --json on an error")
    check(json.loads(expect(0, "check", "short.toml", "--json").stdout)["ok"] is True, "check --json")
    (here / "typo.toml").write_text(short.replace('"energy_balance"', '"gradient_nrom"'))
    expect(2, "check", "typo.toml", error='did you mean "gradient_norm"?')
    check(not (here / "runs/typo").exists(), "a run that was refused left a directory")

    # 3: the numbers failed; the last finite state is kept
    done = expect(3, "run", "diverging.toml", output=["diverged: ", "result.h5"],
                  error=["last finite state is in runs/diverging/result.h5"])
    check(len(done.stderr.splitlines()) <= 3, f"too much talk: {done.stderr}")
    expect(0, "info", "runs/diverging", output="diverged")

    # 4: finished, but not as good as asked
    expect(4, "run", "short.toml", "--out", "poor", "--set", "quality.energy_balance=1e-30",
           output="complete", error="quality.energy_balance")
    expect(0, "run", "short.toml", "--out", "good", "--set", "quality.energy_balance=1e-3")

    # 5: files
    expect(5, "run", "missing.toml", error="missing.toml")
    expect(5, "run", here, error="directory")
    expect(5, "check", "short.toml/x", error="short.toml/x")
    expect(5, "check", "/proc/self/mem", error="/proc/self/mem")  # opens, and cannot be read
    expect(5, "resume", "no_such_run", error="no_such_run")
    expect(5, "report", here, error="result.h5")
    expect(5, "info", "short.toml", error="short.toml")
    expect(5, "run", "short.toml", "--out", "/proc/nowhere/x", error="/proc/nowhere")
    expect(5, "run", "short.toml", "--out", "short.toml", error="short.toml")
    with open("/dev/full", "w") as full:
        done = run("list", capture_output=False, stdout=full, stderr=subprocess.PIPE)
        check(done.returncode == 5 and "No space left" in done.stderr, f"stdout full: {done}")

    # A run without a report is still a run.
    done = expect(0, "run", "short.toml", "--out", "plain", "--set", "output.report=true",
                  output=["complete: ", "there is no report", "gnuplot"], env={**os.environ, "PATH": "/nowhere"})
    expect(5, "report", "plain", error="gnuplot", env={**os.environ, "PATH": "/nowhere"})

    # 6: a budget, and on from there with the command that is shown
    done = expect(6, "run", "endless.toml", "--set", "time.end=3.0", "--set", "limits.max_steps=1000",
                  output="step_budget: ", error="to go on: ")
    command = done.stderr.split("to go on: ")[1].strip()
    check(command == f"{program} resume runs/endless", f"the command shown is {command}")
    summary = json.loads(expect(6, "resume", "runs/endless", "--set", "limits.max_steps=2000", "--json").stdout)
    check(summary["steps"]["accepted"] == 2000, f"resumed to {summary['steps']}")
    expect(2, "resume", "runs/endless", "--set", "model.dim=3", error="model.dim")

    # A reader that goes away is no error, and does not stop a run.
    for arguments in [["list"], ["describe", "config"], ["run", "short.toml", "--out", "piped"]]:
        gone = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        gone.stdout.close()
        gone.stderr.close()
        check(gone.wait(timeout=60) == 0, f"{arguments} into a closed pipe: {gone.returncode}")
    expect(0, "info", "piped", output="complete")

    # Bad configs: exit code 2 and a message that names the file.
    bad = {
        "empty": b"",
        "spaces": b" \n\t\n",
        "binary": bytes(range(256)) * 40,
        "nul": b"title = \"a\0b\"\n",
        "not utf-8": b"title = \"\xff\xfe\"\n",
        "open string": b"title = \"abc\n",
        "open table": b"[model\n",
        "deep": b"a = " + b"[" * 100000,
        "deep tables": b"a = " + b"{a=" * 50000,
        "long line": b"x" * 2000000,
        "twice": b"[model]\n[model]\n",
        "elf": pathlib.Path(program).read_bytes()[:100000],
        "json": b'{"model": {"name": "quadratic"}}',
        "array": b"model = [1, 2, 3]\n",
        "number": b"model = 7\ntime = 3\n",
        "huge": short.replace("end = 1.0", "end = 1e400").encode(),
    }
    for name, content in bad.items():
        file = name.replace(" ", "_") + ".toml"
        (here / file).write_bytes(content)
        done = expect(2, "check", file, error=f"thalweg: {file}")
        check("internal error" not in done.stderr, f"{file}: {done.stderr}")
        check(len(done.stderr) < 2000, f"{file}: {len(done.stderr)} characters of message")

    # Bad overrides.
    for assignment in ["", "=", "a", "a=", "=1", "a..b=1", ".=1", "a[=1", "a[0=1", "a[-1]=1", "time[0].end=1",
                       "time=5", "time.end=[", "time.end=abc", "time.end=-1", "time.end=nan",
                       "time.end=1e999", "time.end.x=1", "record=1", "record[9].name=\"x\"",
                       "record[99999999999999999999].name=\"x\"", "record[0].what=[1]",
                       "record[0].what=[\"\"]", "model.name=", "model.name=7", "model.dim=1.5",
                       "model.dim=9223372036854775808", "model.dim=-1", "limits.max_steps=0",
                       "limits.max_steps=1.5", "seed=-1", "time.end=\"a\nb\"", "\xff=1"]:
        done = expect(2, "check", "short.toml", "--set", assignment)
        check(any(where in done.stderr for where in ["--set", "short.toml", "record[0]"]),
              f"--set {assignment!r} is answered by {done.stderr!r}")

    # Numbers that no memory holds.
    for key in ["model.dim=1000000000000000", "model.dim=9223372036854775807"]:
        expect(2, "run", "short.toml", "--set", key, "--out", "huge", error="memory")
    expect(6, "run", "short.toml", "--set", "time.end=1e300", "--set", "limits.max_steps=100", "--out", "far")
finish()
