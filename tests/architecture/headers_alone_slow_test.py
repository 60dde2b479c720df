"""Every header compiles alone, with the flags of the build (compile_commands.json). With THALWEG_HEADERS=rest
those are left out that stand first in a source file of their own: the build has compiled them, after the
precompiled header alone."""
import concurrent.futures
import json
import os
import pathlib
import re
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


flags += ["-O0"]
types = root / "lib" / "core" / "types.hpp"


def alone(header, precompiled=()):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
        source.write(f'#include "{header}"\n')
        source.flush()
        run = subprocess.run([*flags, *precompiled, "-fsyntax-only", source.name], capture_output=True,
                             text=True)
    return header, run.returncode, run.stderr


def reaches_types(header, seen):
    """Whether a header includes core/types.hpp, itself or through others of ours."""
    if header in seen or not header.exists():
        return False
    seen.add(header)
    for name in re.findall(r'#include <thalweg/([^>]+)>', header.read_text()):
        found = next((f / name for f in (root / "lib", root) if (f / name).exists()), None)
        if found == types or (found and reaches_types(found, seen)):
            return True
    return False


headers = [h for folder in ("lib", "solvers", "models") for h in (root / folder).rglob("*.hpp")
           if not h.name.endswith("_impl.hpp") and h.name != "simd.hpp"]


def stands_first(header):
    source = header.with_suffix(".cpp")
    first = source.exists() and re.search(r'#include\s*[<"]([^>"]+)[>"]', source.read_text())
    return first and first.group(1).endswith("/" + header.name)


if os.environ.get("THALWEG_HEADERS") == "rest":
    headers = [h for h in headers if not stands_first(h)]
with tempfile.TemporaryDirectory() as folder, \
        concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    # Nearly every header starts with core/types.hpp, that is with Eigen; it is parsed once.
    common = pathlib.Path(folder) / "types.hpp"
    common.write_text(f'#include "{types}"\n')
    subprocess.run([*flags, "-x", "c++-header", common, "-o", f"{common}.gch"], check=True)
    check = lambda h: alone(h, ["-include", common] if reaches_types(h, set()) else [])
    failed = [(h, e) for h, code, e in pool.map(check, headers) if code]
for header, error in failed:
    print(header.relative_to(root), error[:2000], sep="\n")
sys.exit(f"{len(failed)} headers do not compile alone" if failed else 0)
