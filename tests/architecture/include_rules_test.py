"""The folder tree is the architecture: who may include whom, and where the big libraries stop."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]

# A part may include itself and what is listed. The line from left to right never turns back:
# core <- numerics, statistics, config, io <- evidence, diagnose, models, solvers <- run, analysis, report <- sweep <- app.
may_include = {
    "lib/core": [],
    "lib/numerics": ["lib/core"],
    "lib/statistics": ["lib/core"],
    "lib/evidence": ["lib/core", "lib/numerics"],
    "lib/adjoint": ["lib/core", "lib/numerics"],
    "lib/chaos": ["lib/core", "lib/numerics"],
    "lib/config": ["lib/core"],
    "lib/io": ["lib/core"],
    "lib/diagnose": ["lib/core", "lib/io", "lib/statistics"],
    "solvers": ["lib/core", "lib/numerics"],
    # lib/io only for the readers of data files, solvers only as a catalogue
    "models": ["lib/core", "lib/numerics", "lib/adjoint", "lib/io", "solvers"],
    "lib/analysis": ["lib/core", "lib/numerics"],
    "lib/report": ["lib/core", "lib/io", "lib/statistics", "lib/diagnose"],
    "lib/run": ["lib/core", "lib/chaos", "lib/numerics", "lib/statistics", "lib/evidence", "lib/config", "lib/io", "lib/report",
                "models", "solvers"],
    "lib/sweep": ["lib/core", "lib/config", "lib/diagnose", "lib/io", "lib/report", "lib/run"],
    "lib/app": ["lib/core", "lib/numerics", "lib/config", "lib/io", "lib/analysis", "lib/diagnose", "lib/report", "lib/run",
                "lib/sweep", "models", "solvers"],
}

# A library's headers, and the only places that may see them.
only_in = {
    r"boost/numeric/odeint": ["solvers/odeint/"],
    r"boost/context": ["lib/sweep/fiber."],
    r"hdf5(_hl)?\.h": ["lib/io/"],
    r"png\.h": ["lib/io/"],
    r"toml\+\+|toml\.hpp": ["lib/config/"],
    r"CLI/": ["lib/app/"],
    r"spdlog/": ["lib/app/"],
    r"nlohmann/": ["lib/app/", "lib/config/", "lib/report/", "lib/io/", "lib/diagnose/"],
}

# Models meet files in one place.
io_from_models = ["models/datasets/"]
# A model that integrates inside chooses its solver by name.
models_may_see = {"solvers/catalogue.hpp"}
# run/ knows the catalogues and the seams, never a concrete model or solver.
run_may_see = {"models/catalogue.hpp", "solvers/catalogue.hpp", "solvers/map_stepper.hpp"}


def part_of(path):
    for part in sorted(may_include, key=len, reverse=True):
        if path.startswith(part + "/"):
            return part
    return None


def to_path(include):
    """<thalweg/core/x.hpp> stands for lib/core/x.hpp, <thalweg/models/x.hpp> for models/x.hpp."""
    inside = include.removeprefix("thalweg/")
    return inside if inside.split("/")[0] in ("models", "solvers") else "lib/" + inside


errors = []
for folder in ("lib", "solvers", "models"):
    for file in sorted((root / folder).rglob("*")):
        if file.suffix not in (".hpp", ".cpp"):
            continue
        me = file.relative_to(root).as_posix()
        part = part_of(me)
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if not found:
                continue
            include, where = found.group(1), f"{me}:{number}"
            for library, places in only_in.items():
                if re.match(library, include) and not any(me.startswith(p) for p in places):
                    errors.append(f"{where}: {include} belongs to {' or '.join(places)} alone")
            if not include.startswith("thalweg/") or part is None:
                continue
            target = to_path(include)
            other = part_of(target)
            if other is None or other == part:
                continue
            if other not in may_include[part]:
                errors.append(f"{where}: {part} may not include {other} ({include})")
            if part == "models" and other == "lib/io" and not any(
                    me.startswith(p) for p in io_from_models):
                errors.append(f"{where}: only data sets read files ({include})")
            if part == "models" and other == "solvers" and target not in models_may_see:
                errors.append(f"{where}: models know no concrete solver ({include})")
            if part == "lib/run" and other in ("models", "solvers") and target not in run_may_see:
                errors.append(f"{where}: run/ knows no concrete model or solver ({include})")

if errors:
    sys.exit("\n".join(errors))
print("include rules hold")
