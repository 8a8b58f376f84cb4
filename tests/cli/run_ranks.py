#!/usr/bin/env python3
"""`hone train` as several processes under mpirun, on a random toy model.

    run_ranks.py HONE TINY_FOLDER SOURCE_DIR

Rows encoded and checked in parts as by one; equal bytes for 1, 2 and 4 processes with --deterministic; about equal gradients without; a run whose
process is killed, or that is stopped, goes on with another number of processes and ends with the bytes
of the undisturbed one; one process repeats what two did. Exit 77 without mpirun.
"""
import json, os, shutil, signal, subprocess, sys, tempfile, time

HONE, TINY, SOURCE = (os.path.abspath(p) for p in sys.argv[1:4])
PHONE = os.path.join(SOURCE, "examples/phone")
ENV = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", NO_COLOR="1",
           OMPI_MCA_mpi_yield_when_idle="1", OMPI_MCA_rmaps_base_oversubscribe="1",
           OMPI_MCA_btl="self,vader", OMPI_MCA_btl_vader_single_copy_mechanism="none",
           ASAN_OPTIONS="detect_leaks=0")  # the MPI library keeps memory until the end
failed = 0


def say(ok, what):
    global failed
    failed += not ok
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)


def words(ranks, out, *more):
    base = [HONE, "train", "--model", "m", "--tools", PHONE + "/tools.json", "--data", "rows.jsonl",
            "--batch-size", "6", "-t", "1", "--save-steps", "2", "--valid-file", "valid.jsonl",
            "--eval-steps", "3", "--eval-max-rows", "3", "--eval-max-new-tokens", "4", "-o", out, *more]
    return base if ranks == 0 else ["mpirun", "-n", str(ranks), *base]


def train(ranks, out, *more):
    p = subprocess.run(words(ranks, out, *more), env=ENV, capture_output=True, text=True, timeout=120)
    return p.returncode, p.stderr


def content(*names):
    return [open(os.path.join(*n.split("/")), "rb").read() for n in names]


def first_step(out):
    return json.loads(open(out + "/metrics.jsonl").readline())


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit(): continue
        try: fields = open("/proc/%s/stat" % name).read().rsplit(")", 1)[1].split()
        except OSError: continue
        if int(fields[1]) == pid: found.append(int(name))
    return sorted(found)


def disturbed(out, when, *more):
    """Two processes; once checkpoint-2 is there one process, or mpirun, gets a signal."""
    p = subprocess.Popen(words(2, out, *more), env=ENV, stderr=subprocess.PIPE, text=True)
    end = time.time() + 60
    while not os.path.isdir(out + "/checkpoint-2") and time.time() < end and p.poll() is None: time.sleep(0.02)
    ranks = children(p.pid)
    if p.poll() is None and len(ranks) == 2: when(p, ranks)
    _, err = p.communicate(timeout=60)
    return p.returncode, err


def score(ranks, out, *more):
    base = [HONE, "eval", "--model", "m", "--adapter", "whole", "--tools", PHONE + "/tools.json", "--data", "valid.jsonl",
            "--max-new-tokens", "5", "-t", "1", "-q", *more]
    if out: base += ["--out", out]
    p = subprocess.run(base if ranks == 1 else ["mpirun", "-n", str(ranks), *base], env=ENV, capture_output=True, text=True,
                       timeout=120)
    return p.returncode, p.stdout, p.stderr


def answers(out):
    """Without margins, whose last digits depend on the rows that are computed beside a row."""
    rows = [json.loads(line) for line in open(out + "/predictions.jsonl")]
    report = json.load(open(out + "/report.json"))
    return [(r["id"], r["token_ids"], r["stop"]) for r in rows], report["headline"], report["rows"]


def evaluate():
    """Rows shared out: answers and verdicts are those of one process; the gate's status is everybody's."""
    rc, alone, err = score(1, "e1")
    say(rc == 0, "one process scores: status %d %s" % (rc, err[-300:] if rc else ""))
    for n in (2, 3, 8):  # more than there are rows
        rc, out, err = score(n, "e%d" % n)
        same = answers("e1") == answers("e%d" % n)
        left = [f for f in os.listdir("e%d" % n) if ".part" in f]
        say(rc == 0 and same and out.splitlines()[:4] == alone.splitlines()[:4] and not left,
            "%d processes answer and score alike: status %d %s %s" % (n, rc, left, err[-300:] if rc else ""))
    rc, _, err = score(2, None, "--min-accuracy", "1")
    say(rc == 1 and "error:" not in err, "two processes fail a gate: status %d %s" % (rc, err[-200:]))
    rc, _, err = score(2, None, "--constrained")
    say(rc == 64 and err.count("error:") == 1, "what is for one process is refused: status %d" % rc)
    open("e2/predictions.part.1", "w").write("torn")
    rc, _, err = score(2, "e2")
    say(rc == 0 and not os.path.exists("e2/predictions.part.1"), "a foreign journal is written anew: status %d" % rc)


def many_rows(copies):
    """The seeds again and again, each time with other texts."""
    rows = [json.loads(line) for line in open(PHONE + "/seeds.jsonl")]
    for i in range(copies):
        for r in rows:
            r = json.loads(json.dumps(r))
            user = [m for m in r["messages"] if m["role"] == "user"][0]
            user["content"] += " please" * (i % 7) + " %d" % i
            yield json.dumps(r) + "\n"


def error_of(err):
    return [line for line in err.splitlines() if line.startswith("error:")]


def checked(ranks, *more):
    base = [HONE, "data", "check", "many.jsonl", "--tools", PHONE + "/tools.json", "--model", "m", *more]
    p = subprocess.run(base if ranks == 1 else ["mpirun", "-n", str(ranks), *base], env=ENV, capture_output=True,
                       text=True, timeout=120)
    return p.returncode, p.stdout, error_of(p.stderr)


def encoding():
    """Rows encoded and checked in parts: the bytes, findings and failures of one process."""
    rows = list(many_rows(6))
    def use(lines):
        open("many.jsonl", "w").writelines(lines)
    def encoded(ranks, out, *more):
        base = [HONE, "train", "--model", "m", "--tools", PHONE + "/tools.json", "--data", "rows.jsonl", "--data", "many.jsonl",
                "--max-rows", "580", "--valid-share", "0.1", "--mask-names", "0.1", "--max-steps", "1", "--batch-size", "4",
                "--no-eval-calls", "--report-to", "none", "-t", "1", "-o", out, *more]
        p = subprocess.run(base if ranks == 1 else ["mpirun", "-n", str(ranks), *base], env=ENV, capture_output=True,
                           text=True, timeout=120)
        plan = [line for line in p.stderr.splitlines() if line.startswith(("rows ", "   ", "tokens ", "many.jsonl: "))]
        return p.returncode, plan, error_of(p.stderr)
    rows[100] = rows[100].replace('"user"', '"user", "name": null', 1)
    use(rows)
    one = encoded(1, "c1")
    for n in (2, 3, 4):
        got = encoded(n, "c%d" % n)
        same = content("c1/rows.cache", "c1/valid.jsonl") == content("c%d/rows.cache" % n, "c%d/valid.jsonl" % n)
        say(got[0] == 0 and same, "%d processes encode to the bytes of one: status %d %s" % (n, got[0], got[2]))
        say([p for p in got[1] if p[:4] in ("rows", "many")] == [p for p in one[1] if p[:4] in ("rows", "many")],
            "%d processes say the plan's rows and what was dropped alike" % n)
    plan = [encoded(n, "never", "--dry-run")[1] for n in (1, 2)]
    say(plan[0][0] == plan[1][0] and not os.path.exists("never"), "a plan alone of two processes leaves nothing behind")
    checks = [checked(n, "--max-seq-length", "800") for n in (1, 2, 3, 4)]
    say(all(c == checks[0] for c in checks), "1 to 4 processes check alike: status %d" % checks[0][0])

    rows[431], rows[290] = rows[431][:40] + "\n", rows[290].replace('"messages"', '"massages"')
    use(rows)
    one = encoded(1, "x1")
    for n in (2, 3, 4):
        got = encoded(n, "x%d" % n)
        say(one[0] == got[0] == 65 and one[2] == got[2] and "many.jsonl:291" in got[2][0],
            "%d processes name the first bad row alike: status %d %s" % (n, got[0], got[2]))
        say(not os.path.exists("x%d/rows.cache" % n), "and leave no rows")
    checks = [checked(n, "--json") for n in (1, 2, 3, 4)]
    say(all(c == checks[0] for c in checks) and checks[0][0] == 65 and len(checks[0][2]) == 1,
        "1 to 4 processes find the same errors: status %d" % checks[0][0])

    use(many_rows(200))
    base = [HONE, "train", "--model", "m", "--tools", PHONE + "/tools.json", "--data", "many.jsonl", "--max-steps", "1", "-o",
            "dead"]
    for name, sent in (("killed", signal.SIGKILL), ("stopped", signal.SIGTERM)):
        p = subprocess.Popen(["mpirun", "-n", "2", *base, "--overwrite"], env=ENV, stderr=subprocess.PIPE, text=True)
        end = time.time() + 60
        while not os.path.isdir("dead") and time.time() < end and p.poll() is None: time.sleep(0.02)
        for rank in children(p.pid)[1:]: os.kill(rank, sent)
        _, err = p.communicate(timeout=60)
        say(p.returncode not in (0, 65) and (sent == signal.SIGKILL or p.returncode == 75) and
            not os.path.exists("dead/rows.cache"), "%s while rows are encoded: status %d" % (name, p.returncode))
        shutil.rmtree("dead", ignore_errors=True)


def stopped_scoring():
    """A stop request of any rank stops all of them between two tokens; the same line goes on."""
    open("many.jsonl", "w").writelines(list(many_rows(6))[:500])
    base = ["mpirun", "-n", "2", HONE, "eval", "--model", "m", "--tools", PHONE + "/tools.json", "--data", "many.jsonl",
            "--max-new-tokens", "100", "--batch-size", "8", "--no-drafts", "-t", "1", "-q"]
    for which in (0, 1):
        out = "s%d" % which
        part = [out + "/predictions.part", out + "/predictions.part.1"]
        p = subprocess.Popen([*base, "--out", out], env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        end = time.time() + 60
        while not all(map(os.path.exists, part)) and time.time() < end and p.poll() is None: time.sleep(0.02)
        ranks = children(p.pid)
        if len(ranks) == 2: os.kill(ranks[which], signal.SIGTERM)
        _, err = p.communicate(timeout=60)
        lines = [open(f).read().count("\n") - 1 for f in part if os.path.exists(f)]
        say(p.returncode == 75 and len(error_of(err)) == 1 and len(lines) == 2 and all(n < 250 for n in lines),
            "process %d of an evaluation is stopped, both stop: status %d, answers %s" % (which, p.returncode, lines))
    p = subprocess.run([*base, "--out", out], env=ENV, capture_output=True, text=True, timeout=120)
    say(p.returncode == 0 and len(answers(out)[0]) == 500, "the stopped evaluation goes on: status %d" % p.returncode)


def main():
    shutil.copy(PHONE + "/seeds.jsonl", "rows.jsonl")
    lines = open("rows.jsonl").read().splitlines(True)
    open("rows.jsonl", "w").writelines(lines[:30])
    open("valid.jsonl", "w").writelines(lines[30:37])
    subprocess.run([TINY, "m"], check=True)

    steps = ("--max-steps", "4")
    for n in (1, 2, 4):
        rc, err = train(n, "d%d" % n, "--deterministic", "--ema", "0.5", *steps)
        say(rc == 0, "%d processes, deterministic: status %d %s" % (n, rc, err[-300:] if rc else ""))
    files = ("adapter/adapter_model.safetensors", "metrics.jsonl", "checkpoint-4/state.bin")
    for n in (2, 4):
        same = content(*["d1/" + f for f in files]) == content(*["d%d/%s" % (n, f) for f in files])
        say(same, "equal bytes from 1 and %d processes" % n)

    for n in (0, 2, 4):
        rc, err = train(n, "p%d" % n, *steps)
        say(rc == 0, "%d processes: status %d %s" % (n, rc, err[-300:] if rc else ""))
    for n in (2, 4):
        a, b = first_step("p0"), first_step("p%d" % n)
        close = all(abs(a[k] - b[k]) <= 1e-5 * abs(a[k]) for k in ("loss", "grad_norm"))
        say(close and a["num_tokens"] == b["num_tokens"], "first step of 1 and %d processes agrees" % n)
    a, b = (open(p + "/metrics.jsonl").read() for p in ("p0", "p2"))
    say('"eval_rows":3' in a and '"eval_rows":3' in b, "validation rows are shared out")

    long = ("--max-steps", "8")
    rc, _ = train(2, "whole", *long)
    say(rc == 0, "undisturbed run of two processes")
    rc, err = disturbed("killed", lambda p, r: os.kill(r[1], signal.SIGKILL), *long)
    say(rc != 0 and not os.path.exists("killed/adapter"), "a killed process ends the job: status %d" % rc)
    rc, err = train(0, "killed", *long)
    say(rc == 0, "one process goes on: status %d %s" % (rc, err[-300:] if rc else ""))
    rc, err = disturbed("stopped", lambda p, r: os.kill(r[1], signal.SIGTERM), *long)
    say(rc == 75 and "is saved" in err, "a stop request of one process stops all: status %d" % rc)
    rc, err = train(2, "stopped", *long)
    say(rc == 0, "two processes go on: status %d %s" % (rc, err[-300:] if rc else ""))
    for out in ("killed", "stopped"):
        same = content(*["whole/" + f for f in files[:2]]) == content(*["%s/%s" % (out, f) for f in files[:2]])
        say(same, "%s and resumed: the bytes of the undisturbed run" % out)
    p = subprocess.run([HONE, "verify-run", "whole"], capture_output=True, text=True)
    say(p.returncode == 0, "one process repeats what two did: %s" % (p.stdout + p.stderr).strip())
    rc, err = train(4, "stopped", "--max-steps", "8")
    say(rc == 77 and "begun in 2 shards" in err, "more processes than shards are refused: status %d" % rc)
    rc, err = train(2, "x", "--max-steps", "8", "--max-seq-length", "20")
    say(rc == 65 and err.count("error:") == 1 and "limit of 20" in err, "one message for a failure: status %d" % rc)
    encoding()
    evaluate()
    stopped_scoring()
    p = subprocess.run(["mpirun", "-n", "2", HONE, "doctor"], env=ENV, capture_output=True, text=True)
    say(p.returncode == 64 and "it runs in one" in p.stderr, "other commands refuse to be many")


if shutil.which("mpirun") is None or b"libmpi" not in open(HONE, "rb").read():
    print("SKIP ranks: no mpirun, or hone was built without MPI")
    sys.exit(77)
with tempfile.TemporaryDirectory() as d:
    os.chdir(d)
    main()
    os.chdir("/")
sys.exit(1 if failed else 0)
