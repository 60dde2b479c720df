"""A neural ODE is a potential as any other: a sampler, momentum, Newton's flow, natural gradients and analyses
of the Hessian run on it by configuration. The law is x' = theta x with a normal prior, so that
U = scale/M sum_m (x_0 exp(theta t_m) - x_m)^2 / 2 + l2/2 theta^2 is known without a solver."""
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
from scipy.integrate import solve_ivp

program = os.environ["THALWEG_PROGRAM"]
failures = []
noise, prior_sd = 0.1, 1.0
t = np.linspace(0, 2, 9)
x = np.exp(-0.8 * t) + noise * np.random.default_rng(3).normal(size=t.size)
M, scale, l2 = t.size, t.size / noise**2, 1 / prior_sd**2


def residual(q): return x[0] * np.exp(q * t) - x
def slope(q): return x[0] * t * np.exp(q * t)
def U(q): return scale / M * (residual(q)**2).sum() / 2 + l2 / 2 * q**2
def dU(q): return scale / M * (residual(q) * slope(q)).sum() + l2 * q
def newton(q): return scale / M * (slope(q)**2).sum() + l2
def hessian(q): return newton(q) + scale / M * (residual(q) * slope(q) * t).sum()


def check(true, what):
    if not true:
        failures.append(what)


def close(value, exact, tolerance, what):
    check(abs(value - exact) <= tolerance * abs(exact), f"{what}: {value}, not {exact}")


model = f"""
seed = 2
start = {{ state = [-0.3] }}
output = {{ report = false }}
[model]
name = "neural_ode"
task = "series"
window = 0
scale = {scale}
l2 = {l2}
field = {{ name = "linear", growth = -0.3, rotation = 0.0 }}
adjoint = {{ name = "ADJOINT" }}
data = {{ name = "csv", file = "series.csv", task = "regression", inputs = ["t"], targets = ["x"], scaling = "none" }}
"""

with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    np.savetxt(folder / "series.csv", np.column_stack([t, x]), delimiter=",", header="t,x", comments="")

    def run(name, rest, adjoint="discrete"):
        (folder / f"{name}.toml").write_text(model.replace("ADJOINT", adjoint) + rest)
        done = subprocess.run([program, "run", f"{name}.toml", "--out", name, "--quiet"], cwd=folder,
                              capture_output=True, text=True, timeout=120)
        check(done.returncode == 0, f"{name}: exit code {done.returncode}: {done.stderr[-1000:]}")
        return h5py.File(folder / name / "result.h5")

    # The posterior by quadrature; 4000 draws with an effective share of a quarter at least.
    q = np.linspace(-2, 0.5, 20001)
    density = np.exp(-np.array([U(v) for v in q]) + U(-0.8))
    density /= density.sum()
    mean = (density * q).sum()
    sd = np.sqrt((density * (q - mean)**2).sum())
    for sampler in ("nuts", "hmc"):
        with run(sampler, f'[sampler]\nname = "{sampler}"\n[draws]\ncount = 1000\nwarmup = 500\n') as file:
            group = file["posterior"]
            draws = np.concatenate([group[k][()].ravel() for k in group if k not in ("chain", "draw") and
                                    group[k].shape[:2] == (4, 1000)])
        # five standard errors each, so a false alarm in a million runs; seeds are fixed
        check(abs(draws.mean() - mean) < 5 * sd / np.sqrt(1000), f"{sampler}: mean {draws.mean()}, not {mean}")
        check(abs(draws.std() / sd - 1) < 5 / np.sqrt(2000), f"{sampler}: deviation {draws.std()}, not {sd}")

    record = '[[record]]\nname = "curves"\nwhen = { count = 5 }\nwhat = ["loss", "state"]\n'
    analyses = "".join(f'[[analysis]]\nname = "{matrix}"\nwhen = {{ count = 5 }}\nmethod = {{ name = '
                       f'"hessian_eigenvalues", matrix = "{matrix}", largest = 1, smallest = 0 }}\n'
                       for matrix in ("hessian", "gauss_newton", "fisher", "empirical_fisher"))
    solver = '[solver]\nname = "dopri5"\nrtol = 1e-9\natol = 1e-11\n'

    def states(file):
        return file["series/curves/time"][()], file["series/curves/state"][()].reshape(5)

    # 1e-6: the solver in depth keeps 1e-7
    for adjoint in ("discrete", "continuous"):
        with run(f"newton_{adjoint}", f'[dynamics]\nname = "newton_flow"\n[time]\nend = 1.0\n{solver}{record}{analyses}',
                 adjoint) as file:
            for time, q in zip(*states(file)):
                close(dU(q), np.exp(-time) * dU(-0.3), 2e-6, f"{adjoint}: Newton's flow at {time}")
            for k, q in enumerate(states(file)[1]):
                empirical = scale / M * ((residual(q) * slope(q))**2).sum()
                for matrix, exact in (("hessian", hessian(q)), ("gauss_newton", newton(q)),
                                      ("fisher", newton(q) - l2), ("empirical_fisher", empirical)):
                    group = file[f"series/{matrix}"]
                    value = group["eigenvalue" if "eigenvalue" in group else "eigenvalues"][k].ravel()[0]
                    close(value, exact, 2e-6, f"{adjoint}: {matrix} at {q}")

    with run("natural", '[dynamics]\nname = "natural_gradient_flow"\nmatrix = "gauss_newton"\ndamping = 3.0\n'
             f'[time]\nend = 1.0\n{solver}{record}') as file:
        times, found = states(file)
        exact = solve_ivp(lambda _, q: -dU(q[0]) / (newton(q[0]) + 3.0), (0, 1), [-0.3], t_eval=times, rtol=1e-10,
                          atol=1e-12).y[0]
        check(np.abs(found - exact).max() < 1e-6, f"natural gradient flow: {found}, not {exact}")

    with run("momentum", '[dynamics]\nname = "damped_momentum"\nfriction = 5.0\n'
             f'[time]\nend = 0.5\n{solver}{record}') as file:
        times = file["series/curves/time"][()]
        exact = solve_ivp(lambda _, s: [s[1], -5.0 * s[1] - dU(s[0])], (0, 0.5), [-0.3, 0.0], t_eval=times, rtol=1e-10,
                          atol=1e-12).y
        loss = np.array([U(q) for q in exact[0]])
        check(np.abs(file["series/curves/loss"][()] - loss).max() < 1e-4 * loss.max(), "momentum: loss")

if failures:
    sys.exit("\n".join(failures))
