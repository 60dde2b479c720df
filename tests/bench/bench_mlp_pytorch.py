#!/usr/bin/env python3
"""Gradients and Hessian products of bench_mlp.cpp's networks in Debian's PyTorch, as JSON.

Least CPU time of the calling thread over the repeats, one thread (OpenBLAS's own too). The output
names the BLAS library that the process loaded; with any other than OpenBLAS the numbers would not be
PyTorch's best, so that is an error.
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
torch.manual_seed(0)


def blas():
    maps = pathlib.Path("/proc/self/maps").read_text().split()
    return sorted({os.path.realpath(p) for p in maps if "blas" in os.path.basename(p)})


def load(name):
    if name == "b":
        random = np.random.default_rng(0)
        widths = [784, 200, 200, 10]
        x, labels = random.standard_normal((5000, 784)), random.integers(0, 10, 5000)
        y = np.eye(10)[labels]
        theta = np.concatenate([random.uniform(-1, 1, o * (i + 1)) / np.sqrt(i)
                                for i, o in zip(widths, widths[1:])])
        return widths, x, y, labels, theta
    with h5py.File(root / "data/bench/nets.h5") as file:
        g = file[name]
        return [int(w) for w in g.attrs["widths"]], g["X"][:], g["Y"][:], g["labels"][:], g["theta"][:]


class Net:
    def __init__(self, name, activation, loss, dtype):
        widths, x, y, labels, theta = load(name)
        self.x, self.y = torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype)
        self.labels = torch.tensor(labels, dtype=torch.long)
        self.activation, self.loss, self.parameters, at = activation, loss, [], 0
        for i, o in zip(widths, widths[1:]):
            for shape in ((o, i), (o,)):
                size = int(np.prod(shape))
                block = torch.tensor(theta[at:at + size].reshape(shape), dtype=dtype)
                self.parameters.append(block.requires_grad_())
                at += size

    def value(self):
        a, last = self.x, len(self.parameters) // 2 - 1
        for l in range(last + 1):
            a = torch.addmm(self.parameters[2 * l + 1], a, self.parameters[2 * l].t())
            if l < last:
                a = self.activation(a)
        if self.loss == "mse":
            return ((a - self.y) ** 2).sum() / (2 * len(self.x))
        if a.shape[1] == 1:
            target = self.labels.to(a.dtype)
            return torch.nn.functional.binary_cross_entropy_with_logits(a[:, 0], target)
        return torch.nn.functional.cross_entropy(a, self.labels)

    def gradient(self):
        return torch.autograd.grad(self.value(), self.parameters)


def least_ms(call, repeats):
    best = float("inf")
    for _ in range(repeats + 2):
        start = time.thread_time()
        call()
        best = min(best, time.thread_time() - start)
    return best * 1e3


result = {}
for name, repeats in {"a": 60, "b": 5, "c": 600, "d": 40}.items():
    for suffix, dtype in (("f64", torch.float64), ("f32", torch.float32)):
        for label, activation, loss in (("tanh_mse", torch.tanh, "mse"), ("tanh_ce", torch.tanh, "ce"),
                                        ("relu_mse", torch.relu, "mse")):
            net = Net(name, activation, loss, dtype)
            result[f"{name}/gradient/{label}/{suffix}"] = least_ms(net.gradient, repeats)
    net = Net(name, torch.tanh, "ce", torch.float64)
    v = [torch.randn_like(p) for p in net.parameters]
    # A retained graph: the primal pass is shared by all products at one theta.
    g = torch.autograd.grad(net.value(), net.parameters, create_graph=True)
    result[f"{name}/hessian_product_cached/tanh_ce/f64"] = least_ms(
        lambda: torch.autograd.grad(g, net.parameters, grad_outputs=v, retain_graph=True),
        max(4, repeats // 4))

libraries = blas()
json.dump({"torch": torch.__version__, "blas": libraries, "ms": result}, sys.stdout, indent=1)
print()
if not any("openblas" in b for b in libraries):
    sys.exit(f"PyTorch runs on {libraries}, not on OpenBLAS: install libopenblas0-pthread")
