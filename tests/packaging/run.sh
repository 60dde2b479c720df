#!/usr/bin/env bash
# run.sh BUILD: installs BUILD to a temporary prefix, then configures, builds and runs
# examples/my_model against it, as a user with a project of his own does. Each *.toml there is run
# by every program of the project that accepts it; one at least must.
set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
build=$(readlink -f "${1:?usage: run.sh BUILD}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" > "$work/install.log"
"$work/prefix/bin/thalweg" list > "$work/list.txt"

project=$root/examples/my_model
if [[ ! -e $project/CMakeLists.txt ]]; then
  echo "packaging: examples/my_model/CMakeLists.txt does not exist" >&2
  exit 1
fi
# A copy, so that nothing of the checkout is near.
cp -r "$project" "$work/my_model"
rm -rf "$work/my_model/build"
cmake -G Ninja -S "$work/my_model" -B "$work/build" -D CMAKE_PREFIX_PATH="$work/prefix" \
  -D CMAKE_BUILD_TYPE=Release > "$work/configure.log" || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build" --parallel "$(nproc)" > "$work/build.log" 2>&1 ||
  { cat "$work/build.log"; exit 1; }

mapfile -t programs < <(find "$work/build" -maxdepth 2 -type f -executable ! -name '*.so*' \
  ! -path '*CMakeFiles*' | sort)
((${#programs[@]})) || { echo "packaging: examples/my_model builds no program" >&2; exit 1; }
for config in "$work"/my_model/*.toml; do
  ran=0
  for program in "${programs[@]}"; do
    # A program may hold one model of several: run each config with the programs that accept it.
    "$program" check "$config" > "$work/check.log" 2>&1 || continue
    model=$(basename "$config" .toml)
    out=$work/out-$ran-$model
    "$program" describe "$model" > "$work/describe.txt"
    "$program" check-model "$config" > "$work/check-model.txt" || { cat "$work/check-model.txt"; exit 1; }
    "$program" run "$config" --out "$out" --set limits.max_steps=20 > "$work/short.txt" && {
      echo "packaging: 20 steps of $model should not be all" >&2; exit 1; }
    "$program" resume "$out" --set limits.max_steps=10000000 > "$work/resumed.txt"
    "$program" run "$config" --out "$out-whole"
    h5diff --exclude-path=/provenance "$out/result.h5" "$out-whole/result.h5" > "$work/h5diff.txt"
    rm "$out/report.html"
    "$program" report "$out" > "$work/report.txt"
    grep -q "<svg" "$out/report.html"
    ran=$((ran + 1))
  done
  ((ran)) || { echo "packaging: no program of examples/my_model accepts $config:" >&2
               cat "$work/check.log" >&2; exit 1; }
done
echo "packaging: ${#programs[@]} program(s) built against the installed thalweg and run"
