#!/bin/bash
# Samplers beside Stan's NUTS as tables, over 10 seeds (200 of eight schools), then what a leapfrog costs beside its gradient. Where R's
# rstan is installed (Debian: r-cran-rstan) it runs here on the same densities and data; else its numbers are those
# measured elsewhere (rstan 2.21.7, -O3, 4 x (1000 + 1000), its own clock of CPU seconds, on a loaded machine, so
# allow 1.5 x for its times). About four minutes, with rstan about an hour:
#   tests/bench/run_samplers.sh [BUILD [SEEDS]]     (default build/bench 10); exit 1 on a missed bar
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
seeds=${2:-10}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

if Rscript -e 'library(rstan); library(posterior)' > /dev/null 2>&1; then
  echo "rstan is installed: it runs beside, from the same data"
  # The data as the models see them: inputs, then the target.
  for target in 'logit name="bayesian_logistic_regression", data={name="german_credit"}' \
                'bnn_reg name="bayesian_mlp", hidden=[10], data={name="noisy_sine"}' \
                'bnn_cls name="bayesian_mlp", hidden=[8], data={name="iris"}'; do
    printf 'model = { %s }\nsampler = { name = "nuts" }\ndraws = { count = 1, warmup = 20, chains = 1 }\n' \
      "${target#* }" > "$out/${target%% *}.toml"
    "$build/bin/thalweg" run "$out/${target%% *}.toml" --out "$out/${target%% *}" --quiet \
      --set output.report=false > /dev/null
  done
  /usr/bin/python3 - "$out" <<'PY'
import sys
import h5py, numpy as np
for name in ("logit", "bnn_reg", "bnn_cls"):
    with h5py.File(f"{sys.argv[1]}/{name}/result.h5") as file:
        x, y = (file[f"observed_data/{key}"][()] for key in ("x", "y"))
    np.savetxt(f"{sys.argv[1]}/{name}.csv", np.column_stack([x, y]), delimiter=",", fmt="%.17g")
PY
  Rscript "$here/bench_samplers_stan.R" "$here/stan" "$out" "$seeds" > "$out/stan.json"
else
  echo "rstan is not installed (apt install r-cran-rstan): its numbers are those measured elsewhere"
  : > "$out/stan.json"
fi
"$build/tests/bench/bench_samplers" "$seeds" > "$out/ours.json"
/usr/bin/python3 - "$out/ours.json" "$out/stan.json" <<'PY'
import json, sys
rows, stan_rows = ([json.loads(line) for line in open(name) if line.startswith("{")] for name in sys.argv[1:])
# (target, metric): ESS a gradient and its standard error, ESS a second of Stan; networks in function space
stan = {("gauss100", "nuts diagonal"): (0.0079, 0, 414), ("gauss100", "nuts dense"): (0.095, 0, 3291),
        # the mean of 200 runs of rstan: a single one, 0.075 there, varies by 0.0096
        ("eight_nc", "nuts diagonal"): (0.0673, 0.0007, 39385),
        # ESS a second: Stan's fused GLM
        ("logit", "nuts diagonal"): (0.056, 0, 2156), ("logit", "nuts dense"): (0.21, 0, 2346),
        ("bnn_reg", "nuts diagonal"): (0.00104, 0, 0.00104 * 50018),
        ("bnn_cls", "nuts diagonal"): (0.0143, 0, 0.0143 * 11226)}
for r in stan_rows:
    stan[r["target"], r["options"]] = (r["ess_per_gradient"], r["standard_error"], r["ess_per_second"])
bars = {"gauss100": 8, "eight_nc": 4, "logit": 3, "bnn_reg": 3, "bnn_cls": 3}  # of ESS/s, diagonal metric
missed = []
print(f"{'target':10}{'sampler':22}{'step':>8}{'steps/draw':>11}{'ESS/gradient':>14}{'+-':>9}{'of Stan':>9}{'+-':>6}"
      f"{'ESS/s':>10}{'of Stan':>9}{'gradients/s':>13}{'div':>5}")
def line(r, name, share="", error="", speed=""):
    print(f"{r['target']:10}{name:22}{r['step']:8.4f}{r['steps_per_draw']:11.1f}{r['ess_per_gradient']:14.5f}"
          f"{r['standard_error']:9.5f}{share:>9}{error:>6}{r['ess_per_second']:10.0f}{speed:>9}"
          f"{r['gradients_per_second']:13.0f}{r['divergences']:5d}")
for r in rows:
    if "target" not in r:
        continue
    theirs = stan.get((r["target"], r["options"]))
    share = error = speed = ""
    if theirs:
        share, speed = r["ess_per_gradient"] / theirs[0], r["ess_per_second"] / theirs[2]
        error = share * ((r["standard_error"] / r["ess_per_gradient"])**2 + (theirs[1] / theirs[0])**2)**0.5
        if share + 2 * error < 0.85:
            missed.append(f"{r['target']} {r['options']}: ESS a gradient {share:.2f} of Stan's, asked 0.85")
        if r["options"] == "nuts diagonal" and speed < bars[r["target"]]:
            missed.append(f"{r['target']} {r['options']}: ESS a second {speed:.1f} x Stan's, asked {bars[r['target']]}")
        share, error, speed = f"{share:.2f}", f"{error:.2f}", f"{speed:.1f}"
    line(r, r["options"], share, error, speed)
    for s in stan_rows:
        if (s["target"], s["options"]) == (r["target"], r["options"]):
            line(s, "  Stan")
print(f"\n{'a leapfrog beside its gradient, us':36}{'dim':>7}{'leapfrog':>10}{'gradient':>10}{'overhead':>10}{'asked':>8}")
for r in rows:
    if "overhead" in r:
        print(f"  {r['overhead'] + ', ' + r['metric']:34}{r['dim']:7.0f}{r['us_per_leapfrog']:10.3f}"
              f"{r['us_per_gradient']:10.3f}{r['us_overhead']:10.3f}{r['bar']:8.3f}")
        if r["metric"] != "dense" and r["us_overhead"] > r["bar"]:
            missed.append(f"{r['overhead']} {r['metric']} {r['dim']:.0f}: {r['us_overhead']:.3f} us, asked {r['bar']:.3f}")
sys.exit("\n".join(missed) if missed else 0)
PY
