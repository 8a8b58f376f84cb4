#!/usr/bin/env bash
# Training against the stored weights on real ones, of a trimmed model: it goes on from a plain run, the loss falls,
# the exported file holds the weights that it computed with to the bit, and answers what was learned.
# usage: qat.sh HONE     needs HONE_TEST_MODEL; exit 77 without it
set -eu -o pipefail
hone=$1
programs=$(dirname "$hone")/../tests/e2e
model=${HONE_TEST_MODEL:-}
[ -f "$model" ] || { echo "skipped: the base model is not here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 - <<'PY'
import json
tool = {"type": "function", "function": {"name": "set_alarm", "description": "Sets an alarm.", "parameters": {
    "type": "object", "properties": {"hour": {"type": "integer", "description": "Hour, 0 to 23."}}, "required": ["hour"]}}}
json.dump([tool], open("tools.json", "w"))
with open("rows.jsonl", "w") as f:
    for n, (text, hour) in enumerate([("wake me at seven", 7), ("alarm at nine for the gym", 9), ("get me up at five", 5), ("set one for eight", 8)]):
        call = {"type": "function", "function": {"name": "set_alarm", "arguments": {"hour": hour}}}
        f.write(json.dumps({"id": "r%d" % n, "messages": [{"role": "user", "content": text}, {"role": "assistant", "tool_calls": [call]}]}) + "\n")
PY
"$hone" trim --model "$model" --tools tools.json --data rows.jsonl --vocab 8192 -o small/ >/dev/null
train() { "$hone" train --model small/ --tools tools.json --data rows.jsonl --epochs 100 --batch-size 4 --seed 1 --quiet "$@" >/dev/null; }
train --max-steps 16 --learning-rate 2e-3 -o run/
train --max-steps 6 --learning-rate 5e-4 --control-lr 1e-4 --init-adapter run/ --qat q4b32 --qat-embed q4b64 -o qat/
python3 -c '
import json
loss = [x["loss"] for x in map(json.loads, open("qat/metrics.jsonl")) if "loss" in x]
assert len(loss) == 6 and loss[-1] < 0.8 * loss[0], loss'

# The formats that it was trained against are those of the file, unasked.
"$hone" export --model small/ --adapter qat/ --tools tools.json --data rows.jsonl --max-loss 0 --json -o app.litertlm >manifest.json
python3 -c '
import json
m = json.load(open("manifest.json"))
assert "q4b32" in m["options"]["quant"] and "q4b64" in m["options"]["quant"], m["options"]'
"$programs/qat_same" small/ qat/adapter app.litertlm
"$hone" eval --model app.litertlm --data rows.jsonl --max-new-tokens 32 --json >report.json
python3 -c '
import json
h = json.load(open("report.json"))["headline"]
assert h["k"] == h["n"] == 4, h'

# Another adapter's file is told apart; exported twice it has the same bytes.
for name in plain again; do
    "$hone" export --model small/ --adapter run/ --tools tools.json --quant q4b32 --embed q4b64 --verify-positions 0 -o $name.litertlm >/dev/null
done
cmp plain.litertlm again.litertlm
status=0
"$programs/qat_same" small/ qat/adapter plain.litertlm || status=$?
[ $status = 1 ]
echo "qat: all steps passed"
