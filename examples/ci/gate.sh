#!/usr/bin/env bash
# A regression gate on saved answers: the answers that the baseline was made of pass, and the same
# with a planted regression (one function forgotten, one that never stops) fail with exit status 1
# and name the function.
# No model and no network. usage: gate.sh [HONE]
set -eu -o pipefail
hone=${1:-hone}
here=$(cd "$(dirname "$0")" && pwd)
phone=$here/../phone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gate() { # gate ANSWERS REPORT-FOLDER
    "$hone" eval --quiet --from-predictions "$1" --data "$phone/test.jsonl" --tools "$phone/tools.json" \
        --baseline "$here/baseline.json" --max-regression 0.03 --gate-functions --out "$2"
}

status=0
gate "$here/predictions.jsonl" "$work/same" >"$work/same.txt" || status=$?
grep '^gate:' "$work/same.txt"
[ $status = 0 ] || { echo "unchanged answers must pass, exit status $status" >&2; exit 1; }

# open_wifi_settings is forgotten: every answer that called it is a refusal now
sed 's/"text":"<start_function_call>call:open_wifi_settings.*","stop"/"text":"Sorry, I cannot do that.<end_of_turn>","stop"/' \
    "$here/predictions.jsonl" >"$work/planted.jsonl"
status=0
gate "$work/planted.jsonl" "$work/planted" >"$work/planted.txt" || status=$?
sed -n '/^gate:/,$p' "$work/planted.txt"
[ $status = 1 ] || { echo "a forgotten function must fail the gate, exit status $status" >&2; exit 1; }
grep -q 'no_function_regression: open_wifi_settings' "$work/planted.txt" ||
    { echo "the function is not named" >&2; exit 1; }

# set_flashlight loses its stop: its calls stay right, the answers go on to the limit
sed '/call:set_flashlight/s/"stop":"stop_token"/"stop":"length"/' "$here/predictions.jsonl" >"$work/endless.jsonl"
status=0
gate "$work/endless.jsonl" "$work/endless" >"$work/endless.txt" || status=$?
[ $status = 1 ] && grep 'answers_end:.*set_flashlight' "$work/endless.txt" ||
    { echo "answers that never stop must fail the gate" >&2; exit 1; }
echo "the gate passes what is unchanged and fails on what is planted"
