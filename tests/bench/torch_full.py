#!/usr/bin/env python3
"""Full fine-tuning of a small random Gemma: `hone train --full` against transformers and torch.optim.AdamW.

    torch_full.py --hone BUILD/cli/hone --tiny BUILD/tests/tiny_folder [--work DIR]

Every step sees all rows, so that the order of rows says nothing. Compared: the loss before each of six
steps, and all trained weights. torch computes in f64, hone in f32; the decay is 0 (hone decays no norms).
Exit 1 when a loss differs by more than 1e-5 of itself or a tensor's change by more than 1e-3 of it.
"""
import argparse, json, os, subprocess, sys, tempfile

import torch
from safetensors.torch import load_file
from transformers import Gemma3ForCausalLM

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PHONE = os.path.join(ROOT, "examples", "phone")
ROWS, STEPS, RATE, EPS = 6, 6, 1e-2, 1e-4


def call(*command):
    out = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    if out.returncode: sys.exit(f"error: {' '.join(map(str, command))} ended with {out.returncode}")
    return out.stdout


def train_here(o, rows, tools, more):
    run = os.path.join(o.work, "run" + "".join(more))
    call(o.hone, "train", "--full", "--model", o.model, "--tools", tools, "--data", rows, "--batch-size", ROWS,
         "--max-steps", STEPS, "--learning-rate", RATE, "--lr-scheduler", "constant", "--warmup-steps", 0,
         "--adam-epsilon", EPS, "--max-grad-norm", 0, "--loss-skip-mass", 0, "--report-to", "none", "-q",
         "-o", run, *more)
    losses = [json.loads(l)["loss"] for l in open(os.path.join(run, "metrics.jsonl"))]
    return losses, load_file(os.path.join(run, "model", "model.safetensors"))


def train_torch(o, encoded, frozen):
    model = Gemma3ForCausalLM.from_pretrained(o.model, dtype=torch.float64, attn_implementation="eager")
    model.eval()
    if frozen: model.model.embed_tokens.weight.requires_grad_(False)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=RATE, betas=(0.9, 0.99), eps=EPS, weight_decay=0)
    total, losses = sum(sum(r["labels"]) for r in encoded), []
    for _ in range(STEPS):
        loss = 0
        for r in encoded:
            ids, marks = torch.tensor(r["ids"]), torch.tensor(r["labels"], dtype=torch.bool)
            logits = model(ids[None]).logits[0].double()
            loss = loss + torch.nn.functional.cross_entropy(logits[:-1][marks[1:]], ids[1:][marks[1:]], reduction="sum") / total
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return losses, {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}


def compare(name, o, rows, tools, encoded, before, more):
    ours, mine = train_here(o, rows, tools, more)
    theirs, their = train_torch(o, encoded, bool(more))
    loss = max(abs(a - b) / b for a, b in zip(ours, theirs))
    worst, where = 0, ""
    for key, w in their.items():
        change = (w - before[key].double()).norm()
        if change == 0:
            if not torch.equal(mine[key], before[key]): sys.exit(f"error: {key} was to stay as it is")
            continue
        d = ((mine[key].double() - w).norm() / change).item()
        if d > worst: worst, where = d, key
    print(f"{name}: losses {theirs[0]:.4f} .. {theirs[-1]:.4f}, differ by {loss:.1e}; "
          f"changes of {len(their)} tensors differ by at most {worst:.1e} ({where})")
    return loss <= 1e-5 and worst <= 1e-3


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hone", required=True)
    p.add_argument("--tiny", required=True)
    p.add_argument("--work")
    o = p.parse_args()
    o.work = o.work or tempfile.mkdtemp(prefix="hone-full-")
    o.model, rows = os.path.join(o.work, "m"), os.path.join(o.work, "rows.jsonl")
    tools = os.path.join(o.work, "tools.json")
    call(o.tiny, o.model)
    with open(os.path.join(PHONE, "tools.json")) as f: functions = json.load(f)
    with open(tools, "w") as f: json.dump(functions[:2], f)
    keep = [l for l in open(os.path.join(PHONE, "seeds.jsonl"))
            if '"set_alarm"' in l and '"tool_calls"' in l][:ROWS]
    with open(rows, "w") as f: f.writelines(keep)
    encoded = [json.loads(l) for l in call(o.hone, "data", "inspect", rows, "--model", o.model, "--tools", tools,
                                           "--json", "--num", ROWS).splitlines()]
    before = load_file(os.path.join(o.model, "model.safetensors"))
    ok = compare("all weights", o, rows, tools, encoded, before, [])
    ok = compare("embedding frozen", o, rows, tools, encoded, before, ["--freeze-embedding"]) and ok
    sys.exit(0 if ok else 1)


main()
