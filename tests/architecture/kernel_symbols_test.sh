#!/bin/bash
# No symbol of a kernel file may be one that the linker merges with another file's (inline functions,
# templates): it could pick an AVX-512 copy for a processor without it. Each object defines one
# global name of its own and no weak one.
set -euo pipefail

library=$(realpath "${1:-${THALWEG_BUILD_DIR:?the build folder}/libthalweg.a}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
status=0
for kernel in mlp_kernel wave_kernel; do
  members=$(ar t "$library" | grep "^${kernel}_.*\.o\$") || {
    echo "$library has no files of $kernel" >&2
    exit 1
  }
  for set in baseline v3 v4; do
    object=$(grep "_$set\." <<<"$members") || { echo "no $kernel for $set in $library" >&2; exit 1; }
    ar x "$library" "$object"
    defined=$(nm --defined-only --extern-only -C "$object" | sed 's/^[0-9a-f]* //' |
              grep -v -e '__asan' -e '__odr_asan' || true)
    if [[ $defined != "T thalweg::${kernel}::kernels_$set()" ]]; then
      printf '%s defines global symbols beyond kernels_%s:\n%s\n' "$object" "$set" "$defined" >&2
      status=1
    fi
  done
done
exit $status
