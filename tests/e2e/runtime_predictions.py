#!/usr/bin/env python3
"""A predictions file made by the real LiteRT-LM runtime: one {"id", "text"} a row, for
`hone eval --from-predictions`.

    runtime_predictions.py FILE.litertlm ROWS INSPECT.jsonl -o predictions.jsonl [--limit N] [--share]

INSPECT.jsonl is `hone data inspect ROWS --model FILE.litertlm --tools TOOLS --json`: its prompts, in
the order of ROWS, are fed as raw text (the engine adds <bos> itself), so the text that comes back
holds the call markers. Stop tokens are cut by the engine.

--share prefills what all prompts have in common once and rewinds the session to it for each row
(litert_lm_session_save_checkpoint, which the Python classes do not offer); the cut lies before a
control token, where no other ids can come out. The lengths of the prefills then differ from those of
a prompt fed at once. predictions.jsonl.part keeps what is done: the same line goes on from there.
Exit 77 if the package is missing.
"""
import argparse, json, os, sys, time

TURN = "<start_of_turn>"


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(x) for x in f if x.strip()]


def whole_lines(path):
    """Lines of a file that a stop may have cut in the last one; the cut one goes."""
    if not os.path.exists(path): return []
    data = open(path, "rb").read()
    whole = data[:data.rfind(b"\n") + 1]
    if len(whole) != len(data): open(path, "wb").write(whole)
    return [json.loads(x) for x in whole.decode("utf-8").splitlines() if x.strip()]


def common_beginning(texts):
    """What all texts begin with, up to the last turn that begins inside of it."""
    first, last = min(texts), max(texts)
    n = next((i for i, (x, y) in enumerate(zip(first, last)) if x != y), min(len(first), len(last)))
    at = first[:n].rfind(TURN)
    if at <= 0: raise ValueError("the prompts do not begin with a common turn")
    return first[:at]


class Shared:
    """One session behind the common beginning."""

    def __init__(self, engine, options, prefix):
        import ctypes
        self.s, self.prefix = engine.create_session(**options), prefix
        for name in ("litert_lm_session_save_checkpoint", "litert_lm_session_rewind_to_checkpoint"):
            f = getattr(self.s._lib, name)
            f.argtypes, f.restype = [ctypes.c_void_p, ctypes.c_char_p], ctypes.c_int
        self.s.run_prefill([prefix])
        if self.s._lib.litert_lm_session_save_checkpoint(self.s._ptr, b"shared"): raise RuntimeError("no checkpoint")

    def answer(self, text):
        if self.s._lib.litert_lm_session_rewind_to_checkpoint(self.s._ptr, b"shared"): raise RuntimeError("no rewind")
        self.s.run_prefill([text[len(self.prefix):]])
        return self.s.run_decode().texts[0]


class Single:
    """A session a row."""

    def __init__(self, engine, options):
        self.e, self.options = engine, options

    def answer(self, text):
        with self.e.create_session(**self.options) as s:
            s.run_prefill([text])
            return s.run_decode().texts[0]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("model"); p.add_argument("rows"); p.add_argument("inspect")
    p.add_argument("-o", "--out", required=True)
    p.add_argument("--limit", type=int)
    p.add_argument("--share", action="store_true")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--max-tokens", type=int, default=128)
    a = p.parse_args()
    rows, inspected = lines(a.rows), lines(a.inspect)
    if len(rows) != len(inspected): raise ValueError("%d rows, but %d inspected prompts" % (len(rows), len(inspected)))
    if any("id" not in r for r in rows): raise ValueError("every row needs an id")
    texts = [t["prompt"].removeprefix("<bos>") for t in inspected]
    import litert_lm as L
    L.set_min_log_severity(L.LogSeverity.ERROR)
    greedy = L.SamplerConfig(top_k=1, top_p=1.0, temperature=1.0, seed=0)
    options = dict(apply_prompt_template=False, max_output_tokens=a.max_tokens, sampler_config=greedy)
    part = a.out + ".part"
    done = [x["id"] for x in whole_lines(part)]
    if done != [r["id"] for r in rows[:len(done)]]: raise ValueError("%s belongs to other rows" % part)
    with open(part, "a", encoding="utf-8") as f, L.Engine(a.model, L.Backend.CPU(thread_count=a.threads), cache_dir=":nocache") as e:
        of = Shared(e, options, common_beginning(texts)) if a.share else Single(e, options)
        for row, text in list(zip(rows, texts))[len(done):a.limit]:
            start = time.monotonic()
            f.write(json.dumps({"id": row["id"], "text": of.answer(text)}, ensure_ascii=False) + "\n")
            f.flush()
            print("%s %.2f s" % (row["id"], time.monotonic() - start), file=sys.stderr)
    os.replace(part, a.out)
    return 0


if __name__ == "__main__":
    try: sys.exit(main())
    except ImportError as x: sys.exit(print("skipped: %s" % x) or 77)
    except (OSError, ValueError, KeyError, RuntimeError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
