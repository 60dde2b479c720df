"""Charges with their law, and the deviation with its bound, from the result file alone.

usage: plot.py runs/10_broken_symmetries/result.h5 [figure.png]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import h5py
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

path = sys.argv[1] if len(sys.argv) > 1 else "runs/10_broken_symmetries/result.h5"
figure = sys.argv[2] if len(sys.argv) > 2 else "10_broken_symmetries.png"
charges = xr.open_dataset(path, group="series/charges")
time = charges.charge.dims[0]
names = [str(n).replace("_", " ") for n in charges.symmetry.values]


def charges_of_states(file, states):
    """|w_out|^2 - |w_in|^2 - b^2 of each hidden layer, summed over its units."""
    blocks = {n.decode(): (o, [int(k) for k in s.decode().split(" x ")])
              for n, o, s in zip(file["layout/name"], file["layout/offset"], file["layout/shape"])}
    size = {}
    for name, (offset, shape) in blocks.items():
        size[name] = (states[:, offset:offset + np.prod(shape)] ** 2).sum(axis=1)
    layers = sum(name.startswith("W") for name in blocks)
    return [size[f"W{l + 1}"] - size[f"W{l}"] - size[f"b{l}"] for l in range(1, layers)]


fig, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
for i, name in enumerate(names):
    change = charges.charge[:, i] - charges.charge[0, i]
    left.plot(charges[time], change, color=f"C{i}", label=name)
    left.plot(charges[time], charges.predicted_charge[:, i] - charges.charge[0, i], "k--", lw=1,
              label="law" if i == 0 else None)
with h5py.File(path) as file:
    if "series/states/state_flow" in file:
        states = file["series/states"]
        t = states["time_states"][:]
        for i, q in enumerate(charges_of_states(file, states["state_flow"][:])):
            left.plot(t, q - q[0], ":", color=f"C{i}", label="of gradient flow" if i == 0 else None)
left.set(title="change of the charges", xlabel="t", ylabel="Q(t) - Q(0)")
left.legend(fontsize=8)

first = str(charges.symmetry.values[0])
now, law = charges[f"charges_{first}"], charges[f"predicted_{first}"]
for j in range(0, now.shape[1], 4):
    middle.plot(charges[time], now[:, j])
    middle.plot(charges[time], law[:, j], "k--", lw=0.8)
middle.set(title=f"single units of {names[0]}", xlabel="t", ylabel="Q")

for i, name in enumerate(names):
    right.semilogy(charges[time], charges.deviation[:, i].where(charges.deviation[:, i] > 0), label=name)
right.semilogy(charges[time], charges.deviation_bound[:, 0], "k--", label="bound")
right.set(title="deviation from the law", xlabel="t", ylabel="max |Q - law| / scale")
right.legend(fontsize=8)
fig.savefig(figure, dpi=110)
print("wrote", figure)
