#!/usr/bin/env python3
"""Size against accuracy over several seeds and vocabularies, training against the stored weights included.

    size_accuracy.py --hone HONE --tools TOOLS --train ROWS [--train MORE] --data ROWS --work DIR
        --model full BASE RUN1 RUN2 RUN3 --model 32k SMALL RUN1 RUN2 RUN3
        [--schemes f32,q8,q4b32,q4b32/q4b32,q4b32+qat,q4b32/q4b32+qat] [--limit 1500] [--threads N]

A --model is a name, a model (file, or folder of `hone trim`) and its finished `hone train` runs, one a seed; all models
list the seeds in the same order and are trained alike. Every scheme is QUANT or QUANT/EMBEDDING as `hone export` names
them; +qat goes on from the run with `hone train --init-adapter RUN --qat QUANT` (one epoch of --train, half of the
first rate) and exports that; q4b32@MB is mixed precision for a file of at most so many megabytes, measured on the first
rows of --calibration, which nobody trained on. Every point is the score of the written .litertlm file on the first --limit rows of --data.

The table gives for each model and scheme the size, the mean over seeds, and the paired difference to the same seeds'
f32 file and to the first model's f32 file: per row the mean over seeds, a 95 % interval over rows (the seeds as they
are). The second table gives each seed with Newcombe's interval. DIR/table.md and DIR/points.json hold both.

Nothing that is in DIR is done again: ended by a signal or after --stop-after seconds (exit status 75), the same line
goes on. Exported files are removed once scored, unless --keep. --list prints the steps and does nothing.
"""
import argparse, json, math, os, platform, shlex, signal, subprocess, sys, time

Z = 1.959963984540054


class Stopped(Exception):
    pass


class Runner:
    """Runs `hone` with a log in the work folder; a signal to us, or the end of our time, stops it gently."""

    def __init__(self, a):
        self.a, self.child, self.asked = a, None, False
        self.end = time.monotonic() + a.stop_after if a.stop_after else math.inf
        for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(s) is not signal.SIG_IGN: signal.signal(s, self.stop)  # nohup stays in force

    def stop(self, *_):
        self.asked = True
        if self.child: self.child.send_signal(signal.SIGINT)

    def __call__(self, name, *words, fine=(0,)):
        """(processor seconds, wall seconds)"""
        if self.asked or time.monotonic() >= self.end: raise Stopped()
        before, start = os.times(), time.monotonic()
        log = os.path.join(self.a.work, name + ".log")
        command = [self.a.hone] + [str(w) for w in words] + ["--threads", str(self.a.threads)]
        with open(log, "ab") as f: self.child = subprocess.Popen(command, stdout=f, stderr=f, start_new_session=True)
        while self.child.poll() is None:
            try: self.child.wait(timeout=max(0.1, min(2.0, self.end - time.monotonic())))
            except subprocess.TimeoutExpired:
                if time.monotonic() >= self.end and not self.asked: self.stop()
        rc, self.child = self.child.returncode, None
        if rc not in fine:
            if self.asked: raise Stopped()
            raise OSError("%s\nended with %d; see %s" % (" ".join(map(shlex.quote, command)), rc, log))
        now = os.times()
        return now.children_user + now.children_system - before.children_user - before.children_system, time.monotonic() - start


class Scheme:
    """f32, q8, q4b32/q4b32, q4b32+qat, q4b32@200, ..."""

    def __init__(self, text):
        self.name = text
        text, _, megabytes = text.partition("@")
        text, self.qat = (text[:-4], True) if text.endswith("+qat") else (text, False)
        self.quant, _, self.embed = text.partition("/")
        self.megabytes = float(megabytes) if megabytes else 0
        if self.qat and (self.quant == "f32" or self.megabytes): raise ValueError("%s: +qat is for one integer format" % self.name)
        self.file = self.name.replace("/", "-").replace("+", "-").replace("@", "-at-")

    def export(self, rows):
        out = ["--quant", self.quant] + (["--embed", self.embed] if self.embed else [])
        return out + (["--target-size", self.megabytes, "--data", rows, "--score-rows", 0] if self.megabytes else [])

    def train(self):
        return ["--qat", self.quant] + (["--qat-embed", self.embed] if self.embed else [])


class Point:
    """One file of one seed: trained where the scheme asks for it, exported, scored."""

    def __init__(self, a, model, base, run, seed, scheme):
        self.a, self.model, self.base, self.run, self.seed, self.scheme = a, model, base, run, seed, scheme
        self.name = "%s-%s-%d" % (model, scheme.file, seed)
        self.folder = os.path.join(a.work, self.name)
        self.notes = os.path.join(a.work, self.name + ".cost.json")
        self.cost = json.load(open(self.notes)) if os.path.exists(self.notes) else {}

    def note(self, step, spent, **more):
        self.cost[step] = {"processor": round(spent[0], 1), "wall": round(spent[1], 1), **more}
        with open(self.notes, "w") as f: json.dump(self.cost, f)

    def say(self, what):
        print("%s %s: %s, load %.1f" % (time.strftime("%H:%M:%S"), self.name, what, os.getloadavg()[0]), file=sys.stderr, flush=True)

    def adapter(self, run):
        """The run to export: the given one, or the one that went on from it."""
        if not self.scheme.qat: return self.run
        out, a = self.folder + ".run", self.a
        if "qat" in self.cost: return out
        self.say("trains against the stored weights")
        data = [w for rows in a.train for w in ("--data", rows)]
        length = ["--max-steps", a.qat_steps] if a.qat_steps else ["--epochs", a.qat_epochs]
        spent = run(self.name, "train", "--model", self.base, "--init-adapter", self.run, *self.scheme.train(), "--tools", a.tools, *data, *length,
                    "--batch-size", a.batch_size, "--learning-rate", a.qat_rate, "--control-lr", a.qat_control_rate, "--warmup-steps", a.qat_warmup,
                    "--seed", self.seed, "--save-steps", 25, "--rows-cache", os.path.join(a.work, self.model + ".rows"), *shlex.split(a.qat_options), "-o", out)
        losses = [x["loss"] for x in map(json.loads, open(os.path.join(out, "metrics.jsonl"))) if "loss" in x]
        self.note("qat", spent, steps=len(losses), first_loss=losses[0], last_losses=losses[-8:])
        return out

    def do(self, run):
        file = self.folder + ".litertlm"
        report = os.path.join(self.folder, "report.json")
        if not os.path.exists(report):
            adapter = self.adapter(run)
            if not ("export" in self.cost and os.path.exists(file)):
                self.say("exports")
                spent = run(self.name, "export", "--model", self.base, "--adapter", adapter, "--tools", self.a.tools, "--verify-positions", 0,
                            *self.scheme.export(self.a.calibration), "-o", file)
                self.note("export", spent, bytes=os.path.getsize(file))
            self.say("answers the rows")
            spent = run(self.name, "eval", "--model", file, "--data", self.a.data, "--limit", self.a.limit, "--max-new-tokens", self.a.max_new_tokens,
                        "--out", self.folder)
            self.note("eval", spent)
            if not self.a.keep: os.remove(file)
        self.report = json.load(open(report))
        self.right = {row: bool(v[1]) for row, v in self.report["rows"].items()}
        h = self.report["headline"]
        if sum(self.right.values()) != h["k"] or len(self.right) != h["n"]: raise ValueError("%s: rows and headline disagree" % report)
        self.say("%d of %d right, %.1f MB" % (h["k"], h["n"], self.cost["export"]["bytes"] / 1e6))


def wilson(k, n):
    p, w = k / n, Z * Z / n
    mid, half = p + w / 2, Z * math.sqrt(p * (1 - p) / n + w / 4 / n)
    return (mid - half) / (1 + w), (mid + half) / (1 + w)


def newcombe(new, old):
    """Difference of two paired shares with Newcombe's interval (method 10), in points; broken and fixed rows."""
    n = len(old)
    a = sum(old[r] and new[r] for r in old); b = sum(old[r] and not new[r] for r in old)
    c = sum(new[r] and not old[r] for r in old); d = n - a - b - c
    p1, p2, cross = (a + c) / n, (a + b) / n, a * d - b * c
    (l1, u1), (l2, u2) = wilson(a + c, n), wilson(a + b, n)
    sides = (a + b) * (c + d) * (a + c) * (b + d)
    cross = cross - n / 2 if cross > n / 2 else 0 if cross >= 0 else cross
    phi = cross / math.sqrt(sides) if sides else 0
    low = math.sqrt(max(0, (p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2))
    high = math.sqrt(max(0, (u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2))
    return {"diff": 100 * (p1 - p2), "lo": 100 * (p1 - p2 - low), "hi": 100 * (p1 - p2 + high), "broken": b, "fixed": c}


def pooled(new, old):
    """The same over seeds: per row the mean of the differences; its spread over rows gives the interval."""
    if len(new) == 1: return newcombe(new[0], old[0])
    rows = list(old[0])
    d = [sum(x[r] - y[r] for x, y in zip(new, old)) / len(new) for r in rows]
    mean = sum(d) / len(d)
    se = math.sqrt(sum((x - mean) ** 2 for x in d) / (len(d) - 1) / len(d))
    each = [newcombe(x, y) for x, y in zip(new, old)]
    if not any(d): return dict(each[0], broken=sum(e["broken"] for e in each), fixed=sum(e["fixed"] for e in each))  # no spread to judge by
    return {"diff": 100 * mean, "lo": 100 * (mean - Z * se), "hi": 100 * (mean + Z * se),
            "broken": sum(e["broken"] for e in each), "fixed": sum(e["fixed"] for e in each)}


def difference(e):
    return "%+.1f | %+.1f to %+.1f" % (e["diff"], e["lo"], e["hi"]) if e else "|"


def compare(new, old):
    """All points of one (model, scheme) against those of another: pooled and seed by seed; None against itself."""
    if not old or new is old: return None, [None] * len(new)
    pairs = [(x, y) for x in new for y in old if x.seed == y.seed]
    if any(set(x.right) != set(y.right) for x, y in pairs): raise ValueError("%s and %s were scored on other rows: use a fresh folder" % (new[0].name, old[0].name))
    if not pairs: return None, [None] * len(new)
    by_seed = {x.seed: newcombe(x.right, y.right) for x, y in pairs}
    return pooled([x.right for x, _ in pairs], [y.right for _, y in pairs]), [by_seed.get(x.seed) for x in new]


def figures(points):
    """[{model, scheme, bytes, mean, own, first, seeds: [..]}] in the order of the points."""
    groups = {}
    for p in points: groups.setdefault((p.model, p.scheme.name), []).append(p)
    first = next((g for (_, s), g in groups.items() if s == "f32"), None)
    out = []
    for (model, scheme), g in groups.items():
        own, owns = compare(g, groups.get((model, "f32")))
        other, others = compare(g, first)
        n = len(g[0].right)
        seeds = [{"seed": p.seed, "right": p.report["headline"]["k"], "rows": n, "own": x, "first": y, "cost": p.cost} for p, x, y in zip(g, owns, others)]
        out.append({"model": model, "scheme": scheme, "bytes": g[0].cost["export"]["bytes"], "mean": sum(s["right"] for s in seeds) / len(seeds) / n,
                    "own": own, "first": other, "seeds": seeds})
    return out


def tables(found, first):
    lines = ["| model | scheme | file MB | whole call exact, mean of seeds | against its own f32, points | 95 %% | against f32 of %s, points | 95 %% |" % first,
             "|---|---|---|---|---|---|---|---|"]
    for f in found:
        lines.append("| %s | %s | %.1f | %.1f %% (%d) | %s | %s |" % (f["model"], f["scheme"], f["bytes"] / 1e6, 100 * f["mean"], len(f["seeds"]),
                                                                     difference(f["own"]), difference(f["first"])))
    lines += ["", "| model | scheme | seed | right | against its own f32, points | 95 % | broken, fixed |", "|---|---|---|---|---|---|---|"]
    for f in found:
        for s in f["seeds"]:
            o = s["own"]
            lines.append("| %s | %s | %d | %d of %d | %s | %s |" % (f["model"], f["scheme"], s["seed"], s["right"], s["rows"], difference(o),
                                                                   "%d, %d" % (o["broken"], o["fixed"]) if o else ""))
    return "\n".join(lines) + "\n"


def write(a, points):
    found = figures(points)
    text = tables(found, a.model[0][0])
    spent = sum(step["processor"] for f in found for s in f["seeds"] for step in s["cost"].values())
    text += "\n%d of %d points; %s, %d processors, %s, load %.1f; %.0f s of processor time\n" % (
        len(points), a.total, platform.machine(), os.cpu_count(), time.strftime("%Y-%m-%d"), os.getloadavg()[0], spent)
    for name, content in (("points.json", json.dumps(found, indent=1) + "\n"), ("table.md", text)):
        path = os.path.join(a.work, name)
        with open(path + ".part", "w") as f: f.write(content)
        os.replace(path + ".part", path)
    return text


def plan(a):
    """Seeds outermost, so that every seed completes the table."""
    schemes = [Scheme(s) for s in a.schemes.split(",")]
    most = max(len(m) - 2 for m in a.model)
    wanted = [int(s) for s in a.seeds.split(",")] if a.seeds else list(range(1, most + 1))
    if any(s.megabytes for s in schemes) and not a.calibration: raise ValueError("@MB needs --calibration")
    for m in a.model:
        if len(m) < 3: raise ValueError("--model takes a name, a model and at least one run")
    return [Point(a, m[0], m[1], m[2 + seed - 1], seed, s) for seed in wanted for m in a.model if seed <= len(m) - 2 for s in schemes]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("hone", "tools", "data", "work"): p.add_argument("--" + name, required=True)
    p.add_argument("--train", action="append", required=True, help="rows that the runs were trained on; may be repeated")
    p.add_argument("--calibration", help="unseen rows on which @MB measures layers")
    p.add_argument("--model", nargs="+", action="append", required=True, metavar="NAME MODEL RUN")
    p.add_argument("--schemes", default="f32,q8,q4b32,q4b32+qat")
    p.add_argument("--seeds", default="", help="of the runs, such as 1,3; default: all")
    p.add_argument("--limit", type=int, default=1500, help="rows, from the front; 0 = all")
    p.add_argument("--max-new-tokens", type=int, default=96)
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--batch-size", type=int, default=32)
    p.add_argument("--qat-epochs", type=float, default=1); p.add_argument("--qat-steps", type=int, default=0, help="instead of epochs; fewer than some hundred want --qat-rate 1e-4")
    p.add_argument("--qat-rate", type=float, default=5e-4); p.add_argument("--qat-control-rate", type=float, default=1e-4)
    p.add_argument("--qat-warmup", type=int, default=30)
    p.add_argument("--qat-options", default="", help="more options of hone train, in one string")
    p.add_argument("--stop-after", type=float, default=0, metavar="SECONDS")
    p.add_argument("--keep", action="store_true", help="keep the exported files"); p.add_argument("--list", action="store_true")
    a = p.parse_args()
    os.makedirs(a.work, exist_ok=True)
    todo, points = plan(a), []
    a.total = len(todo)
    if a.list:
        for t in todo: print(t.name, " ".join(t.cost) or "not begun")
        return 0
    run = Runner(a)
    try:
        for t in todo:
            t.do(run)
            points.append(t)
            write(a, points)
    except Stopped:
        if points: print(write(a, points), end="")
        print("stopped; the same line goes on", file=sys.stderr)
        return 75
    print(write(a, points), end="")
    return 0


if __name__ == "__main__":
    try: sys.exit(main())
    except (OSError, ValueError, KeyError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
