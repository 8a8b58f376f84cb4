#!/usr/bin/env python3
"""Peak memory of `hone train` on row files of two sizes: streaming must not depend on what a file holds.

    train_memory.py --hone BUILD/cli/hone --tiny BUILD/tests/tiny_folder [--model MODEL] [--work DIR]
                    [--small 10e6] [--large 10e9] [--steps 3]

Rows carry their own tools, as other programs write them: some 8 KB each. Both files are made here and removed.
Prints rows, size of the encoded file, seconds to encode, and peak memory; exit 1 when it grew by more than 10 %.
"""
import argparse, json, os, random, shutil, subprocess, sys, tempfile, time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PHONE = os.path.join(ROOT, "examples", "phone")
WORDS = "wake me at seven please set the alarm for my run call mum dim light tomorrow and then quickly".split()


def write_rows(path, size):
    with open(os.path.join(PHONE, "tools.json")) as f: tools = json.dumps(json.load(f))
    r, done, n = random.Random(1), 0, 0
    with open(path, "w", buffering=1 << 20) as f:
        while done < size:
            text, hour = " ".join(r.choices(WORDS, k=8)), r.randrange(24)
            line = ('{"id":"r%d","messages":[{"role":"user","content":"%s"},{"role":"assistant","tool_calls":[{"type":"function",'
                    '"function":{"name":"set_alarm","arguments":{"hour":%d,"minute":0}}}]}],"tools":%s}\n' % (n, text, hour, tools))
            f.write(line)
            done += len(line)
            n += 1
    return n


def measure(o, name, size):
    rows, run = os.path.join(o.work, name + ".jsonl"), os.path.join(o.work, name)
    shutil.rmtree(run, ignore_errors=True)
    n, start = write_rows(rows, size), time.time()
    p = subprocess.run([o.hone, "train", "--model", o.model, "--data", rows, "--max-steps", str(o.steps), "--batch-size", "8",
                        "-t", "1", "-q", "--report-to", "none", "-o", run])
    if p.returncode: sys.exit("error: hone train ended with %d" % p.returncode)
    seconds = time.time() - start
    last = json.loads(open(os.path.join(run, "timing.jsonl")).read().splitlines()[-1])
    cache = os.path.getsize(os.path.join(run, "rows.cache"))
    print("%-6s %7.0f MB, %8d rows, encoded %6.1f MB, %5.0f s in all, peak memory %.1f MB"
          % (name, os.path.getsize(rows) / 1e6, n, cache / 1e6, seconds, last["peak_rss"] / 1e6), flush=True)
    os.remove(rows)
    shutil.rmtree(run)
    return last["peak_rss"]


p = argparse.ArgumentParser()
p.add_argument("--hone", required=True)
p.add_argument("--tiny")
p.add_argument("--model")
p.add_argument("--work")
p.add_argument("--small", type=float, default=10e6)
p.add_argument("--large", type=float, default=10e9)
p.add_argument("--steps", type=int, default=3)
o = p.parse_args()
o.work = o.work or tempfile.mkdtemp(prefix="hone-memory-")
if not o.model:
    o.model = os.path.join(o.work, "m")
    subprocess.run([o.tiny, o.model], check=True)
a, b = measure(o, "small", o.small), measure(o, "large", o.large)
print("grew by %.1f MB, %.1f %%" % ((b - a) / 1e6, 100 * (b - a) / a))
sys.exit(0 if b <= 1.1 * a else 1)
