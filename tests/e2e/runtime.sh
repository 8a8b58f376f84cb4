#!/usr/bin/env bash
# Exported files on the real LiteRT-LM runtime: f32 token for token against our engine, int8 opened and
# calling functions. Packages come from PyPI into a cached venv; without them the test is skipped.
# usage: runtime.sh HONE     needs HONE_TEST_MODEL; exit 77 without model or packages
set -eu -o pipefail
hone=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
programs=$(dirname "$hone")/../tests/e2e
dump=$programs/greedy_dump
model=${HONE_TEST_MODEL:-}
[ -f "$model" ] || { echo "skipped: the base model is not here"; exit 77; }
[ -x "$dump" ] || { echo "the test program greedy_dump is not built"; exit 1; }

venv=${XDG_CACHE_HOME:-$HOME/.cache}/hone/runtime-0.18.1
if [ ! -f "$venv/ready" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >/dev/null 2>&1 &&
        "$venv/bin/pip" install -q litert-lm-api==0.18.1 ai-edge-litert==2.3.0 >/dev/null 2>&1 &&
        touch "$venv/ready" || { echo "skipped: litert-lm-api and ai-edge-litert cannot be installed"; exit 77; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
parity() { "$venv/bin/python" "$root/tests/e2e/runtime_parity.py" "$@" 2>runtime.log || { s=$?; tail -5 runtime.log; return $s; }; }

# Twenty texts; the last two are longer than the sliding window of 512 tokens.
python3 - <<'PY'
import json
short = ["The capital of France is", "Once upon a time, in a small village by the sea,", "def fibonacci(n):\n    ",
         "Water boils at a temperature of", "Die Hauptstadt von Deutschland ist", "1, 2, 3, 5, 8, 13,",
         "The quick brown fox", "Q: Who wrote Romeo and Juliet?\nA:", "In machine learning, a neural network is",
         "{\"name\": \"set_alarm\", \"arguments\": {\"hour\":", "My favourite colour is", "La souris mange le",
         "#include <stdio.h>\n\nint main(void)\n{\n", "To be, or not to be,", "The three primary colours are",
         "Dear Sir or Madam,\n\n", "SELECT name FROM users WHERE", "Roses are red, violets are"]
story = "The old clock in the hall struck seven and the cat on the window sill opened one eye. "
json.dump(short + [story * 32, "A list of numbers: " + ", ".join(str(n) for n in range(200))], open("prompts.json", "w"))
tool = {"type": "function", "function": {"name": "set_alarm", "description": "Sets an alarm.", "parameters": {
    "type": "object", "properties": {"hour": {"type": "integer", "description": "Hour, 0 to 23."},
                                     "label": {"type": "string", "description": "What it is for."}}, "required": ["hour"]}}}
json.dump([tool], open("tools.json", "w"))
with open("rows.jsonl", "w") as f:
    for n, (text, args) in enumerate([("wake me at seven", {"hour": 7}), ("alarm at nine for the gym", {"hour": 9, "label": "the gym"}),
                                      ("get me up at five", {"hour": 5}), ("set one for eight, call mum", {"hour": 8, "label": "call mum"})]):
        call = {"type": "function", "function": {"name": "set_alarm", "arguments": args}}
        f.write(json.dumps({"id": "r%d" % n, "messages": [{"role": "user", "content": text}, {"role": "assistant", "tool_calls": [call]}]}) + "\n")
PY

"$hone" export --model "$model" --tools tools.json --quant f32 --cache-length 1024 --prefill-lengths 1,8,128 --verify-positions 16 -o f32.litertlm
"$dump" f32.litertlm prompts.json 16 >f32.jsonl
[ "$(wc -l <f32.jsonl)" = 20 ]
parity text f32.litertlm f32.jsonl --exact
parity ids f32.litertlm f32.jsonl --exact
rm f32.litertlm

# One layer in int8: scales, packing and rounding agree within 1e-3 but for a rare flip.
"$programs/export_cut" "$model" 1 q8 cut.litertlm
"$dump" cut.litertlm prompts.json 8 >cut.jsonl
parity ids cut.litertlm cut.jsonl --exact --within 0.95
rm cut.litertlm

# Four rows learned by heart, so that the int8 file makes calls that are known.
"$hone" train --model "$model" --tools tools.json --data rows.jsonl --max-steps 40 --epochs 40 --batch-size 4 --learning-rate 2e-3 --seed 1 -o run/
"$hone" export --model "$model" --adapter run/adapter --tools tools.json --data rows.jsonl -o q8.litertlm
"$hone" data inspect rows.jsonl --model q8.litertlm --tools q8.tools.json --json >inspect.jsonl
parity prompts q8.litertlm rows.jsonl inspect.jsonl q8.tools.json
parity calls q8.litertlm rows.jsonl q8.tools.json --agree 1
"$venv/bin/python" "$root/tests/e2e/runtime_predictions.py" q8.litertlm rows.jsonl inspect.jsonl -o predictions.jsonl 2>/dev/null
"$hone" eval --model q8.litertlm --data rows.jsonl --max-new-tokens 64 --out ours >/dev/null
"$venv/bin/python" "$root/tests/e2e/runtime_parity.py" answers ours/predictions.jsonl predictions.jsonl --agree 1
"$hone" eval --model q8.litertlm --data rows.jsonl --from-predictions predictions.jsonl --json >report.json
python3 -c '
import json
h = json.load(open("report.json"))["headline"]
assert h["n"] == 4 and h["k"] == 4, h'

# The Python of docs/on-device.md, as it stands there.
sed -n '/^```python$/,/^```$/p' "$root/docs/on-device.md" | sed '/^```/d' >on_device.py
mv q8.litertlm app.litertlm
mv q8.tools.json app.tools.json
"$venv/bin/python" on_device.py >on_device.txt 2>runtime.log || { tail -5 runtime.log; exit 1; }
[ "$(head -1 on_device.txt)" = 'set_alarm {"hour": 7}' ] || { cat on_device.txt; exit 1; }

# The C of that page, against the package's library; the package has no header, so c/engine.h declares what the page uses.
sed -n '/^```c$/,/^```$/p' "$root/docs/on-device.md" | sed '/^```/d' >on_device.c
library=$("$venv/bin/python" -c 'import litert_lm; print(litert_lm.__path__[0])')
mkdir c
cat >c/engine.h <<'C'
typedef struct LiteRtLmEngineSettings LiteRtLmEngineSettings;
typedef struct LiteRtLmEngine LiteRtLmEngine;
typedef struct LiteRtLmConversationConfig LiteRtLmConversationConfig;
typedef struct LiteRtLmConversation LiteRtLmConversation;
typedef struct LiteRtLmJsonResponse LiteRtLmJsonResponse;
LiteRtLmEngineSettings *litert_lm_engine_settings_create(const char *, const char *, const char *, const char *);
void litert_lm_engine_settings_set_cache_dir(LiteRtLmEngineSettings *, const char *);
void litert_lm_engine_settings_delete(LiteRtLmEngineSettings *);
LiteRtLmEngine *litert_lm_engine_create(const LiteRtLmEngineSettings *);
void litert_lm_engine_delete(LiteRtLmEngine *);
LiteRtLmConversationConfig *litert_lm_conversation_config_create(void);
void litert_lm_conversation_config_set_system_message(LiteRtLmConversationConfig *, const char *);
void litert_lm_conversation_config_set_tools(LiteRtLmConversationConfig *, const char *);
void litert_lm_conversation_config_delete(LiteRtLmConversationConfig *);
LiteRtLmConversation *litert_lm_conversation_create(LiteRtLmEngine *, LiteRtLmConversationConfig *);
void litert_lm_conversation_delete(LiteRtLmConversation *);
LiteRtLmJsonResponse *litert_lm_conversation_send_message(LiteRtLmConversation *, const char *, const char *, const void *);
const char *litert_lm_json_response_get_string(const LiteRtLmJsonResponse *);
void litert_lm_json_response_delete(LiteRtLmJsonResponse *);
C
${CC:-cc} -Wall -Wextra -Werror -I. on_device.c "$library/liblitert-lm.so" -Wl,-rpath,"$library" -o on_device
./on_device >on_device.txt 2>runtime.log || { tail -5 runtime.log; exit 1; }
python3 -c '
import json
call, answer = (json.loads(x) for x in open("on_device.txt"))
assert call["tool_calls"][0]["function"] == {"name": "set_alarm", "arguments": {"hour": 7}}, call
assert answer["role"] == "assistant", answer'
echo "runtime: all steps passed"
