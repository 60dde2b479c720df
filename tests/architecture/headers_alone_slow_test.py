"""Every header compiles alone, with the flags of the build (compile_commands.json)."""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
build = pathlib.Path(os.environ["THALWEG_PROGRAM"]).parents[1]
commands = json.loads((build / "compile_commands.json").read_text())
flags = shlex.split(next(c["command"] for c in commands if c["file"].endswith("lib/core/names.cpp")))
start = next(i for i, f in enumerate(flags) if f.endswith(("g++", "c++", "clang++")))
flags = flags[start:flags.index("-o")]
if "-include" in flags:  # the precompiled header would hide what a header forgot
    at = flags.index("-include")
    del flags[at:at + 2]


def alone(header):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
        source.write(f'#include "{header}"\n')
        source.flush()
        run = subprocess.run(flags + ["-fsyntax-only", "-O0", source.name], capture_output=True,
                             text=True)
    return header, run.returncode, run.stderr


headers = [h for folder in ("lib", "solvers", "models") for h in (root / folder).rglob("*.hpp")
           if not h.name.endswith("_impl.hpp") and h.name != "simd.hpp"]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    failed = [(h, e) for h, code, e in pool.map(alone, headers) if code]
for header, error in failed:
    print(header.relative_to(root), error[:2000], sep="\n")
sys.exit(f"{len(failed)} headers do not compile alone" if failed else 0)
