#!/usr/bin/env bash
# `hone run` twice: the second run repeats nothing, neither in a moved folder, another folder gets
# the same bytes, and a changed option repeats what depends on it. usage: repeat.sh HONE     needs HONE_TEST_MODEL; exit 77 without
set -eu -o pipefail
hone=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
model=${HONE_TEST_MODEL:-}
[ -f "$model" ] || { echo "skipped: the base model is not here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$root"/examples/phone/*.json "$root"/examples/phone/*.jsonl .
cat >hone.yaml <<YAML
model: $model
tools: tools.json
datagen: {provider: offline, seeds: seeds.jsonl, exclude: test.jsonl, num_rows: 120, seed: 1}
train: {max_steps: 2, batch_size: 4, seed: 1}
eval: {data: test.jsonl, limit: 2, max_new_tokens: 4}
export: {quant: q8, verify_positions: 8, score_rows: 2}
YAML
"$hone" run hone.yaml -o first
"$hone" run hone.yaml -o first 2>again.txt
[ "$(grep -c 'unchanged, skipped' again.txt)" = 6 ]
"$hone" run hone.yaml -o second
for f in data/rows.jsonl train/adapter/adapter_model.safetensors train/metrics.jsonl app.litertlm \
    app.tools.json eval/before/report.json eval/after/report.json eval/exported/report.json; do
    cmp "first/$f" "second/$f"
done
mkdir there && cp -r ./*.json ./*.jsonl hone.yaml first there
"$hone" run "$PWD/there/hone.yaml" -o there/first 2>moved.txt
[ "$(grep -c 'unchanged, skipped' moved.txt)" = 6 ]
sed -i 's/max_steps: 2/max_steps: 1/' hone.yaml
"$hone" run hone.yaml -o first 2>changed.txt
grep -q 'train .*option max_steps changed' changed.txt
[ "$(grep -c 'unchanged, skipped' changed.txt)" = 2 ]
echo "repeat: all steps passed"
