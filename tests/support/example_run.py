"""The rules of tests/support/example_run.hpp, to check a file of the example run with h5py."""
import os
import pathlib
import subprocess

import h5py
import numpy as np

build = pathlib.Path(os.environ.get("THALWEG_BUILD_DIR", "build/release"))
writer = [str(build / "tests" / "thalweg_properties_tests"), "writer of the example run"]
groups = ["/series/fine", "/series/coarse", "/events"]
strides = [1, 4, 10]
times = ["time", "time_coarse", "time_events"]


def start(folder, steps=24, every=4, mode="mixed", wait=False, extra=None, **more):
    """Starts the writer; its stdout carries the acknowledgements."""
    environment = dict(os.environ, EXAMPLE_DIR=str(folder), EXAMPLE_STEPS=str(steps),
                       EXAMPLE_PUBLISH=str(every), EXAMPLE_MODE=mode,
                       EXAMPLE_WAIT="1" if wait else "0", **(extra or {}))
    return subprocess.Popen(writer, env=environment, text=True, stdout=subprocess.PIPE, **more)


def acknowledged(output):
    """Rows of each series in the last complete acknowledgement."""
    lines = [line for line in output.splitlines(keepends=True) if line.startswith("ack")]
    lines = [line for line in lines if line.endswith("\n")]
    return [int(n) for n in lines[-1].split()[1:]] if lines else [0, 0, 0]


def check_rows(file, first):
    """Checks every value of an open file whose series begin at the rows `first`; returns the ends."""
    ends = []
    for group, stride, time, begin in zip(groups, strides, times, first):
        g = file[group]
        n = int(g["n_committed"][()])
        step = stride * np.arange(begin, begin + n)
        names = {time, "step"} | {"/series/fine": {"loss", "gradient_calls", "matrix"},
                                  "/series/coarse": {"field"}, "/events": {"kind"}}[group]
        for name in names:
            assert g[name].shape[0] == n, f"{group}/{name} has {g[name].shape[0]} rows, not {n}"
        assert np.array_equal(g["step"][:], step), group
        assert np.array_equal(g[time][:], 0.125 * step), group
        if group == "/series/fine":
            assert np.array_equal(g["loss"][:], 1.5 * step + 0.25)
            assert np.array_equal(g["gradient_calls"][:], step * step)
            matrix = step[:, None, None] + np.arange(12).reshape(3, 4) / 16
            assert np.array_equal(g["matrix"][:], matrix)
        elif group == "/series/coarse":
            k = np.arange(9000)
            assert np.array_equal(g["field"][:], step[:, None] + (k * k % 1021) / 1024)
        else:
            assert np.array_equal(g["kind"][:], step // 10 % 2)
        ends.append(begin + n)
    return ends


def check_directory(folder, acked):
    """Opens everything that is published and checks that all acknowledged rows are there."""
    folder = pathlib.Path(folder)
    have = [0, 0, 0]
    if (folder / "result.h5").exists():
        with h5py.File(folder / "result.h5") as file:
            have = check_rows(file, [0, 0, 0])
    for part in sorted((folder / "checkpoint").glob("part-*.h5")):
        with h5py.File(part) as file:
            first = [int(file[g].attrs["first_row"]) for g in groups]
            assert all(f <= h for f, h in zip(first, have)), f"gap before {part.name}"
            have = [max(h, e) for h, e in zip(have, check_rows(file, first))]
    for checkpoint in (folder / "checkpoint").glob("checkpoint*.h5"):
        with h5py.File(checkpoint) as file:
            assert "step" in file["integers"]
    assert all(h >= a for h, a in zip(have, acked)), f"acknowledged {acked}, found {have}"
    return have


def compile_shim(folder):
    source = pathlib.Path(__file__).with_name("crash_shim.c")
    shim = pathlib.Path(folder) / "crash_shim.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"],
                   check=True)
    return str(shim)


def same(a, b):
    return subprocess.run(["h5diff", "--exclude-path=/provenance", a, b], capture_output=True).returncode == 0
