#!/bin/bash
# Tiny trainings: the gradient of a small network alone and with others in one batch, and what a member of a sweep costs
# by configuration, beside the steps of as many networks batched over numpy:
#   tests/bench/run_sweeps.sh [BUILD [MEMBERS]]     (default build/bench 4000)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gradients=$("$build/tests/bench/bench_joint")
OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 - "$gradients" "$build/bin/thalweg" "${2:-4000}" "$folder" <<'PY'
import json, os, subprocess, sys, time
import numpy as np
gradients, program, members, folder = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
print(f"gradient of one network, us ({gradients['instruction_set']}; * what a sweep takes together)")
print("  network        samples   alone   together   ratio")
for r in gradients["rows"]:
    print(f"  {r['network']:12} {r['samples']:9} {r['alone']:7.2f} {r['together']:10.3f}{'*' if r['suits'] else ' '} "
          f"{r['alone'] / r['together']:6.1f}")


def cost(steps, keep):
    """CPU seconds of a member, of as many as there are."""
    text = f"""
report = false
[base]
time = {{ steps = {steps} }}
model = {{ name = "mlp", hidden = [8], data = {{ name = "teacher_student", samples = 16, dim = 8, teacher_width = 4 }} }}
dynamics = {{ name = "gradient_descent", learning_rate = 0.1 }}
[[axis]]
key = "seed"
from = 1
to = {members}
count = {members}
integer = true
[[collect]]
what = ["loss"]
"""
    with open(f"{folder}/sweep.toml", "w") as file:
        file.write(text)
    child = subprocess.Popen([program, "sweep", f"{folder}/sweep.toml", "--out", f"{folder}/{steps}", "--quiet"],
                             stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"the sweep ended with {status}")
    return (used.ru_utime + used.ru_stime) / members


def numpy_step(batch=64, steps=200):
    """CPU seconds of one step of one network, without records: 8-8-1 with biases, 16 samples, mse."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((16, 8)), rng.standard_normal((1, 16, 1))
    W, b = rng.standard_normal((batch, 8, 8)) / 3, np.zeros((batch, 1, 8))
    w, c = rng.standard_normal((batch, 8, 1)) / 3, np.zeros((batch, 1, 1))
    start = time.process_time()
    for _ in range(steps):
        a = np.tanh(x @ W + b)
        e = (a @ w + c - y) / 16
        d = (e @ w.transpose(0, 2, 1)) * (1 - a * a)
        w -= 0.1 * (a.transpose(0, 2, 1) @ e)
        c -= 0.1 * e.sum(1, keepdims=True)
        W -= 0.1 * (x.T @ d)
        b -= 0.1 * d.sum(1, keepdims=True)
    return (time.process_time() - start) / steps / batch


few, many = cost(1, False), cost(501, False)
step = (many - few) / 500
numpy = min(numpy_step(batch) for batch in (16, 64, 256) for _ in range(3))
print(f"a sweep of 8-8-1 tanh networks on 16 samples, {members} members, 200 records each")
print(f"  a member beside its steps      {1e6 * few:8.1f} us of CPU")
print(f"  a step with its records        {1e6 * step:8.2f} us; a step batched over networks in numpy, without: {1e6 * numpy:.2f}")
print(f"  a million trainings of 500     {1e6 * (few + 500 * step) / 120:8.1f} min on two cores")
PY
