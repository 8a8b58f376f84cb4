#!/usr/bin/env python3
"""A GGUF file of ours in llama.cpp: tables by gguf-py, greedy text of 20 prompts against our engine.

    export_llama.py FILE.gguf GREEDY_DUMP [--floats FLOATS.gguf] [--tokens 16] [--tie 0.05]

GREEDY_DUMP is the test program of that name (tests/e2e); it runs the same file on our engine. A text
that differs where the two best logits lie closer than --tie counts as a tie: llama.cpp keeps keys and
values in 16 bits and quantises activations for q8_0 and q4_0. To keep that rounding out, FLOATS.gguf holds
the weights of FILE.gguf as F32 (`hone export --model FILE.gguf --quant f32`): every tensor of it must equal,
bit by bit, what gguf-py decodes from FILE.gguf, and llama.cpp then answers with it. Packages: gguf, cyllama
(llama.cpp built for the CPU). Exit 0 fine, 1 a text differs or the file's tables are wrong, 2 bad input, 77 the
packages are not installed.
"""
import argparse, json, os, subprocess, sys, tempfile

PROMPTS = ["The capital of France is", "Once upon a time, in a small village by the sea,", "def fibonacci(n):\n    ",
           "Water boils at a temperature of", "Die Hauptstadt von Deutschland ist", "1, 2, 3, 5, 8, 13,", "The quick brown fox",
           "Q: Who wrote Romeo and Juliet?\nA:", "In machine learning, a neural network is", "My favourite colour is",
           "{\"name\": \"set_alarm\", \"arguments\": {\"hour\":", "La souris mange le", "#include <stdio.h>\n\nint main(void)\n{\n",
           "To be, or not to be,", "The three primary colours are", "Dear Sir or Madam,\n\n", "SELECT name FROM users WHERE",
           "Roses are red, violets are", "   indented    text with  runs of spaces", "caf\u00e9, na\u00efve, \u4f60\u597d, \U0001f600 and"]
WANTED = {"general.architecture": "gemma3", "tokenizer.ggml.model": "llama", "tokenizer.ggml.bos_token_id": 2,
          "tokenizer.ggml.eos_token_id": 1, "tokenizer.ggml.add_space_prefix": False, "general.quantization_version": 2}


def tables(path):
    """Keys and tensors as gguf-py reads them; the vocabulary for decoding."""
    from gguf import GGUFReader
    r, bad = GGUFReader(path), 0
    for key, want in WANTED.items():
        have = r.fields[key].contents() if key in r.fields else None
        if have != want: print("key %s is %r, expected %r" % (key, have, want)); bad += 1
    if "tokenizer.chat_template" not in r.fields: print("no chat template"); bad += 1
    for t in r.tensors:
        if t.name.endswith("norm.weight") and t.tensor_type.name != "F32": print("%s is %s" % (t.name, t.tensor_type.name)); bad += 1
    tokens, types = r.fields["tokenizer.ggml.tokens"].contents(), r.fields["tokenizer.ggml.token_type"].contents()
    print("%d keys, %d tensors, %d pieces" % (len(r.fields), len(r.tensors), len(tokens)))
    return bad, tokens, types


def same_weights(path, floats):
    """Tensors of FLOATS.gguf that are not what gguf-py decodes from FILE.gguf."""
    import numpy as np
    from gguf import GGUFReader
    from gguf.quants import dequantize
    wanted, bad = {t.name: t for t in GGUFReader(path).tensors}, 0
    for t in GGUFReader(floats).tensors:
        w = wanted.pop(t.name)
        want = dequantize(np.asarray(w.data), w.tensor_type).astype(np.float32).ravel()
        have = np.asarray(t.data, dtype=np.float32).ravel()
        if t.tensor_type.name != "F32" or want.tobytes() != have.tobytes(): print("%s differs" % t.name); bad += 1
    print("weights: %d tensors differ, %d are missing" % (bad, len(wanted)))
    return bad + len(wanted)


def decode(ids, tokens, types):
    out = b""
    for i in ids:
        if types[i] == 6: out += bytes([int(tokens[i][3:5], 16)])
        elif types[i] == 3: break
        else: out += tokens[i].replace("\u2581", " ").encode()
    return out.decode("utf-8", "replace")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("file"); p.add_argument("dump")
    p.add_argument("--floats", help="the same weights as F32; llama.cpp answers with these")
    p.add_argument("--tokens", type=int, default=16)
    p.add_argument("--tie", type=float, default=0.05)
    a = p.parse_args()
    bad, tokens, types = tables(a.file)
    if a.floats: bad += same_weights(a.file, a.floats)
    from cyllama import LLM, GenerationConfig
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "prompts.json"), "w") as f: json.dump(PROMPTS, f)
        ours = subprocess.run([a.dump, a.file, os.path.join(d, "prompts.json"), str(a.tokens)], capture_output=True, text=True, check=True).stdout
    config = GenerationConfig(max_tokens=a.tokens, temperature=0.0, top_k=1, repeat_penalty=1.0, n_gpu_layers=0, n_ctx=1024, seed=1)
    llm, same, ties = LLM(a.floats or a.file, config=config), 0, 0
    for line in ours.splitlines():
        c = json.loads(line)
        want = decode(c["ids"], tokens, types)
        have = str(llm(c["prompt"], config=config))
        llm.reset_context()
        if have.strip() == want.strip(): same += 1; continue
        # the first token at which the common text ends
        n = next((i for i in range(len(c["ids"])) if not have.startswith(decode(c["ids"][:i + 1], tokens, types).rstrip("\ufffd"))), 0)
        tie = c["margins"][n] < a.tie
        ties += tie; bad += not tie
        print("%s at token %d, margin %.3f: %r | %r" % ("tie" if tie else "DIFFERS", n, c["margins"][n], want, have))
    print("%d of %d texts equal, %d ties" % (same, len(PROMPTS), ties))
    return 1 if bad else 0


if __name__ == "__main__":
    try: sys.exit(main())
    except ImportError as x: sys.exit(print("skipped: %s" % x) or 77)
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
