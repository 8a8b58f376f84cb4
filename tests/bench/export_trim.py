#!/usr/bin/env python3
"""What a smaller vocabulary saves: the full model and the trimmed one in turns, same threads.

    export_trim.py HONE BASE SMALL [--litert-python PY] [--files q8:512,q4b32:512] [--threads 2] [--rounds 5] [--steps 1]

SMALL is a folder of `hone trim` made from BASE. Per round and in turns: optimiser steps of `hone bench train` with
nothing of the vocabulary left out (workload C1 of docs/optimisation-log.md), and decoding of the exported files on
LiteRT-LM (PY has litert-lm-api): 64 tokens behind a short text, one process a measurement; --files are number formats
with their cache lengths, all of whose columns count at every token. Wall time and processor
time (of training: the whole process with opening and a step to warm up); each ratio is the median of the rounds' own
ratios, with the smallest and the largest round.
Exit 0 fine, 2 bad input or a program failed.
"""
import argparse, json, os, platform, statistics, subprocess, sys, tempfile, time

TOOL = {"type": "function", "function": {"name": "set_alarm", "description": "Sets an alarm.", "parameters": {
    "type": "object", "properties": {"hour": {"type": "integer", "description": "Hour, 0 to 23."}}, "required": ["hour"]}}}
DECODE = r"""
import json, os, resource, sys, time
import litert_lm as L
path, threads, tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
L.set_min_log_severity(L.LogSeverity.ERROR)
greedy = L.SamplerConfig(top_k=1, top_p=1.0, temperature=1.0, seed=0)
text = "Once upon a time, in a small village by the sea, there lived an old man who told a story every evening. It began like this:"
def busy():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime
with L.Engine(path, L.Backend.CPU(thread_count=threads), cache_dir=":nocache") as e:
    spent = []
    for n in (8, tokens, tokens):
        with e.create_session(apply_prompt_template=False, max_output_tokens=n, sampler_config=greedy) as s:
            s.run_prefill([text])
            t, c = time.monotonic(), busy()
            out = s.run_decode().texts[0]
            spent.append((time.monotonic() - t, busy() - c, len(e.tokenize(out))))
best = min(spent[1:])
print(json.dumps({"seconds": best[0] / tokens, "processor": best[1] / tokens, "pieces": best[2]}))
"""


def run(command):
    p = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if p.returncode: raise OSError("%s ended with %d:\n%s" % (command[0], p.returncode, p.stderr[-1000:]))
    return p.stdout


def train_step(a, model):
    before = os.times()
    r = json.loads(run([a.hone, "bench", "train", "--model", model, "--threads", a.threads, "--steps", a.steps, "--loss-skip-mass", 0, "--json"]))
    now = os.times()
    spent = now.children_user + now.children_system - before.children_user - before.children_system
    return {"seconds": r["step_seconds"], "processor": spent}


def decode(a, file):
    r = json.loads(run([a.litert_python, "-c", DECODE, file, a.threads, 64]))
    if r.pop("pieces") < 56: raise ValueError("%s: the text ended early" % file)
    return r


def work(a, folder):
    """{name: (measure of the full model, measure of the trimmed one)}"""
    out = {"training step": (lambda: train_step(a, a.base), lambda: train_step(a, a.small))} if a.steps else {}
    tools = os.path.join(folder, "tools.json")
    with open(tools, "w") as f: json.dump([TOOL], f)
    for kind in a.files.split(",") if a.litert_python else ():
        quant, cache = kind.split(":")
        files = []
        for n, model in enumerate((a.base, a.small)):
            files.append(os.path.join(folder, "%d-%s-%s.litertlm" % (n, quant, cache)))
            run([a.hone, "export", "--model", model, "--tools", tools, "--quant", quant, "--cache-length", cache, "--verify-positions", 0, "-o", files[-1]])
        out["decode, %s, cache of %s" % (quant, cache)] = tuple(lambda f=f: decode(a, f) for f in files)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("hone", "base", "small"): p.add_argument(name)
    p.add_argument("--litert-python"); p.add_argument("--files", default="q8:512,q4b32:512", metavar="QUANT:CACHE,..")
    for name, n in (("threads", 2), ("rounds", 5), ("steps", 1)): p.add_argument("--" + name, type=int, default=n)
    a = p.parse_args()
    cpu = next((x.split(":")[1].strip() for x in open("/proc/cpuinfo") if x.startswith("model name")), platform.machine())
    print("%s, %d processors, %d threads, load %.1f, %s" % (cpu, os.cpu_count(), a.threads, os.getloadavg()[0], time.strftime("%Y-%m-%d")))
    with tempfile.TemporaryDirectory() as folder:
        jobs, rounds = work(a, folder), {}
        for n in range(a.rounds):
            for name, (full, small) in jobs.items():
                rounds.setdefault(name, []).append((full(), small()))
                print("round %d %s: %s, load %.1f" % (n + 1, name, rounds[name][-1], os.getloadavg()[0]), file=sys.stderr, flush=True)
    print("\n| what | full | trimmed | full / trimmed: median (smallest to largest round) | by processor time |\n|---|---|---|---|---|")
    for name, pairs in rounds.items():
        mid = [statistics.median(p[i]["seconds"] for p in pairs) for i in (0, 1)]
        wall, busy = ([p[0][k] / p[1][k] for p in pairs] for k in ("seconds", "processor"))
        unit = "%.2f s | %.2f s" % tuple(mid) if name == "training step" else "%.1f tokens/s | %.1f tokens/s" % (1 / mid[0], 1 / mid[1])
        print("| %s | %s | %.2f (%.2f to %.2f) | %.2f (%.2f to %.2f) |" % (name, unit, statistics.median(wall), min(wall), max(wall),
                                                                          statistics.median(busy), min(busy), max(busy)))
    return 0


if __name__ == "__main__":
    try: sys.exit(main())
    except (OSError, ValueError, KeyError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
