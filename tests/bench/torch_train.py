#!/usr/bin/env python3
"""The rival of `hone bench train`: LoRA steps of Gemma 3 270M with transformers + PEFT on a CPU.

    torch_train.py [--prefix 800 --utterance 15 --answer 40 | --ids ROWS.jsonl] [--batch 4] ...

As a user with its best settings runs it: SDPA attention, LoRA on all seven linears, no activation
checkpointing, logits at the label positions only, fused AdamW, rows padded to the longest of the
batch. Rows are random ids (rows share the first --prefix of them, which PyTorch cannot use), or
lines {"ids", "labels"} as `hone data inspect --json` prints them. Weights are the GGUF's where it
and the package gguf are at hand, else random: speed does not depend on them.

One line of JSON when ready, then for every line on standard input (a variant's name) one step is
done and its line printed: seconds, rows, loss, peak memory ("drop VARIANT" forgets one). Variants:
  bf16        adapter in bf16 too: the fastest where the processor has bf16
  bf16/f32    adapter in f32, PEFT's default
  f32         all of it in f32: the fastest where the processor has no bf16
  compiled    bf16 through torch.compile
  loss-f32    loss and gradient of --loss-rows hidden states over the whole vocabulary, in chunks of
  loss-bf16   256 rows with recomputation: f32 throughout as TRL does, or products in bf16
"""
import argparse, json, os, random, sys, tempfile, time

STARTED = time.monotonic()
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

import torch_weights as tw

LOSS_CHUNK = 256


def say(**line):
    print(json.dumps(line), flush=True)


def reset_peak():
    with open("/proc/self/clear_refs", "w") as f: f.write("5")


def peak_rss():
    with open("/proc/self/status") as f:
        return next(int(x.split()[1]) * 1024 for x in f if x.startswith("VmHWM"))


def synthetic_rows(o, rng):
    """(ids, labels): a common prefix, then utterance and answer of each row; answers are labels."""
    def ids(n): return [rng.randrange(1000, 200000) for _ in range(n)]
    prefix = ids(o.prefix)
    while True:
        n = o.prefix + o.utterance
        yield prefix + ids(o.utterance + o.answer), [0] * n + [1] * o.answer


def file_rows(o):
    with open(o.ids) as f:
        rows = [(r["ids"], r["labels"]) for r in map(json.loads, f)]
    while True:
        yield from rows


def make_batch(rows, n):
    """ids, attention mask, and (row, position before a label), label of every label."""
    batch = [next(rows) for _ in range(n)]
    longest = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in batch])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in batch])
    at = [(i, t - 1) for i, (_, labels) in enumerate(batch) for t, x in enumerate(labels) if x]
    at = torch.tensor(at).T
    return ids, mask if (mask == 0).any() else None, at, ids[at[0], at[1] + 1]


class Rival:
    """Model, adapter and optimiser of one variant. Variants of a dtype share the frozen weights."""

    frozen = {}

    def __init__(self, o, variant, folder):
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM
        if variant not in ("bf16", "bf16/f32", "f32", "compiled"):
            raise ValueError("no such variant")
        torch.manual_seed(0)
        kind = torch.float32 if variant == "f32" else torch.bfloat16
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=kind,
                                                     attn_implementation=o.attention)
        lora = LoraConfig(task_type="CAUSAL_LM", r=o.lora_r, lora_alpha=2 * o.lora_r,
                          target_modules=tw.LINEARS)
        self.model = get_peft_model(model, lora, autocast_adapter_dtype=variant == "bf16/f32")
        inner = self.model.base_model.model
        self.body, self.head = inner.model, inner.lm_head
        if variant == "compiled": self.body = torch.compile(self.body)
        for name, p in self.model.named_parameters():
            if not p.requires_grad: p.data = self.frozen.setdefault((name, kind), p.data)
        self.params = [p for p in self.model.parameters() if p.requires_grad]
        self.opt = torch.optim.AdamW(self.params, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.0,
                                     fused=True)

    def step(self, batch):
        ids, mask, at, labels = batch
        h = self.body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        logits = self.head(h[at[0], at[1]])
        loss = F.cross_entropy(logits.float(), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.params, 1.0)
        self.opt.step()
        self.opt.zero_grad(set_to_none=True)
        return loss.item()


def chunk_loss(h, weight, labels):
    return F.cross_entropy((h @ weight.to(h.dtype).T).float(), labels, reduction="sum")


class LossRival:
    """Hidden states against the frozen head, chunk by chunk."""

    def __init__(self, o, variant):
        if variant not in ("loss-f32", "loss-bf16"): raise ValueError("no such variant")
        torch.manual_seed(0)
        kind = torch.float32 if variant == "loss-f32" else torch.bfloat16
        V, C = tw.CONFIG["vocab_size"], tw.CONFIG["hidden_size"]
        self.weight = (torch.randn(V * C // 256) * 0.05).bfloat16().repeat(256).view(V, C)
        self.h = torch.randn(o.loss_rows, C).to(kind).requires_grad_()
        self.labels = torch.randint(0, V, (o.loss_rows,))

    def step(self, _):
        self.h.grad = None
        loss = sum(checkpoint(chunk_loss, h, self.weight, y, use_reentrant=False)
                   for h, y in zip(self.h.split(LOSS_CHUNK), self.labels.split(LOSS_CHUNK)))
        loss.backward()
        return loss.item() / len(self.labels)


def write_base(folder, path):
    """The base in bf16 from the GGUF, or random where there is none or no package gguf."""
    try:
        tw.write_folder(folder, path, "bfloat16")
    except ImportError:
        path = None
        tw.write_folder(folder, None, "bfloat16")
    return os.path.basename(path) if path else "random"


def options():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--prefix", type=int, default=800)
    p.add_argument("--utterance", type=int, default=15)
    p.add_argument("--answer", type=int, default=40)
    p.add_argument("--ids", help="rows to use instead, as `hone data inspect --json` prints them")
    p.add_argument("--batch", type=int, default=4)
    p.add_argument("--lora-r", type=int, default=16)
    p.add_argument("--loss-rows", type=int, default=1280)
    p.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes")
    p.add_argument("--attention", default="sdpa")
    p.add_argument("--model", default=tw.default_model(), help="GGUF; '' for random weights")
    return p.parse_args()


def main():
    with tempfile.TemporaryDirectory() as folder: serve(options(), folder)


def serve(o, folder):
    if o.threads: torch.set_num_threads(o.threads)
    import peft, transformers
    imported = time.monotonic() - STARTED
    rows = file_rows(o) if o.ids else synthetic_rows(o, random.Random(1))
    weights, made = write_base(folder, o.model), {}
    say(ready=True, torch=torch.__version__, transformers=transformers.__version__,
        peft=peft.__version__, threads=torch.get_num_threads(), import_seconds=imported,
        weights=weights, cpu_capability=torch.backends.cpu.get_cpu_capability(), batch=o.batch)
    for line in sys.stdin:
        variant = line.strip()
        try:
            loss_only = variant.startswith("loss")
            if variant.startswith("drop "):
                made.pop(variant[5:], None)
                continue
            if variant not in made:
                made[variant] = LossRival(o, variant) if loss_only else Rival(o, variant, folder)
            batch = None if loss_only else make_batch(rows, o.batch)
            reset_peak()
            began = time.monotonic()
            loss = made[variant].step(batch)
            say(variant=variant, seconds=time.monotonic() - began, rows=o.batch, loss=loss,
                tokens=0 if batch is None else batch[0].numel(), peak_rss=peak_rss())
        except Exception as e:  # a variant that does not run here is a result too
            say(variant=variant, error=f"{type(e).__name__}: {e}"[:300])


if __name__ == "__main__":
    main()
