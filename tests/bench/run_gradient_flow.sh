#!/bin/bash
# Gradient flow of a network on digits by our solvers and by dopri5 as torchdiffeq runs it, in one
# run on one processor, as one table:
#   tests/bench/run_gradient_flow.sh [BUILD [T]]     (default build/bench and 100)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
end=${2:-100}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
processor=$(taskset -cp $$ | sed 's/.*[ ,-]//')
taskset -c "$processor" "$build/tests/bench/bench_gradient_flow" "$end" "$out/reference" \
  > "$out/ours.json"
taskset -c "$processor" /usr/bin/python3 "$here/bench_gradient_flow_pytorch.py" "$end" \
  "$out/reference" > "$out/peer.json"
/usr/bin/python3 - "$out" "$end" <<'PY'
import json, pathlib, sys
folder, end = pathlib.Path(sys.argv[1]), float(sys.argv[2])
ours, peer = (json.loads((folder / f).read_text()) for f in ("ours.json", "peer.json"))
print(f"mse, T = {end:g}; PyTorch {peer[0]['torch']} on {', '.join(peer[0]['blas'])}")
published = {10.0: 344, 100.0: 6644}.get(end)
if published:
    print(f"evaluations of dopri5 published for torchdiffeq: {published}, "
          f"here {peer[0]['gradients']} ({peer[0]['gradients'] / published - 1:+.1%})")
print(f"{'':16}{'rtol':>8}{'gradients':>11}{'H products':>12}{'CPU s':>9}{'error':>10}{'speed-up':>10}")
for r in ours + peer:
    print(f"{r['solver']:16}{r['rtol']:8.0e}{r['gradients']:11}{r['hessian_products']:12}"
          f"{r['seconds']:9.2f}{r['error']:10.1e}{peer[0]['seconds'] / r['seconds']:10.1f}")
for bound, asked in ((1e-4, 12.0), (2e-7, 1.4)):
    best = max((peer[0]["seconds"] / r["seconds"] for r in ours if r["error"] <= bound), default=0)
    print(f"best speed-up at an error <= {bound:g}: {best:.1f}, asked {asked} for T = 100")
if published and abs(peer[0]["gradients"] / published - 1) > 0.05:
    sys.exit("the peer's evaluation count is more than 5 % off the published one")
PY
