#!/usr/bin/env bash
# The gate and its reports on answers that are damaged in known ways: each damage is found with the
# right exit status, class and place; reports have the same bytes again; junit.xml is what CI systems
# read; the page works in a browser where there is one. usage: gate.sh HONE
set -eu -o pipefail
hone=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
phone=$root/examples/phone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

score() { # score NAME OPTIONS: judges NAME.jsonl, report in NAME/
    local name=$1
    shift
    python3 "$here/planted.py" "$phone/test.jsonl" "$name" >"$name.jsonl"
    "$hone" eval --quiet --from-predictions "$name.jsonl" --data "$phone/test.jsonl" --tools "$phone/tools.json" \
        --out "$name" "$@" >"$name.txt" 2>"$name.err"
}

score none --write-baseline baseline.json
score none --baseline baseline.json --max-regression 0.03
grep -q '^gate: not worse than the margin' none.txt

# damage, class, function, argument of the largest new cluster
while read -r damage class function argument; do
    status=0
    score "$damage" --baseline baseline.json --compare none || status=$?
    [ $status = 1 ] || { echo "$damage: exit status $status"; tail -5 "$damage.txt"; exit 1; }
    python3 - "$damage" "$class" "$function" "${argument:-}" <<'PY'
import json, re, sys
damage, *want = sys.argv[1:]
old = {(c["class"], c["function"], c["argument"]): c["n"] for c in json.load(open("none/report.json"))["clusters"]}
now = {(c["class"], c["function"], c["argument"]): c["n"] for c in json.load(open(damage + "/report.json"))["clusters"]}
grown = max(now, key=lambda k: now[k] - old.get(k, 0))
page = json.loads(re.search(r'id="rows">(.*?)</script>', open(damage + "/report.html").read(), re.S).group(1))
broken = [r for r in page["rows"] if r[4] == 1 and not r[3]]
if damage != "unending" and not broken or not all(r[8] for r in broken): sys.exit("%s: broken rows without the earlier answer" % damage)
if list(grown) != want: sys.exit("%s: the new failures are %s, expected %s" % (damage, grown, want))
PY
done <<'DAMAGES'
forgotten missed_call start_timer
enum enum set_alarm repeat
swapped value:number set_alarm hour
endless wrong_count set_flashlight
left_out missing_arg set_alarm minute
unending no_stop set_flashlight
DAMAGES

mv enum first
score enum --baseline baseline.json --compare none || true
for f in report.json report.html report.md report.txt junit.xml failures.jsonl predictions.jsonl; do
    cmp "first/$f" "enum/$f"
done
for d in none enum endless; do
    python3 "$here/check_junit.py" "$d/junit.xml"
    if command -v xmllint >/dev/null; then xmllint --noout "$d/junit.xml"; fi
done

# text that is hostile to XML, HTML, Markdown and terminals
cat >rows.jsonl <<'ROWS'
{"id":"<script>alert(1)</script>","messages":[{"role":"user","content":"</script><img src=x onerror=alert(1)>|`a`\u0007\u202e"}],"expected":{"calls":[]}}
{"id":"b","messages":[{"role":"user","content":"]]>&amp; \ufffe"}],"expected":{"calls":[]}}
ROWS
cat >hostile.jsonl <<'ROWS'
{"id":"<script>alert(1)</script>","text":"<start_function_call>call:x{a:<escape></script><b><i>\u001b[31m]]><escape>}<end_function_call>","stop":"stop_token"}
{"id":"b","text":"call:\u0001\u202eevil{","stop":"length"}
ROWS
"$hone" eval --quiet --from-predictions hostile.jsonl --data rows.jsonl --out hostile >hostile.txt 2>/dev/null
python3 "$here/check_junit.py" hostile/junit.xml
if grep -qP '\x1b|\xe2\x80\xae' hostile.txt hostile/report.md; then echo "control characters reach the screen"; exit 1; fi

bash "$root/examples/ci/gate.sh" "$hone"
for page in enum hostile; do
    status=0
    python3 "$here/report_page.py" "$page/report.html" || status=$?
    [ $status = 0 ] || [ $status = 77 ] || exit $status
done
