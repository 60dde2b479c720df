#!/bin/bash
# 1000 steps of gradient descent of net a (64-100-100-10, tanh, mse, 1797 digits, learning rate 0.1,
# single precision) with the sharpness at every 50th: the program beside PyTorch, one thread, as one
# table:
#   tests/bench/run_descent.sh [BUILD]     (default build/bench)
# CPU seconds, ours the best of three between the peer's two loops, start of the process included.
# Exits 1 when something asked for is missed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(realpath "$here/../..")
build=$(realpath "${1:-$root/build/bench}")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
processor=$(taskset -cp $$ | sed 's/.*[ ,-]//')
cat > "$out/run.toml" <<TOML
[model]
name = "mlp"
hidden = [100, 100]
activation = "tanh"
loss = "mse"
precision = "float"
[model.data]
name = "hdf5"
file = "$root/data/bench/nets.h5"
inputs = "a/X"
targets = "a/labels"
task = "classification"
scaling = "none"
[start]
from = "$root/data/bench/nets.h5:/a/theta"
[dynamics]
name = "gradient_descent"
learning_rate = 0.1
[time]
steps = 1000
[output]
report = false
[[record]]
name = "curves"
when = { steps = 50 }
what = ["loss", "sharpness"]
TOML
ours() {
  local TIMEFORMAT="%U %S"
  # `time` writes to the group's stderr, the program to a log.
  { time taskset -c "$processor" "$build/bin/thalweg" run "$out/run.toml" --threads 1 --quiet \
      --force --out "$out/run" > "$out/log" 2>&1; } 2>> "$out/ours"
}
peer() {
  taskset -c "$processor" /usr/bin/python3 "$here/bench_descent_pytorch.py" "$1" > "$out/$1.json"
}
ours; peer lean; ours; peer script; ours
/usr/bin/python3 - "$out" <<'PY'
import json, pathlib, sys
import h5py
folder = pathlib.Path(sys.argv[1])
seconds = min(sum(map(float, line.split())) for line in (folder / "ours").read_text().splitlines())
with h5py.File(folder / "run/result.h5") as file:
    ours = file["series/curves/sharpness"][:]
peers = [(name, json.loads((folder / f"{name}.json").read_text())) for name in ("lean", "script")]
print(f"PyTorch {peers[0][1]['torch']} on {', '.join(peers[0][1]['blas'])}")
print(f"{'':22}{'CPU s':>8}{'products':>10}{'ratio':>8}{'asked':>7}   relative difference of sharpness")
print(f"{'thalweg run':22}{seconds:8.2f}")
missed = []
for name, p in peers:
    # The iterates of different programs part at the edge of stability: from step 250 on.
    p = p[name]
    before = max(abs(a / b - 1) for a, b in zip(ours[:6], p["sharpness"]))
    asked = dict(lean=2, script=12)[name]
    if p["seconds"] < asked * seconds:
        missed.append(f"{asked} x faster than PyTorch, {name}")
    print(f"{'PyTorch, ' + name:22}{p['seconds']:8.2f}{p['products']:10}{p['seconds'] / seconds:8.1f}"
          f"{asked:7}   {before:.1e} up to step 250")
sys.exit("missed: " + "; ".join(missed) if missed else 0)
PY
