#!/bin/bash
# Samplers beside Stan's NUTS (rstan 2.21.7, -O3, the same densities, 4 x (1000 + 1000), its own clock of CPU
# seconds; measured elsewhere, on a loaded machine, so allow 1.5 x for its times) as tables, over 10 seeds,
# then what a leapfrog costs beside its gradient. About four minutes:
#   tests/bench/run_samplers.sh [BUILD [SEEDS]]     (default build/bench 10); exit 1 on a missed bar
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$build/tests/bench/bench_samplers" "${2:-10}" > "$out"
/usr/bin/python3 - "$out" <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
# (target, metric): ESS a gradient, ESS a second of Stan, bar of ESS/s; networks in function space
stan = {("gauss100", "nuts diagonal"): (0.0079, 414, 8), ("gauss100", "nuts dense"): (0.095, 3291, None),
        ("eight_nc", "nuts diagonal"): (0.075, 39385, 4),
        # ESS a second: Stan's fused GLM
        ("logit", "nuts diagonal"): (0.056, 2156, 3), ("logit", "nuts dense"): (0.21, 2346, None),
        ("bnn_reg", "nuts diagonal"): (0.00104, 0.00104 * 50018, 3),
        ("bnn_cls", "nuts diagonal"): (0.0143, 0.0143 * 11226, 3)}
missed = []
print(f"{'target':10}{'sampler':22}{'step':>8}{'steps/draw':>11}{'ESS/gradient':>14}{'+-':>9}{'of Stan':>9}"
      f"{'ESS/s':>10}{'of Stan':>9}{'gradients/s':>13}{'div':>5}")
for r in rows:
    if "target" not in r:
        continue
    theirs = stan.get((r["target"], r["options"]))
    share = speed = ""
    if theirs:
        share, speed = r["ess_per_gradient"] / theirs[0], r["ess_per_second"] / theirs[1]
        if share + 2 * r["standard_error"] / theirs[0] < 0.85:
            missed.append(f"{r['target']} {r['options']}: ESS a gradient {share:.2f} of Stan's, asked 0.85")
        if theirs[2] and speed < theirs[2]:
            missed.append(f"{r['target']} {r['options']}: ESS a second {speed:.1f} x Stan's, asked {theirs[2]}")
        share, speed = f"{share:.2f}", f"{speed:.1f}"
    print(f"{r['target']:10}{r['options']:22}{r['step']:8.4f}{r['steps_per_draw']:11.1f}{r['ess_per_gradient']:14.5f}"
          f"{r['standard_error']:9.5f}{share:>9}{r['ess_per_second']:10.0f}{speed:>9}"
          f"{r['gradients_per_second']:13.0f}{r['divergences']:5d}")
print(f"\n{'a leapfrog beside its gradient, us':36}{'dim':>7}{'leapfrog':>10}{'gradient':>10}{'overhead':>10}{'asked':>8}")
for r in rows:
    if "overhead" in r:
        print(f"  {r['overhead'] + ', ' + r['metric']:34}{r['dim']:7.0f}{r['us_per_leapfrog']:10.3f}"
              f"{r['us_per_gradient']:10.3f}{r['us_overhead']:10.3f}{r['bar']:8.3f}")
        if r["metric"] != "dense" and r["us_overhead"] > r["bar"]:
            missed.append(f"{r['overhead']} {r['metric']} {r['dim']:.0f}: {r['us_overhead']:.3f} us, asked {r['bar']:.3f}")
sys.exit("\n".join(missed) if missed else 0)
PY
