#!/bin/bash
# What a step costs beside its gradients, and the work of our solvers and CVODE on two gradient flows
# beside published work at equal error (interpolated in log error), as tables:
#   tests/bench/run_steppers.sh [BUILD]     (default build/bench)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$build/tests/bench/bench_steppers" --benchmark_format=json > "$out"
/usr/bin/python3 - "$out" <<'PY'
import json, math, sys
rows = json.load(open(sys.argv[1]))["benchmarks"]
print("overhead of a step in % of 6 gradients of net a (asked < 1 for dopri5 at 17610 unknowns)")
for r in rows:
    if r["name"].startswith("step"):
        print(f"  {r['name']:24}{r['percent_of_6_gradients']:8.3f}")
# (relative error, gradients + 2 Hessian products) of a plain RKC2 implementation, the same problems
published = {0: ("quadratic, T = 1e4", [(7e-5, 941), (2e-7, 6644)]),
             1: ("quadratic, T = 1e6", [(7e-5, 8527), (3.9e-6, 17944), (1.9e-7, 40400)]),
             2: ("network, lambda T = 1e3", [(6.2e-4, 256), (4.3e-5, 482), (2.3e-6, 1285)]),
             3: ("network, lambda T = 1e4", [(1.4e-3, 1596), (8.4e-5, 2242), (4.5e-6, 4717)])}
worst = 0.0
for problem, (title, table) in published.items():
    print(f"{title:28}{'error':>10}{'work':>9}{'published RKC2':>16}{'ratio':>7}")
    for r in rows:
        if f"problem:{problem}/" not in r["name"]:
            continue
        x, points = math.log(r["error"]), sorted((math.log(e), math.log(w)) for e, w in table)
        pair = next((p for p in zip(points, points[1:]) if x <= p[1][0]), (points[-2], points[-1]))
        (x0, y0), (x1, y1) = pair
        expected = math.exp(y0 + (x - x0) / (x1 - x0) * (y1 - y0))
        method, _, tolerance, *_ = r["name"].split("/")
        if method == "rkc2":
            worst = max(worst, r["work"] / expected)
        print(f"  {method + ' 1e-' + tolerance.split(':')[1]:26}{r['error']:10.1e}{r['work']:9.0f}"
              f"{expected:16.0f}{r['work'] / expected:7.2f}")
print(f"rkc2, worst ratio: {worst:.2f}, asked <= 1.2")
PY
