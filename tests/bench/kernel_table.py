"""Prints what bench_mlp and bench_mlp_pytorch.py measured as one table: asked for, and measured."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
one, two = (json.loads((folder / f).read_text()) for f in ("one.json", "two.json"))
torch = json.loads((folder / "torch.json").read_text())
rows = {"/".join(b["name"].split("/")[:4]): b for b in one["benchmarks"] + two["benchmarks"]}

print(f"instruction set {one['context']['instruction_set']}; PyTorch {torch['torch']} on "
      f"{', '.join(torch['blas'])}")
print(f"{'':40}{'ms':>9}{'asked':>12}{'measured':>10}{'PyTorch ms':>12}{'asked':>9}{'speed-up':>10}")

percent = {"a": 65, "b": 65, "c": 38, "d": 58}
speedup = {"a/gradient/tanh_ce/f64": 1.4, "c/gradient/tanh_mse/f64": 3.5,
           "d/gradient/tanh_ce/f64": 1.5}
products = {"hessian_product_single": 2.4, "hessian_product_block8": 1.8,
            "hessian_product_cached": 1.8, "gauss_newton_product_cached": 1.8,
            "empirical_fisher_product_cached": 1.8}
missed = []


def ask(what, met):
    if not met:
        missed.append(what)


for name, row in rows.items():
    net, kind, _, precision = name.split("/")
    asked = measured = ""
    if kind == "gradient":
        measured = f"{row['peak_percent']:.1f} %"
        if precision == "f64" and "tanh_mse" in name:
            asked = f"{percent[net]} %"
            ask(f"{name} at {asked} of the peak", row["peak_percent"] >= percent[net])
    elif kind == "two_threads":
        measured, asked = f"{row['scaling_ratio']:.2f} fma", "0.90 fma"
        ask(f"{name}: 0.90 of the FMA loop's scaling", row["scaling_ratio"] >= 0.90)
    else:
        measured = f"{row['gradients']:.2f} grad"
        if kind in products:
            asked = f"{products[kind]} grad"
            ask(f"{name} for {asked}", row["gradients"] <= products[kind])
    line = f"{name:40}{row['ms']:9.3f}{asked:>12}{measured:>10}"
    if name in torch["ms"]:
        line += f"{torch['ms'][name]:12.3f}{speedup.get(name, ''):>9}"
        line += f"{torch['ms'][name] / row['ms']:10.2f}"
        if name in speedup:
            ask(f"{name} {speedup[name]} x PyTorch", torch["ms"][name] >= speedup[name] * row["ms"])
    print(line)

ratios = {net: rows[f"{net}/gradient/tanh_mse/f64"]["ms"] / rows[f"{net}/gradient/tanh_mse/f32"]["ms"]
          for net in percent}
print("\nfloat against double (asked 1.9):", ", ".join(f"{net} {r:.2f}" for net, r in ratios.items()))
for net, ratio in ratios.items():
    ask(f"net {net}: float 1.9 x double", ratio >= 1.9)
print("two threads, scaling of kernel / FMA loop:", ", ".join(
    f"{b['name'].split('/')[0]} {b['name'].split('/')[3]} {b['scaling']:.2f} / {b['fma_scaling']:.2f}"
    for b in two["benchmarks"]))
sys.exit("missed: " + "; ".join(missed) if missed else 0)
