#!/usr/bin/env bash
# Accuracy on examples/snips: settings are chosen on the split for that, the chosen ones are trained with three
# seeds on all training rows and scored once on the reporting split. Goes on where it was stopped.
#
# usage: train_snips.sh BUILD_DIR MODEL WORK_DIR try NAME [hone train options]    one setting, seed 1, other split
#        train_snips.sh BUILD_DIR MODEL WORK_DIR final [hone train options]       seeds 1 2 3, reporting split
#
# THREADS=N (all), EPOCHS=X (2), SEEDS="1 2 3". Settings see valid.jsonl.zst (1,081 rows), reports test.jsonl.zst (1,622). Three hours a seed in f32 on two AVX2 cores.
# Settings worth a try: --value-weight 2|4, --average-last 4 --save-steps 50, --learning-rate 5e-4|2e-3, --lora-r 32.
set -eu
hone=$1/cli/hone model=$2 work=$3 what=$4
shift 4
data=$(cd "$(dirname "$0")/../../examples/snips" && pwd) threads=${THREADS:-0} epochs=${EPOCHS:-2}
mkdir -p "$work"
one() { # RUN SEED SPLIT options: trains (or goes on, or finds it done) and scores
    local run=$1 seed=$2 split=$3
    shift 3
    "$hone" train --model "$model" --tools "$data/tools.json" --data "$data/train.jsonl.zst" --epochs "$epochs" --seed "$seed" \
        -t "$threads" -o "$run" "$@"
    "$hone" eval --model "$model" --adapter "$run" --tools "$data/tools.json" --data "$data/$split.jsonl.zst" -t "$threads" \
        -q --out "$run.$split" --json >"$run.$split.json"
    python3 - "$run" "$run.$split.json" <<'P'
import json, sys
h = json.load(open(sys.argv[2]))["headline"]
print("%s: %d of %d, %.2f %% (%.2f .. %.2f)" % (sys.argv[1], h["k"], h["n"], 100 * h["p"], 100 * h["lo"], 100 * h["hi"]))
P
}
if [ "$what" = try ]; then
    name=$1
    shift
    one "$work/try-$name" 1 valid "$@" | tee -a "$work/tries.txt"
else
    for seed in ${SEEDS:-1 2 3}; do one "$work/final-$seed" "$seed" test "$@"; done | tee "$work/final.txt"
    python3 - "$work/final.txt" <<'P'
import re, sys
p = [float(x) for x in re.findall(r", ([\d.]+) %", open(sys.argv[1]).read())]
print("mean of %d seeds: %.2f %%, from %.2f to %.2f" % (len(p), sum(p) / len(p), min(p), max(p)))
P
fi
