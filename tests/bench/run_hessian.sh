#!/bin/bash
# Top-5 eigenvalues of a network's Hessian, ours beside two peers on PyTorch products, one thread:
# scipy's eigsh, and power iteration with deflation as PyHessian does it. As one table:
#   tests/bench/run_hessian.sh [BUILD]     (default build/bench)
# CPU seconds of the best repeat; ours before and after the peers. The worst counts of all repeats;
# our searches that start anew make most products by differences of gradients, which are counted as
# the products that take as long. Exits 1 when something asked for is missed, or when power iteration needs other products
# than published for PyHessian.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
processor=$(taskset -cp $$ | sed 's/.*[ ,-]//')
ours() { taskset -c "$processor" "$build/tests/bench/bench_hessian" > "$out/ours$1.json"; }
ours 1
taskset -c "$processor" /usr/bin/python3 "$here/bench_hessian_pytorch.py" > "$out/peer.json"
ours 2
/usr/bin/python3 - "$out" <<'PY'
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
ours, again, peer = (json.loads((folder / f"{f}.json").read_text())
                     for f in ("ours1", "ours2", "peer"))
missed = []
def ask(what, met):
    if not met:
        missed.append(what)
print(f"PyTorch {peer['torch']} on {', '.join(peer['blas'])}")
for loss, o in ours.items():
    seconds = min(o["cold_seconds"], again[loss]["cold_seconds"])
    work = max(o["cold_work"], again[loss]["cold_work"])
    print(f"{loss}\n  ours             {o['cold_products']:4} products and {o['cold_gradients']} "
          f"gradients cold, the work of {work:.1f} products (asked 25), warm "
          f"{o['warm_products']} (asked 10); {seconds:.3f} s, of which {o['in_products']:.0%} in "
          "both")
    ask(f"{loss}: at most the work of 25 products cold", work <= 25)
    ask(f"{loss}: at most 10 products warm", o["warm_products"] <= 10)
    for (name, p), asked in zip(peer[loss].items(), (2, 8)):
        worst = max(abs(a / b - 1) for a, b in zip(p["eigenvalues"], o["eigenvalues"]))
        print(f"  {name:16} {max(p['products']):4} products, {p['seconds']:.3f} s: "
              f"{p['seconds'] / seconds:.1f} x (asked {asked}); differs by {worst:.1e}")
        ask(f"{loss}: {asked} x faster than {name}", p["seconds"] >= asked * seconds)
counts = peer["cross_entropy"]["power iteration"]["products"]
mean = sum(counts) / len(counts)
print(f"power iteration, cross_entropy: {mean:.0f} products, PyHessian published 123 "
      f"({mean / 123 - 1:+.1%})")
ask("the peer's products within 10 % of the published ones", abs(mean / 123 - 1) <= 0.1)
sys.exit("missed: " + "; ".join(missed) if missed else 0)
PY
