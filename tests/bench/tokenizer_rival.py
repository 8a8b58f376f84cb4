#!/usr/bin/env python3
"""Encoding speed of Hugging Face `tokenizers` beside ours: one thread, nothing met before.

usage: tokenizer_rival.py PROGRAM MODEL.gguf FOLDER TEXTS... [--runs N]

PROGRAM is the built tokenizer_speed. FOLDER takes a tokenizer.json that is made from the GGUF's
vocabulary with all its merges, in the form of Gemma's own file. Runs take turns, ours first; the
rival is timed line by line, as one batch and (.txt) whole, and its best way counts. Processor time
of the one thread is compared, so that other work on the machine counts little. Ids must agree.
"""
import json
import os
import statistics
import struct
import subprocess
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

SIZES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
MARK = "\u2581"


def gguf_keys(path):
    with open(path, "rb") as f:
        def number(c):
            return struct.unpack("<" + c, f.read(struct.calcsize("<" + c)))[0]

        def value(kind):
            if kind == 8:
                return f.read(number("Q")).decode()
            if kind == 9:
                item, count = number("I"), number("Q")
                return [value(item) for _ in range(count)]
            return number(SIZES[kind])

        assert f.read(4) == b"GGUF"
        number("I"), number("Q")
        return {value(8): value(number("I")) for _ in range(number("Q"))}


NAMES = ["<start_function_declaration>", "<end_function_declaration>", "<start_function_call>",
         "<end_function_call>", "<start_function_response>", "<end_function_response>", "<escape>"]


def make_json(model, path):
    keys = gguf_keys(model)
    tokens, types = keys["tokenizer.ggml.tokens"], keys["tokenizer.ggml.token_type"]
    for i, t in enumerate(tokens):
        if types[i] not in (1, 6) and t.strip(" ") == "" and t:
            tokens[i] = MARK * len(t)
    tokens[46:53] = NAMES
    seen = set()
    for i in range(len(tokens)):  # plain Gemma's names of unused pieces may clash with ours
        tokens[i] = tokens[i] if tokens[i] not in seen else "<other%d>" % i
        seen.add(tokens[i])
    ids = {t: i for i, t in enumerate(tokens)}
    normal = [types[i] == 1 for i in range(len(tokens))]
    # runs of spaces are built before everything else
    merges = [[MARK * i, MARK * (k - i)] for k in range(2, 32) for i in range(1, k)]
    for i, t in enumerate(tokens):
        for k in range(1, len(t)) if normal[i] else ():
            a, b = ids.get(t[:k]), ids.get(t[k:])
            if a is not None and b is not None and normal[a] and normal[b]:
                merges.append([t[:k], t[k:]])
    added = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": i < 4}
             for i, t in enumerate(tokens) if types[i] not in (1, 6)]
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": MARK},
            "pre_tokenizer": {"type": "Split", "pattern": {"String": " "},
                              "behavior": "MergedWithPrevious", "invert": False},
            "post_processor": None,
            "decoder": None,
            "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>",
                      "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                      "vocab": ids, "merges": merges}}
    with open(path, "w") as f:
        json.dump(file, f)


def checksum(lists):
    h = 0
    for ids in lists:
        for i in ids:
            h = (h * 1000003 + i) % 2 ** 64
    return "%016x" % h


def rival(path, texts, way):
    from tokenizers import Tokenizer
    t = Tokenizer.from_file(path)
    start = time.process_time()
    if way == "batch":
        done = t.encode_batch_fast(texts, add_special_tokens=False)
    else:
        done = [t.encode(x, add_special_tokens=False) for x in texts]
    seconds = time.process_time() - start
    return seconds, checksum(d.ids for d in done)


def main():
    args = sys.argv[1:]
    runs = 5
    if "--runs" in args:
        at = args.index("--runs")
        runs = int(args[at + 1])
        del args[at:at + 2]
    program, model, folder, files = args[0], args[1], args[2], args[3:]
    path = os.path.join(folder, "tokenizer.json")
    if not os.path.exists(path):
        make_json(model, path)
    for name in files:
        text = open(name, newline="").read()
        size = len(text.encode())
        whole = name.endswith(".txt")
        lines = text.split("\n")
        if lines and not lines[-1]:
            lines.pop()
        # pieces of a long text end before a line's break, which is a piece of its own
        ways = {"whole": [text]} if whole else {"line by line": lines, "batch": lines}
        ours, theirs = [], {w: [] for w in ways}
        for _ in range(runs):
            out = subprocess.run([program, model, name, "1"], capture_output=True, text=True,
                                 check=True).stdout
            r = json.loads(out)
            ours.append(r["cpu"])
            for w, texts in ways.items():
                seconds, sum_ = rival(path, texts, w)
                if sum_ != r["checksum"]:
                    sys.exit("%s: the ids differ (%s)" % (name, w))
                theirs[w].append(seconds)
        mine = statistics.median(ours)
        best = min(theirs, key=lambda w: statistics.median(theirs[w]))
        other = statistics.median(theirs[best])
        print("%s: %d bytes, ids equal; ours %.1f MB/s (%.1f to %.1f), rival %.2f MB/s (%s): %.1f x"
              % (os.path.basename(name), size, size / mine / 1e6, size / max(ours) / 1e6,
                 size / min(ours) / 1e6, size / other / 1e6, best, other / mine))


main()
