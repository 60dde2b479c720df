"""The writer is killed before each call that changes a file, in turn, plainly and with a torn write.
Every time: what is published opens without any tool, all acknowledged rows are there to the last
bit, and a second process completes the run to the same file. The order of the calls is checked too:
what is renamed into place was synced before and is never written again."""
import concurrent.futures
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import example_run

STEPS, EVERY = 16, 2


def run(folder, mode, **extra):
    folder.mkdir(exist_ok=True)
    process = example_run.start(folder, STEPS, EVERY, mode, extra=extra)
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def check_order(log):
    """Power cut: file synced before its rename, directory synced before the next acknowledgement."""
    synced, published, unsynced_names = set(), set(), set()
    renames = 0
    for line in log.read_text().splitlines():
        call, *names = line.split()
        if call in ("write", "truncate") and names and names[0].startswith("/"):
            assert names[0] not in published, f"{names[0]} was written after it was published"
            synced.discard(names[0])
        elif call == "fsync":
            synced.add(names[0])
            unsynced_names = {n for n in unsynced_names if str(pathlib.Path(n).parent) != names[0]}
        elif call == "rename":
            renames += 1
            source, target = names
            assert source in synced or source in published, f"{source} renamed before it was synced"
            if not target.endswith("previous.h5"):
                unsynced_names.add(target)
            published = (published - {source}) | {target}
        elif call == "write":  # to the pipe: an acknowledgement
            assert not unsynced_names, f"acknowledged before the name of {unsynced_names} was synced"
    assert renames > 5
    return renames


def is_counted(line):
    """Whether the shim counts the call of a line of its log: all but writes to pipes."""
    call, *names = line.split()
    return call != "calls" and (call != "write" or names[0].startswith("/"))


def try_point(job):
    root, mode, n, torn, shim, whole = job
    folder = root / f"{mode}-{n}-{torn}"
    code, output = run(folder, mode, LD_PRELOAD=shim, SHIM_KILL_AT=str(n), SHIM_TORN=str(torn))
    assert code == -9, f"{mode} {n}: exit {code}\n{output}"
    acked = example_run.acknowledged(output)
    try:
        example_run.check_directory(folder, acked)
        code, output = run(folder, mode)
        assert code == 0, f"the second process failed: {output}"
        example_run.check_directory(folder, [STEPS, STEPS // 4, (STEPS + 9) // 10])
        assert example_run.same(whole, folder / "result.h5"), "completed to another file"
        left = sorted(p.name for p in folder.rglob("*.tmp")) + sorted(p.name for p in folder.rglob("part-*"))
        assert not left, f"left behind: {left}"
    except Exception as error:
        raise AssertionError(f"{mode}, killed at call {n}, torn {torn}: {error!r}") from error
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    return sum(acked) > 0


# In memory where possible: a killed process loses nothing there that it would not lose on a disk.
memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
with tempfile.TemporaryDirectory(dir=memory) as root:
    root = pathlib.Path(root).resolve()
    shim = example_run.compile_shim(root)
    jobs = []
    for mode in ("mixed", "refresh"):
        log = root / f"{mode}.log"
        code, output = run(root / mode, mode, LD_PRELOAD=shim, SHIM_LOG=str(log))
        assert code == 0, output
        calls = int(log.read_text().split("calls ")[1].split()[0])
        assert calls > 100, f"only {calls} calls: is the shim loaded?"
        renames = check_order(log)
        # Plain and torn take turns. Without THALWEG_ALL_POINTS only the points around the calls that
        # change names, which matter most, and some of the others.
        counted = [line.split()[0] for line in log.read_text().splitlines() if is_counted(line)]
        assert len(counted) == calls
        points = [n for n in range(1, calls + 1) if "THALWEG_ALL_POINTS" in os.environ or n % 41 == 0
                  or (mode == "mixed" and counted[n - 1] in ("rename", "unlink"))]
        jobs += [(root, mode, n, (n + (mode == "mixed")) % 2, shim, root / mode / "result.h5")
                 for n in points]
        print(f"{mode}: {calls} calls, {renames} renames")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        acked = sum(pool.map(try_point, jobs))
    assert acked > len(jobs) // 2
    print(f"{len(jobs)} crash points, {acked} after an acknowledgement, no row lost")
