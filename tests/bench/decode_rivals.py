#!/usr/bin/env python3
"""Prompts and answers a second: hone, llama.cpp and LiteRT-LM in turns, same threads, same sizes.

    decode_rivals.py HONE FILE.litertlm [--gguf FILE.q8_0.gguf] [--llama-python PY] [--litert-python PY]
                     [--threads 2] [--prompt 800] [--rows 32] [--tokens 32] [--rounds 3] [--json OUT]

Each round runs every program once, one after the other, so that other work on the machine meets all
alike; medians of the rounds are printed with hone's ratio to each. Besides wall time each rate is given
for a second of one processor's time, which other work disturbs less. FILE.gguf: `hone export -o` of
the same model, q8_0. --llama-python has llama-cpp-python, --litert-python litert-lm-api; a program
that is not given is left out. LiteRT-LM has no rows behind a shared prompt; its prompt of random ids
is its own benchmark's. The first lines are the machine, its load and the command.
Exit 0 fine, 2 bad input or a program failed.
"""
import argparse, json, os, statistics, subprocess, sys

LLAMA = r"""
import json, random, resource, sys, time
import llama_cpp, ctypes
path, threads, prompt, rows, tokens = sys.argv[1], *map(int, sys.argv[2:])
llama_cpp.llama_backend_init()
mp = llama_cpp.llama_model_default_params()
model = llama_cpp.llama_model_load_from_file(path.encode(), mp)
vocab = llama_cpp.llama_model_get_vocab(model)
n_vocab = llama_cpp.llama_vocab_n_tokens(vocab)
cp = llama_cpp.llama_context_default_params()
cp.n_ctx = prompt + rows * (tokens + 2) + 64
cp.n_batch = cp.n_ubatch = 1024
cp.n_threads = cp.n_threads_batch = threads
cp.n_seq_max = rows
cp.kv_unified = True
ctx = llama_cpp.llama_init_from_model(model, cp)
mem = llama_cpp.llama_get_memory(ctx)
batch = llama_cpp.llama_batch_init(2048, 0, rows)
def busy():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime
def feed(items):
    batch.n_tokens = len(items)
    for i, (token, pos, seq, logits) in enumerate(items):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, pos, 1, logits
        batch.seq_id[i][0] = seq
    if llama_cpp.llama_decode(ctx, batch): sys.exit("llama_decode failed")
def best(i):
    p = llama_cpp.llama_get_logits_ith(ctx, i)
    return int(np.ctypeslib.as_array(p, shape=(n_vocab,)).argmax())
import numpy as np
random.seed(1)
ids = [random.randrange(500, n_vocab - 1000) for _ in range(prompt)]
out = {}
def clock(f, n, name):
    t, c = time.monotonic(), busy()
    f()
    out[name], out[name + "_cpu"] = n / (time.monotonic() - t), n / (busy() - c)
feed([(ids[i], i, 0, i == 31) for i in range(32)])  # warm
llama_cpp.llama_memory_clear(mem, True)
clock(lambda: feed([(t, i, 0, i == prompt - 1) for i, t in enumerate(ids)]), prompt, "prefill")
first = best(prompt - 1)
for s in range(1, rows): llama_cpp.llama_memory_seq_cp(mem, 0, s, -1, -1)
def one():
    t = first
    for k in range(tokens):
        feed([(t, prompt + k, 0, True)])
        t = best(0)
clock(one, tokens, "one")
llama_cpp.llama_memory_seq_rm(mem, 0, prompt, -1)
def many():
    last = [random.randrange(500, 200000) for _ in range(rows)]
    for k in range(tokens):
        feed([(last[s], prompt + k, s, True) for s in range(rows)])
        last = [best(s) for s in range(rows)]
clock(many, rows * tokens, "many")
out["version"] = llama_cpp.__version__
print(json.dumps(out))
"""

LITERT = r"""
import json, sys
import litert_lm
path, threads, prompt, tokens = sys.argv[1], *map(int, sys.argv[2:])
b = litert_lm.Benchmark(path, litert_lm.Backend.CPU(thread_count=threads), prefill_tokens=prompt,
                        decode_tokens=tokens, cache_dir=":nocache")
i = b.run()
print(json.dumps({"prefill": i.last_prefill_tokens_per_second, "one": i.last_decode_tokens_per_second}))
"""


def run(command):
    p = subprocess.run(command, capture_output=True, text=True)
    if p.returncode: sys.exit("%s failed:\n%s" % (command[0], p.stderr[-1500:])) or sys.exit(2)
    return json.loads([x for x in p.stdout.splitlines() if x.startswith("{")][-1])


def hone(a):
    r = run([a.hone, "bench", "decode", "--model", a.file, "--threads", str(a.threads), "--prompt", str(a.prompt), "--rows",
             str(a.rows), "--tokens", str(a.tokens), "--repeats", "1", "--json"])
    names = {"prefill": "prefill", "one": "decode_one", "many": "decode_many"}
    out = {k: r[n][0] for k, n in names.items()}
    out.update({k + "_cpu": r[n + "_per_cpu_second"][0] for k, n in names.items()})
    return dict(out, open=r["open_seconds"], memory=r["peak_memory"])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hone")
    p.add_argument("file")
    for name in ("gguf", "llama-python", "litert-python", "json"): p.add_argument("--" + name)
    for name, n in (("threads", 2), ("prompt", 800), ("rows", 32), ("tokens", 32), ("rounds", 3)):
        p.add_argument("--" + name, type=int, default=n)
    a = p.parse_args()
    programs = {"hone": lambda: hone(a)}
    if a.gguf and a.llama_python:
        programs["llama.cpp"] = lambda: run([a.llama_python, "-c", LLAMA, a.gguf] +
                                            [str(x) for x in (a.threads, a.prompt, a.rows, a.tokens)])
    if a.litert_python:
        programs["litert-lm"] = lambda: run([a.litert_python, "-c", LITERT, a.file, str(a.threads), str(a.prompt), str(a.tokens)])
    cpu = next((x.split(":")[1].strip() for x in open("/proc/cpuinfo") if x.startswith("model name")), "?")
    print("%s, %d processors, %d threads, load %s" % (cpu, os.cpu_count(), a.threads, open("/proc/loadavg").read().split()[0]))
    print(" ".join(["decode_rivals.py"] + [os.path.basename(x) for x in sys.argv[1:]]))
    rounds = []
    for i in range(a.rounds):
        rounds.append({name: f() for name, f in programs.items()})
        print("round %d, load %s: %s" % (i + 1, open("/proc/loadavg").read().split()[0], json.dumps(rounds[-1])), flush=True)
    print("%-24s %s" % ("median, tokens/s", "".join("%12s" % n for n in programs)))
    for key in ("prefill", "prefill_cpu", "one", "one_cpu", "many", "many_cpu"):
        mid = {n: statistics.median(r[n][key] for r in rounds) for n in programs if key in rounds[0][n]}
        ratios = ", ".join("%s %.2f x" % (n, mid["hone"] / mid[n]) for n in mid
                           if n != "hone" and mid[n] > 0)  # LiteRT-LM's benchmark may decode nothing
        print("%-24s %s  %s" % (key, "".join("%12.1f" % mid[n] if n in mid else "%12s" % "-" for n in programs), ratios))
    if a.json:
        with open(a.json, "w") as f: json.dump(rounds, f, indent=1)


main()
