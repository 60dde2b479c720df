#!/bin/bash
# A map of trainability (width 8, tanh, 72 samples, 500 steps, 512 x 512 networks) on two cores beside numpy, batched
# over networks, as a table. A part of the points is computed, CPU seconds are divided by two cores and extrapolated by
# the number of networks, since the machine may be busy; 512 computes all:
#   tests/bench/run_trainability.sh [BUILD [RESOLUTION]]     (default build/bench 128); exit 1 on a missed bar
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
ours=$("$build/tests/bench/bench_trainability" "${2:-128}")
theirs=$(OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 "$here/bench_trainability_numpy.py")
/usr/bin/python3 - "$ours" "$theirs" <<'PY'
import json, sys
ours, theirs = json.loads(sys.argv[1]), json.loads(sys.argv[2])
network_steps = 512 * 512 * 500
bar = 95.0
off, on = ours["cpu"] / 2 * ours["whole"], ours["early_cpu"] / 2 * ours["whole"]
numpy = theirs["seconds_per_step"] * network_steps / 2
peak, tanh_ns = 59.1e9, 1.03  # of a core: double precision, and one tanh of our kernel (measured elsewhere)
floor = network_steps / 2 * (2 * ours["fma_per_step"] / peak + ours["tanh_per_step"] * tanh_ns * 1e-9)
print(f"512 x 512 networks, 500 steps, two cores ({ours['instruction_set']}; {ours['resolution']}^2 networks measured)")
print(f"  all steps               {off:8.1f} s   (asked: {bar:.0f})   wall here {ours['wall'] * ours['whole']:.1f} s")
print(f"  with early exits        {on:8.1f} s   {100 * ours['needed']:.1f} % of the steps are needed; wall here "
      f"{ours['early_wall'] * ours['whole']:.1f} s; gain {off / on:.2f}")
print(f"  numpy over networks     {numpy:8.1f} s   {numpy / off:.2f} x ours (numpy {theirs['numpy']}, {theirs['blas']}, "
      f"batches of {theirs['batch']}, extrapolated)")
print(f"  flops and tanh alone    {floor:8.1f} s   at {peak / 1e9:.1f} GFLOP/s and {tanh_ns} ns a tanh")
missed = []
if off > bar:
    missed.append(f"{off:.1f} s, asked {bar:.0f}")
if not ours["same"]:
    missed.append("early exits change the measure")
sys.exit("\n".join(missed) if missed else 0)
PY
