#!/bin/bash
# The kernel beside the FMA peak and beside Debian's PyTorch in one run, as one table:
#   tests/bench/run_kernel.sh [BUILD]     (default build/bench, made with `cmake --preset bench`)
# One-thread programs are pinned to one processor; two threads are not.
# Exits 1 when something asked for is missed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/bench}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
program=$build/tests/bench/bench_mlp
processor=$(taskset -cp $$ | sed 's/.*[ ,-]//')

run() { "$@" --benchmark_out_format=json > /dev/null; }
run taskset -c "$processor" "$program" --benchmark_filter='gradient/|product|third' \
  --benchmark_out="$out/one.json"
taskset -c "$processor" /usr/bin/python3 "$here/bench_mlp_pytorch.py" > "$out/torch.json"
run "$program" --benchmark_filter=two_threads --benchmark_out="$out/two.json"
/usr/bin/python3 "$here/kernel_table.py" "$out"
