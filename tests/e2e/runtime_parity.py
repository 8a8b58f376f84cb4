#!/usr/bin/env python3
"""An exported file on the real LiteRT-LM runtime, against what our engine says.

    runtime_parity.py text    FILE.litertlm DUMP.jsonl           greedy text of the engine
    runtime_parity.py ids     FILE.litertlm DUMP.jsonl           ids and logits by ai-edge-litert
    runtime_parity.py prompts FILE.litertlm ROWS INSPECT TOOLS   the runtime's rendering of each row
    runtime_parity.py calls   FILE.litertlm ROWS TOOLS           calls that the runtime parses
    runtime_parity.py answers OURS.jsonl    THEIRS.jsonl [FILE.litertlm FORCED]  two prediction files, row by row
    runtime_parity.py differing OURS.jsonl  THEIRS.jsonl INSPECT rows for forced_dump, whose output is FORCED
    runtime_parity.py labels  OURS.jsonl    THEIRS.jsonl INSPECT FILE.litertlm  choices at labels, from free answers
    runtime_parity.py forced  FILE.litertlm INSPECT OURS         choices at given labels by ai-edge-litert
    runtime_parity.py constrained FILE.litertlm ROWS TOOLS OURS  calls under constraint, ours and theirs

DUMP.jsonl comes from the test program greedy_dump on the same file; INSPECT from
`hone data inspect ROWS --model FILE --tools TOOLS --json`. A line per case, then a summary.

--exact (text, ids): every case must be equal, but for steps whose two best logits lie closer than
0.005 (reported as ties); logits must agree within 1e-3, for int8 cut to one layer at a share of
--within of the steps, as a rounding that flips moves a logit by tenths. That is the rule for f32
files and for one layer. Without it differences are listed with their margins and at least --agree of the ids up to the first
difference must be equal: int8 files are not token-exact between kernels. answers: --agree is the
share of rows whose texts are equal; OURS is predictions.jsonl of `hone eval --out`, THEIRS comes
from runtime_predictions.py. FORCED has the margin of our choice at the first token that differs; without
it our smallest margin is printed. labels: as long as an answer is the expected one its choices are
those of a forced pass, so labels up to the first place where either leaves it are compared. forced:
OURS comes from the test program forced_dump on INSPECT; rows are taken until they end or --seconds have
passed, --agree is the share of equal choices. constrained: OURS is what `hone chat --constrained --json`
prints for the rows' user texts, a line a row, with /reset between them; --agree is the share of equal calls.
Exit 0 fine, 1 a check failed, 2 bad input, 77 the packages are not installed.
"""
import argparse, json, os, struct, sys, time

TIE, LOGIT = 0.005, 1e-3
STOPS = (1, 50, 106)


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(x) for x in f if x.strip()]


def cases(path):
    """Our dump, each case cut before its first stop token: the engine stops there."""
    for c in lines(path):
        n = next((i for i, t in enumerate(c["ids"]) if t in STOPS), len(c["ids"]))
        yield dict(c, ids=c["ids"][:n], logits=c["logits"][:n], margins=c["margins"][:n])


def slot(data, table, n):
    """Position of field n of a FlatBuffer table, 0 if absent."""
    vt = table - struct.unpack_from("<i", data, table)[0]
    size = struct.unpack_from("<H", data, vt)[0]
    off = struct.unpack_from("<H", data, vt + 4 + 2 * n)[0] if 4 + 2 * n < size else 0
    return table + off if off else 0


def follow(data, at):
    return at + struct.unpack_from("<I", data, at)[0]


def section(path, wanted):
    """Bytes of a container's section: 3 the .tflite, 4 the tokenizer."""
    with open(path, "rb") as f:
        head = f.read(16384)
        data = head[32:struct.unpack_from("<Q", head, 24)[0]]
        sections = follow(data, slot(data, follow(data, 0), 1))
        objects = follow(data, slot(data, sections, 0))
        for i in range(struct.unpack_from("<I", data, objects)[0]):
            o = follow(data, objects + 4 + 4 * i)
            kind = slot(data, o, 3)
            if kind and data[kind] == wanted:
                begin, end = (struct.unpack_from("<Q", data, slot(data, o, n))[0] for n in (1, 2))
                f.seek(begin)
                return f.read(end - begin)
    raise ValueError("no section of type %d in %s" % (wanted, path))


class Verdict:
    """Compares id sequences case by case and remembers how it went."""

    def __init__(self, exact, agree):
        self.exact, self.agree, self.bad, self.same, self.ties, self.cases = exact, agree, 0, 0, 0, 0
        self.common = self.steps = 0

    def case(self, want, have, margins, label):
        n = next((i for i, w in enumerate(want) if i >= len(have) or have[i] != w), len(want))
        self.cases += 1
        self.common += n
        self.steps += len(want)
        if n == len(want):
            self.same += 1
            return
        tie = margins[n] < TIE
        self.ties += tie
        self.bad += self.exact and not tie
        print("%s %r: differs at token %d, margin there %.4f" % ("tie" if tie else "diff", label[:40], n, margins[n]))

    def end(self, what):
        print("%s: %d of %d equal, %d ties, %d of %d tokens before the first differences" %
              (what, self.same, self.cases, self.ties, self.common, self.steps))
        return 1 if self.bad or self.common < self.agree * self.steps else 0


def check_text(a):
    import litert_lm as L
    L.set_min_log_severity(L.LogSeverity.ERROR)
    greedy = L.SamplerConfig(top_k=1, top_p=1.0, temperature=1.0, seed=0)
    v = Verdict(a.exact, a.agree)
    with L.Engine(a.model, L.Backend.CPU(thread_count=a.threads), cache_dir=":nocache") as e:
        for c in cases(a.files[0]):
            with e.create_session(apply_prompt_template=False, max_output_tokens=len(c["ids"]),
                                  sampler_config=greedy) as s:
                s.run_prefill([c["prompt"]])
                text = s.run_decode().texts[0]
            # the engine gives text; ids made from text may split differently, so texts are compared
            grown = [e.detokenize(c["ids"][:n + 1]) for n in range(len(c["ids"]))]
            have = [i for n, i in enumerate(c["ids"]) if text.startswith(grown[n].rstrip("\ufffd"))]
            if text == grown[-1]: have = c["ids"]
            elif have == c["ids"]: have = have[:-1]
            v.case(c["ids"], have, c["margins"], c["prompt"])
    return v.end("engine text")


class Signatures:
    """The prefill and decode signatures of a .tflite, filled as the runtime fills them."""

    def __init__(self, path, threads):
        import numpy as np
        from ai_edge_litert.interpreter import Interpreter
        self.np = np
        self.it = Interpreter(model_content=section(path, 3), num_threads=threads)
        names = list(self.it.get_signature_list())
        self.run = {n: self.it.get_signature_runner(n) for n in names}
        self.inputs = {n: self.run[n].get_input_details() for n in names}
        self.K = int(self.inputs["decode"]["mask"]["shape"][3])
        self.ladder = sorted(int(n.split("_")[1]) for n in names if n.startswith("prefill_"))
        self.caches = [n for n in self.inputs["decode"] if n.startswith("kv_cache_")]

    def start(self):
        self.kv = {n: self.np.zeros(self.inputs["decode"][n]["shape"], self.np.float32) for n in self.caches}
        self.at = 0

    def call(self, name, ids):
        np = self.np
        T = int(self.inputs[name]["tokens"]["shape"][1])
        tokens, pos = np.zeros((1, T), np.int32), np.zeros(T, np.int32)
        mask = np.full((1, 1, T, self.K), -0.7 * np.finfo(np.float32).max, np.float32)
        tokens[0, :len(ids)] = ids
        pos[:len(ids)] = np.arange(self.at, self.at + len(ids))
        for i in range(len(ids)): mask[0, 0, i, :self.at + i + 1] = 0
        out = self.run[name](tokens=tokens, input_pos=pos, mask=mask, **self.kv)
        self.kv = {n: out[n] for n in self.caches}
        self.at += len(ids)
        return out["logits"].reshape(-1) if "logits" in out else None

    def prefill(self, ids):
        while ids:
            T = max(t for t in self.ladder if t <= len(ids))
            self.call("prefill_%d" % T, ids[:T])
            ids = ids[T:]


def check_ids(a):
    s, v, far = Signatures(a.model, a.threads), Verdict(a.exact, a.agree), []
    for c in cases(a.files[0]):
        s.start()
        s.prefill(c["prompt_ids"][:-1])
        have, row = [], s.call("decode", c["prompt_ids"][-1:])
        for n, (want, logit) in enumerate(zip(c["ids"], c["logits"])):
            if have == c["ids"][:n]: far.append(abs(float(row[want]) - logit))
            have.append(int(row.argmax()))
            if n + 1 < len(c["ids"]): row = s.call("decode", have[-1:])
        v.case(c["ids"], have, c["margins"], c["prompt"])
    near = sum(d <= LOGIT for d in far)
    print("logits of the same token: %d of %d within %g, largest difference %.6f" % (near, len(far), LOGIT, max(far)))
    return v.end("ai-edge-litert ids") or int(a.exact and near < a.within * len(far))


class InPlace(Signatures):
    """The same without copies of the caches: what a call writes goes into the inputs of all signatures."""

    def __init__(self, path, threads):
        super().__init__(path, threads)
        self.inner, self.at = self.it._interpreter, 0
        for r in self.run.values(): self.inner.AllocateTensors(r._subgraph_index)
        for name in self.run:
            for n in self.caches: self.into(name, n)[...] = 0

    def into(self, name, tensor):
        r = self.run[name]
        return self.inner.tensor(self.it, r._inputs[tensor], r._subgraph_index)

    def out_of(self, name, tensor):
        r = self.run[name]
        return self.inner.tensor(self.it, dict(r._outputs)[tensor], r._subgraph_index)

    def call(self, name, ids):
        np, n = self.np, len(ids)
        tokens, pos, mask = self.into(name, "tokens"), self.into(name, "input_pos"), self.into(name, "mask")
        tokens[...], pos[...], mask[...] = 0, 0, -0.7 * np.finfo(np.float32).max
        tokens[0, :n], pos[:n] = ids, np.arange(self.at, self.at + n)
        for i in range(n): mask[0, 0, i, :self.at + i + 1] = 0
        self.inner.Invoke(self.run[name]._subgraph_index)
        for c in self.caches:
            new = self.out_of(name, c)
            at = [slice(None)] * new.ndim
            at[new.shape.index(self.K)] = slice(self.at, self.at + n)
            for other in self.run: self.into(other, c)[tuple(at)] = new[tuple(at)]
        self.at += n
        return self.out_of(name, "logits").reshape(-1) if "logits" in dict(self.run[name]._outputs) else None


def check_forced(a):
    s, ours = InPlace(a.model, a.threads), {x["id"]: x for x in lines(a.files[1])}
    rows = [r for r in lines(a.files[0]) if r["id"] in ours]
    first, last = min(r["ids"] for r in rows), max(r["ids"] for r in rows)
    shared = next(i for i, (x, y) in enumerate(zip(first, last)) if x != y)
    s.prefill(first[:shared])
    end, taken, n, same, right, theirs_right = time.monotonic() + a.seconds, 0, 0, 0, 0, 0
    for r in rows:
        if time.monotonic() > end: break
        begin = r["labels"].index(1)
        s.at = shared
        s.prefill(r["ids"][shared:begin - 1])
        o, k = ours[r["id"]], 0
        for i in range(begin, len(r["ids"])):
            logits = s.call("decode", [r["ids"][i - 1]])
            if not r["labels"][i]: continue
            have, target = int(logits.argmax()), r["ids"][i]
            if have != o["best"][k]:
                two = s.np.partition(logits, -2)[-2:]
                print("diff %s at label %d: ours %d (margin %.4f), runtime %d (margin %.4f), expected %d" %
                      (r["id"], k, o["best"][k], o["margins"][k], have, two[1] - two[0], target), flush=True)
            n, same, k = n + 1, same + (have == o["best"][k]), k + 1
            right, theirs_right = right + (o["best"][k - 1] == target), theirs_right + (have == target)
        taken += 1
    print("forced: %d rows, %d of %d choices equal; expected token chosen by ours %d, by the runtime %d" %
          (taken, same, n, right, theirs_right))
    return 0 if same >= a.agree * n else 1


def tool_class(L):
    class Given(L.Tool):
        """A tool that is declared and never run."""
        def __init__(self, d): self.d = d
        def get_tool_description(self): return self.d
        def execute(self, param): raise RuntimeError("not to be called")
    return Given


def prompt_messages(row):
    """The messages in front of the expected answer."""
    m = row["messages"]
    return m[:-1] if m and m[-1]["role"] == "assistant" else m


def conversations(a, rows, tools, each, constrained=False):
    import litert_lm as L
    L.set_min_log_severity(L.LogSeverity.ERROR)
    Given = tool_class(L)
    greedy = L.SamplerConfig(top_k=1, top_p=1.0, temperature=1.0, seed=0)
    line = "You are a model that can do function calling with the following functions"
    more = {"constrained_decoding_config": L.interfaces.ConstrainedDecodingConfig(enable=True)} if constrained else {}
    with L.Engine(a.model, L.Backend.CPU(thread_count=a.threads), cache_dir=":nocache") as e:
        for n, row in enumerate(rows):
            m = prompt_messages(row)
            if m[0]["role"] not in ("system", "developer"): m = [{"role": "system", "content": line}] + m
            with e.create_conversation(messages=m[:-1], tools=[Given(t) for t in tools], automatic_tool_calling=False,
                                       sampler_config=greedy, max_output_tokens=a.max_tokens, **more) as c:
                each(n, row, m[-1]["content"], c)


def check_prompts(a):
    rows, ours, tools = lines(a.files[0]), lines(a.files[1]), json.load(open(a.files[2], encoding="utf-8"))
    bad = []

    def each(n, row, user, c):
        theirs, want = c.render_message_to_string(user), ours[n]["prompt"]
        if want.startswith("<bos>"): want = want[len("<bos>"):]
        if theirs.startswith("<bos>"): theirs = theirs[len("<bos>"):]
        if theirs == want: return
        at = next((i for i, (x, y) in enumerate(zip(theirs, want)) if x != y), min(len(theirs), len(want)))
        bad.append(row.get("id"))
        print("diff %s at character %d: runtime %r, ours %r" % (row.get("id"), at, theirs[at - 20:at + 40], want[at - 20:at + 40]))

    conversations(a, rows, tools, each)
    print("prompts: %d of %d equal" % (len(rows) - len(bad), len(rows)))
    return 1 if bad else 0


def check_calls(a):
    rows, tools = lines(a.files[0]), json.load(open(a.files[1], encoding="utf-8"))
    counts = {"exact": 0, "parsed": 0}

    def each(n, row, user, c):
        reply = c.send_message(user).to_json()
        have = [{"name": t["function"]["name"], "arguments": t["function"].get("arguments", {})}
                for t in reply.get("tool_calls") or []]
        want = [{"name": t["function"]["name"], "arguments": t["function"].get("arguments", {})}
                for t in row["messages"][-1].get("tool_calls") or []]
        counts["parsed"] += bool(have)
        counts["exact"] += have == want
        if have != want: print("diff %s: got %s, expected %s" % (row.get("id"), json.dumps(have), json.dumps(want)))

    conversations(a, rows, tools, each)
    print("calls: %d of %d rows gave parsed calls, %d exact" % (counts["parsed"], len(rows), counts["exact"]))
    return 0 if counts["exact"] >= a.agree * len(rows) else 1


def plain(calls):
    """Calls as name and arguments, numbers by value: the runtime gives whole numbers as reals."""
    def value(v):
        if isinstance(v, bool) or isinstance(v, str): return v
        if isinstance(v, (int, float)): return float(v)
        if isinstance(v, list): return [value(x) for x in v]
        return {k: value(x) for k, x in v.items()} if isinstance(v, dict) else v
    return [(c["function"]["name"], list(value(c["function"].get("arguments") or {}).items())) for c in calls or []]


def check_constrained(a):
    rows, tools, ours = lines(a.files[0]), json.load(open(a.files[1], encoding="utf-8")), lines(a.files[2])
    same = []

    def each(n, row, user, c):
        have, want = plain(c.send_message(user).to_json().get("tool_calls")), plain(ours[n]["calls"])
        same.append(have == want)
        if have != want: print("diff %s: runtime %r, ours %r" % (row.get("id"), have, want))

    conversations(a, rows[:len(ours)], tools, each, True)
    print("constrained: %d of %d calls equal" % (sum(same), len(same)))
    return 0 if sum(same) >= a.agree * len(same) else 1


def bare(text):
    """Text without its stop token, which the engine cuts."""
    for mark in ("<start_function_response>", "<end_of_turn>", "<eos>"):
        if text.endswith(mark): return text[:-len(mark)]
    return text


def fields(data):
    """(number, value) of a protobuf message's fields; bytes or an integer."""
    def varint(at):
        value = shift = 0
        while True:
            value, shift, at = value | (data[at] & 127) << shift, shift + 7, at + 1
            if data[at - 1] < 128: return value, at

    at = 0
    while at < len(data):
        key, at = varint(at)
        size = {1: 8, 5: 4}.get(key & 7)
        if key & 7 == 0: value, at = varint(at)
        else:
            if size is None: size, at = varint(at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def pieces_of(path):
    """Bytes that each id stands for, from the tokenizer section (type 4)."""
    pieces = [next(v for n, v in fields(piece) if n == 1) for n, piece in fields(section(path, 4)) if n == 1]
    return [bytes([int(p[3:5], 16)]) if p[:3] == b"<0x" and len(p) == 6 else p.replace("\u2581".encode(), b" ") for p in pieces]


def pairs(a):
    ours = {x["id"]: x for x in lines(a.model)}
    for t in lines(a.files[0]):
        if t["id"] not in ours: raise ValueError("row %s is in one file only" % t["id"])
        yield t["id"], ours[t["id"]], t


def followed(text, pieces, ids):
    """Ids whose text the text begins with, and what comes behind it."""
    at = 0
    for k, i in enumerate(ids):
        if not text.startswith(pieces[i], at): return k, text[at:]
        at += len(pieces[i])
    return len(ids), text[at:]


def check_labels(a):
    inspected, pieces = {x["id"]: x for x in lines(a.files[1])}, pieces_of(a.files[2])
    n = same = 0
    for name, o, t in pairs(a):
        x = inspected[name]
        want = [i for i, l in zip(x["ids"], x["labels"]) if l]
        mine = next((k for k, (i, j) in enumerate(zip(o["token_ids"], want)) if i != j), min(len(want), len(o["token_ids"])))
        stopped = want[-1] in STOPS
        theirs, rest = followed(bare(t["text"]).encode(), pieces, want[:len(want) - stopped])
        if theirs == len(want) - stopped and not rest: theirs = len(want)
        k = min(mine, theirs)
        n, same = n + min(k + 1, len(want)), same + k
        if mine == theirs < min(len(want), len(o["token_ids"])):
            i = o["token_ids"][k]
            same += not rest if i in STOPS else rest.startswith(pieces[i])
    print("labels: %d of %d choices equal" % (same, n))
    return 0 if same >= a.agree * n else 1


def print_differing(a):
    inspected = {x["id"]: x for x in lines(a.files[1])}
    for name, o, t in pairs(a):
        if bare(o["text"]) == bare(t["text"]): continue
        x = inspected[name]
        prompt = x["ids"][:x["labels"].index(1)]
        print(json.dumps({"id": name, "ids": prompt + o["token_ids"], "labels": [0] * len(prompt) + [1] * len(o["token_ids"])}))
    return 0


def check_answers(a):
    pieces = pieces_of(a.files[1]) if len(a.files) > 2 else None
    forced = {x["id"]: x for x in lines(a.files[2])} if pieces else {}
    same = n = 0
    for name, o, t in pairs(a):
        n += 1
        mine, theirs = bare(o["text"]), bare(t["text"])
        if mine == theirs:
            same += 1
            continue
        note = "smallest margin %s" % o.get("margin_min", "unknown")
        if name in forced:
            grown, k = b"", 0
            while k + 1 < len(o["token_ids"]) and theirs.encode().startswith(grown + pieces[o["token_ids"][k]]):
                grown, k = grown + pieces[o["token_ids"][k]], k + 1
            if forced[name]["best"][k] != o["token_ids"][k]: raise ValueError("row %s: its margins are of other choices" % name)
            note = "margin %.4f at token %d" % (forced[name]["margins"][k], k)
        print("diff %s, %s: ours %r, runtime %r" % (name, note, mine, theirs))
    print("answers: %d of %d equal" % (same, n))
    return 0 if same >= a.agree * n else 1


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("check", choices=("text", "ids", "prompts", "calls", "answers", "differing", "labels", "forced", "constrained"))
    p.add_argument("model")
    p.add_argument("files", nargs="+")
    p.add_argument("--exact", action="store_true")
    p.add_argument("--agree", type=float, default=0.0)
    p.add_argument("--within", type=float, default=1.0)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=1e9)
    p.add_argument("--max-tokens", type=int, default=96)
    a = p.parse_args()
    if not os.path.isfile(a.model): raise ValueError("%s: no such file" % a.model)
    return {"text": check_text, "ids": check_ids, "prompts": check_prompts, "calls": check_calls,
            "answers": check_answers, "differing": print_differing, "labels": check_labels, "forced": check_forced, "constrained": check_constrained}[a.check](a)


if __name__ == "__main__":
    try: sys.exit(main())
    except ImportError as x: sys.exit(print("skipped: %s" % x) or 77)
    except (OSError, ValueError, KeyError, RuntimeError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
