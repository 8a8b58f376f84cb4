#!/usr/bin/env python3
"""From the command line to training's first optimiser step, the model in the page cache (C11).

    cold_start.py --hone BUILD/cli/hone --model MODEL [--tools TOOLS] [--data ROWS] [--batch 32] [--threads 2] [--runs 7]
                  [--whole]

"start": process start to the first step's beginning, which is when the run opens its event file (the time stands in it).
That is what a cold start costs over the step itself; the run is then killed, so that a figure takes a second. The
breakdown: the manifest is written (model open and converted, hash known), rows are encoded, the plan is shown.
--whole: two steps of the same rows are run to their ends, and "over" is when the first one's line appeared less what the
second one took: first touches of the step's memory are in it, and all noise of two long steps. Prints median, least and
most of the runs, processor seconds at the start of the step, load and processor.
"""
import argparse, glob, os, shutil, statistics, struct, subprocess, tempfile, time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SNIPS = os.path.join(ROOT, "examples", "snips")
HEAD, TAIL = 12, 4  # of a TFRecord: length and checksum, checksum


def wall_times(path):
    """Times of the records of an event file: field 1 of each event, a double."""
    with open(path, "rb") as f: data = f.read()
    at, times = 0, []
    while at + HEAD <= len(data):
        size = struct.unpack_from("<Q", data, at)[0]
        if at + HEAD + size + TAIL > len(data): break
        times.append(struct.unpack_from("<d", data, at + HEAD + 1)[0])
        at += HEAD + size + TAIL
    return times


def processor_seconds(pid):
    with open("/proc/%d/stat" % pid) as f: fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(o, rows, out):
    shutil.rmtree(out, ignore_errors=True)
    words = [o.hone, "train", "--model", o.model, "--tools", o.tools, "--data", rows, "--batch-size", str(o.batch),
             "--max-steps", "2", "--threads", str(o.threads), "-o", out]
    began, plan = time.time(), None
    p = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for line in p.stderr:
        if line.startswith(b"memory"):
            plan = time.time() - began
            break
    else: raise SystemExit("error: hone train ended with %d" % p.wait())
    while not any(wall_times(f) for f in glob.glob(out + "/runs/*/*")):
        if p.poll() is not None: raise SystemExit("error: hone train ended with %d" % p.returncode)
        time.sleep(0.005)
    times = wall_times(glob.glob(out + "/runs/*/*")[0])
    found = {"start": times[0] - began, "plan": plan, "processor": processor_seconds(p.pid)}
    for name, file in (("manifest", "hone_manifest.json"), ("rows", "rows.cache")):
        found[name] = os.stat(os.path.join(out, file)).st_mtime - began
    if o.whole:
        p.stderr.read()
        if p.wait(): raise SystemExit("error: hone train ended with %d" % p.returncode)
        logged = sorted(set(wall_times(glob.glob(out + "/runs/*/*")[0])[1:]))
        with open(os.path.join(out, "timing.jsonl")) as f: first, second = [float(l.split(":")[2].split(",")[0]) for l in f]
        found.update(over=logged[0] - began - second, first=first, second=second)
    else:
        p.kill()
        p.wait()
    return found


p = argparse.ArgumentParser()
p.add_argument("--hone", required=True)
p.add_argument("--model", required=True)
p.add_argument("--tools", default=os.path.join(SNIPS, "tools.json"))
p.add_argument("--data", help="the first rows of this file are those of a step; without it the seeds of examples/snips")
p.add_argument("--batch", type=int, default=32)
p.add_argument("--threads", type=int, default=2)
p.add_argument("--runs", type=int, default=7)
p.add_argument("--whole", action="store_true")
o = p.parse_args()
work = tempfile.mkdtemp(prefix="hone-cold-")
rows = os.path.join(work, "rows.jsonl")
with open(o.data or os.path.join(SNIPS, "seeds.jsonl"), encoding="utf-8") as f, open(rows, "w", encoding="utf-8") as out:
    for _, line in zip(range(o.batch), f): out.write(line)
with open(o.model, "rb") as f:  # into the page cache
    while f.read(1 << 24): pass
runs = [run(o, rows, os.path.join(work, "run")) for _ in range(o.runs)]
with open("/proc/cpuinfo") as f: processor = next(l.split(":")[1].strip() for l in f if l.startswith("model name"))
for name in runs[0]:
    values = [r[name] for r in runs]
    print("%-9s %.3f s (%.3f to %.3f)" % (name, statistics.median(values), min(values), max(values)))
print("%d runs, %d threads, load %.1f, %s, %d processors" % (o.runs, o.threads, os.getloadavg()[0], processor, os.cpu_count()))
shutil.rmtree(work)
