#!/usr/bin/python3
"""Loss and gradient of the networks in data/bench/nets.h5 by PyTorch, in double precision.

Writes data/reference/pytorch_gradients.csv, which tests/numerics/pytorch_agreement_test.cpp reads.
Run it again only to check the file: pytorch_gradients.py [OUTPUT]
"""
import pathlib
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F

root = pathlib.Path(__file__).resolve().parents[2]
output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "data/reference/pytorch_gradients.csv"


def forward(theta, widths, x):
    offset, a = 0, x
    for layer, (n_in, n_out) in enumerate(zip(widths[:-1], widths[1:]), start=1):
        W = theta[offset:offset + n_in * n_out].reshape(n_out, n_in)
        offset += n_in * n_out
        b = theta[offset:offset + n_out]
        offset += n_out
        a = F.linear(a, W, b)
        if layer < len(widths) - 1:
            a = torch.tanh(a)
    return a


def losses(outputs, y, labels):
    yield 0, ((outputs - y) ** 2).sum() / (2 * len(y))
    if outputs.shape[1] == 1:
        yield 2, F.binary_cross_entropy_with_logits(outputs[:, 0], labels.double())
    else:
        yield 1, F.cross_entropy(outputs, labels)


rows = []
with h5py.File(root / "data/bench/nets.h5") as file:
    for net, name in enumerate("acd"):
        group = file[name]
        x, y, labels = (torch.from_numpy(group[key][()]) for key in ("X", "Y", "labels"))
        for loss in range(3):
            theta = torch.from_numpy(group["theta"][()]).requires_grad_()
            values = dict(losses(forward(theta, group.attrs["widths"], x), y, labels))
            if loss not in values:
                continue
            values[loss].backward()
            g = theta.grad.numpy()
            rows.append((net, loss, -1, values[loss].item()))
            rows.append((net, loss, -2, np.linalg.norm(g)))
            rows.append((net, loss, -3, g @ np.cos(np.arange(len(g)))))
            rows += [(net, loss, i, g[i]) for i in range(0, len(g), len(g) // 50)]

with open(output, "w") as out:
    out.write(f"# PyTorch {torch.__version__}, float64, tanh, tests/peers/pytorch_gradients.py\n"
              "# net: 0 a, 1 c, 2 d of data/bench/nets.h5; loss: 0 mse, 1 cross_entropy, 2 logistic\n"
              "# index >= 0: that entry of the gradient g; -1: the loss; -2: |g|; -3: sum_i g_i cos(i)\n"
              "net,loss,index,value\n")
    for net, loss, index, value in rows:
        out.write(f"{net},{loss},{index},{value!r}\n")
