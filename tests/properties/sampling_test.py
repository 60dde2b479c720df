"""Draws as a file: the schema of ArviZ, chains that do not depend on threads or on each other, and a run
killed again and again that ends as the run that was not."""
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import xarray as xr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from kills import run_through_kills

program = os.environ["THALWEG_PROGRAM"]
config = """
seed = 5
[model]
name = "quadratic"
dim = 30
condition_number = 1e4
[sampler]
name = "{sampler}"
metric = "{metric}"
max_depth = 7
[draws]
count = {count}
warmup = 400
chains = {chains}
store_warmup = true
[output]
report = false
checkpoint_every = 0.05
publish_every = 0.1
"""


def thalweg(*arguments):
    return subprocess.run([program, *arguments, "--quiet"], capture_output=True, text=True)


def check(condition, message):
    if not condition:
        sys.exit(message)


def run(folder, name, *options, **values):
    path = folder / f"{name}.toml"
    path.write_text(config.format(**{"sampler": "nuts", "metric": "diagonal", "count": 300, "chains": 4} | values))
    done = thalweg("run", path, "--out", folder / name, "--force", *options)
    check(done.returncode == 0, f"{name} failed: {done.stderr}")
    return folder / name / "result.h5"


def bits(value):
    value = np.asarray(value)
    return str(value.tolist()) if value.dtype.kind == "O" else (value.shape, value.dtype.str, value.tobytes())


def contents(path):
    """Every number and attribute that must not depend on when and how the run was made."""
    found = {}
    with h5py.File(path) as file:
        def visit(name, item):
            if name.startswith("provenance"):
                return
            for key, value in item.attrs.items():
                if key not in ("created_at", "DIMENSION_LIST", "REFERENCE_LIST"):
                    found[f"{name}@{key}"] = bits(value)
            if isinstance(item, h5py.Dataset):
                found[name] = bits(item[()])
        file.visititems(visit)
        found["/"] = {k: str(v) for k, v in file.attrs.items()}
    return found


def same(a, b, message):
    one, other = contents(a), contents(b)
    differing = [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
    check(not differing, f"{message}: {differing}")


# name: (dtype kind, the words of the schema); https://python.arviz.org/en/stable/schema/schema.html
statistics = {"lp": "f", "acceptance_rate": "f", "step_size": "f", "tree_depth": "i", "n_steps": "i",
              "reached_max_treedepth": "b", "diverging": "b", "energy": "f", "energy_error": "f",
              "max_energy_error": "f", "int_time": "f"}


def check_schema(path, chains, draws):
    for engine in ("netcdf4", "h5netcdf"):
        for group in ("posterior", "sample_stats", "warmup_posterior", "warmup_sample_stats"):
            with xr.open_dataset(path, group=group, engine=engine) as data:
                n = 400 if group.startswith("warmup") else draws
                check(data.sizes["chain"] == chains and data.sizes["draw"] == n, f"{group}: sizes {data.sizes}")
                for axis, size in data.sizes.items():
                    check(axis in data.coords and data[axis].dtype.kind == "i"
                          and np.array_equal(data[axis], np.arange(size)), f"{group}: axis {axis}")
                for key, variable in data.data_vars.items():
                    check(variable.dims[:2] == ("chain", "draw") or key == "inv_metric",
                          f"{group}/{key}: dims {variable.dims}")
                    check(key not in data.sizes, f"{group}/{key} has the name of an axis")
                for key in ("created_at", "creation_library", "creation_library_version", "creation_library_language",
                            "inference_library", "inference_library_version"):
                    check(isinstance(data.attrs.get(key), str), f"{group} has no attribute {key}")
                check(list(data.attrs["sample_dims"]) == ["chain", "draw"], f"{group}: sample_dims")
                if group.endswith("sample_stats"):
                    for key, kind in statistics.items():
                        check(data[key].dtype.kind == kind, f"{group}/{key}: {data[key].dtype}")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)

    four = run(folder, "four", "--threads", "1")
    check_schema(four, 4, 300)
    same(four, run(folder, "threads", "--threads", "2"), "one thread and two differ")
    two = run(folder, "two", "--threads", "2", chains=2)
    with h5py.File(four) as a, h5py.File(two) as b:
        check(np.array_equal(a["posterior/q"][:2], b["posterior/q"][:]), "a chain depends on how many there are")
        q = a["posterior/q"][:]
        check(len(np.unique(q[:, -1, 0])) == 4, "chains must differ")
        # the start of each chain is stored, and not the same
        check(len(np.unique(a["initial/state"][:, 0])) == 4, "starts must differ")

    # More draws of a finished run are the draws of a longer one.
    longer = run(folder, "longer", count=500)
    done = thalweg("resume", folder / "four", "--set", "draws.count=500")
    check(done.returncode == 0, f"resume with more draws: {done.stderr}")
    with h5py.File(four) as a, h5py.File(longer) as b:
        check(np.array_equal(a["posterior/q"][:], b["posterior/q"][:]), "draws added later differ")
    refused = thalweg("resume", folder / "four", "--set", "draws.count=500")
    check(refused.returncode == 2 and "draws.count" in refused.stderr, f"nothing to do: {refused.stderr}")

    # Replicas at several temperatures: the same bits, and what is told of their exchanges goes on too.
    tempered = {"sampler": "replica_exchange", "chains": 2}
    some = run(folder, "some", "--threads", "2", count=40, **tempered)
    all_of_them = run(folder, "all", "--threads", "1", count=80, **tempered)
    done = thalweg("resume", folder / "some", "--set", "draws.count=80")
    check(done.returncode == 0, f"resume of replicas: {done.stderr}")
    with h5py.File(some) as a, h5py.File(all_of_them) as b:
        for name in ("posterior/q", "sample_stats/replica", "replicas/swap_rate", "replicas/round_trips"):
            check(np.array_equal(a[name][:], b[name][:]), f"replicas: {name} depends on threads or a resume")
        check(a["replicas/swap_rate"].shape == (2, 7) and np.isclose(a["replicas/temperature"][-1], 100),
              "eight replicas up to 100 T")
    with xr.open_dataset(some, group="replicas") as data:
        check(data.swap_rate.dims == ("chain", "pair") and data.temperature.dims == ("replica",), "axes of replicas")

    # The tuning of one run starts another, without any warm-up.
    path = folder / "tuned.toml"
    path.write_text(config.format(sampler="nuts", metric="diagonal", count=200, chains=4).replace("warmup = 400", "warmup = 0")
                    .replace("[draws]", f"[draws]\ntuning_from = '{folder / 'longer'}'"))
    done = thalweg("run", path, "--out", folder / "tuned")
    check(done.returncode == 0, f"tuning_from: {done.stderr}")
    with h5py.File(folder / "tuned" / "result.h5") as a, h5py.File(longer) as b:
        check(np.array_equal(a["sample_stats/step_size"][:, 0], b["sample_stats/step_size"][:, -1]), "step sizes")
        check(np.array_equal(a["sample_stats/inv_metric"][:], b["sample_stats/inv_metric"][:]), "metrics")

    # Killed at any moment, in the warm-up and after it.
    whole = run(folder, "whole", "--threads", "1", metric="dense", count=3000)
    parts = folder / "parts"
    begin = [program, "run", folder / "whole.toml", "--out", parts, "--threads", "2"]
    run_through_kills(program, begin, parts, "posterior", kills=6, pause=(0.15, 0.4))
    same(whole, parts / "result.h5", "killed and resumed differs from the whole")

    # A funnel: trajectories diverge, and the report draws where they ended.
    path = folder / "funnel.toml"
    path.write_text("""seed = 3
model = { name = "eight_schools", parametrisation = "centred" }
sampler = { name = "nuts" }
draws = { count = 500, warmup = 500, start = "prior" }
""")
    done = thalweg("run", path, "--out", folder / "funnel")
    check(done.returncode == 0, f"funnel: {done.stderr}")
    with h5py.File(folder / "funnel" / "result.h5") as file:
        ends, divergent = file["divergences/position"].shape, int(file["sample_stats/diverging"][:].sum())
    check(divergent > 20 and ends == (divergent, 10), f"{divergent} divergent draws, {ends} ends")
    check("The trajectories' ends are the points" in
          (folder / "funnel" / "report.html").read_text().replace("&#39;", "'"), "the ends are not drawn")
