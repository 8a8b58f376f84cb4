#!/usr/bin/env python3
"""Adapters between the program and PEFT, both ways, on real weights in f32.

    torch_peft.py --hone BUILD/cli/hone [--model FILE.gguf] [--work DIR]

1. A few steps of `hone train` on examples/phone; PEFT loads the folder as it is. Every tensor must
   arrive, none may be missing, and the logits behind five prompts must be those of the program.
2. Adapters that PEFT made (with random B, so that they matter) load in the program, likewise: all
   linears with the seven control rows; rsLoRA on two linears; ours, saved again by PEFT.

The base is a Hugging Face folder in f32, written from the GGUF. The program's logits come from the
test program logits_dump of the same build. A line per adapter and prompt, exit 1 when one differs
by more than --limit anywhere among the 262,144. Two minutes on 2 cores, 5 GB of memory and of disk.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, warnings

import numpy as np
import torch

import torch_weights as tw

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PHONE = os.path.join(ROOT, "examples", "phone")


def call(*command):
    out = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    if out.returncode: sys.exit(f"error: {' '.join(command)} ended with {out.returncode}")
    return out.stdout


def train_few(o, tools):
    """rows.jsonl and run/adapter: three steps at a high rate, so that the adapter matters."""
    rows = os.path.join(o.work, "rows.jsonl")
    call(o.hone, "datagen", "--tools", tools, "--seeds", os.path.join(PHONE, "seeds.jsonl"),
         "--provider", "offline", "--num-rows", 20, "--seed", 1, "-o", rows)
    call(o.hone, "train", "--model", o.model, "--tools", tools, "--data", rows, "--max-steps", 3,
         "--batch-size", 4, "--learning-rate", 1e-3, "--seed", 1,
         "-o", os.path.join(o.work, "run"))
    return rows, os.path.join(o.work, "run", "adapter")


def five_prompts(o, rows, tools):
    """One prompt with all ten functions, longer than the sliding window; four rows with the first
    two functions alone, as asked and with half of the answer."""
    two = os.path.join(o.work, "two.tools.json")
    with open(tools) as f: functions = json.load(f)
    with open(two, "w") as f: json.dump(functions[:2], f)
    prompts = []
    for n, file in enumerate((tools, two, two, two, two)):
        out = call(o.hone, "data", "inspect", rows, "--model", o.model, "--tools", file, "--json",
                   "--num", n + 1)
        row = json.loads(out.splitlines()[n])
        start = row["labels"].index(1)
        prompts.append(row["ids"][:start + (0 if n < 3 else (len(row["ids"]) - start) // 2)])
    return prompts


def our_logits(o, adapter, prompts):
    ids, out = os.path.join(o.work, "ids.json"), os.path.join(o.work, "logits.f32")
    with open(ids, "w") as f: json.dump(prompts, f)
    call(os.path.join(os.path.dirname(o.hone), "..", "tests", "e2e", "logits_dump"), o.model,
         adapter, ids, out)
    return np.fromfile(out, dtype=np.float32).reshape(len(prompts), -1)


def base_model(o):
    from transformers import AutoModelForCausalLM
    return AutoModelForCausalLM.from_pretrained(os.path.join(o.work, "base"), dtype=torch.float32,
                                                attn_implementation="eager").eval()


def peft_logits(model, prompts):
    with torch.no_grad():
        return np.stack([model(torch.tensor([p]), logits_to_keep=1).logits[0, -1].numpy()
                         for p in prompts])


def load_in_peft(o, folder):
    """The adapter in PEFT; every tensor of its file must be in the model, with the same bits."""
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors.torch import load_file
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # PEFT only warns about missing keys
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        model = PeftModel.from_pretrained(base_model(o), folder).eval()
    have = get_peft_model_state_dict(model)
    file = load_file(os.path.join(folder, "adapter_model.safetensors"))
    if set(have) != set(file) or any(not torch.equal(have[k], file[k]) for k in file):
        sys.exit(f"error: {folder}: PEFT holds other tensors than the file: "
                 f"{sorted(set(have) ^ set(file))[:4]}")
    print(f"{folder}: {len(file)} tensors loaded by PEFT, bit for bit")
    return model


def random_peft(o, name, **config):
    """An adapter made and saved by PEFT."""
    from peft import LoraConfig, get_peft_model
    torch.manual_seed(7)
    model = get_peft_model(base_model(o), LoraConfig(task_type="CAUSAL_LM", **config)).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            if "lora_B" in key: p.normal_(std=0.02)
            if "trainable_tokens_delta" in key: p.add_(torch.randn_like(p), alpha=0.02)
    folder = os.path.join(o.work, name)
    model.save_pretrained(folder)
    return model, folder


def report(o, name, ours, theirs, base):
    """Largest difference of each prompt; whether all are within the limit and the adapter acts."""
    fine = True
    for i, (a, b, c) in enumerate(zip(ours, theirs, base)):
        off, acts = np.abs(a - b).max(), np.abs(b - c).max()
        good = off <= o.limit and a.argmax() == b.argmax() and acts > 100 * o.limit
        print(f"{name}, prompt {i}: largest difference {off:.2e}, largest logit "
              f"{np.abs(b).max():.1f}, moved from the base by up to {acts:.1f}"
              f"{'' if good else '  <-- FAILED'}", flush=True)
        fine = fine and good
    return fine


def check_all(o):
    tools = os.path.join(PHONE, "tools.json")
    rows, ours = train_few(o, tools)
    prompts = five_prompts(o, rows, tools)
    print("prompts of", " ".join(str(len(p)) for p in prompts), "tokens")
    tw.write_folder(os.path.join(o.work, "base"), o.model)
    base = peft_logits(base_model(o), prompts)
    off = np.abs(base - our_logits(o, "-", prompts)).max()
    print(f"base without an adapter: largest difference {off:.2e}")

    model = load_in_peft(o, ours)
    again = os.path.join(o.work, "again")
    model.save_pretrained(again)
    theirs = peft_logits(model, prompts)
    fine = report(o, "ours in PEFT", our_logits(o, ours, prompts), theirs, base)
    fine &= report(o, "ours, saved by PEFT", our_logits(o, again, prompts), theirs, base)
    for name, config in (
            ("all linears and control rows", dict(
                r=8, lora_alpha=16, target_modules="all-linear",
                trainable_token_indices={"embed_tokens": tw.CONTROL_ROWS})),
            ("rsLoRA on q and v", dict(r=4, lora_alpha=8, use_rslora=True,
                                       target_modules=["q_proj", "v_proj"]))):
        model, folder = random_peft(o, name.replace(" ", "_"), **config)
        fine &= report(o, "PEFT's, " + name, our_logits(o, folder, prompts),
                       peft_logits(model, prompts), base)
    return fine


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hone", required=True)
    p.add_argument("--model", default=tw.default_model())
    p.add_argument("--work", help="kept; default: a temporary folder")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--limit", type=float, default=1e-4)
    o = p.parse_args()
    if not o.model: sys.exit("error: no base model; name one with --model")
    torch.set_num_threads(o.threads)
    keep, o.work = o.work, o.work or tempfile.mkdtemp()
    os.makedirs(o.work, exist_ok=True)
    try:
        fine = check_all(o)
    finally:
        if not keep: shutil.rmtree(o.work)
    print("fine" if fine else "FAILED")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
