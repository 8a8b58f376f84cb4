#!/usr/bin/env python3
"""Products of a training step: the program's kernels beside PyTorch's (oneDNN), by turns.

usage: gemm_rivals.py GEMM_SPEED [--threads 2] [--cpus 0,1] [--rounds 5] [--out table.md]
  ninja -C build tests/bench/gemm_speed; PYTHON tests/bench/gemm_rivals.py build/tests/bench/gemm_speed

PYTHON has torch (tests/bench/torch_setup.sh). Both sides get rows of activations as they are and
weights that were made ready before; PyTorch keeps its results as bf16 where the program has bf16
products, else both are f32. The share is that of the rate on operands that stay in registers.
"""
import argparse, os, statistics, subprocess, time

SHAPES = [  # rows, outputs, terms: C1's 2,560 tokens, 1,280 labels
    ("q", 2560, 1024, 640), ("k or v", 2560, 256, 640), ("o", 2560, 640, 1024),
    ("gate or up", 2560, 2048, 640), ("down", 2560, 640, 2048), ("dx of gate and up", 2560, 640, 4096),
    ("scores of 128 queries", 512, 800, 256), ("values", 512, 256, 800),
    ("logits of a block of ids", 1280, 512, 640), ("dh of a block of ids", 1280, 640, 512),
]


class Program:
    def __init__(self, o):
        pin = ["taskset", "-c", o.cpus] if o.cpus else []
        self.p = subprocess.Popen(pin + [o.program, str(o.threads)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.arithmetic = self.p.stdout.readline().strip()

    def ask(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        return float(self.p.stdout.readline())


def rival(torch, m, n, k, dtype):
    """GFLOP/s of a Linear without bias, median of seven runs of 20 ms or more."""
    layer = torch.nn.Linear(k, n, bias=False).to(dtype)
    x = torch.randn(m, k).to(dtype)
    rates = []
    with torch.inference_mode():
        for _ in range(3): layer(x)
        for _ in range(7):
            start, count = time.perf_counter(), 0
            while time.perf_counter() - start < 0.02:
                layer(x)
                count += 1
            rates.append(2 * m * n * k * count / (time.perf_counter() - start) / 1e9)
    return statistics.median(rates)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--cpus", default="", help="processors of both sides")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--out")
    o = p.parse_args()
    if o.cpus: os.sched_setaffinity(0, [int(c) for c in o.cpus.split(",")])
    import torch
    torch.set_num_threads(o.threads)
    ours = Program(o)
    dtype = torch.float32 if ours.arithmetic == "f32" else torch.bfloat16
    load, peaks = os.getloadavg()[0], []
    rates = {name: ([], []) for name, *_ in SHAPES}
    for _ in range(o.rounds):
        peaks.append(ours.ask("peak"))
        for name, m, n, k in SHAPES:
            rates[name][0].append(ours.ask(f"{m} {n} {k}"))
            rates[name][1].append(rival(torch, m, n, k, dtype))
    peak = max(peaks)
    lines = [f"- {time.strftime('%Y-%m-%d')}, {ours.arithmetic} products, {o.threads} threads, load {load:.1f}, "
             f"torch {torch.__version__} ({dtype}), {o.rounds} rounds", f"- registers only: {peak:.0f} GFLOP/s at best, "
             f"{statistics.median(peaks):.0f} in the middle", "",
             "| product | rows x outputs x terms | hone, GFLOP/s | torch | ratio | share of the peak in the middle |",
             "|---|---|---|---|---|---|"]
    for name, m, n, k in SHAPES:
        a, b = (statistics.median(x) for x in rates[name])
        lines.append(f"| {name} | {m} x {n} x {k} | {a:.0f} ({min(rates[name][0]):.0f} to "
                     f"{max(rates[name][0]):.0f}) | {b:.0f} | {a / b:.2f} | "
                     f"{100 * a / statistics.median(peaks):.0f} % |")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if o.out:
        with open(o.out, "w") as f: f.write(text)


main()
