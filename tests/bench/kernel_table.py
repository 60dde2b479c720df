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
for name, row in rows.items():
    net, kind, _, precision = name.split("/")
    asked = measured = ""
    if kind == "gradient":
        measured = f"{row['peak_percent']:.1f} %"
        asked = f"{percent[net]} %" if precision == "f64" and "tanh_mse" in name else ""
    elif kind == "two_threads":
        measured, asked = f"{row['scaling_ratio']:.2f} fma", "0.90 fma"
    else:
        measured = f"{row['gradients']:.2f} grad"
        asked = f"{products[kind]} grad" if kind in products else ""
    line = f"{name:40}{row['ms']:9.3f}{asked:>12}{measured:>10}"
    if name in torch["ms"]:
        line += f"{torch['ms'][name]:12.3f}{speedup.get(name, ''):>9}"
        line += f"{torch['ms'][name] / row['ms']:10.2f}"
    print(line)

print("\nfloat against double (asked 1.9):", ", ".join(
    f"{net} {rows[f'{net}/gradient/tanh_mse/f64']['ms'] / rows[f'{net}/gradient/tanh_mse/f32']['ms']:.2f}"
    for net in percent))
print("two threads, scaling of kernel / FMA loop:", ", ".join(
    f"{b['name'].split('/')[0]} {b['name'].split('/')[3]} {b['scaling']:.2f} / {b['fma_scaling']:.2f}"
    for b in two["benchmarks"]))
