#!/usr/bin/env python3
"""bench_hessian.cpp's search at the same parameters by scipy's eigsh on PyTorch's Hessian products
(a retained graph), as JSON: products, CPU seconds of the best of three, eigenvalues."""
import json
import os
import pathlib
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
import h5py
import numpy as np
import scipy.sparse.linalg as sla
import torch

root = pathlib.Path(__file__).resolve().parents[2]
torch.set_num_threads(1)
with h5py.File(root / "data/bench/nets.h5") as file:
    g = file["a"]
    widths = [int(w) for w in g.attrs["widths"]]
    x, y = torch.tensor(g["X"][:]), torch.tensor(g["Y"][:])
    labels, start = torch.tensor(g["labels"][:].astype(np.int64)), torch.tensor(g["theta"][:])


def value(theta, kind):
    a, at = x, 0
    for i, o in zip(widths, widths[1:]):
        W, b = theta[at:at + o * i].view(o, i), theta[at + o * i:at + o * (i + 1)]
        at += o * (i + 1)
        a = torch.addmm(b, a, W.t())
        if at < len(theta):
            a = torch.tanh(a)
    if kind == "mse":
        return ((a - y) ** 2).sum() / (2 * len(x))
    return torch.nn.functional.cross_entropy(a, labels)


result = {}
for kind in ("mse", "cross_entropy"):
    best, products, values = float("inf"), 0, None
    for repeat in range(3):
        products = 0
        begin = time.process_time()
        theta = start.clone().requires_grad_()
        gradient = torch.autograd.grad(value(theta, kind), theta, create_graph=True)[0]

        def product(v):
            global products
            products += 1
            return torch.autograd.grad(gradient, theta, torch.from_numpy(v.ravel()),
                                       retain_graph=True)[0].numpy()

        n = len(theta)
        v0 = np.random.default_rng(repeat).standard_normal(n)
        values = sla.eigsh(sla.LinearOperator((n, n), matvec=product, dtype=float), k=5, which="LA",
                           tol=1e-3, v0=v0, return_eigenvectors=False)
        best = min(best, time.process_time() - begin)
    result[kind] = {"eigenvalues": sorted(values.tolist(), reverse=True), "products": products,
                    "seconds": best}
json.dump(result, sys.stdout)
print()
