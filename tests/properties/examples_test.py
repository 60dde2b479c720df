"""Every example runs, says what its README says, and its plot.py reads the file it left."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(os.environ["THALWEG_SOURCE_DIR"])
program = os.environ["THALWEG_PROGRAM"]
import h5py  # Debian's
import numpy as np
import xarray as xr

failures = []


def check(true, what):
    if not true:
        failures.append(what)


def run(name, folder, *options, config="run.toml"):
    out = folder / (name if config == "run.toml" else name + "_" + config)
    done = subprocess.run([program, "run", root / "examples" / name / config, "--out", out, *options],
                          capture_output=True, text=True, timeout=240)
    check(done.returncode == 0, f"{name} {options}: exit code {done.returncode}: {done.stderr[-2000:]}")
    report = (out / "report.html").read_text()
    check(report.count("<svg") >= 3, f"{name}: fewer than three figures in the report")
    check(not re.search(r"\bnan\b", report.split("<svg")[0], re.I), f"{name}: nan in the report's head")
    figure = folder / f"{name}.png"
    plotted = subprocess.run(["/usr/bin/python3", root / "examples" / name / "plot.py",
                              out / "result.h5", figure], capture_output=True, text=True)
    check(plotted.returncode == 0 and figure.stat().st_size > 10_000,
          f"{name}: plot.py: {plotted.stderr[-2000:]}")
    with h5py.File(out / "result.h5") as file:
        by_h5py = {key: file[f"series/curves/{key}"][()] for key in file["series/curves"]}
    # Every reader sees the same numbers.
    for engine in ("netcdf4", "h5netcdf"):
        with xr.open_dataset(out / "result.h5", group="series/curves", engine=engine) as curves:
            for key, values in curves.variables.items():
                check(values.dtype.kind in "OU" or np.array_equal(values.to_numpy(), by_h5py[key], equal_nan=True),
                      f"{name}: {key} read by xarray's {engine} differs from h5py's")
            check("units" in curves.loss.attrs and "long_name" in curves.loss.attrs,
                  f"{name}: {engine} finds no units of the loss")
    header = subprocess.run(["ncdump", "-h", out / "result.h5"], capture_output=True, text=True)
    check(header.returncode == 0 and "group: provenance" in header.stdout, f"{name}: ncdump: {header.stderr}")
    return by_h5py


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)

    digits = run("01_gradient_flow", folder)
    loss = digits["loss"]
    check(np.all(np.diff(loss) < 0), "01: the loss along a gradient flow must fall")
    # ten times the residual that was seen, and far below what a wrong sign or factor would leave
    check(digits["energy_balance"][-1] < 1e-6, "01: energy balance")
    check(digits["test_accuracy"][-1] > 0.9, "01: digits are learned")
    distance = digits["relative_distance_descent"][1:]
    check(0.01 < distance.max() < 1, "01: descent departs from the flow, visibly and not wildly")

    whole = run("02_descent_as_a_flow", folder)
    ends = {key: whole[f"distance_{key}"][40] for key in ("flow", "modified2", "modified3")}
    half = ["time.steps=200", *(f"{p}.learning_rate=0.025" for p in
                                ("dynamics", "compare[1].dynamics", "compare[2].dynamics"))]
    (folder / "02_descent_as_a_flow").rename(folder / "whole")
    halved = run("02_descent_as_a_flow", folder, *(w for s in half for w in ("--set", s)))
    for (key, end), order in zip(ends.items(), (1, 2, 3)):
        # The next order of the expansion is eta times the sharpness (about 0.3) away.
        ratio = end / halved[f"distance_{key}"][80]
        check(abs(np.log2(ratio) - order) < 0.5, f"02: distance_{key} falls by {ratio:.2f} for half the step")

    exact = run("03_closed_forms", folder)
    check(np.nanmax(np.abs(exact["exact_error"][:])) < 1e-9, "03: error of the closed form")

    edge = run("04_edge_of_stability", folder)
    half = len(edge["time"]) // 2
    check(abs(edge["sharpness_midpoint"][half:].mean() / 5 - 1) < 0.05, "04: the sharpness settles at 2/eta")
    with h5py.File(folder / "04_edge_of_stability" / "result.h5") as file:
        crossings = file["events/time_events"][:]
    before = np.searchsorted(edge["time"], crossings[0])
    check(len(crossings) == 1, f"04: an event that happens once happened {len(crossings)} times")
    check(edge["sharpness"][before - 1] < 5 <= edge["sharpness"][before] + 0.5, "04: the crossing of 2/eta")
    check(edge["sharpness_flow"][-1] > 10, "04: the sharpness of the flow goes on rising")

    digits = run("04_edge_of_stability", folder, "--set", "time.steps=1500", config="digits.toml")
    check(abs(digits["sharpness_midpoint"][-20:].mean() / 10 - 1) < 0.05, "04: digits settle at 2/eta")
    check(digits["sharpness_flow"][-1] > 14, "04: the flow on digits sharpens beyond 2/eta")

    run("05_hessian_spectrum", folder)
    with h5py.File(folder / "05_hessian_spectrum" / "result.h5") as file:
        top, share = file["series/spectrum/eigenvalue"][-1], file["series/spectrum/gradient_share"][-1]
    check(np.all(np.isfinite(top)), "05: every eigenvalue converges")
    check(abs(top[0] / 10 - 1) < 0.05 and share > 0.9, "05: the edge of stability and the gradient in it")

    valley = run("06_ill_conditioned_valley", folder)
    rates = np.array([0.01, 0.1, 1, 10])
    exact = np.exp(-np.outer(valley["time"], rates))
    check(np.abs(valley["state"] - exact).max() < 1e-5, "06: modes decay at their own rates")
    check(np.abs(valley["exact_state"] - exact).max() < 1e-12, "06: the closed form")
    # The tolerance of Newton's flow is 1e-9 a step; its state falls to 2e-9.
    check(np.abs(valley["state_newton"] / np.exp(-valley["time"])[:, None] - 1).max() < 1e-4,
          "06: every mode of Newton's flow decays like exp(-t)")
    newton = valley["loss_newton"] / (valley["loss"][0] * np.exp(-2 * valley["time"]))
    check(np.abs(newton - 1).max() < 1e-3, "06: all rates of Newton's flow are 1")

    momentum = run("07_momentum", folder)
    check(np.all(np.diff(momentum["total_energy"]) < 0), "07: friction must take energy")
    # ten times the residual that was seen
    check(momentum["energy_balance"][-1] < 2e-7, "07: energy balance")
    settled = momentum["time"] > 1
    check(momentum["relative_distance_ball"][settled].max() < 0.05, "07: heavy ball is the particle's map")
    check(momentum["loss"][np.searchsorted(momentum["time"], 3)] < momentum["loss_descent"][-1],
          "07: momentum is several times faster than descent")
    slow = momentum["time"] > 10
    check(np.abs(momentum["power"][slow] / momentum["dissipation"][slow] - 1).max() < 0.1,
          "07: at last friction takes what the force gives")

    broken = run("10_broken_symmetries", folder)
    normalised = run("10_broken_symmetries", folder, "--set", "time.steps=800", config="normalised.toml")
    for out in ("10_broken_symmetries", "10_broken_symmetries_normalised.toml"):
        with h5py.File(folder / out / "result.h5") as file:
            audit = {key: file[f"series/charges/{key}"][:] for key in
                     ("charge", "deviation", "asymmetry", "verdict", "symmetric")}
        check(np.all(audit["verdict"] == 1) and np.all(audit["symmetric"] == 1), f"10: verdicts of {out}")
        check(audit["deviation"].max() < 1e-12 and audit["asymmetry"].max() < 1e-12, f"10: identities of {out}")
        check(np.abs(audit["charge"][-1] - audit["charge"][0]).max() > 0.05, f"10: {out} breaks its symmetries")
    with h5py.File(folder / "10_broken_symmetries" / "result.h5") as file:
        flow = file["series/states/state_flow"][:]
        size = {n.decode(): (flow[:, o:o + k] ** 2).sum(axis=1) for n, o, k in
                zip(file["layout/name"], file["layout/offset"], file["layout/size"])}
    for l in (1, 2):
        charge = size[f"W{l + 1}"] - size[f"W{l}"] - size[f"b{l}"]
        scale = size[f"W{l + 1}"] + size[f"W{l}"] + size[f"b{l}"]
        # 10 rtol
        check(np.abs(charge - charge[0]).max() < 1e-5 * scale.max(), f"10: the flow conserves layer {l}")
    check(broken["loss"][-1] < 0.5 and normalised["accuracy"][-1] > 0.95, "10: both networks learn")

    out = folder / "08_bayesian_iris"
    done = subprocess.run([program, "run", root / "examples/08_bayesian_iris/run.toml", "--out", out],
                          capture_output=True, text=True, timeout=240)
    check(done.returncode == 0 and "R-hat of the functions" in done.stdout, f"08: {done.stdout} {done.stderr}")
    check((out / "report.html").read_text().count("<svg") >= 3, "08: fewer than three figures in the report")
    plotted = subprocess.run(["/usr/bin/python3", root / "examples/08_bayesian_iris/plot.py", out / "result.h5",
                              folder / "08.png"], capture_output=True, text=True)
    check(plotted.returncode == 0, f"08: plot.py: {plotted.stderr[-2000:]}")
    found = json.loads(subprocess.run([program, "diagnose", out, "--json"], capture_output=True, text=True).stdout)
    check(found["chains"] == 4 and found["draws"] == 1000, "08: diagnose")
    with h5py.File(out / "result.h5") as file:
        p = file["posterior_predictive/probability"][:].reshape(4000, 150, 3)
        total = file["log_likelihood/y"][:].sum(2).ravel()
    # Long runs of Stan; four of their sd over sqrt of the least effective size seen, 1500
    for flower, mean, sd in ((70, 0.4227, 0.2019), (83, 0.2708, 0.1306), (133, 0.5545, 0.1631)):
        check(abs(p[:, flower, 1].mean() - mean) < 4 * sd / 1500**0.5, f"08: flower {flower}")
        check(abs(p[:, flower, 1].std() / sd - 1) < 0.08, f"08: spread of flower {flower}")
    check(abs(total.mean() + 13.817) < 4 * 2.734 / 1500**0.5, "08: log likelihood")

    particle = run("11_particle_in_a_valley", folder)
    time = particle["time"]

    def energy(state):
        q, v = np.hsplit(state, 2)
        return 0.5 * (v**2 + np.array([1.0, 0.05]) * q**2).sum(1)

    # velocity Verlet's band is (h omega)^2 / 4 of the energy, from its shadow Hamiltonian
    check(np.abs(energy(particle["state_free"]) / 0.525 - 1).max() < 2.5e-5, "11: no friction, no loss of energy")
    for key, friction in (("state", 0.2), ("state_critical", 0.2**0.5), ("state_overdamped", 5.0)):
        for i, stiffness in enumerate((1.0, 0.05)):
            w = np.sqrt(complex(friction**2 / 4 - stiffness))
            half = friction / 2
            # at the critical point w is rounding: sinh(w t)/w -> t
            growth = np.where(abs(w) < 1e-6, time, np.sinh(w * time) / (w if abs(w) > 1e-6 else 1))
            exact = (np.exp(-half * time) * (np.cosh(w * time) + half * growth)).real
            # far above the solver's tolerance of 1e-10 a step over some hundred steps
            check(np.abs(particle[key][:, i] - exact).max() < 1e-7, f"11: {key}[{i}] is the damped oscillator")
    check(particle["energy_balance"][-1] < 1e-9, "11: energy balance")

    spiral = run("13_spiral_neural_ode", folder, "--threads", "1")
    check(spiral["loss"][-1] < 1e-3 * spiral["loss"][0], "13: the spiral is learned")
    check(np.all(spiral["gradient_cost"] < 3.5), "13: a gradient costs three forward solves")
    with h5py.File(folder / "13_spiral_neural_ode" / "result.h5") as file:
        states, model = file["exhibits/series"][()], file["exhibits/series_model"][()]
    # the first turns; far in, the slow motion adds up what is left of the loss
    check(np.abs(model[:300] - states[:300]).max() < 0.1, "13: the model follows the data")

    # x' = -3 x + 1 forgets its start: what is solved backwards is not it.
    (folder / "lost.toml").write_text("""
start = { state = [-3.0, 1.0] }
time = { steps = 2 }
dynamics = { name = "gradient_descent", learning_rate = 1e-6 }
record = [{ name = "curves", when = { steps = 1 }, what = ["loss", "recovered_state_error"] }]
[model]
name = "neural_ode"
depth = 12.0
readout = "none"
field = { name = "mlp", hidden = [] }
adjoint = { name = "backsolve", solver = { name = "dopri5" } }
data = { name = "chebyshev" }
""")
    lost = subprocess.run([program, "run", folder / "lost.toml", "--out", folder / "lost"],
                          capture_output=True, text=True)
    check(lost.returncode == 0 and "does not find the states again" in lost.stdout,
          f"backsolve on a flow that forgets its start must warn: {lost.stdout}{lost.stderr}")

    heat = run("09_free_energy", folder)
    T, F, U, TS = (heat[key] for key in ("temperature", "free_energy", "internal_energy", "entropy_term"))
    check(np.all(np.diff(heat["loss"]) <= 1e-9), "09: free energy falls along its flow")
    check(np.abs(F - (U - TS)).max() < 1e-9 * np.abs(U).max(), "09: F = U - T S")
    # Widths relax at the rate 2 T: exp(-15) of the coldest is left at the end.
    check(np.abs(np.diff(U[-1]) / np.diff(T) - 2).max() < 1e-5, "09: equipartition, dU/dT = p/2")
    with h5py.File(folder / "09_free_energy" / "result.h5") as file:
        log_evidence = float(np.asarray(file.attrs["log_evidence"]).astype(str).item().split()[0])
    check(abs(F[-1][T == 1.0][0] + log_evidence) < 1e-8, "09: F(1) = -ln Z")

if failures:
    sys.exit("\n".join(failures))
print("the examples do what they say")
