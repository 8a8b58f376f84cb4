#!/usr/bin/env python3
"""Quality of the offline teacher on real speech: examples/snips, trained on generated rows only.

usage: quality_snips.py HONE MODEL FOLDER [--arms seeds,500,2000,8000] [--rows 500] [options]
  quality_snips.py b/cli/hone gemma3-270m-q4_k_m.gguf /tmp/snips-quality --threads 16

seeds.jsonl holds ten utterances a function, the first of each in the training part; the generator
sees nothing else. The arm "seeds" trains on these 70 rows alone, the others on as many generated
rows as they are called. All are scored on the same first rows of the reporting part, which no other
step reads, and compared with the seeds' arm by the paired test of `hone eval --compare`.

Each step of each arm (rows, training, scoring) leaves its files in FOLDER/ARM and is not repeated
when they are there: stopped anywhere, the same line goes on (training and scoring too).
"""
import argparse, json, os, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
SNIPS = os.path.join(HERE, "..", "..", "examples", "snips")


def call(words, log):
    began = time.monotonic()
    with open(log, "a") as f:
        rc = subprocess.call(words, stdout=f, stderr=f)
    if rc:
        sys.exit(f"{' '.join(words)}\nended with {rc}; see {log}")
    return time.monotonic() - began


def epochs_of(arm, steps, batch):
    """Small sets are seen more often: about `steps` steps at least, and no set more than 12 times."""
    rows = 70 if arm == "seeds" else int(arm)
    wanted = -(-steps * batch // rows)
    return max(1 if rows >= 8000 else 2, min(12, wanted))


def run_arm(o, arm, seeds):
    folder = os.path.join(o.folder, arm)
    os.makedirs(folder, exist_ok=True)
    log = os.path.join(folder, "log")
    tools = os.path.join(SNIPS, "tools.json")
    rows = seeds
    if arm != "seeds":
        rows = os.path.join(folder, "rows.jsonl")
        if not os.path.exists(rows):
            call([o.hone, "datagen", "--tools", tools, "--seeds", seeds, "--num-rows", arm,
                  "--no-call", "0", "--seed", "1", "-o", rows], log)
    train, report = os.path.join(folder, "train"), os.path.join(folder, "report")
    epochs = epochs_of(arm, o.steps, o.batch)
    if not os.path.exists(os.path.join(folder, "trained")):
        words = [o.hone, "train", "--model", o.model, "--tools", tools, "--data", rows, "--epochs",
                 str(epochs), "--batch-size", str(o.batch), "--lora-r", "16", "--lora-alpha", "32",
                 "--learning-rate", "1e-3", "--seed", "1", "--threads", str(o.threads), "-o", train]
        seconds = call(words, log)
        with open(os.path.join(folder, "trained"), "w") as f:
            f.write(f"{epochs} epochs, batches of {o.batch}, {seconds:.0f} s\n")
    if not os.path.exists(os.path.join(report, "report.json")):
        words = [o.hone, "eval", "--model", o.model, "--adapter", train, "--tools", tools, "--data",
                 os.path.join(SNIPS, "test.jsonl.zst"), "--limit", str(o.rows),
                 "--max-new-tokens", "96", "--threads", str(o.threads), "--out", report]
        base = os.path.join(o.folder, "seeds", "report", "report.json")
        if arm != "seeds" and os.path.exists(base):
            words += ["--compare", base]
        call(words, log)
    return report


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hone")
    p.add_argument("model")
    p.add_argument("folder")
    p.add_argument("--arms", default="seeds,500,2000,8000")
    p.add_argument("--rows", type=int, default=500, help="real rows that are scored")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--steps", type=int, default=60, help="steps of small sets, at least about")
    p.add_argument("--threads", type=int, default=0)
    o = p.parse_args()
    os.makedirs(o.folder, exist_ok=True)
    seeds = os.path.join(SNIPS, "seeds.jsonl")
    for arm in o.arms.split(","):
        report = json.load(open(os.path.join(run_arm(o, arm, seeds), "report.json")))
        print(arm, json.dumps(report.get("headline") or report.get("summary")), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
