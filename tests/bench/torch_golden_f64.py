#!/usr/bin/env python3
"""LoRA loss, gradients and six AdamW steps of Gemma 3 270M in float64: golden_lora_f64.json.

    torch_golden_f64.py [--model FILE.gguf] [--threads 2] [--out FILE.json]

The model is written out here in PyTorch, all of it in float64: norms, rotary angles, softmax, loss,
gradients and optimiser. (transformers computes norms and rotary angles in f32 whatever the weights
are.) Weights are the f32 values that the GGUF's blocks decode to; rows and formulas of the start
values come from golden_lora.json. Rows are computed one by one, nothing is shared or padded.

Before anything is written the forward pass must reproduce golden_forward.json. At the end it prints
how far golden_lora.json, made in f32, is off, and by how much less when its start values are made
in f32 as well. About 3 minutes on 2 cores, 7 GB of memory.
"""
import argparse, json, math, os, sys

import numpy as np
import torch
import torch.nn.functional as F

import torch_weights as tw

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "gemma3_270m")
PARTS = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]
L, NH, HD, WINDOW, EPS, R, SCALE = 18, 4, 256, 512, 1e-6, 16, 2.0
F64 = torch.float64


class Model:
    """Weights of one layer under GGUF's names; norms are 1 + w."""

    def __init__(self, path):
        w = {n: torch.from_numpy(x).to(F64) for n, x in tw.gguf_tensors(path)}
        self.embed, self.norm = w["token_embd.weight"], w["output_norm.weight"]
        self.layers = [{n.split(".")[2]: x for n, x in w.items() if n.startswith(f"blk.{i}.")}
                       for i in range(L)]

    def embedded(self, ids, delta=None):
        x = F.embedding(ids, self.embed)
        if delta is not None:
            hot = (ids[:, None] == torch.tensor(tw.CONTROL_ROWS)[None]).to(F64)
            x = x + hot @ delta
        return x * math.sqrt(self.embed.shape[1])

    def states(self, ids, lora=None, delta=None):
        """Residual stream before each layer, and the normed output: L + 1 tensors [T, C]."""
        masks, rotary = causal_masks(len(ids)), [rotations(len(ids), b) for b in (1e4, 1e6)]
        x, kept = self.embedded(ids, delta), []
        for i, w in enumerate(self.layers):
            kept.append(x)
            glob = (i + 1) % 6 == 0
            x = x + attention(w, norm(x, w["attn_norm"]), masks[glob], rotary[glob], lora, i)
            h = norm(x, w["ffn_norm"])
            gate, up = linear(w, 4, h, lora, i), linear(w, 5, h, lora, i)
            h = linear(w, 6, F.gelu(gate, approximate="tanh") * up, lora, i)
            x = x + norm(h, w["post_ffw_norm"])
        return kept + [norm(x, self.norm)]

    def logits(self, h, delta=None):
        out = h @ self.embed.T
        if delta is None: return out
        first = tw.CONTROL_ROWS[0]
        return out + F.pad(h @ delta.T, (first, out.shape[1] - first - len(tw.CONTROL_ROWS)))


def norm(x, w):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * w


def linear(w, which, x, lora, layer):
    y = x @ w[PARTS[which]].T
    if lora is None: return y
    a, b = lora[layer * 7 + which]
    return y + SCALE * ((x @ a.T) @ b.T)


def causal_masks(T):
    """[sliding, global]: True where a query may look."""
    t = torch.arange(T)
    glob = t[:, None] >= t[None, :]
    return [glob & (t[:, None] - t[None, :] < WINDOW), glob]


def rotations(T, base):
    freq = base ** (-torch.arange(0, HD, 2, dtype=F64) / HD)
    angle = torch.arange(T, dtype=F64)[:, None] * freq[None]
    return torch.cos(angle), torch.sin(angle)


def rotate(x, cs):
    """x [T, heads, HD]: the halves of a head are the two coordinates."""
    a, b = x[..., :HD // 2], x[..., HD // 2:]
    c, s = cs[0][:, None], cs[1][:, None]
    return torch.cat([a * c - b * s, b * c + a * s], -1)


def attention(w, x, mask, cs, lora, layer):
    T = x.shape[0]
    q = norm(linear(w, 0, x, lora, layer).view(T, NH, HD), w["attn_q_norm"])
    k = norm(linear(w, 1, x, lora, layer).view(T, 1, HD), w["attn_k_norm"])
    v = linear(w, 2, x, lora, layer)
    q, k = rotate(q, cs).transpose(0, 1), rotate(k, cs)[:, 0]
    s = (q @ k.T / math.sqrt(HD)).masked_fill(~mask, -math.inf)
    o = (torch.softmax(s, -1) @ v).transpose(0, 1).reshape(T, NH * HD)
    return norm(linear(w, 3, o, lora, layer), w["post_attention_norm"])


def start_values(dtype=F64):
    """The adapter's A [R, in] and B [out, R], computed in dtype, kept as f32, used in float64."""
    shapes = [(1024, 640), (256, 640), (256, 640), (640, 1024), (2048, 640), (2048, 640),
              (640, 2048)]
    pairs = []
    for k in range(L * 7):
        out, n = shapes[k % 7]
        r, i, o = (torch.arange(1, m + 1, dtype=dtype) for m in (R, n, out))
        a = 0.01 * torch.sin(0.1 * r[:, None] * i[None] + 0.3 * k)
        b = 0.01 * torch.cos(0.07 * o[:, None] * r[None] + 0.2 * k)
        pairs.append([x.float().to(F64).requires_grad_() for x in (a, b)])
    return pairs, torch.zeros(len(tw.CONTROL_ROWS), 640, dtype=F64, requires_grad=True)


def forward_agrees(model):
    """Worst differences from golden_forward.json; refuses to go on beyond the file's own digits."""
    with open(os.path.join(GOLDEN, "golden_forward.json")) as f: golden = json.load(f)
    worst = {"logit": 0.0, "log-sum-exp": 0.0, "NLL, relative": 0.0, "residual rms": 0.0}

    def see(what, have, want):
        worst[what] = max(worst[what], abs(have - want))

    with torch.no_grad():
        for n, case in enumerate(golden["forward"]):
            ids = torch.tensor(case["ids"])
            states = model.states(ids)
            for p in case["positions"]:
                logits = model.logits(states[-1][p["pos"]])
                see("log-sum-exp", torch.logsumexp(logits, 0).item(), p["logsumexp"])
                for i, v in zip(p["top_ids"], p["top_logits"]): see("logit", logits[i].item(), v)
            if len(ids) > 1:
                nll = sum(F.cross_entropy(model.logits(states[-1][a:a + 64][:len(ids) - 1 - a]),
                                          ids[a + 1:a + 65], reduction="sum").item()
                          for a in range(0, len(ids) - 1, 64))
                see("NLL, relative", nll / case["nll_sum"], 1)
            kept = golden["residual_after_layer"]
            if kept["ids_of"] == f"forward[{n}]":
                for s in kept["layers_0_is_scaled_embedding_last_is_after_final_norm"]:
                    x = states[s["index"]]
                    see("residual rms", x[-1].pow(2).mean().sqrt().item() / s["rms_last"], 1)
    for what, d in worst.items(): print(f"forward against golden_forward.json: {what} {d:.2g}")
    limits = {"logit": 2e-3, "log-sum-exp": 2e-3, "NLL, relative": 1e-5, "residual rms": 1e-4}
    return all(worst[k] <= v for k, v in limits.items())


def accumulate(model, golden, pairs, delta):
    """Mean loss and summed loss of each row; leaves the gradients of the mean over all labels."""
    total, sums = golden["labels"], []
    for prompt, answer in golden["rows"]:
        ids = torch.tensor(golden["prefix"] + prompt + answer)
        h = model.states(ids, pairs, delta)[-1][len(ids) - len(answer) - 1:-1]
        loss = F.cross_entropy(model.logits(h, delta), ids[-len(answer):], reduction="sum")
        (loss / total).backward()
        sums.append(loss.item())
    return sum(sums) / total, sums


def leaves(pairs, delta):
    return [x for p in pairs for x in p] + [delta]


def grads_json(pairs, delta):
    def first(x): return x.grad.flatten()[:4].tolist()
    rows = [{"layer": k // 7, "target": tw.LINEARS[k % 7], "dA_norm": a.grad.norm().item(),
             "dB_norm": b.grad.norm().item(), "dA_0_0to3": first(a), "dB_0_0to3": first(b)}
            for k, (a, b) in enumerate(pairs)]
    return rows, [g.norm().item() for g in delta.grad], [g[:4].tolist() for g in delta.grad]


def train(model, old, pairs, delta, steps):
    """The golden's contents: gradients at the start values, then AdamW."""
    lora, adamw = dict(old["lora"]), dict(old["adamw"], steps=[])
    params = leaves(pairs, delta)
    opt = torch.optim.AdamW(params, lr=adamw["lr"], betas=adamw["betas"], eps=adamw["eps"],
                            weight_decay=adamw["weight_decay"])
    for step in range(steps):
        opt.zero_grad()
        loss, sums = accumulate(model, lora, pairs, delta)
        if step == 0:
            lora["loss_mean_over_labels"], lora["loss_sum_per_row"] = loss, sums
            (lora["grads"], lora["delta_rows_46_52_grad_norm"],
             lora["delta_rows_grad_first4"]) = grads_json(pairs, delta)
        norm_before = torch.nn.utils.clip_grad_norm_(params, adamw["max_grad_norm"]).item()
        opt.step()
        adamw["steps"].append({"step": step, "loss_before": loss,
                               "grad_norm_before_clip": norm_before})
        print(f"step {step}: loss {loss:.12f}, gradient norm {norm_before:.10f}", flush=True)
    return {"note": "as golden_lora.json, computed in float64 throughout by "
                    "tests/bench/torch_golden_f64.py (PyTorch " + torch.__version__.split("+")[0]
                    + "); start values of A and B rounded to f32", "lora": lora, "adamw": adamw}


def norms(golden):
    g = golden["lora"]
    return np.array([x for e in g["grads"] for x in (e["dA_norm"], e["dB_norm"])]
                    + g["delta_rows_46_52_grad_norm"])


def compare(name, have, want):
    """How far the f32 file `have` is from `want`, in relative figures."""
    a, b = norms(have), norms(want)
    off = np.abs(a - b)[b > 1e-4] / b[b > 1e-4]
    print(f"{name}: gradient norms off by {off.max():.2g} at most, {np.median(off):.2g} in the "
          "middle; loss before steps 0.. off by",
          " ".join(f"{abs(x['loss_before'] / y['loss_before'] - 1):.2g}"
                   for x, y in zip(have["adamw"]["steps"], want["adamw"]["steps"])))


def write(path, golden):
    """One gradient or step a line."""
    def lines(items): return "[\n" + ",\n".join(json.dumps(x) for x in items) + "\n]"
    lora, adamw = golden["lora"], golden["adamw"]
    parts = {k: lines(v) if k in ("grads", "rows") else json.dumps(v) for k, v in lora.items()}
    steps = {k: lines(v) if k == "steps" else json.dumps(v) for k, v in adamw.items()}
    with open(path, "w") as f:
        f.write('{\n"note": ' + json.dumps(golden["note"]))
        for key, part in (("lora", parts), ("adamw", steps)):
            entries = ",\n".join(f'"{k}": {v}' for k, v in part.items())
            f.write(f',\n"{key}": {{\n{entries}\n}}')
        f.write("\n}\n")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", default=tw.default_model())
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--out", default=os.path.join(GOLDEN, "golden_lora_f64.json"))
    o = p.parse_args()
    if not o.model: sys.exit("error: no base model; name one with --model")
    torch.set_num_threads(o.threads)
    with open(os.path.join(GOLDEN, "golden_lora.json")) as f: old = json.load(f)
    model = Model(o.model)
    if not forward_agrees(model): sys.exit("error: the forward pass is not that of the golden file")
    new = train(model, old, *start_values(), 6)
    write(o.out, new)
    compare("golden_lora.json", old, new)
    compare("golden_lora.json, start values made in f32",
            old, train(model, old, *start_values(torch.float32), 6))


if __name__ == "__main__":
    main()
