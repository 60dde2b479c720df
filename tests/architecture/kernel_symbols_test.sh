#!/bin/bash
# No symbol of a kernel file may be one that the linker merges with another file's (inline functions,
# templates): it could pick an AVX-512 copy for a processor without it. Each object defines one
# global name of its own and no weak one.
set -euo pipefail

library=$(realpath "${1:-${THALWEG_BUILD_DIR:?the build folder}/libthalweg.a}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
members=$(ar t "$library" | grep '^mlp_kernel_.*\.o$') || {
  echo "$library has no kernel files" >&2
  exit 1
}
status=0
for set in baseline v3 v4; do
  object=$(grep "_$set\." <<<"$members") || { echo "no kernel for $set in $library" >&2; exit 1; }
  ar x "$library" "$object"
  defined=$(nm --defined-only --extern-only -C "$object" | sed 's/^[0-9a-f]* //' |
            grep -v -e '__asan' -e '__odr_asan' || true)
  if [[ $defined != "T thalweg::mlp_kernel::kernels_$set()" ]]; then
    printf '%s defines global symbols beyond kernels_%s:\n%s\n' "$object" "$set" "$defined" >&2
    status=1
  fi
done
exit $status
