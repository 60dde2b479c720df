#!/usr/bin/env bash
# Lyapunov spectrum of Lorenz' attractor beside the same job in scipy: same method (Dormand-Prince), same
# tolerances, same intervals, one thread. Exit code 1 when it is less than 10 times as fast.
#   tests/bench/run_lyapunov.sh BUILD [DURATION]
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=${1:?usage: run_lyapunov.sh BUILD [DURATION]}
duration=${2:-200}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/run.toml" <<TOML
[model]
name = "lorenz63"
[solver]
name = "dopri5"
rtol = 1e-9
atol = 1e-9
[lyapunov]
exponents = 0
interval = 0.5
transient = 0.0
duration = $duration.0
starts = 1
[output]
report = false
TOML
ours=$("$build/bin/thalweg" run "$folder/run.toml" --out "$folder/run" --threads 1 --json --quiet)
peer=$(OPENBLAS_NUM_THREADS=1 /usr/bin/python3 "$here/lyapunov_scipy.py" "$duration" 0.5 1e-9 1e-9)
/usr/bin/python3 - "$ours" "$peer" <<'PY'
import json
import sys

ours, peer = (json.loads(text) for text in sys.argv[1:])
exponents = [ours["lyapunov"][f"exponent_{k}"] for k in (1, 2, 3)]
ratio = peer["seconds"] / ours["seconds"]
print(f"thalweg {ours['seconds']:.3f} s  {exponents}")
print(f"scipy   {peer['seconds']:.3f} s  {peer['exponents']}")
print(f"ratio   {ratio:.1f} (asked 10)")
sys.exit(ratio < 10)
PY
