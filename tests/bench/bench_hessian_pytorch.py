#!/usr/bin/env python3
"""bench_hessian.cpp's search at the same parameters on PyTorch's Hessian products (a retained
graph), as JSON: products, CPU seconds of the best of a few repeats, eigenvalues.

  eigsh            scipy's, which = "LA", tol 1e-3
  power iteration  with deflation, as PyHessian finds its top eigenvalues, written out from its
                   description: each vector starts at random, is made orthogonal to those before it
                   at each step, and is taken once |lambda - lambda_before| / |lambda| < 1e-3, or
                   after 100 steps; magnitude, not value, decides what is found
"""
import json
import sys
import time

from pytorch_network import HessianProducts, Network, blas  # sets the threads, so it goes first
import numpy as np
import scipy.sparse.linalg as sla
import torch

network = Network()


def by_eigsh(products, seed, k=5, tolerance=1e-3):
    n = len(network.start)
    operator = sla.LinearOperator((n, n), dtype=float, matvec=lambda v: products(
        torch.from_numpy(np.ascontiguousarray(v.ravel()))).numpy())
    v0 = np.random.default_rng(seed).standard_normal(n)
    return sla.eigsh(operator, k=k, which="LA", tol=tolerance, v0=v0, return_eigenvectors=False)


def by_power_iteration(products, seed, k=5, tolerance=1e-3, most=100):
    generator = torch.Generator().manual_seed(seed)
    values, vectors = [], []
    while len(values) < k:
        v = torch.randn(len(network.start), generator=generator, dtype=torch.float64)
        v /= v.norm()
        before = None
        for _ in range(most):
            for u in vectors:
                v = v - v.dot(u) * u
            v = v / v.norm()
            Hv = products(v)
            value = float(Hv.dot(v))
            v = Hv / Hv.norm()
            if before is not None and abs(value - before) / (abs(before) + 1e-6) < tolerance:
                break
            before = value
        values.append(value)
        vectors.append(v)
    return np.array(values)


methods = {"eigsh": (by_eigsh, 3), "power iteration": (by_power_iteration, 2)}
result = {"torch": torch.__version__, "blas": None}
for kind in ("mse", "cross_entropy"):
    rows = {name: {"seconds": float("inf"), "products": []} for name in methods}
    for repeat in range(max(repeats for _, repeats in methods.values())):
        for name, (method, repeats) in methods.items():  # in turn: the machine may be shared
            if repeat >= repeats:
                continue
            begin = time.process_time()
            products = HessianProducts(network, network.start, kind)
            values = method(products, repeat)
            row = rows[name]
            row["seconds"] = min(row["seconds"], time.process_time() - begin)
            row["products"].append(products.count)
            row["eigenvalues"] = sorted(values.tolist(), reverse=True)
    result[kind] = rows
result["blas"] = blas()
json.dump(result, sys.stdout)
print()
