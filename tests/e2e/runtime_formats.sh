#!/usr/bin/env bash
# int4 and trimmed files on the real LiteRT-LM runtime: opened, and one layer within 1e-3 of our engine.
# usage: runtime_formats.sh HONE     needs HONE_TEST_MODEL and the packages of runtime.sh; exit 77 without
set -eu -o pipefail
hone=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
programs=$(dirname "$hone")/../tests/e2e
model=${HONE_TEST_MODEL:-}
venv=${XDG_CACHE_HOME:-$HOME/.cache}/hone/runtime-0.18.1
[ -f "$model" ] || { echo "skipped: the base model is not here"; exit 77; }
[ -f "$venv/ready" ] || { echo "skipped: runtime.sh has not installed litert-lm-api and ai-edge-litert"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
tools=$root/examples/phone/tools.json
python="$venv/bin/python"

cat >opens.py <<'PY'
import sys
import litert_lm as L
L.set_min_log_severity(L.LogSeverity.ERROR)
greedy = L.SamplerConfig(top_k=1, top_p=1.0, temperature=1.0, seed=0)
with L.Engine(sys.argv[1], L.Backend.CPU(thread_count=2), cache_dir=":nocache") as e:
    with e.create_session(apply_prompt_template=False, max_output_tokens=8, sampler_config=greedy) as s:
        s.run_prefill(["The capital of France is"])
        text = s.run_decode().texts[0]
print(repr(text))
sys.exit(0 if text.startswith(" the ") else 1)
PY

# One layer with every matrix in blocks of 32, the embedding included: the same arithmetic.
"$programs/export_cut" "$model" 1 q4b32 cut.litertlm
echo '["The capital of France is", "def fibonacci(n):\n    ", "1, 2, 3, 5, 8, 13,", "Roses are red, violets are"]' >prompts.json
"$programs/greedy_dump" cut.litertlm prompts.json 6 >cut.jsonl
"$python" "$root/tests/e2e/runtime_parity.py" ids cut.litertlm cut.jsonl --exact --within 0.9 2>runtime.log
rm cut.litertlm

"$hone" export --model "$model" --tools "$tools" --quant q4b32 --embed q4b32 --verify-positions 0 -o int4.litertlm
"$hone" doctor --file int4.litertlm | grep -q 'no errors'
"$python" opens.py int4.litertlm 2>>runtime.log
rm int4.litertlm

head -40 "$root/examples/phone/test.jsonl" >rows.jsonl
"$hone" trim --model "$model" --tools "$tools" --data rows.jsonl --vocab 16384 --json -o small/ >trim.json
python3 -c 'import json; o = json.load(open("trim.json")); assert o["data"]["changed"] == 0 and o["vocab"] == 16384, o'
"$hone" export --model small/ --tools "$tools" --quant q8 --verify-positions 0 -o small.litertlm
"$python" opens.py small.litertlm 2>>runtime.log
echo "runtime_formats: all steps passed"
