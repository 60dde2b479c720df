#!/bin/bash
# Leapfrog sweeps beside the memory line and beside numpy in one run, as one table:
#   tests/bench/run_waves.sh [BUILD] [SECONDS]   (default build/bench, made with `cmake --preset bench`; 5 s a case)
# One-thread programs are pinned to one processor; two threads are not. Takes about two minutes.
# Exits 1 when something asked for is missed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
budget=${2:-5}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
program=$build/tests/bench/bench_waves
processor=$(taskset -cp $$ | sed 's/.*[ ,-]//')

taskset -c "$processor" "$program" one "$budget" > "$out/one.json"
OMP_NUM_THREADS=1 taskset -c "$processor" /usr/bin/python3 "$here/bench_waves_numpy.py" > "$out/numpy.json"
"$program" two "$budget" > "$out/two.json"
/usr/bin/python3 - "$out" <<'END'
import json
import pathlib
import sys

one, two, numpy = (json.loads((pathlib.Path(sys.argv[1]) / f"{name}.json").read_text())
                   for name in ("one", "two", "numpy"))
print(f"{'Gcell/s':10} {'memory line':>11} {'plain':>7} {'tiled':>7} {'numpy':>7} {'gain':>6} {'2 threads':>9}")
for name, r in one.items():
    best = max(r["plain"], r["tiled"])
    print(f"{name:10} {r['line']:11.2f} {r['plain']:7.2f} {r['tiled']:7.2f} {numpy.get(name, 0):7.3f} "
          f"{best / numpy[name] if name in numpy else 0:6.1f} {two.get(name, 0):9.2f}")

missed = []


def ask(what, found, wanted):
    ok = found >= wanted
    print(f"{'ok    ' if ok else 'MISSED'} {what}: {found:.2f}, asked for {wanted}")
    if not ok:
        missed.append(what)


for name in ("line_3e7", "grid_5600"):
    ask(f"{name}: plain over the memory line", one[name]["plain"] / one[name]["line"], 0.9)
ask("line_3e7: tiled over the rate in the cache", one["line_3e7"]["tiled"] / one["line_1e4"]["plain"], 0.9)
ask("grid_5600: tiled over the rate in the cache", one["grid_5600"]["tiled"] / one["grid_256"]["plain"], 0.8)
ask("line_1e4 over numpy", max(one["line_1e4"]["plain"], one["line_1e4"]["tiled"]) / numpy["line_1e4"], 5)
for name in ("line_1e6", "line_3e7", "grid_2000", "grid_5600"):
    ask(f"{name} over numpy", max(one[name]["plain"], one[name]["tiled"]) / numpy[name], 8)
for name in ("line_3e7", "grid_5600"):
    ask(f"{name}: two threads", two[name], 1.8)
sys.exit(1 if missed else 0)
END
