#!/usr/bin/env python3
"""Reads the event files of a run with TensorBoard's own reader and compares them with metrics.jsonl.

    tensorboard_read.py RUN        needs the PyPI package tensorboard; exit 1 if a figure differs
"""
import json, os, sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

TAGS = {"loss": "train/loss", "grad_norm": "train/grad_norm", "learning_rate": "train/learning_rate",
        "mean_token_accuracy": "train/mean_token_accuracy", "token_ratio": "train/token_ratio",
        "eval_loss": "eval/loss", "eval_mean_token_accuracy": "eval/mean_token_accuracy",
        "eval_call_accuracy": "eval/call_accuracy"}


def main():
    run = sys.argv[1]
    folder = os.path.join(run, "runs", os.listdir(os.path.join(run, "runs"))[0])
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    seen = {tag: {e.step: e.value for e in events.Scalars(tag)} for tag in events.Tags()["scalars"]}
    lines = [json.loads(line) for line in open(os.path.join(run, "metrics.jsonl"), encoding="utf-8")]
    compared = bad = 0
    for line in lines:
        for key, tag in TAGS.items():
            if key not in line: continue
            there = seen.get(tag, {}).get(line["step"])
            compared += 1
            if there is None or abs(there - line[key]) > 1e-5 * abs(line[key]) + 1e-12:
                bad += 1
                print("step %d %s: %r in metrics.jsonl, %r in the events" % (line["step"], tag, line[key], there))
    extra = sum(len(v) for v in seen.values())
    print("%d figures compared, %d differ; %d scalars in %d tags" % (compared, bad, extra, len(seen)))
    return 1 if bad or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
