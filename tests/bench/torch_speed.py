#!/usr/bin/env python3
"""Training steps of the program and of PyTorch + PEFT in one interleaved run, as a Markdown table.
Started by train_speed.sh; needs nothing but Python itself. --help lists the options.

The rival (torch_train.py) stays in memory and waits. Each of its variants does two steps to warm
up; the fastest uncompiled one is the pinned rival, torch.compile stands beside it where it
compiles. Then, round by round, the program runs once and each of those two does a step of --batch
rows. Both sides get the same processors.

Program: `hone bench train --json`, whose rows_per_second and step_seconds count. --source train
uses `hone train` instead, on rows written here (C1, C2) or of examples/snips (C1s): the rival then
gets the very same ids, and the program's figure is the median step behind the first of a run.
C4 is the difference of two `hone bench train` with equal tokens, 40 labels a row and one.
"""
import argparse, json, os, random, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
SNIPS = os.path.join(ROOT, "examples", "snips")
WORDS = ("red blue green white black small large round flat open first last north south east west "
         "river stone paper glass metal table chair house garden window street market music "
         "summer winter morning evening water fire wind light dark early late fast slow").split()
WORKLOADS = {  # title; prefix, utterance, answer; rows of a step of the program
    "c1": ("C1: rows of 800 + 15 + 40 tokens, the 800 shared", (800, 15, 40), 32),
    "c1s": ("C1s: rows of examples/snips, its seven tools shared", None, 32),
    "c2": ("C2: rows of 855 tokens that share nothing", (800, 15, 40), 4),
    "c4": ("C4: loss and its gradient over 262,144, 40 labels a row", None, 32),
}


def fail(text):
    sys.exit("error: " + text)


class Program:
    """The program under test; every call is its own process on the chosen processors."""

    def __init__(self, o, work):
        self.o, self.work, self.runs = o, work, 0

    def call(self, *args, check=True):
        command = pinned(self.o) + [self.o.hone, *map(str, args)]
        p = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        out = p.stdout.read()
        _, status, usage = os.wait4(p.pid, 0)
        self.status, self.rss = os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024
        if check and self.status: fail(f"{' '.join(command)} ended with {self.status}")
        return out

    def bench(self, name, lengths, *more):
        """The object that `hone bench train --json` prints."""
        names = ("--prefix", "--utterance", "--answer")
        shape = [x for pair in zip(names, lengths) for x in pair]
        if name == "c2": shape.append("--no-shared")
        out = self.call("bench", "train", "--json", "--steps", self.o.steps, "--threads",
                        self.o.threads, "--rows", self.o.rows_per_step, *shape, *more,
                        *self.o.bench_args.split(), check=False)
        if self.status == 64: fail("this hone has no `bench train`; use --source train")
        if self.status: fail(f"hone bench train ended with {self.status}")
        return json.loads(out)

    def loss(self):
        """Time of loss and gradient of all but one label a row, exact, for as many as asked."""
        rows, exact = self.o.rows_per_step, ("--loss-skip-mass", 0)
        all_labels = self.bench("c4", (800, 15, 40), *exact)
        one_label = self.bench("c4", (800, 54, 1), *exact)
        seconds = (all_labels["step_seconds"] - one_label["step_seconds"]) * 40 / 39
        return {"rows_per_second": 40 * rows / seconds, "step_seconds": seconds}

    def train(self, rows, tools):
        """Median step of one short `hone train`, the first step left out."""
        self.runs += 1
        run = os.path.join(self.work, f"run{self.runs}")
        self.call("train", "--model", self.o.model, "--tools", tools, "--data", rows, "--seed", 1,
                  "--max-steps", self.o.steps, "--batch-size", self.o.rows_per_step,
                  "--lora-r", 16, "--memory-limit", self.o.memory, "--threads",
                  self.o.threads, "-q", "-o", run)
        with open(os.path.join(run, "timing.jsonl")) as f: steps = [json.loads(x) for x in f]
        with open(os.path.join(run, "metrics.jsonl")) as f: ratio = json.loads(f.readline())
        seconds = statistics.median([s["seconds"] for s in steps][1 if len(steps) > 1 else 0:])
        return {"rows_per_second": self.o.rows_per_step / seconds, "step_seconds": seconds,
                "token_ratio": ratio["token_ratio"], "peak_rss": self.rss}

    def inspect(self, rows, tools, n=0):
        out = self.call("data", "inspect", rows, "--model", self.o.model, "--tools", tools,
                        "--json", "--num", n)
        return [json.loads(x) for x in out.splitlines()]


class Rival:
    """torch_train.py as a process that does a step when it is told to."""

    def __init__(self, o, args):
        env = dict(os.environ, OMP_NUM_THREADS=str(o.threads))
        command = pinned(o) + [o.python, os.path.join(HERE, "torch_train.py"), "--threads",
                               str(o.threads), "--batch", str(o.batch), "--model", o.model, *args]
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True, env=env)
        self.ready = self.read()

    def read(self):
        line = self.p.stdout.readline()
        if not line: fail("the rival ended; its message stands above")
        return json.loads(line)

    def step(self, variant):
        self.p.stdin.write(variant + "\n")
        self.p.stdin.flush()
        return self.read()

    def drop(self, variant):
        self.p.stdin.write(f"drop {variant}\n")

    def close(self):
        self.p.stdin.close()
        self.p.wait()


def pinned(o):
    return ["taskset", "-c", o.cpus] if o.cpus else []


def tool(name, words):
    return {"type": "function", "function": {
        "name": name, "description": " ".join(words), "parameters": {
            "type": "object", "required": ["text"],
            "properties": {"text": {"type": "string", "description": "What to write."}}}}}


def words_of(rng, n):
    return [rng.choice(WORDS) for _ in range(max(n, 1))]


def make_rows(program, name, lengths, count):
    """Row and tools files whose rows have the asked numbers of tokens, as the tokenizer counts."""
    rng = random.Random(1)
    rows, tools = (os.path.join(program.work, f"{name}.{x}") for x in ("jsonl", "tools.json"))
    sizes = list(lengths)

    def write(n):
        text = [tool("write_note", words_of(rng, sizes[0]))]
        with open(tools, "w") as f: json.dump(text, f)
        with open(rows, "w") as f:
            for i in range(n):
                said, text = (" ".join(words_of(rng, n)) for n in sizes[1:])
                call = {"name": "write_note", "arguments": {"text": text}}
                row = {"id": f"r{i}", "messages": [
                    {"role": "user", "content": said},
                    {"role": "assistant", "tool_calls": [{"type": "function", "function": call}]}]}
                if name == "c2": row["tools"] = [tool("write_note", words_of(rng, sizes[0]))]
                f.write(json.dumps(row) + "\n")

    for _ in range(4):  # a word is a token, but for what the template puts around it
        write(2)
        have = measure(program.inspect(rows, tools, 2), lengths[1])
        sizes = [s + w - h for s, w, h in zip(sizes, lengths, have)]
    write(count)
    return rows, tools


def measure(rows, utterance):
    """Tokens before the last `utterance` of the prompt, of the utterance, of the answer."""
    n = rows[0]["labels"].index(1)
    return n - utterance, utterance, sum(rows[0]["labels"])


def cpu_model():
    with open("/proc/cpuinfo") as f: text = f.read()
    flags = text.split("flags", 1)[-1].split("\n", 1)[0]
    name = text.split("model name", 1)[-1].split(":", 1)[1].split("\n", 1)[0].strip()
    classes = [c for c in ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx2") if c in flags.split()]
    return f"{name} ({', '.join(classes) or 'none of the classes'})"


def spread(values):
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def masks():
    """Settings that hide features of the processor from either side."""
    names = ("HONE_CPU_MASK", "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "OPENBLAS_CORETYPE")
    return "".join(f", {n}={os.environ[n]}" for n in names if n in os.environ)


class Table:
    def __init__(self):
        self.lines = []

    def row(self, workload, who, rates, seconds, ratio, memory):
        gib = f"{memory / 2**30:.1f} GiB" if memory else ""
        cells = [workload, who, spread(rates), spread(seconds), ratio, gib]
        self.lines.append("| " + " | ".join(cells) + " |")

    def text(self, facts):
        head = ["| workload | what | rows/s: median (range) | seconds a step | ratio | memory |",
                "|---|---|---|---|---|---|"]
        return "\n".join(facts + [""] + head + self.lines) + "\n"


def rival_args(o, program, name, facts):
    """What the rival computes, and what the program runs in each round."""
    _, lengths, rows = WORKLOADS[name]
    o.rows_per_step = o.rows or rows
    if lengths and o.lengths:
        lengths = tuple(map(int, o.lengths.split(",")))
        facts.append(f"- {name} here with rows of {o.lengths} tokens instead")
    if name == "c4": return ["--loss-rows", str(40 * o.rows_per_step)], program.loss
    if o.source == "bench" and lengths:
        shape = zip(("--prefix", "--utterance", "--answer"), map(str, lengths))
        return [x for p in shape for x in p], lambda: program.bench(name, lengths)
    if not o.model: fail(f"{name} with `hone train` needs the base model")
    if lengths: files = make_rows(program, name, lengths, o.steps * o.rows_per_step)
    else: files = (os.path.join(SNIPS, "train.jsonl.zst"), os.path.join(SNIPS, "tools.json"))
    ids = os.path.join(program.work, name + ".ids.jsonl")
    with open(ids, "w") as f:
        for r in program.inspect(*files, n=4 * o.rows_per_step):
            f.write(json.dumps({"ids": r["ids"], "labels": r["labels"]}) + "\n")
    return ["--ids", ids], lambda: program.train(*files)


def warm_up(o, rival, name, facts):
    """The variants that are measured: the fastest uncompiled one and the compiled one."""
    wanted = [v for v in o.variants.split(",") if v.startswith("loss") == (name == "c4")]
    seconds = {}
    for v in wanted:
        for _ in range(2):
            step = rival.step(v)
            print(f"{name}, warming up {v}: {step}", file=sys.stderr)
            if "error" in step: break
        if "error" in step: facts.append(f"- {name}, {v}: not measured, {step['error']}")
        else: seconds[v] = step["seconds"]
    plain = [v for v in seconds if v != "compiled"]
    if name == "c4": return list(seconds)
    if not plain: fail("no variant of the rival ran")
    best = min(plain, key=seconds.get)
    slower = [v for v in plain if v != best]
    for v in slower: rival.drop(v)
    tried = ", ".join(f"{v} {seconds[v]:.2f} s" for v in plain)
    facts.append(f"- {name}, a step of {o.batch} rows while warming up: {tried}")
    return [best] + ["compiled"] * ("compiled" in seconds)


def compare(o, program, name, table, facts):
    args, run = rival_args(o, program, name, facts)
    rival = Rival(o, args)
    if not table.lines: facts.append(facts_of_rival(rival.ready))
    variants = warm_up(o, rival, name, facts)
    ours, theirs = [], {v: [] for v in variants}
    for i in range(o.rounds):
        ours.append(run())
        print(f"{name}, round {i}: hone {ours[-1]}", file=sys.stderr)
        for v in variants:
            step = rival.step(v)
            print(f"{name}, round {i}: {step}", file=sys.stderr)
            if "error" in step: fail(f"{v} ran while warming up and no more: {step['error']}")
            theirs[v].append(step)
    rival.close()
    if "arithmetic" in ours[0]: facts.append(facts_of_program(name, ours))
    write_rows(table, name, o, ours, theirs)


def write_rows(table, name, o, ours, theirs):
    title, rates = WORKLOADS[name][0], [x["rows_per_second"] for x in ours]
    table.row(title, "hone", rates, [x["step_seconds"] for x in ours], "",
              max(x.get("peak_rss", 0) for x in ours))
    for v, steps in theirs.items():
        count = 40 * o.rows_per_step if name == "c4" else o.batch
        speeds = [count / s["seconds"] for s in steps]
        ratio = statistics.median(rates) / statistics.median(speeds)
        table.row(title, f"PyTorch {v}" if name == "c4" else f"PyTorch + PEFT, {v}", speeds,
                  [s["seconds"] for s in steps], f"**{ratio:.1f}x**",
                  0 if name == "c4" else max(s["peak_rss"] for s in steps))


def facts_of_program(name, ours):
    def median(key): return statistics.median(x[key] for x in ours)
    rate, product = median("operations_per_second"), median("product_per_second")
    return (f"- {name}, hone: {ours[0]['arithmetic']}, token ratio {ours[0]['token_ratio']:.1f}, "
            f"{rate / 1e9:.0f} GFLOP/s; its best product in the same process "
            f"{product / 1e9:.0f} GFLOP/s")


def facts_of_rival(r):
    return (f"- rival: torch {r['torch']}, transformers {r['transformers']}, PEFT {r['peft']}, "
            f"{r['threads']} threads, CPU capability {r['cpu_capability']}, batch {r['batch']}, "
            f"weights: {r['weights']}; its imports took {r['import_seconds']:.1f} s")


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--hone", required=True)
    p.add_argument("--python", required=True, help="the rival's")
    p.add_argument("--model", default="", help="GGUF file; '' for random weights")
    p.add_argument("--workloads", default="c1,c2")
    p.add_argument("--source", choices=["bench", "train"], default="bench")
    p.add_argument("--bench-args", default="", help="more options of `hone bench train`")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--steps", type=int, default=3, help="steps of the program a round")
    p.add_argument("--lengths", help="P,U,A instead of the workload's 800,15,40")
    p.add_argument("--step-rows", dest="rows", type=int, default=0, help="default: the workload's")
    p.add_argument("--memory", default="4", help="--memory-limit of `hone train`")
    p.add_argument("--batch", type=int, default=4, help="rows of a step of the rival")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--cpus", default="", help="processors of both sides, as taskset takes them")
    p.add_argument("--variants", default="bf16,bf16/f32,f32,compiled,loss-f32,loss-bf16",
                   help="of the rival")
    p.add_argument("--out", help="Markdown file; default: standard output")
    o = p.parse_args()
    table, load = Table(), os.getloadavg()[0]
    facts = [f"- {time.strftime('%Y-%m-%d')}, {cpu_model()}, {o.threads} threads{masks()}"
             + (f" on processors {o.cpus}" if o.cpus else ""), ""]
    with tempfile.TemporaryDirectory() as work:
        program = Program(o, work)
        facts[1] = f"- {program.call('--version').strip()}; medians of {o.rounds} rounds"
        for name in o.workloads.split(","): compare(o, program, name, table, facts)
    facts[0] += f", load {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    text = table.text(facts)
    if not o.out: print(text, end="")
    else:
        with open(o.out, "w") as f: f.write(text)


if __name__ == "__main__":
    main()
