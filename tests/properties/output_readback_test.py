"""Everyone's readers open the files of a run, while it goes on and after: xarray with both engines,
h5py, ncdump, h5dump. All values are checked, and that none of the habits is in our files that make
some reader fail: arrays without axes, axes in another group, fixed-length text arrays, compounds,
units that look like a calendar."""
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import xarray as xr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import example_run

ENGINES = ("netcdf4", "h5netcdf")
NOT_A_VARIABLE = b"This is a netCDF dimension but not a netCDF variable."


def text_of(*command):
    run = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert run.returncode == 0, f"{command}: {run.stderr}"
    return run.stdout


def check_xarray(path, rows):
    for engine in ENGINES:
        with xr.open_dataset(path, engine=engine) as root:
            assert root.attrs["Conventions"] == "CF-1.10 ACDD-1.3 thalweg-1"
            assert root.attrs["status"] in ("running", "complete")
        with xr.open_dataset(path, engine=engine, group="series/fine") as d:
            step = np.arange(rows[0])
            assert d.sizes["time"] == rows[0] == int(d.n_committed)
            assert np.array_equal(d.time, 0.125 * step) and d.time.dtype == "f8"
            assert d.loss.dims == ("time",) and np.array_equal(d.loss, 1.5 * step + 0.25)
            assert d.loss.attrs["units"] == "1" and d.loss.attrs["long_name"] == "loss"
            assert d.gradient_calls.dtype == "i8" and np.array_equal(d.gradient_calls, step**2)
            assert d.matrix.dims == ("time", "i", "j") and d.matrix.attrs["approximate"] == 1
            assert list(d.i.values) == ["a", "b", "ç"] and list(d.j.values) == [0.5, 1.5, 2.5, 3.5]
            assert np.array_equal(d.matrix.sel(i="ç", j=1.5), step + 9 / 16)
        with xr.open_dataset(path, engine=engine, group="series/coarse") as d:
            k = np.arange(9000)
            assert np.array_equal(d.field, 4 * np.arange(rows[1])[:, None] + (k * k % 1021) / 1024)
            assert d.field.dims == ("time_coarse", "x") and "x" not in d.variables
        with xr.open_dataset(path, engine=engine, group="events") as d:
            assert np.array_equal(d.kind, np.arange(rows[2]) % 2)
            assert list(d.kind.attrs["flag_values"]) == [0, 1]
            assert d.kind.attrs["flag_meanings"] == "loss_goal signal"
        with xr.open_dataset(path, engine=engine, group="layout") as d:
            assert list(d.name.values) == ["W1", "b1"]
        with xr.open_dataset(path, engine=engine, group="initial") as d:
            assert list(d.state.values) == [0.5, 1.5, 2.5, 3.5, 4.5]


def check_tools(path, rows):
    loss = text_of("ncdump", "-p", "17,17", "-v", "/series/fine/loss", path)
    loss = loss.split("loss = ")[-1] if rows[0] else ";"
    numbers = [float(x) for x in loss.split(";")[0].replace(",", " ").split()]
    assert numbers == [1.5 * i + 0.25 for i in range(rows[0])]
    text_of("ncdump", path)
    everything = text_of("h5dump", "-m", "%.17g", path)
    assert everything.count("DATASET") > 10
    labels = text_of("h5dump", "-d", "/layout/name", path)
    assert '"W1", "b1"' in labels
    h5dump = text_of("h5dump", "-y", "-w", "0", "-m", "%.17g", "-d", "/series/fine/loss", path)
    numbers = [float(x) for x in h5dump.split("DATA {")[1].split("}")[0].replace(",", " ").split()]
    assert numbers == [1.5 * i + 0.25 for i in range(rows[0])]


def check_habits(path):
    count = 0

    def visit(name, item):
        nonlocal count
        for part in name.split("/"):
            assert len(part) <= 64 and part.isidentifier(), name
        for key, value in item.attrs.items():
            assert not isinstance(value, (np.bool_, h5py.Empty)), f"{name}@{key}"
            if h5py.h5a.open(item.id, key.encode()).get_type().get_class() == h5py.h5t.STRING:
                kind = h5py.h5a.open(item.id, key.encode()).get_type()
                assert not kind.is_variable_str() or key in ("CLASS", "NAME"), f"{name}@{key}"
        if isinstance(item, h5py.Group):
            assert item.id.get_create_plist().get_link_creation_order() == 3, name
            return
        count += 1
        kind = item.id.get_type()
        assert item.dtype in ("f8", "i8") or (kind.get_class() == h5py.h5t.STRING and
                                              kind.is_variable_str()) or is_bare(item), name
        assert kind.get_class() != h5py.h5t.STRING or kind.get_cset() == h5py.h5t.CSET_UTF8
        if is_bare(item):
            return
        assert item.attrs.get("long_name"), f"{name} has no long_name"
        if name.startswith("provenance"):
            return
        assert item.attrs.get("units"), f"{name} has no units"
        units = item.attrs["units"].decode()  # h5py gives fixed-length text as bytes
        assert " since " not in units and units != "seconds", name
        if not h5py.h5ds.is_scale(item.id):
            axes = [list(d.keys()) for d in item.dims]
            paths = [d[0].name.rsplit("/", 1)[0] for d in item.dims if len(d)]
            assert all(len(a) == 1 for a in axes), f"{name}: {axes}"
            assert len(set(map(tuple, axes))) == len(axes), f"{name}: one axis twice"
            assert all(p == item.parent.name for p in paths), f"{name}: axis in another group"
        unlimited = [m is None for m in item.maxshape]
        assert not any(unlimited[1:]), name
        if any(unlimited):
            assert item.fletcher32, name
            if item.dtype == "f8":
                assert np.isnan(item.fillvalue), name
            if item.chunks[0] * item.dtype.itemsize * int(np.prod(item.shape[1:])) >= 65536:
                assert item.compression == "gzip" and item.shuffle, name

    def is_bare(item):
        return bytes(item.attrs.get("NAME", b"")).startswith(NOT_A_VARIABLE)

    with h5py.File(path) as file:
        assert h5py.h5g.open(file.id, b"/").get_create_plist().get_link_creation_order() == 3
        file.visititems(visit)
        assert len(file["/provenance/config"][()]) == 40000
        names = list(h5py.File(path, track_order=True)["/series/fine"])
        assert names == ["time", "step", "loss", "gradient_calls", "i", "j", "matrix", "n_committed"], names
    assert count > 10
    assert path.read_bytes()[8] == 0, "superblock version 0: the widest readers"


for mode in ("refresh", "parts"):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        process = example_run.start(folder, 43, 9, mode, wait=True, stdin=subprocess.PIPE)
        held = []  # readers that keep old versions open must not disturb the writer
        while line := process.stdout.readline():
            if not line.startswith("ack"):
                continue
            acked = [int(n) for n in line.split()[1:]]
            assert example_run.check_directory(folder, acked) == acked
            final = acked[0] == 43
            if mode == "refresh" or final:
                check_xarray(folder / "result.h5", acked)
                check_tools(folder / "result.h5", acked)
            else:
                for part in (folder / "checkpoint").glob("part-*.h5"):
                    text_of("ncdump", part)
                    for engine in ENGINES:
                        with xr.open_dataset(part, engine=engine, group="series/fine") as d:
                            assert float(d.loss[0]) == 1.5 * int(d.step[0]) + 0.25
            check_habits(folder / "result.h5")
            held.append(h5py.File(folder / "result.h5"))
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.wait() == 0
        assert len(held) == 6 and acked == [43, 11, 5]
        for old in held:  # a reader sees the moment at which it opened the file
            assert len(old["/series/fine/loss"]) == int(old["/series/fine/n_committed"][()])
            old.close()
        for name in ("checkpoint.h5", "checkpoint.previous.h5"):
            if (folder / "checkpoint" / name).exists():
                text_of("ncdump", folder / "checkpoint" / name)
        print(f"{mode}: read by xarray ({', '.join(ENGINES)}), h5py, ncdump, h5dump during and after")
