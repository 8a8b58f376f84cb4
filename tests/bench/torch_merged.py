#!/usr/bin/env python3
"""A merged folder of `hone export --format safetensors` in transformers: logits, ids and prompts, in f32.

    torch_merged.py --hone BUILD/cli/hone [--model FILE.gguf] [--adapter DIR] [--work DIR]

Without --adapter one is trained for a few steps. The folder must open with AutoModelForCausalLM and AutoTokenizer as
it is; the logits behind five prompts must be those of the program with base and adapter within --limit, the ids of the
prompts those of the program's tokenizer, and the chat template must print the prompt. Exit 1 when one differs.
One minute on 2 cores, 2.5 GB of memory and 1.1 GB of disk.
"""
import argparse, json, os, shutil, sys, tempfile

import numpy as np
import torch

import torch_peft as tp
import torch_weights as tw


def check_tokenizer(folder, o, rows, prompts):
    """Ids of each prompt's text, and the first prompt from its messages."""
    from transformers import AutoTokenizer
    t = AutoTokenizer.from_pretrained(folder)
    wrong = 0
    for i, ids in enumerate(prompts):
        text = t.decode(ids)
        again = t(text, add_special_tokens=False)["input_ids"]
        wrong += again != ids
        if again != ids: print(f"prompt {i}: the tokenizer gives {len(again)} ids for {len(ids)}")
    with open(rows) as f: row = json.loads(f.readline())
    tools = os.path.join(tp.PHONE, "tools.json")
    with open(tools) as f: declared = json.load(f)
    line = {"role": "developer", "content": "You are a model that can do function calling with the following functions"}
    prompt = t.apply_chat_template([line] + row["messages"][:-1], tools=declared, add_generation_prompt=True, tokenize=False)
    want = json.loads(tp.call(o.hone, "data", "inspect", rows, "--model", o.model, "--tools", tools, "--json", "--num", 1).splitlines()[0])["prompt"]
    if prompt != want: print(f"the template prints\n{prompt!r}\nnot\n{want!r}")
    print(f"tokenizer: {len(prompts) - wrong} of {len(prompts)} prompts equal, {len(t)} pieces; template: {'equal' if prompt == want else 'DIFFERS'}")
    return wrong == 0 and prompt == want


def check_all(o):
    from transformers import AutoModelForCausalLM
    tools = os.path.join(tp.PHONE, "tools.json")
    if o.adapter:
        rows = os.path.join(tp.PHONE, "seeds.jsonl")
    else:
        rows, o.adapter = tp.train_few(o, tools)
    prompts = tp.five_prompts(o, rows, tools)
    folder = os.path.join(o.work, "merged")
    tp.call(o.hone, "export", "--model", o.model, "--adapter", o.adapter, "--format", "safetensors", "-o", folder)
    fine = check_tokenizer(folder, o, rows, prompts)
    ours, base = tp.our_logits(o, o.adapter, prompts), tp.our_logits(o, "-", prompts)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return tp.report(o, "merged folder in transformers", ours, tp.peft_logits(model, prompts), base) and fine


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hone", required=True)
    p.add_argument("--model", default=tw.default_model())
    p.add_argument("--adapter")
    p.add_argument("--work", help="kept; default: a temporary folder")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--limit", type=float, default=1e-4)
    o = p.parse_args()
    if not o.model: sys.exit("error: no base model; name one with --model")
    torch.set_num_threads(o.threads)
    keep, o.work = o.work, o.work or tempfile.mkdtemp()
    os.makedirs(o.work, exist_ok=True)
    try: fine = check_all(o)
    finally:
        if not keep: shutil.rmtree(o.work)
    print("fine" if fine else "FAILED")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
