#!/usr/bin/env python3
"""`hone eval --endpoint` on a real server, row by row beside our own run of the same weights.

    endpoint_llama.py HONE MODEL WORK [--adapter RUN] [--quant f16] [--every 3] [--max-new-tokens 64]
    endpoint_llama.py --rename IN.gguf OUT.gguf

Exports MODEL (with --adapter merged) as GGUF, names its pieces 46..52 as FunctionGemma does and marks them as text, so
that a server neither drops them from prompts nor from answers (a plain Gemma calls them <unused40>..<unused46>), serves
the file with llama-cpp-python on loopback, and scores every third row of examples/phone/test.jsonl twice: over raw
completions and on our engine. Prints both scores, the paired comparison, and every answer that differs with the gap of
our two best logits where the texts part. The server's Python is $HONE_LLAMA_PYTHON (llama-cpp-python[server] installed)
or this one; its repeat penalty of 1.1, a default, is switched off. Exit 1 if a difference is no near-tie (--tie 0.5) or a verdict is not what the same text gets elsewhere,
77 without the package.
"""
import argparse, json, math, os, re, shutil, socket, struct, subprocess, sys, time, urllib.request

PHONE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "phone")
NAMES = {46: "<start_function_declaration>", 47: "<end_function_declaration>", 48: "<start_function_call>",
         49: "<end_function_call>", 50: "<start_function_response>", 51: "<end_function_response>", 52: "<escape>"}
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
USER_DEFINED = 4


# ---- the file ----

def string_at(data, at):
    n, = struct.unpack_from("<Q", data, at)
    return data[at + 8:at + 8 + n], at + 8 + n


def value_end(data, at, kind):
    if kind == 8: return string_at(data, at)[1]
    if kind != 9: return at + SIZES[kind]
    inner, n = struct.unpack_from("<IQ", data, at)
    at += 12
    if inner != 8: return at + n * SIZES[inner]
    for _ in range(n): at = string_at(data, at)[1]
    return at


def rename(source, target):
    """A copy with the seven pieces named and marked; tensors are copied as they are."""
    import mmap
    with open(source, "rb") as f: data = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    magic, version, tensors, keys = struct.unpack_from("<4sIQQ", data, 0)
    if magic != b"GGUF" or version != 3: sys.exit("%s: no GGUF 3 file" % source)
    out, at, align = bytearray(data[:24]), 24, 32
    for _ in range(keys):
        begin = at
        key, at = string_at(data, at)
        kind, = struct.unpack_from("<I", data, at)
        end = value_end(data, at + 4, kind)
        if key == b"general.alignment": align, = struct.unpack_from("<I", data, at + 4)
        if key == b"tokenizer.ggml.tokens":
            n, = struct.unpack_from("<Q", data, at + 8)
            out += data[begin:at + 16]
            place = at + 16
            for i in range(n):
                piece, place = string_at(data, place)
                piece = NAMES[i].encode() if i in NAMES else piece
                out += struct.pack("<Q", len(piece)) + piece
        else:
            out += data[begin:end]
            if key == b"tokenizer.ggml.token_type":
                for i in NAMES: struct.pack_into("<i", out, len(out) - (end - at - 16) + 4 * i, USER_DEFINED)
        at = end
    table = at
    for _ in range(tensors):
        at = string_at(data, at)[1]
        dims, = struct.unpack_from("<I", data, at)
        at += 4 + 8 * dims + 12
    out += data[table:at]
    at = -(-at // align) * align
    out += b"\0" * (-len(out) % align)
    with open(target, "wb") as f:
        f.write(out)
        while at < len(data):
            f.write(data[at:at + (16 << 20)])
            at += 16 << 20


# ---- the server ----

class Server:
    def __init__(self, python, model, log, threads):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.log = open(log, "wb")
        self.process = subprocess.Popen(
            [python, "-m", "llama_cpp.server", "--model", model, "--host", "127.0.0.1", "--port", str(self.port),
             "--n_ctx", "2048", "--n_threads", threads, "--n_threads_batch", threads], stdout=self.log, stderr=self.log)
        for _ in range(600):
            if self.process.poll() is not None: sys.exit("the server ended: see %s" % log)
            try:
                urllib.request.urlopen("http://127.0.0.1:%d/v1/models" % self.port, timeout=5).read()
                return
            except OSError: time.sleep(0.5)
        sys.exit("the server does not come up: see %s" % log)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


# ---- the comparison ----

def answers(folder):
    with open(os.path.join(folder, "predictions.jsonl"), encoding="utf-8") as f:
        return {r["id"]: r for r in map(json.loads, f)}


def plain(answer):
    text = answer["text"]
    for mark in ("<start_function_response>", "<end_of_turn>", "<eos>"):
        if text.endswith(mark): text = text[:-len(mark)]
    return text


def parting(lines, text):
    """(gap of the two best logits, token, runner-up) where our answer leaves text, from what --replay prints."""
    said = ""
    for line in lines:
        m = re.match(r" *(\d+)  +([\d.]+)  (.*?)   \| +(\d+)  +([\d.]+)  (.*)$", line)
        if not m: continue
        said += m.group(3)
        if not text.startswith(said):
            p, q = float(m.group(2)), float(m.group(5))
            return (math.log(p / q) if q > 0 else math.inf), m.group(3), m.group(6)
    return 0, "(end)", ""


def main():
    if sys.argv[1:2] == ["--rename"]: return rename(*sys.argv[2:4])
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for word in ("hone", "model", "work"): p.add_argument(word)
    p.add_argument("--adapter")
    p.add_argument("--quant", default="f16")
    p.add_argument("--every", type=int, default=3)
    p.add_argument("--max-new-tokens", default="64")
    p.add_argument("--tie", type=float, default=0.5)
    p.add_argument("--server-threads", default="1")
    a = p.parse_args()
    python = os.environ.get("HONE_LLAMA_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import llama_cpp.server.app"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        print("SKIP: llama-cpp-python[server] is not installed for %s" % python)
        return 77
    os.makedirs(a.work, exist_ok=True)
    path = lambda name: os.path.join(a.work, name)
    tools, own, served = os.path.join(PHONE, "tools.json"), path("own"), path("served")

    def hone(*words):
        done = subprocess.run([a.hone, *words], stdout=subprocess.PIPE, text=True)
        if done.returncode: sys.exit("%s: exit status %d" % (" ".join(words), done.returncode))
        return done.stdout

    if not os.path.exists(path("app.gguf")):
        hone("export", "--model", a.model, *(["--adapter", a.adapter] if a.adapter else []), "--tools", tools, "--quant", a.quant,
             "-o", path("app.gguf"), "--quiet")
    rename(path("app.gguf"), path("served.gguf"))
    with open(os.path.join(PHONE, "test.jsonl"), encoding="utf-8") as f, open(path("rows.jsonl"), "w", encoding="utf-8") as g:
        g.writelines(line for i, line in enumerate(f) if i % a.every == 0)
    words = ("eval", "--quiet", "--data", path("rows.jsonl"), "--tools", tools, "--max-new-tokens", a.max_new_tokens)
    if not os.path.exists(os.path.join(own, "report.json")): hone(*words, "--model", path("app.gguf"), "--out", own)
    server = Server(python, path("served.gguf"), path("server.log"), a.server_threads)
    try:
        hone(*words, "--endpoint", "http://127.0.0.1:%d/v1" % server.port, "--endpoint-api", "completions", "--endpoint-model", "app",
             "--endpoint-body", '{"repeat_penalty":1}', "--connections", "1", "--out", served, "--compare", own)
    finally:
        server.close()
    ours, theirs, bad = answers(own), answers(served), 0
    reports = [json.load(open(os.path.join(d, "report.json"))) for d in (own, served)]
    c = reports[1]["comparison"]
    for name, r in zip(("our engine", "the server"), reports):
        h = r["headline"]
        print("%s: %d of %d right (%.1f to %.1f %%), outcomes %s" % (name, h["k"], h["n"], 100 * h["lo"], 100 * h["hi"],
              ", ".join("%s %d" % x for x in r["outcomes"].items() if x[1])))
    print("pairs %d: both right %d, only ours %d, only the server %d, neither %d" % (c["n"], c["a"], c["b"], c["c"], c["d"]))
    differ = [i for i in ours if plain(ours[i]) != plain(theirs[i])]
    print("%d of %d answers are equal to the byte" % (len(ours) - len(differ), len(ours)))
    for i in differ:
        lines = hone("eval", "--quiet", "--model", path("app.gguf"), "--data", path("rows.jsonl"), "--tools", tools, "--max-new-tokens",
                     a.max_new_tokens, "--replay", i).splitlines()
        gap, token, second = parting(lines, plain(theirs[i]))
        verdict = ["right" if r["rows"][i][1] else "wrong" for r in reports]
        print("  %s: gap %.3f at %r (runner-up %r); ours %s, the server's %s" % (i, gap, token, second, *verdict))
        print("    ours   %s\n    server %s" % (plain(ours[i]), plain(theirs[i])))
        bad += gap > a.tie
    for i in set(ours) - set(differ): bad += reports[0]["rows"][i][1] != reports[1]["rows"][i][1]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
