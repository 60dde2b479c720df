#!/usr/bin/env bash
# A struct that nearly is a model must fail to compile with exactly one error, the readable one. Each
# snippet NAME.cpp here says in its first line what that error must contain: `// error: text`.
set -uo pipefail
folder=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
flags=(-std=c++20 -fsyntax-only -isystem /usr/include/eigen3 -I "${THALWEG_BUILD_DIR:?}/include")
failures=0

complain() { echo "$1"; failures=$((failures + 1)); }

for snippet in "$folder"/*.cpp; do
  name=$(basename "$snippet")
  expected=$(sed -n '1s,^// error: ,,p' "$snippet")
  output=$(LC_ALL=C "${CXX:-g++}" "${flags[@]}" "$snippet" 2>&1)
  status=$?
  if [[ -z $expected ]]; then  # the control: without it every snippet might fail for another reason
    ((status == 0)) || complain "$name must compile: $output"
    continue
  fi
  errors=$(grep -c 'error:' <<< "$output")
  ((status != 0)) || complain "$name compiles, and must not"
  ((errors == 1)) || complain "$name gives $errors errors, not one: $output"
  grep -qF -- "error: static assertion failed: thalweg: $expected" <<< "$output" ||
    complain "$name does not say \"$expected\": $output"
done
((failures == 0)) && echo "every wrong signature gives its one message"
exit "$failures"
