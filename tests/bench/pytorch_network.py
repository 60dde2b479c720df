"""Net a of data/bench/nets.h5 (64-100-100-10, tanh, 1797 digits) in PyTorch, on one thread: the loss
of a vector of parameters, Hessian products of a retained graph, and the BLAS that does the work."""
import os
import pathlib
import re
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
import h5py
import numpy as np
import torch

torch.set_num_threads(1)
root = pathlib.Path(__file__).resolve().parents[2]


class Network:
    def __init__(self, dtype=torch.float64):
        with h5py.File(root / "data/bench/nets.h5") as file:
            g = file["a"]
            self.widths = [int(w) for w in g.attrs["widths"]]
            self.x, self.y = (torch.tensor(g[k][:], dtype=dtype) for k in ("X", "Y"))
            self.labels = torch.tensor(g["labels"][:].astype(np.int64))
            self.start = torch.tensor(g["theta"][:], dtype=dtype)

    def value(self, theta, kind):
        """mse: sum |f - y|^2 / (2 n); cross_entropy: the mean of -log softmax(f)_label."""
        a, at = self.x, 0
        for i, o in zip(self.widths, self.widths[1:]):
            W, b = theta[at:at + o * i].view(o, i), theta[at + o * i:at + o * (i + 1)]
            at += o * (i + 1)
            a = torch.addmm(b, a, W.t())
            if at < len(theta):
                a = torch.tanh(a)
        if kind == "mse":
            return ((a - self.y) ** 2).sum() / (2 * len(self.x))
        return torch.nn.functional.cross_entropy(a, self.labels)

    def gradient(self, theta, kind):
        theta = theta.detach().requires_grad_()
        return torch.autograd.grad(self.value(theta, kind), theta)[0]


class HessianProducts:
    """v -> H v at one point: the graph of the gradient is built once and kept. Counts its calls."""

    def __init__(self, network, theta, kind):
        self.theta = theta.detach().clone().requires_grad_()
        self.gradient = torch.autograd.grad(network.value(self.theta, kind), self.theta,
                                            create_graph=True)[0]
        self.count = 0

    def __call__(self, v):
        self.count += 1
        return torch.autograd.grad(self.gradient, self.theta, v, retain_graph=True)[0]


def blas():
    """The BLAS libraries in this process. On the reference BLAS a gradient takes 7 times as long."""
    maps = pathlib.Path("/proc/self/maps").read_text().split()
    found = sorted({os.path.realpath(p) for p in maps if re.match("lib.*blas", os.path.basename(p))})
    if not any("openblas" in b for b in found):
        sys.exit(f"PyTorch runs on {found}, not on OpenBLAS: install libopenblas0-pthread")
    return [os.path.basename(b) for b in found]
