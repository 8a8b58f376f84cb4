#!/usr/bin/env python3
"""Damage planted in weights: is it found by the gate, with the right class, function and argument?

    planted_weights.py HONE MODEL RUN WORK [--only NAME,NAME] [--healthy 60] [--steps 12] [--rate 3e-4] [--threads 2]

RUN is the finished run folder of examples/phone/hone.yaml (RUN/train/adapter, RUN/data/rows.jsonl). Its adapter is
tuned on for --healthy steps of 12 of its own rows of three functions, with the declarations of these three: the healthy
model. It is scored on fresh rows of the offline generator, none of whose utterances was trained on, and its score
becomes the baseline. Then five adapters are damaged, each in one known way, and scored against it. Four are the
healthy one tuned on for --steps steps in the same way, but that half of their rows show one wrong behaviour:

  forgotten  e-mail requests are answered in plain words
  enum       `repeat` of set_alarm is written with a capital, which is none of the declared values
  swapped    hour and minute of set_alarm stand in each other's place
  left_out   the date of create_calendar_event is left out
  endless    no training: the embedding row of the stop token (id 50) has its sign turned, so it is hardly ever chosen
  rounded    `hone export --quant q4c`: all weights in 4 bits, one scale a row

The rate is low, and half of the rows are healthy (rows of the damaged function too, where the damage has no place), so
that only the planted behaviour changes. Every row of the table says what the gate said and which cluster of failures
grew most. WORK keeps rows, adapters and reports; what is there is not made again. Exit 1 if a damage is not found as
planted. About 20 minutes of processor.
"""
import argparse, array, json, os, random, shutil, struct, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
PHONE = os.path.join(HERE, "..", "..", "examples", "phone")
ROWS = 12  # of a training step
WANTED = {  # the cluster that must grow most: class, function, argument
    "forgotten": ("missed_call", "send_email", ""),
    "enum": ("enum", "set_alarm", "repeat"),
    "swapped": ("value:number", "set_alarm", "hour"),
    "left_out": ("missing_arg", "create_calendar_event", "date"),
    "endless": (("no_stop", "truncated"), None, ""),  # of every function; truncated: cut at 48 tokens within another call
    "rounded": (None, None, None),     # whatever breaks first
}
KEPT = dict(repeat=20, set_alarm=12, send_email=16, create_calendar_event=16, no_call=4)
BAD = 0.5  # share of damaged rows
FUNCTION = dict(forgotten="send_email", enum="set_alarm", swapped="set_alarm", left_out="create_calendar_event")


def rows_of(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def rows_write(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        for r in rows: f.write(json.dumps(r, ensure_ascii=False) + "\n")


def call_of(row):
    calls = row["messages"][-1].get("tool_calls") or []
    return calls[0]["function"] if len(calls) == 1 else None


def damage(row, how):
    """The row with the planted error, or None where the error has no place."""
    row = json.loads(json.dumps(row))
    c = call_of(row)
    if not c or c["name"] != FUNCTION.get(how): return None
    a = c["arguments"]
    if how == "forgotten": row["messages"][-1] = dict(role="assistant", content="I cannot send e-mails.")
    elif how == "enum":
        if "repeat" not in a: return None
        a["repeat"] = a["repeat"].capitalize()
    elif how == "swapped":
        if a["hour"] == a["minute"]: return None
        a["hour"], a["minute"] = a["minute"], a["hour"]
    else: del a["date"]
    return row


def spread(rows, n, r):
    """n of the rows, as many with each set of arguments as can be: what is rare (`repeat`) is not unlearned."""
    kinds = {}
    for x in rows:
        c = call_of(x)
        kinds.setdefault((c["name"], *sorted(c["arguments"])) if c else (), []).append(x)
    names = sorted(kinds)
    return [r.choice(kinds[names[i % len(names)]]) for i in range(n)]


class Bench:
    def __init__(self, a):
        self.a, self.run = a, os.path.join(a.run, "train")
        os.makedirs(a.work, exist_ok=True)
        self.tools = self.path("tools.json")
        self.rows = self.path("rows.jsonl")
        if not os.path.exists(self.rows): self.make_rows()

    def path(self, *names): return os.path.join(self.a.work, *names)

    def hone(self, *words, ok=(0,)):
        done = subprocess.run([self.a.hone, *words], stdout=subprocess.PIPE, text=True)
        if done.returncode not in ok: sys.exit("%s: exit status %d" % (" ".join(words), done.returncode))
        return done

    def make_rows(self):
        """Rows of the three functions that are damaged, and the declarations of these alone: short prompts."""
        with open(os.path.join(PHONE, "tools.json"), encoding="utf-8") as f: tools = json.load(f)
        with open(self.tools, "w", encoding="utf-8") as f:
            json.dump([t for t in tools if t["function"]["name"] in FUNCTION.values()], f)
        self.hone("datagen", "--tools", os.path.join(PHONE, "tools.json"), "--seeds", os.path.join(PHONE, "seeds.jsonl"), "--provider", "offline",
                  "--num-rows", "1500", "--seed", "11", "--exclude", os.path.join(self.a.run, "data", "rows.jsonl"),
                  "--exclude", os.path.join(PHONE, "test.jsonl"), "-o", self.path("fresh.jsonl"), "--quiet")
        taken, kept = {}, []
        for r in rows_of(self.path("fresh.jsonl")):
            c = call_of(r)
            kind = "repeat" if c and "repeat" in c["arguments"] else r["category"]
            taken[kind] = taken.get(kind, 0) + 1
            if taken[kind] <= KEPT.get(kind, 0): kept.append({k: v for k, v in r.items() if k != "group"})
        rows_write(self.rows, kept)

    def train(self, how):
        out, r = self.path(how), random.Random(7)
        if os.path.exists(os.path.join(out, "adapter", "adapter_config.json")): return out
        rows = rows_of(os.path.join(self.a.run, "data", "rows.jsonl"))
        bad = [d for d in (damage(x, how) for x in rows) if d]
        mine = [x for x in rows if not call_of(x) or call_of(x)["name"] in FUNCTION.values()]
        good = [x for x in mine if not damage(x, how)]
        healthy = how == "healthy"
        n = (self.a.healthy if healthy else self.a.steps) * ROWS
        mixed = spread(bad, round(n * BAD), r) if bad else []
        mixed += spread(good, n - len(mixed), r)
        for i, x in enumerate(mixed): x = mixed[i] = dict(x, id="mixed-%04d" % i)
        r.shuffle(mixed)
        rows_write(self.path(how + ".jsonl"), mixed)
        self.hone("train", "--model", self.a.model, "--tools", self.tools, "--data", self.path(how + ".jsonl"), "-o", out,
                  "--init-adapter", self.run if healthy else self.train("healthy"), "--batch-size", str(ROWS), "--epochs", "1", "--learning-rate", self.a.rate,
                  "--control-lr", self.a.rate, "--lr-scheduler", "cosine", "--warmup-steps", "30", "--spike-factor", "0",
                  "--seed", "3", "--threads", self.a.threads, "--quiet")
        return out

    def endless(self):
        """A copy of the adapter without our own files, row 4 of the seven control rows (id 50) negated."""
        out = self.path("endless")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(os.path.join(self.train("healthy"), "adapter"), out)
        for own in ("hone_manifest.json", "hone_control_rows.safetensors"): os.remove(os.path.join(out, own))
        with open(os.path.join(out, "adapter_model.safetensors"), "r+b") as f:
            size, = struct.unpack("<Q", f.read(8))
            header = json.loads(f.read(size))
            t = next(v for k, v in header.items() if k.endswith("trainable_tokens_delta"))
            columns = t["shape"][1]
            at = 8 + size + t["data_offsets"][0] + 4 * 4 * columns
            f.seek(at)
            row = array.array("f", f.read(4 * columns))
            f.seek(at)
            f.write(array.array("f", [-x for x in row]).tobytes())
        return out

    def rounded(self):
        out = self.path("rounded.litertlm")
        if not os.path.exists(out):
            self.hone("export", "--model", self.a.model, "--adapter", self.train("healthy"), "--tools", self.tools, "--quant", "q4c",
                      "--allow-lossy", "-o", out, "--quiet")
        return out

    def score(self, name, model, adapter, *gate):
        """(exit status, report) of a model on the rows; a report that is there is taken."""
        out = self.path(name + ".report")
        words = ["eval", "--quiet", "--data", self.rows, "--tools", self.tools, "--max-new-tokens", "48", "--threads", self.a.threads, "--out", out]
        answers = os.path.join(out, "predictions.jsonl")
        if os.path.exists(answers): words += ["--from-predictions", answers]
        else: words += ["--model", model] + (["--adapter", adapter] if adapter else [])
        done = self.hone(*words, *gate, ok=(0, 1, 2))
        return done.returncode, json.load(open(os.path.join(out, "report.json")))


def clusters(report):
    return {(c["class"], c["function"], c["argument"]): c["n"] for c in report["clusters"]}


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for word in ("hone", "model", "run", "work"): p.add_argument(word)
    p.add_argument("--only", default=",".join(WANTED))
    p.add_argument("--healthy", type=int, default=60)
    p.add_argument("--steps", type=int, default=12)
    p.add_argument("--rate", default="3e-4")
    p.add_argument("--threads", default="2")
    a = p.parse_args()
    b, bad = Bench(a), 0
    _, healthy = b.score("healthy", a.model, b.train("healthy"), "--write-baseline", b.path("baseline.json"), "--force")
    h = healthy["headline"]
    print("%-10s %3d of %d right" % ("healthy", h["k"], h["n"]), flush=True)
    for how in a.only.split(","):
        model, adapter = a.model, None
        if how == "rounded": model = b.rounded()
        else: adapter = b.endless() if how == "endless" else b.train(how)
        status, r = b.score(how, model, adapter, "--baseline", b.path("baseline.json"), "--allow-cross")
        old, new, c = clusters(healthy), clusters(r), r["comparison"]
        grown = max(new, key=lambda k: new[k] - old.get(k, 0)) if new else ("", "", "")
        found = status == 1 and all(w in (None, g) or isinstance(w, tuple) and g in w for w, g in zip(WANTED[how], grown))
        bad += not found
        print("%-10s %3d of %d right, %d broken, %d fixed, p %.2g: %s, exit %d; most grown: %s, %d -> %d%s" %
              (how, r["headline"]["k"], r["headline"]["n"], c["b"], c["c"], c["p1"], r["gate"]["verdict"], status,
               " ".join(x for x in grown if x), old.get(grown, 0), new.get(grown, 0), "" if found else "  NOT FOUND"), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
