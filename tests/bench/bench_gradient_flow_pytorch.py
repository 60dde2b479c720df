#!/usr/bin/env python3
"""Gradient flow of bench_gradient_flow.cpp's network by PyTorch, as JSON: T REFERENCE.

The integrator is dopri5 as torchdiffeq runs it by default, written out from its documentation and
Hairer, Norsett & Wanner, Solving ODEs I, II.4: Dormand and Prince's pair with the first stage taken
from the last, RMS norm of error / (atol + rtol max(|y0|, |y1|)), step factor 0.9 ratio^(-1/5) within
[0.2, 10] (at least 1 after an accepted step), Hairer's first step, and a last step past T that the
quartic interpolant takes back.
"""
import json
import os
import pathlib
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
import h5py
import numpy as np
import torch

root = pathlib.Path(__file__).resolve().parents[2]
torch.set_num_threads(1)

A = [[1 / 5], [3 / 40, 9 / 40], [44 / 45, -56 / 15, 32 / 9],
     [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
     [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
     [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]]
E = [35 / 384 - 1951 / 21600, 0, 500 / 1113 - 22642 / 50085, 125 / 192 - 451 / 720,
     -2187 / 6784 + 12231 / 42400, 11 / 84 - 649 / 6300, -1 / 60]
MID = [6025192743 / 30085553152 / 2, 0, 51252292925 / 65400821598 / 2,
       -2691868925 / 45128329728 / 2, 187940372067 / 1594534317056 / 2,
       -1776094331 / 19743644256 / 2, 11237099 / 235043384 / 2]


class Flow:
    """theta' = -grad L of sum |f - y|^2 / (2 n), all parameters as one vector."""

    def __init__(self):
        with h5py.File(root / "data/bench/nets.h5") as file:
            g = file["a"]
            self.widths = [int(w) for w in g.attrs["widths"]]
            self.x, self.y = torch.tensor(g["X"][:]), torch.tensor(g["Y"][:])
            self.start = torch.tensor(g["theta"][:])
        self.calls = 0

    def __call__(self, theta):
        self.calls += 1
        theta = theta.detach().requires_grad_()
        a, at = self.x, 0
        for i, o in zip(self.widths, self.widths[1:]):
            W, b = theta[at:at + o * i].view(o, i), theta[at + o * i:at + o * (i + 1)]
            at += o * (i + 1)
            a = torch.addmm(b, a, W.t())
            if at < len(theta):
                a = torch.tanh(a)
        loss = ((a - self.y) ** 2).sum() / (2 * len(self.x))
        return -torch.autograd.grad(loss, theta)[0]


def rms(x):
    return float(x.pow(2).mean().sqrt())


def first_step(f, y, k, rtol, atol):
    scale = atol + rtol * y.abs()
    d0, d1 = rms(y / scale), rms(k / scale)
    h0 = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
    d2 = rms((f(y + h0 * k) - k) / scale) / h0
    h1 = max(1e-6, 1e-3 * h0) if max(d1, d2) <= 1e-15 else (0.01 / max(d1, d2)) ** (1 / 5)
    return min(100 * h0, h1)


def dopri5(f, y, t_end, rtol, atol):
    t, k = 0.0, f(y)
    h = first_step(f, y, k, rtol, atol)
    steps = rejected = 0
    while True:
        ks = [k]
        for row in A:
            ks.append(f(y + h * sum(a * k for a, k in zip(row, ks) if a)))
        new = y + h * sum(a * k for a, k in zip(A[-1], ks) if a)
        error = h * sum(e * k for e, k in zip(E, ks) if e)
        ratio = rms(error / (atol + rtol * torch.maximum(y.abs(), new.abs())))
        factor = 10.0 if ratio == 0 else min(10.0, max(0.9 / ratio ** 0.2, 1.0 if ratio < 1 else 0.2))
        if ratio > 1:
            rejected += 1
            h *= factor
            continue
        steps += 1
        if t + h >= t_end:
            x, mid = (t_end - t) / h, y + h * sum(m * k for m, k in zip(MID, ks) if m)
            f0, f1 = h * ks[0], h * ks[-1]
            a = 2 * (f1 - f0) - 8 * (new + y) + 16 * mid
            b = 5 * f0 - 3 * f1 + 18 * y + 14 * new - 32 * mid
            c = f1 - 4 * f0 - 11 * y - 5 * new + 16 * mid
            return y + x * (f0 + x * (c + x * (b + x * a))), steps, rejected
        t, y, k = t + h, new, ks[-1]
        h *= factor


flow = Flow()
t_end, reference = float(sys.argv[1]), torch.from_numpy(np.fromfile(sys.argv[2]))
begin = time.process_time()
theta, steps, rejected = dopri5(flow, flow.start, t_end, 1e-6, 1e-9)
seconds = time.process_time() - begin
maps = pathlib.Path("/proc/self/maps").read_text().split()
blas = sorted({os.path.realpath(p) for p in maps if "blas" in os.path.basename(p)})
error = float((theta - reference).norm() / reference.norm())
json.dump([{"solver": "PyTorch dopri5", "rtol": 1e-6, "atol": 1e-9, "gradients": flow.calls,
            "hessian_products": 0, "seconds": seconds, "error": error, "rejected": rejected,
            "torch": torch.__version__, "blas": blas}], sys.stdout)
print()
if not any("openblas" in b for b in blas):
    sys.exit(f"PyTorch runs on {blas}, not on OpenBLAS: install libopenblas0-pthread")
