#!/usr/bin/env bash
# Every C++ file is as clang-format leaves it.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' |
  while read -r file; do [[ ! -e $file ]] || echo "$file"; done |
  xargs -d '\n' clang-format --dry-run --Werror
