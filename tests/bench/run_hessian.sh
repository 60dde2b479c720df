#!/bin/bash
# Top-5 eigenvalues of a network's Hessian, ours beside scipy's eigsh on PyTorch products, one thread:
#   tests/bench/run_hessian.sh [BUILD]     (default build/bench)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
processor=$(taskset -cp $$ | sed 's/.*[ ,-]//')
taskset -c "$processor" "$build/tests/bench/bench_hessian" > "$out/ours.json"
taskset -c "$processor" /usr/bin/python3 "$here/bench_hessian_pytorch.py" > "$out/peer.json"
/usr/bin/python3 - "$out" <<'PY'
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
ours, peer = (json.loads((folder / f).read_text()) for f in ("ours.json", "peer.json"))
for loss, o in ours.items():
    p = peer[loss]
    worst = max(abs(a / b - 1) for a, b in zip(o["eigenvalues"], p["eigenvalues"]))
    print(f"{loss}: cold {o['cold_products']} products (asked 25), warm {o['warm_products']} (asked 10), "
          f"{o['cold_seconds']:.3f} s; eigsh {p['products']} products, {p['seconds']:.3f} s: "
          f"{p['seconds'] / o['cold_seconds']:.1f} x (asked 2); largest relative difference {worst:.1e}")
PY
