"""Help, lists and descriptions; what is said to a mistyped command line."""
import json
import os
import pathlib
import subprocess

from cli import check, expect, finish, folder, program, run, short

verbs = ["run", "resume", "analyze", "check", "list", "describe", "check-model", "report", "info",
         "completion"]

# Every help is one screen and shows purpose, usage and three examples.
guide = expect(0).stdout
check(guide == run("--help").stdout == run("help").stdout, "the guide is not the same everywhere")
screens = {"": guide}
for verb in verbs:
    check(f"\n  {verb} " in guide, f"the guide does not show {verb}")
    screens[verb] = expect(0, verb, "--help").stdout
    check(screens[verb] == run("help", verb).stdout == run(verb, "-h").stdout, f"help {verb} differs")
    check(screens[verb].count(f"\n  thalweg {verb}") == 3, f"{verb} --help has not three examples")
    check(f"usage: thalweg {verb} " in screens[verb], f"{verb} --help has no usage")
for verb, text in screens.items():
    lines = text.splitlines()
    check(len(lines) <= 40, f"{verb} --help has {len(lines)} lines")
    for line in lines:
        check(len(line) <= 100, f"{verb} --help has a line of {len(line)} columns: {line}")

version = expect(0, "--version").stdout
for word in ["thalweg ", "commit ", "x86-64", "eigen 3.", "hdf5 1.", "boost 1."]:
    check(word in version, f"--version does not tell {word}")

# The name of the program is what it was called by.
with folder() as here:
    (here / "my_sim").symlink_to(program)
    mine = subprocess.run(["./my_sim", "runn"], capture_output=True, text=True)
    check(mine.stderr.startswith("my_sim: unknown verb"), f"called my_sim it says {mine.stderr}")

# Everything that is listed can be described, for people and for programs.
listed = json.loads(expect(0, "list", "--json").stdout)
check(listed["schema"] == "thalweg-list-1", "the list has no schema")
text = expect(0, "list").stdout
for group in ["models", "dynamics", "solvers", "samplers", "quantities", "analyses", "data", "fields", "adjoints", "planes"]:
    check(len(listed[group]) >= 2, f"there are no {group}")
    check(list(json.loads(run("list", group, "--json").stdout)) == ["schema", group],
          f"list {group} --json has other groups")
    for entry in listed[group]:
        name = entry["name"]
        check(f"\n  {name} " in text, f"{name} is not in the list")
        check(entry["summary"] and not entry["summary"].endswith("."), f"summary of {name}")
        shown = expect(0, "describe", name, output=[name, entry["summary"]]).stdout
        entries = json.loads(expect(0, "describe", name, "--json").stdout)["entries"]
        check(entry["summary"] in [e["summary"] for e in entries], f"describe {name} --json")
        for e in entries:
            for field in e["fields"]:
                check(field["key"] in shown, f"describe {name} does not show {field['key']}")
                check(field["doc"], f"{name}.{field['key']} has no explanation")
                check(field["required"] or field["type"] != "number" or field["unit"],
                      f"{name}.{field['key']} has no unit")
        if group == "models":
            check(all(e["equation"] for e in entries), f"model {name} has no equation")
config = json.loads(expect(0, "describe", "config", "--json").stdout)["entries"][0]["fields"]
keys = [field["key"] for field in config]
for key in ["time.end", "model.name", "solver.name", "record[].what", "quality.energy_balance"]:
    check(key in keys, f"describe config does not show {key}")
check(len(keys) == len(set(keys)), "describe config repeats a key")
# A table of the configuration is described by its name, as is a key.
for table, key in {"sampler": "sampler.metric", "evidence": "evidence.ladder.draws", "plane": "plane.name",
                   "window": "window.resolution", "dimension": "dimension.windows", "lyapunov": "lyapunov.exponents", "record": "record[].when.every",
                   "draws.count": "draws.count", "axis": "axis[].values"}.items():
    shown = expect(0, "describe", table, output=key).stdout
    entry = json.loads(expect(0, "describe", table, "--json").stdout)["entries"][-1]
    check(entry["summary"] and entry["summary"] in shown and key in {f["key"] for f in entry["fields"]},
          f"describe {table}")
expect(2, "describe", "evidenc", error='did you mean "evidence"?')
expect(2, "describe", "hessian", error=['"hessian_eigenvalues"', '"hessian_density"'])
check("accuracy" in run("describe", "mlp").stdout, "a model's own quantities are not described")

for shell in ["bash", "zsh", "fish"]:
    script = expect(0, "completion", shell).stdout
    for word in [*verbs, "threads", "time.end=", "gradient_flow", "hessian_density", "largest="]:
        check(word in script, f"the {shell} completion does not know {word}")
    subprocess.run([shell, "-n"], input=script, text=True, check=True)

# Usage: exit code 2, one sentence, the nearest name.
expect(2, "runn", "x.toml", error='unknown verb "runn"; did you mean "run"?')
expect(2, "chekc-model", "x", error='did you mean "check-model"?')
expect(2, "qwertyuiop", error='unknown verb "qwertyuiop"; choose "run", "resume"')
for verb in verbs:
    if verb != "list":
        expect(2, verb, error=f"{verb} needs ")
expect(2, "run", "a", "b", error='"b" is one argument too many for run')
expect(2, "run", "a", "--trheads", "2", error="unknown option --trheads of run; did you mean --threads?")
expect(2, "run", "--quite", error="did you mean --quiet?")
expect(2, "list", "--force", error="unknown option --force of list")
expect(2, "run", "a", "--out", error="--out needs a value")
expect(2, "run", "a", "--set", error="--set needs a value")
expect(2, "run", "a", "--force=3", error="--force takes no value")
expect(2, "list", "--json=maybe", error="--json takes no value")
for n in ["0", "-1", "abc", "1.5", "1025", "99999999999999999999", ""]:
    expect(2, "run", "a", "--threads", n, error=f"--threads = {n} must be a whole number from 1 to 1024")
expect(2, "list", "modles", error='unknown list "modles"; did you mean "models"?')
expect(2, "describe", "gradient_nrom", error='unknown name "gradient_nrom"; did you mean "gradient_norm"?')
expect(2, "describe", "qwertyuiop", error="list shows all")
expect(2, "check-model", "quadratik", error='unknown model "quadratik"; did you mean "quadratic"?')
expect(2, "completion", "tcsh", error='unknown shell "tcsh"')
with folder() as here:
    (here / "my.toml").write_text(short)
    expect(2, "my.toml", error='did you mean thalweg run my.toml?')

# A model's check, by name, by name and key, by config.
with folder() as here:
    (here / "run.toml").write_text(short)
    (here / "model.toml").write_text('[model]\nname = "rosenbrock"\n')
    for arguments in [["quadratic"], ["quadratic", "--set", "model.dim=7"], ["run.toml"], ["model.toml"]]:
        checked = json.loads(expect(0, "check-model", *arguments, "--json").stdout)
        gradient = [c for c in checked["checks"] if c["what"].startswith("gradient")]
        check(checked["passed"] and gradient[0]["measured"] <= gradient[0]["tolerance"],
              f"check-model {arguments}")
    expect(0, "check-model", "quadratic", output=["quadratic (potential)", "tolerance"])
    expect(2, "check-model", "quadratic", "--set", "model.dmi=7", error='did you mean "dim"?')
    expect(2, "check-model", "quadratic", "--gradient", error="has no choice of them (model.adjoint)")
    compared = json.loads(expect(0, "check-model", "neural_ode", "--gradient", "--json", "--set",
                                 "model.data.samples=60").stdout)
    check(compared["adjoint"] == "discrete" and len(compared["adjoints"]) == 4 and
          all(a["difference"] < 1e-5 for a in compared["adjoints"]), "check-model --gradient")
    frozen, within = compared["adjoints"][0], compared["adjoints"][1]
    # 1e-9: differences of a map whose steps do not change
    check(frozen["frozen_difference"] < 1e-9 and "frozen_difference" not in compared["adjoints"][2],
          "check-model --gradient with frozen steps")
    check(within["frozen_difference"] == frozen["frozen_difference"] and within["recompute_factor"] > 0.5 and
          within["adjoint_bytes"] < frozen["adjoint_bytes"] / 3, "check-model --gradient within a budget of bytes")
    # Where a field jumps in depth and no error control sees it, the gradients are still those of the exact flow.
    jumps = json.loads(expect(0, "check-model", "neural_ode", "--gradient", "--json", "--set", "model.data.name=rings", "--set",
                              'model.field={name="depth_dependent",knots=4,interpolation="pieces"}', "--set",
                              'model.adjoint.name="continuous"').stdout)
    check(all(a["passed"] and a["distance"] < 1e-7 for a in jumps["adjoints"]), "check-model --gradient of pieces in depth")

# Talk and results do not mix; --quiet leaves nothing but results.
with folder() as here:
    (here / "a.toml").write_text(short)
    done = expect(0, "run", "a.toml", output=["complete: ", "accepted steps", "runs/a/result.h5"])
    check("writing to runs/a" in done.stderr and "writing to" not in done.stdout, "talk is not on stderr")
    check(run("run", "a.toml", "--out", "b", "--quiet").stderr == "", "--quiet talks")
    check("threads" in run("run", "a.toml", "--out", "c", "-v").stderr, "-v does not say more")
    # Options are understood before and after the verb.
    check(run("--quiet", "run", "a.toml", "--out", "d").stderr == "", "options before the verb are lost")
    summary = json.loads(run("run", "a.toml", "--out", "e", "--json").stdout)
    check(summary["schema"] == "thalweg-run-1" and summary["exit_code"] == 0, "run --json")
    check("rtol 1e-06" in summary["solver"] or "rtol 1e-6" in summary["solver"],
          f"the tolerances are not told: {summary['solver']}")
    check(set(map(os.path.exists, summary["files"])) == {True}, "run --json names files that are not there")
    # What was decided: defaults < file < --set, and the resolved config says so.
    resolved = expect(0, "check", "a.toml", "--set", "time.end=3.0", output=["end = 3.0", "# ok"]).stdout
    pathlib.Path("resolved.toml").write_text(resolved)
    check("rtol = 1e-6" in resolved, "the resolved config lacks a default")
    again = expect(0, "check", "resolved.toml").stdout
    check(again.splitlines()[:-1] == resolved.splitlines()[:-1], "a resolved config resolves to another")
    expect(0, "run", "a.toml", "--out", "f", "--set", "time.end=2.0", "--set", "time.end=3.0", output="t = 3")
    check("end = 3.0" in pathlib.Path("f/run.toml").read_text(), "--set is not in the run's config")
finish()
