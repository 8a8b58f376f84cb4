#!/usr/bin/env bash
# The whole loop on real weights with a handful of steps, command by command, then Ctrl-C and resume.
# usage: loop.sh HONE     needs HONE_TEST_MODEL; exit 77 without it
set -eu -o pipefail
hone=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
model=${HONE_TEST_MODEL:-}
[ -f "$model" ] || { echo "skipped: the base model is not here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
tools=$root/examples/phone/tools.json

"$hone" datagen --tools "$tools" --seeds "$root/examples/phone/seeds.jsonl" --provider offline --num-rows 150 --seed 1 -o rows.jsonl
[ "$(wc -l <rows.jsonl)" = 150 ]
"$hone" datagen --tools "$tools" --seeds "$root/examples/phone/seeds.jsonl" --provider offline --num-rows 150 --seed 1 -o again.jsonl
cmp rows.jsonl again.jsonl
"$hone" data check rows.jsonl --tools "$tools"
"$hone" data split rows.jsonl --valid 0.1 --test 0.1 -o data/
[ -s data/train.jsonl ]
"$hone" data inspect data/train.jsonl --model "$model" --tools "$tools" --json | head -1 | python3 -c '
import json, sys
o = json.loads(sys.stdin.readline())
assert o["prompt"].startswith("<bos>") and o["completion"] and len(o["ids"]) == len(o["labels"]) and sum(o["labels"]) > 3, o
assert o["ids"].count(2) == 1'

train() { "$hone" train --model "$model" --tools "$tools" --data data/train.jsonl --max-steps 3 --batch-size 4 --save-steps 1 --lora-r 8 --seed 1 "$@"; }
train -o run/
[ -s run/adapter/adapter_model.safetensors ]
# Interrupted after its first checkpoint and run again: the same adapter.
train -o cut/ &
pid=$!
for _ in $(seq 300); do [ -d cut/checkpoint-1 ] && break; sleep 0.2; done
kill -INT $pid || true
status=0
wait $pid || status=$?
[ $status = 75 ] || [ $status = 0 ]
train -o cut/
cmp run/adapter/adapter_model.safetensors cut/adapter/adapter_model.safetensors

head -4 "$root/examples/phone/test.jsonl" >few.jsonl
"$hone" eval --model "$model" --adapter run/adapter --tools "$tools" --data few.jsonl --mode exact --max-new-tokens 16 --json >report.json
python3 -c '
import json
h = json.load(open("report.json"))["headline"]
assert h["mode"] == "exact" and h["n"] == 4 and 0 <= h["lo"] <= h["p"] <= h["hi"] <= 1, h'
# An expected answer that is checked first changes nothing.
for drafts in "" --no-drafts; do
    "$hone" eval --model "$model" --adapter run/ --tools "$tools" --data few.jsonl --max-new-tokens 16 $drafts --out "eval$drafts" >/dev/null
done
cmp eval/predictions.jsonl eval--no-drafts/predictions.jsonl
"$hone" export --model "$model" --adapter run/adapter --tools "$tools" --quant q8 -o app.litertlm
[ -s app.tools.json ]
"$hone" eval --model app.litertlm --data few.jsonl --max-new-tokens 8 --json >exported.json
"$hone" chat --model app.litertlm --tools "$tools" --prompt "wake me at seven" --max-new-tokens 8 --json >chat.json
python3 -c 'import json; assert "calls" in json.load(open("chat.json"))'
# The run folder knows its base and its tools: the adapter is tried at once.
"$hone" chat --adapter run/ --prompt "wake me at seven" --max-new-tokens 8 --json >adapter.json 2>adapter.err
python3 -c 'import json; assert "calls" in json.load(open("adapter.json"))'
grep -q "tools: $tools (recorded in run/)" adapter.err
echo "loop: all steps passed"
