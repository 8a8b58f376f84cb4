#!/usr/bin/env python3
"""Memory of an export: the base model as q8, and a synthetic model of a billion weights from a safetensors folder.

    export_memory.py HONE     needs HONE_TEST_MODEL; exit 77 without

The large model is a folder with Gemma 3 1B's config.json and shapes, whose safetensors file is a hole of 2 GB (all
weights zero, nothing on the disk) but for its header; its tokenizer is taken from the first export. Peak resident
memory includes pages of mapped files, which the system takes back when it needs them; private memory does not, and
that is what must not grow with the model. Bounds: 700 MB resident for the first, and private memory of the second
within 64 MB of the first's plus 16 bytes a row (a scale and a zero point a row are kept). About 1.3 GB of disk, removed.
"""
import json, os, shutil, struct, subprocess, sys, tempfile, time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
TOOLS = os.path.join(ROOT, "examples", "phone", "tools.json")
CONFIG = {"architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "vocab_size": 262144, "hidden_size": 1152,
          "intermediate_size": 6912, "num_hidden_layers": 26, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256,
          "sliding_window": 512, "query_pre_attn_scalar": 256, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6,
          "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0, "sliding_window_pattern": 6, "tie_word_embeddings": True,
          "hidden_activation": "gelu_pytorch_tanh", "torch_dtype": "bfloat16", "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0}


def export(hone, model, out):
    """(peak resident, peak private, processor seconds, wall seconds, bytes written) of one export; sizes in MB."""
    before, start = os.times(), time.time()
    p = subprocess.Popen([hone, "export", "--model", model, "--tools", TOOLS, "--quant", "q8", "--verify-positions", "0", "-o", out],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    private = whole = 0
    while p.poll() is None:
        try:
            with open("/proc/%d/status" % p.pid) as f: status = dict(line.split(":", 1) for line in f if line.startswith(("RssAnon", "VmHWM")))
            private = max(private, int(status.get("RssAnon", "0").split()[0]))
            whole = max(whole, int(status.get("VmHWM", "0").split()[0]))
        except OSError: pass
        time.sleep(0.01)
    message = p.stderr.read().decode()
    if p.returncode: raise OSError("hone export ended with %d: %s" % (p.returncode, message[-500:]))
    now = os.times()
    return whole / 1024, private / 1024, now.children_user + now.children_system - before.children_user - before.children_system, time.time() - start, os.path.getsize(out)


def tokenizer_of(file):
    """The SentencePiece section of a .litertlm: by its first bytes, the piece <pad> at a multiple of 16 KiB."""
    start = b"\x0a\x0e\x0a\x05<pad>"
    with open(file, "rb") as f: data = f.read(64 << 20)
    for at in range(16384, len(data), 16384):
        if data[at:at + len(start)] != start: continue
        end = at
        while end < len(data) and data[end] in (0x0a, 0x12, 0x1a):  # fields 1 to 3 of ModelProto, each with a length
            n, shift, k = 0, 0, end + 1
            while True:
                n |= (data[k] & 127) << shift
                shift += 7; k += 1
                if data[k - 1] < 128: break
            end = k + n
        return data[at:end]
    raise ValueError("%s: no tokenizer was found" % file)


def shapes():
    H, F, Q, K = CONFIG["hidden_size"], CONFIG["intermediate_size"], 1024, 256
    yield "model.embed_tokens.weight", [CONFIG["vocab_size"], H]
    yield "model.norm.weight", [H]
    for i in range(CONFIG["num_hidden_layers"]):
        for name, shape in [("self_attn.q_proj", [Q, H]), ("self_attn.k_proj", [K, H]), ("self_attn.v_proj", [K, H]), ("self_attn.o_proj", [H, Q]),
                            ("mlp.gate_proj", [F, H]), ("mlp.up_proj", [F, H]), ("mlp.down_proj", [H, F]), ("self_attn.q_norm", [K]),
                            ("self_attn.k_norm", [K]), ("input_layernorm", [H]), ("post_attention_layernorm", [H]),
                            ("pre_feedforward_layernorm", [H]), ("post_feedforward_layernorm", [H])]:
            yield "model.layers.%d.%s.weight" % (i, name), shape


def large(folder, tokenizer):
    """The folder; returns the numbers of weights and of rows of matrices."""
    os.mkdir(folder)
    with open(os.path.join(folder, "config.json"), "w") as f: json.dump(CONFIG, f)
    with open(os.path.join(folder, "tokenizer.model"), "wb") as f: f.write(tokenizer)
    header, at, weights, rows = {}, 0, 0, 0
    for name, shape in shapes():
        n = shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + 2 * n]}
        at += 2 * n; weights += n; rows += shape[0] if len(shape) == 2 else 0
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        f.truncate(8 + len(text) + at)
    return weights, rows


def main():
    hone, model = os.path.abspath(sys.argv[1]), os.environ.get("HONE_TEST_MODEL", "")
    if not os.path.isfile(model): print("skipped: the base model is not here"); return 77
    work = tempfile.mkdtemp()
    try:
        small = export(hone, model, os.path.join(work, "a.litertlm"))
        weights, rows = large(os.path.join(work, "1b"), tokenizer_of(os.path.join(work, "a.litertlm")))
        os.remove(os.path.join(work, "a.litertlm"))
        big = export(hone, os.path.join(work, "1b"), os.path.join(work, "b.litertlm"))
    finally: shutil.rmtree(work, ignore_errors=True)
    print("| model | file MB | peak resident MB | peak private MB | processor s | wall s |\n|---|---|---|---|---|---|")
    for name, r in (("270M, GGUF", small), ("%.2fB, safetensors" % (weights / 1e9), big)):
        print("| %s | %.1f | %.0f | %.0f | %.1f | %.1f |" % (name, r[4] / 1e6, r[0], r[1], r[2], r[3]))
    print("load %.1f" % os.getloadavg()[0])
    bound = small[1] + 64 + 16 * rows / 2**20
    if small[0] > 700: print("FAIL: the first takes more than 700 MB"); return 1
    if big[1] > bound: print("FAIL: private memory grows with the model: %.0f MB, bound %.0f" % (big[1], bound)); return 1
    return 0


if __name__ == "__main__":
    try: sys.exit(main())
    except (OSError, ValueError, IndexError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
