#!/usr/bin/python3
"""Loss, gradient and a Hessian product of two small neural ODEs by PyTorch, in double precision.

rk4 with equal steps is written out and differentiated by autograd, once and twice. Writes
data/reference/pytorch_neural_ode.csv, which tests/unit/models/neural_ode_test.cpp reads.
Run it again only to check the file: pytorch_neural_ode.py [OUTPUT]
"""
import pathlib
import sys

import numpy as np
import torch

root = pathlib.Path(__file__).resolve().parents[2]
output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "data/reference/pytorch_neural_ode.csv"
torch.set_default_dtype(torch.float64)


def parameters(n):
    """Numbers that both sides can make: 0.4 cos(1.7 i)."""
    return torch.tensor(0.4 * np.cos(1.7 * np.arange(n)), requires_grad=True)


def network(theta, widths, x, activation):
    at = 0
    for layer, (i, o) in enumerate(zip(widths, widths[1:]), start=1):
        W, b = theta[at:at + i * o].reshape(o, i), theta[at + i * o:at + (i + 1) * o]
        at += (i + 1) * o
        x = x @ W.T + b
        if layer < len(widths) - 1:
            x = activation(x)
    return x


def rk4(f, a, z0, z1, steps):
    h = (z1 - z0) / steps
    for n in range(steps):
        z = z0 + n * h
        k1 = f(a, z)
        k2 = f(a + h / 2 * k1, z + h / 2)
        k3 = f(a + h / 2 * k2, z + h / 2)
        k4 = f(a + h * k3, z + h)
        a = a + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return a


def series():
    """Windows of 5 of the 12 states (cos t, sin 2 t) at t = i / 10, field 2-6-2 of a^3, tanh, two steps
    from each time to the next."""
    theta = parameters(2 * 6 + 6 + 6 * 2 + 2)
    t = torch.arange(12) / 10
    y = torch.stack([torch.cos(t), torch.sin(2 * t)], 1)
    a, loss = y[:8], 0
    for m in range(1, 5):
        a = rk4(lambda a, z: network(theta, [2, 6, 2], a ** 3, torch.tanh), a, 0.0, 0.1, 2)
        loss = loss + ((a - y[m:m + 8]) ** 2).sum() / 2
    return theta, loss / (8 * 5)


def classes():
    """9 points (cos i, sin 3 i / 2) of the classes i mod 3, one zero beside them, field 4-5-4-3 of (a, z),
    exact gelu, depth 2 in 4 steps, read-out 3-3, cross entropy + 0.01 |q|^2 / 2."""
    widths = [4, 5, 4, 3]
    n_field = sum((i + 1) * o for i, o in zip(widths, widths[1:]))
    theta = parameters(n_field + 3 * 3 + 3)
    i = torch.arange(9.0)
    x = torch.stack([torch.cos(i), torch.sin(1.5 * i), torch.zeros(9)], 1)
    field = lambda a, z: network(theta, widths, torch.cat([a, torch.full((9, 1), z)], 1),
                                 torch.nn.functional.gelu)
    f = network(theta[n_field:], [3, 3], rk4(field, x, 0.0, 2.0, 4), None)
    labels = torch.arange(9) % 3
    return theta, torch.nn.functional.cross_entropy(f, labels) + 0.005 * (theta ** 2).sum()


with open(output, "w") as out:
    out.write(f"# PyTorch {torch.__version__}, float64, rk4 by autograd, tests/peers/pytorch_neural_ode.py\n"
              "# task: 0 series, 1 classes; index -1: the loss, else that entry of the gradient and of the\n"
              "# Hessian times v, v_i = cos(0.3 i)\n"
              "task,index,gradient,hessian_product\n")
    for task, make in enumerate((series, classes)):
        theta, loss = make()
        g, = torch.autograd.grad(loss, theta, create_graph=True)
        v = torch.tensor(np.cos(0.3 * np.arange(len(theta))))
        Hv, = torch.autograd.grad(g @ v, theta)
        out.write(f"{task},-1,{loss.item()!r},0\n")
        for i, (a, b) in enumerate(zip(g.tolist(), Hv.tolist())):
            out.write(f"{task},{i},{a!r},{b!r}\n")
