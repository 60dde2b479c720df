#!/usr/bin/env python3
"""1000 steps of full-batch gradient descent of net a (mse, learning rate 0.1, single precision) with
the sharpness at every 50th, in two ways, as JSON: CPU seconds, Hessian products, sharpness.

  script   as research code for the edge of stability does it (written out from a description of
           the code of J. Cohen et al., ICLR 2021): a module whose gradient is summed over batches
           of a DataLoader, loss and accuracy of the whole set in a pass of their own before each
           step, the top two eigenvalues by scipy's eigsh at its default tolerance from a random
           vector; each Hessian product builds the graph anew, batch by batch
  lean     the loss of one vector of parameters on the whole set at once, eigsh for one eigenvalue
           at tol 1e-3 on products of a retained graph
"""
import json
import sys
import time

from pytorch_network import HessianProducts, Network, blas  # sets the threads, so it goes first
import numpy as np
import scipy.sparse.linalg as sla
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

STEPS, EVERY, RATE, BATCH = 1000, 50, 0.1, 1000
network = Network(torch.float32)
n = len(network.start)


class Script:
    def __init__(self):
        layers = []
        for i, o in zip(network.widths, network.widths[1:]):
            layers += [torch.nn.Linear(i, o), torch.nn.Tanh()]
        self.net = torch.nn.Sequential(*layers[:-1])
        vector_to_parameters(network.start, self.net.parameters())
        self.data = torch.utils.data.TensorDataset(network.x, network.y)
        self.products = 0

    def batches(self):
        return torch.utils.data.DataLoader(self.data, batch_size=BATCH, shuffle=False)

    def loss(self, x, y):
        return 0.5 * ((self.net(x) - y) ** 2).sum() / len(self.data)

    def losses(self):
        loss = hits = 0.0
        with torch.no_grad():
            for x, y in self.batches():
                f = self.net(x)
                loss += float(0.5 * ((f - y) ** 2).sum()) / len(self.data)
                hits += float((f.argmax(1) == y.argmax(1)).sum()) / len(self.data)
        return loss, hits

    def product(self, v):
        self.products += 1
        v, total = torch.tensor(v.ravel(), dtype=torch.float32), torch.zeros(n)
        for x, y in self.batches():
            parameters = list(self.net.parameters())
            g = torch.autograd.grad(self.loss(x, y), parameters, create_graph=True)
            slope = parameters_to_vector(g).dot(v)
            total += parameters_to_vector(torch.autograd.grad(slope, parameters))
        return total.numpy()

    def sharpness(self):
        operator = sla.LinearOperator((n, n), matvec=self.product, dtype=np.float32)
        values, _ = sla.eigsh(operator, k=2)
        return float(values.max())

    def run(self):
        optimiser = torch.optim.SGD(self.net.parameters(), lr=RATE)
        rows = []
        for step in range(STEPS + 1):
            self.losses()
            if step % EVERY == 0:
                rows.append(self.sharpness())
            if step == STEPS:
                return rows
            optimiser.zero_grad()
            for x, y in self.batches():
                self.loss(x, y).backward()
            optimiser.step()


class Lean:
    products = 0

    def run(self):
        theta, rows = network.start.clone(), []
        for step in range(STEPS + 1):
            if step % EVERY == 0:
                rows.append(self.sharpness(theta))
            if step < STEPS:
                theta = theta - RATE * network.gradient(theta, "mse")
        return rows

    def sharpness(self, theta):
        products = HessianProducts(network, theta, "mse")
        operator = sla.LinearOperator((n, n), dtype=np.float32, matvec=lambda v: products(
            torch.from_numpy(np.ascontiguousarray(v.ravel(), dtype=np.float32))).numpy())
        value = sla.eigsh(operator, k=1, which="LA", tol=1e-3, return_eigenvectors=False)
        self.products += products.count
        return float(value[0])


result = {}
for name, kind in (("lean", Lean), ("script", Script)):
    if len(sys.argv) > 1 and name not in sys.argv[1:]:
        continue
    begin = time.process_time()
    loop = kind()
    rows = loop.run()
    result[name] = {"seconds": time.process_time() - begin, "products": loop.products,
                    "sharpness": rows}
result.update(torch=torch.__version__, blas=blas())
json.dump(result, sys.stdout)
print()
