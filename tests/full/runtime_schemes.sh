#!/usr/bin/env bash
# Every number format, with the full and with a trimmed vocabulary, on the real LiteRT-LM runtime: runtime_schemes.py
# for each file, the rules of tflite_describe.py where that script is at hand, and litert-lm serve. Prints a table.
# usage: runtime_schemes.sh HONE     needs HONE_TEST_MODEL and the packages of tests/e2e/runtime.sh; exit 77 without.
# HONE_RUNTIME_CLI=PATH of litert-lm (PyPI litert-lm 0.18.1): also serve. HONE_DESCRIBE=PATH of tflite_describe.py.
# HONE_WORK=DIR keeps adapters and trimmed folder there for the next time; HONE_FORMATS="q8 mixed" does these alone.
set -eu -o pipefail
hone=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
model=${HONE_TEST_MODEL:-}
python=${XDG_CACHE_HOME:-$HOME/.cache}/hone/runtime-0.18.1/bin/python
describe=${HONE_DESCRIBE:-$root/../shared/check/tflite_describe.py}
[ -f "$model" ] || { echo "skipped: the base model is not here"; exit 77; }
[ -x "$python" ] || { echo "skipped: tests/e2e/runtime.sh has not installed litert-lm-api"; exit 77; }
work=${HONE_WORK:-$(mktemp -d)}
[ -n "${HONE_WORK:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
cd "$work"

# Four rows learned by heart, with response and answer, so that every reply is known.
python3 - <<'PY'
import json
tool = {"type": "function", "function": {"name": "set_alarm", "description": "Sets an alarm.", "parameters": {
    "type": "object", "properties": {"hour": {"type": "integer", "description": "Hour, 0 to 23."},
                                     "label": {"type": "string", "description": "What it is for."}}, "required": ["hour"]}}}
json.dump([tool], open("tools.json", "w"))
with open("rows.jsonl", "w") as f:
    for n, (text, args, answer) in enumerate([
            ("wake me at seven", {"hour": 7}, "Set for seven."), ("alarm at nine for the gym", {"hour": 9, "label": "the gym"}, "Gym at nine, set."),
            ("get me up at five", {"hour": 5}, "Set for five."), ("set one for eight, call mum", {"hour": 8, "label": "call mum"}, "Call mum at eight, set.")]):
        call = {"type": "function", "function": {"name": "set_alarm", "arguments": args}}
        f.write(json.dumps({"id": "r%d" % n, "messages": [{"role": "user", "content": text}, {"role": "assistant", "tool_calls": [call]},
                {"role": "tool", "name": "set_alarm", "content": {"status": "set"}}, {"role": "assistant", "content": answer}]}) + "\n")
PY
learn() { "$hone" train --model "$1" --tools tools.json --data rows.jsonl --max-steps "${HONE_STEPS:-60}" --epochs 100 --batch-size 4 --learning-rate 2e-3 --seed 1 --quiet -o "$2"; }
# By heart in float is not by heart in int4: those files come from a run that goes on against the stored weights.
learn_stored() { # MODEL RUN FORMAT EMBEDDING: prints the run's folder
    local out=$2-$3-$4
    "$hone" train --model "$1" --init-adapter "$2" --qat "$3" --qat-embed "$4" --tools tools.json --data rows.jsonl --max-steps "${HONE_QAT_STEPS:-24}" --epochs 100 \
        --batch-size 4 --learning-rate 2e-4 --control-lr 1e-4 --seed 1 --quiet -o "$out" >/dev/null
    echo "$out"
}
[ -d small ] || "$hone" trim --model "$model" --tools tools.json --data rows.jsonl --vocab 16384 -o small/ >/dev/null
learn "$model" run >/dev/null
learn small/ run-small >/dev/null

failed=0
echo "| vocabulary | format | MB | rules | text | calls | responses | context to its end | too long | constrained |"
echo "|---|---|---|---|---|---|---|---|---|---|"
# check NAME MODEL RUN TRIMMED [export options]
check() {
    local name=$1 base=$2 run=$3 trimmed=$4 rules=ok
    shift 4
    "$hone" export --model "$base" --adapter "$run" --tools tools.json --cache-length 512 --prefill-lengths 1,8,32,128 --verify-positions 0 "$@" -o app.litertlm >export.log 2>&1 ||
        { tail -3 export.log; failed=1; return; }
    "$hone" doctor --file app.litertlm >doctor.log 2>&1 || rules="doctor: $(tail -1 doctor.log)"
    if [ -f "$describe" ]; then
        python3 "$describe" app.litertlm ${trimmed:+--trimmed} >describe.log 2>&1 || rules="describe: $(tail -1 describe.log)"
    else
        rules="$rules (doctor only)"
    fi
    "$python" "$root/tests/full/runtime_schemes.py" app.litertlm rows.jsonl app.tools.json --context 512 ${trimmed:+--trimmed} >steps.json 2>steps.log || failed=1
    case $rules in ok*) ;; *) failed=1 ;; esac
    python3 - "$name" "$rules" <<'PY'
import json, os, sys
r = json.load(open("steps.json"))
r["constrained"] = "refused, as it must be" if r["constrained"] == "ok" and "16,384" in sys.argv[1] else r["constrained"]
print("| %s | %.1f | %s | %s |" % (sys.argv[1].replace(":", " | "), os.path.getsize("app.litertlm") / 1e6, sys.argv[2], " | ".join(r.values())))
PY
}
for format in ${HONE_FORMATS:-q8 q4b32 q4b64 q4b128 q4b32/q4b32 mixed}; do
    if [ "$format" = mixed ]; then
        check "16,384:mixed" small/ run-small yes --data rows.jsonl --score-rows 0 --search-rows 2 --target-size 98
        continue
    fi
    embed=${format#*/}
    [ "$embed" != "$format" ] || embed=q8
    quant=${format%/*} whole=run trimmed=run-small
    case $quant in q4*) whole=$(learn_stored "$model" run "$quant" "$embed") trimmed=$(learn_stored small/ run-small "$quant" "$embed") ;; esac
    check "262,144:$format" "$model" "$whole" "" --quant "$quant" --embed "$embed"
    check "16,384:$format" small/ "$trimmed" yes --quant "$quant" --embed "$embed"
done

if [ -n "${HONE_RUNTIME_CLI:-}" ]; then
    for option in "" --serve-template; do
        "$hone" export --model "$model" --adapter run --tools tools.json --cache-length 512 --verify-positions 0 $option -o app.litertlm >export.log 2>&1
        python3 "$root/tests/full/runtime_serve.py" "$HONE_RUNTIME_CLI" app.litertlm rows.jsonl app.tools.json ${option:+--patched} || failed=1
    done
else
    echo "serve: skipped, HONE_RUNTIME_CLI does not name litert-lm"
fi
[ $failed = 0 ] || exit 1
echo "runtime_schemes: all steps passed"
