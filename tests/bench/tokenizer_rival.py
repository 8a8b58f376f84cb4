#!/usr/bin/env python3
"""Encoding speed of Hugging Face `tokenizers` beside ours: one thread, nothing met before.

usage: tokenizer_rival.py PROGRAM MODEL.gguf FOLDER TEXTS... [--runs N]
       tokenizer_rival.py PROGRAM MODEL.gguf FOLDER --hostile N [--seed S] [--keep FILE]

PROGRAM is the built tokenizer_speed. FOLDER takes a tokenizer.json that is made from the GGUF's
vocabulary with all its merges, in the form of Gemma's own file. Runs take turns, ours first; the
rival is timed line by line, as one batch and (.txt) whole, and its best way counts. Processor time
of the one thread is compared, so that other work on the machine counts little. Ids must agree.

--hostile compares the ids of N strings made at random of pieces, halves of pieces, spaces and runs,
special tokens and pieces of them, and characters of all planes (runs of 32 spaces and more left out:
the device's SentencePiece and we cut them into 31 and the rest, the rival's merges into halves); --keep writes 180 of them with the
rival's ids: tests/golden/functiongemma/golden_hostile.json (seed 1).
"""
import json
import os
import random
import re
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


def hostile(pieces, special, r):
    """One string of a few dozen characters that is meant to hurt."""
    odd = [" ", "  ", "   ", " " * 19, MARK, MARK * 2, " " + MARK, "\n", "\n\n", "\t", "\r\n", "\0", "\u00a0",
           "\u200b", "\u200d", "\ufeff", "\ufe0f", "e\u0301", "\u0301\u0301", "\u1100\u1161\u11a8",
           "\U0001F468\u200d\U0001F469\u200d\U0001F467", "\U000E0041", "\uffff", "<", ">", "<0x41>", "'s"]

    def character():
        top = r.choice((0x80, 0x800, 0x3000, 0xd800, 0x10000, 0x20000, 0x110000))
        c = r.randrange(top)
        return chr(c) if not 0xd800 <= c < 0xe000 and c != 0xff else "?"

    def part():
        kind = r.randrange(10)
        if kind < 4:
            p = r.choice(pieces).replace(MARK, " " if r.random() < 0.95 else MARK)
            return p if r.random() < 0.6 else p[:r.randrange(len(p)) + 1] if r.random() < 0.5 else p[r.randrange(len(p)):]
        if kind == 4:
            return r.choice(odd)
        if kind == 5:
            p = r.choice(special)
            return p if r.random() < 0.5 else p[r.randrange(len(p)):] if r.random() < 0.5 else p[:-1]
        if kind == 6:
            return "".join(character() for _ in range(r.randrange(1, 6)))
        if kind == 7:
            return r.choice("abcdefghijklmnopqrstuvwxyz 0123456789.,'-") * r.randrange(1, 25)
        if kind == 8:
            return "".join(r.choice("abcdefghijklmnopqrstuvwxyzABC '") for _ in range(r.randrange(1, 25)))
        return " "

    text = "".join(part() for _ in range(r.choice((1, 2, 3, 5, 8, 20))))
    return re.sub(" {31,}", " " * 31, text)


def compare_hostile(program, model, path, count, seed, keep):
    from tokenizers import Tokenizer
    file = json.load(open(path))
    same = [0, 1, 2, 105, 106, *range(46, 53), *range(107, 138), *range(168, 238), *range(255968, 255999)]
    special = [t["content"] for t in file["added_tokens"] if t["id"] in same]  # others have other names there
    pieces = [t for t in file["model"]["vocab"] if not t.startswith("<")]
    r, texts, kept, done = random.Random(seed), [], [], 0
    t = Tokenizer.from_file(path)
    while done < count:
        texts = [hostile(pieces, special, r) for _ in range(min(20000, count - done))]
        name = path + ".hostile"
        with open(name, "wb") as f:
            f.write(b"".join(x.encode() + b"\xff" for x in texts))
        ours = subprocess.run([program, model, name, "1", "each"], capture_output=True, text=True,
                              check=True).stdout.split()
        theirs = [d.ids for d in t.encode_batch_fast(texts, add_special_tokens=False)]
        if len(ours) != len(texts):
            sys.exit("%d texts, %d answers" % (len(texts), len(ours)))
        for x, a, ids in zip(texts, ours, theirs):
            if a != checksum([ids]):
                sys.exit("the ids differ: %s: rival %s" % (json.dumps(x), ids))
        kept += list(zip(texts, theirs))[:200 - len(kept)]
        done += len(texts)
    if keep:
        sample = [json.dumps({"text": x, "ids": ids}, separators=(",", ":")) for x, ids in kept if "\0" not in x]
        with open(keep, "w") as f:
            f.write("[\n" + ",\n".join(sample[:180]) + "\n]\n")
    print("%d hostile strings (seed %d): ids equal" % (count, seed))


def main():
    args = sys.argv[1:]
    given = {"--runs": 5, "--hostile": 0, "--seed": 1, "--keep": ""}
    for name in given:
        if name in args:
            at = args.index(name)
            given[name] = type(given[name])(args[at + 1])
            del args[at:at + 2]
    runs = given["--runs"]
    program, model, folder, files = args[0], args[1], args[2], args[3:]
    path = os.path.join(folder, "tokenizer.json")
    if not os.path.exists(path):
        make_json(model, path)
    if given["--hostile"]:
        compare_hostile(program, model, path, given["--hostile"], given["--seed"], given["--keep"])
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
