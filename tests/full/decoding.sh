#!/usr/bin/env bash
# Answers of a trained adapter on real rows do not depend on how they are computed: drafts or plain greedy
# decoding, one slot or many, one thread or two give the same predictions byte by byte. Under constraint no
# call has an unknown name, a wrong type or a value outside of its enum. Takes minutes.
# usage: decoding.sh HONE     needs HONE_TEST_MODEL; exit 77 without it
set -eu -o pipefail
hone=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
model=${HONE_TEST_MODEL:-}
[ -f "$model" ] || { echo "skipped: the base model is not here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
tools=$root/examples/phone/tools.json
rows=${HONE_DECODING_ROWS:-40}
steps=${HONE_DECODING_STEPS:-60}

"$hone" train --model "$model" --tools "$tools" --data "$root/examples/phone/seeds.jsonl" --max-steps "$steps" --epochs 100 \
    --batch-size 8 --lora-r 8 --learning-rate 1e-3 --seed 1 -o run/ >train.log 2>&1
head -"$rows" "$root/examples/phone/test.jsonl" >rows.jsonl
score() { # DIR [options]
    local dir=$1
    shift
    "$hone" eval --model "$model" --adapter run/ --tools "$tools" --data rows.jsonl --max-new-tokens 64 --out "$dir" "$@" >"$dir.log" 2>&1
}
score plain --no-drafts --threads 2
score drafts --threads 1 --batch-size 5 --constrained
score alone --threads 2 --batch-size 1
cmp plain/predictions.jsonl drafts/predictions.jsonl
cmp plain/predictions.jsonl alone/predictions.jsonl
python3 - <<'PY'
import json
c = json.load(open("drafts/constrained/report.json"))
free = json.load(open("drafts/report.json"))
assert not [e for e in ("unknown_tool", "unknown_arg", "type", "enum") if c["errors"].get(e)], c["errors"]
assert free["constrained"]["n"] == c["headline"]["n"] and free["constrained"]["k"] == c["headline"]["k"]
print("free %d, constrained %d of %d right" % (free["headline"]["k"], c["headline"]["k"], c["headline"]["n"]))
PY
echo "decoding: all steps passed"
