"""thalweg analyze: stored states, the errors that name what to do, and what a reader finds."""
import json
import pathlib
import shutil
import signal
import subprocess
import time

from cli import check, endless, expect, finish, folder, program, run

config = """
seed = 2
[model]
name = "mlp"
hidden = [6]
data = { name = "iris" }
[dynamics]
name = "gradient_descent"
learning_rate = 0.2
[time]
steps = 30
[[record]]
name = "curves"
when = { steps = 10 }
what = ["loss", "state"]
[[analysis]]
name = "hessian_eigenvalues"
when = { steps = 10 }
method = { name = "hessian_eigenvalues" }
"""


def attributes(path):
    return json.loads(run("info", path, "--json").stdout)


with folder() as here:
    pathlib.Path("run.toml").write_text(config)
    expect(0, "check", "run.toml", output='analysis "hessian_eigenvalues" (hessian_eigenvalues) holds')
    expect(0, "run", "run.toml", "--out", "a")
    before = pathlib.Path("a/result.h5").read_bytes()

    done = expect(0, "analyze", "a", "hessian_eigenvalues", "--json")
    result = json.loads(done.stdout)["analyses"][0]
    check(result["rows"] == 4 and result["unconverged"] == 0, f"rows: {result}")
    check(pathlib.Path("a/result.h5").read_bytes() == before, "result.h5 was touched")
    info = attributes("a/analysis/hessian_eigenvalues.h5")
    check(info["status"] == "complete", f"status: {info['status']}")
    check(info["provenance"]["parent_run_id"] == attributes("a")["provenance"]["run_id"],
          "the analysis does not name its run")
    check(not pathlib.Path("a/analysis/checkpoint").exists(), "an empty folder is left")

    expect(5, "analyze", "a", "hessian_eigenvalues", error="exists already (complete): --force")
    expect(0, "analyze", "a", "hessian_eigenvalues", "--set", "matrix=gauss_newton", "--set", "smallest=0",
           "--name", "ggn", output="a/analysis/ggn.h5")
    check(pathlib.Path("a/analysis/hessian_eigenvalues.h5").exists(), "--name replaced another result")
    expect(2, "analyze", "a", "hessian", "--name", "both", error="say which analysis")
    expect(2, "analyze", "a", "hessian_density", "--name", "../up", error="must consist of letters")
    expect(4, "analyze", "a", "hessian_eigenvalues", "--set", "max_products=5", "--force",
           error="did not converge and are NaN; raise max_products")
    expect(0, "analyze", "a", "hessian", "--every", "2", "--force",
           output=["hessian_eigenvalues: 3 of 3 states", "hessian_density: 3 of 3 states"])
    page = pathlib.Path("a/report.html").read_text()
    for text in ["Analysis of stored states: hessian_density", "analysis/hessian_eigenvalues"]:
        check(text in page, f"no {text!r} in the report")

    expect(2, "analyze", "a", "hesian", error='unknown analysis "hesian"; did you mean "hessian"?')
    expect(2, "analyze", "a", "hessian_density", "--set", "step=3",
           error='"step" is not an option of hessian_density; did you mean "steps"?')
    expect(2, "analyze", "a", "hessian_density", "--set", "steps=1", error="must be >= 2")
    expect(2, "analyze", "a", "--every", "0", error="--every = 0 must be a whole number >= 1")
    expect(2, "analyze", "a", "b", "c", error="one argument too many for analyze")
    expect(2, "analyze", error="analyze needs RUN")
    expect(5, "analyze", "nowhere", error="nowhere does not exist")
    expect(5, "analyze", "a/result.h5", error="a/result.h5 is a file: give the directory of the run")
    check(not pathlib.Path("nowhere").exists(), "a refusal leaves a directory")
    expect(0, "analyze", "--help", output=["[ANALYSIS]", "--every N"])

    # Another run in its place takes the analyses of the old one with it.
    expect(0, "run", "run.toml", "--out", "a", "--force", "--set", "seed=3")
    check(not pathlib.Path("a/analysis").exists(), "analyses of a replaced run stay")
    # Only the ends are stored: said, with the way to more.
    bare = config.replace(', "state"', "")
    pathlib.Path("bare.toml").write_text(bare)
    expect(0, "run", "bare.toml", "--out", "bare")
    expect(0, "analyze", "bare", "hessian_eigenvalues",
           error='only where it started and ended', output="2 of 2 states")

    pathlib.Path("flow.toml").write_text('model = { name = "lorenz63" }\ntime.end = 0.1\n')
    expect(0, "run", "flow.toml", "--out", "flow")
    expect(2, "analyze", "flow", "hessian_density", error="needs a potential with Hessian products")

    # Of all analyses, those that the model offers; one alone must be offered.
    pathlib.Path("valley.toml").write_text('model = { name = "rosenbrock", dim = 6 }\ntime.end = 0.1\n')
    expect(0, "run", "valley.toml", "--out", "valley")
    expect(0, "analyze", "valley", output="hessian_density: ",
           error='left out: "symmetry" needs a model that tells its symmetries')
    expect(2, "analyze", "valley", "symmetry", error="needs a model that tells its symmetries")
    steps = run("info", "valley/analysis/hessian_density.h5", "--json")
    check(steps.returncode == 0, "info of an analysis")
    import h5py
    with h5py.File("valley/analysis/hessian_density.h5") as file:
        comment = file["series/hessian_density/density"].attrs["comment"]
        comment = comment.decode() if isinstance(comment, bytes) else comment
    check("6 steps" in comment and "not the 90 steps asked for" in comment, f"fewer steps: {comment}")

    # A killed run is not analysed.
    pathlib.Path("endless.toml").write_text(endless)
    going = subprocess.Popen([program, "run", "endless.toml", "--out", "killed"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not pathlib.Path("killed/run.toml").exists() and going.poll() is None:
        time.sleep(0.01)
    expect(5, "analyze", "killed", error="is in use by process")
    going.kill()
    going.wait()
    expect(2, "analyze", "killed", error="is not finished (status running); finish it first")

    # A signal: what is done stays, and is readable.
    slow = config.replace("steps = 30", "steps = 3000").replace("{ steps = 10 }", "{ steps = 1 }", 1)
    pathlib.Path("slow.toml").write_text(slow)
    expect(0, "run", "slow.toml", "--out", "slow")
    for number in (signal.SIGINT, signal.SIGTERM):
        shutil.rmtree("slow/analysis", ignore_errors=True)
        going = subprocess.Popen([program, "analyze", "slow", "hessian_density", "--force"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not pathlib.Path("slow/analysis/hessian_density.h5").exists() and going.poll() is None:
            time.sleep(0.01)
        going.send_signal(number)
        out, error = going.communicate(timeout=60)
        check(going.returncode == 128 + number, f"signal {number}: {going.returncode} {out} {error}")
        check("the same command goes on" in error, f"no word about it: {error}")
        status = attributes("slow/analysis/hessian_density.h5")
        check(status["status"] == "interrupted", f"status after a signal: {status['status']}")

    # The same command goes on, however it was stopped, and gives the same numbers.
    middle = config.replace("steps = 30", "steps = 150").replace("{ steps = 10 }", "{ steps = 1 }", 1)
    pathlib.Path("middle.toml").write_text(middle.split("[[analysis]]")[0] + "[output]\ncheckpoint_every = 0.001\n")
    expect(0, "run", "middle.toml", "--out", "middle")
    result = pathlib.Path("middle/analysis/hessian_eigenvalues.h5")
    command = ["analyze", "middle", "hessian_eigenvalues", "--set", "tolerance=1e-9"]
    for number in (signal.SIGINT, signal.SIGKILL):
        going = subprocess.Popen([program, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        folder_of_parts = result.parent / "checkpoint"
        age = folder_of_parts / "hessian_eigenvalues.h5"
        seen = age.stat().st_mtime_ns if age.exists() else 0
        while going.poll() is None and (not age.exists() or age.stat().st_mtime_ns == seen):
            time.sleep(0.005)
        going.send_signal(number)
        going.communicate(timeout=60)
        check(going.returncode in (128 + number, -number), f"not stopped: {going.returncode}")
    expect(2, "analyze", "middle", "hessian_eigenvalues", error="was interrupted with other options")
    expect(0, *command, output="of them earlier")
    check(not folder_of_parts.exists(), "a checkpoint is left")
    resumed = result.rename("resumed.h5")
    expect(0, *command)
    same = subprocess.run(["h5diff", "--exclude-path=/provenance", resumed, result],
                          capture_output=True, text=True)
    check(same.returncode == 0, f"resumed and uninterrupted differ: {same.stdout}{same.stderr}")

finish()
