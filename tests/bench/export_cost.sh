#!/usr/bin/env bash
# Processor time and memory of exporting a model in each format, without comparing logits.
# usage: export_cost.sh HONE MODEL TOOLS     prints a Markdown table; files go to a folder that is removed
set -eu -o pipefail
hone=$1 model=$2 tools=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "| output | size MB | user + system s | wall s | peak resident MB |"
echo "|---|---|---|---|---|"
row() {
    local name=$1 out=$2
    shift 2
    /usr/bin/time -f '%U %S %e %M' -o "$work/time" "$hone" export --model "$model" "$@" -o "$work/$out" >"$work/log" 2>&1 || { tail -3 "$work/log"; exit 1; }
    local size
    size=$(du -sb "$work/$out" | cut -f1)
    awk -v n="$name" -v s="$size" '{ printf "| %s | %.1f | %.1f | %s | %.0f |\n", n, s / 1e6, $1 + $2, $3, $4 / 1024 }' "$work/time"
    rm -rf "${work:?}/$out"
}
row "litertlm q8" a.litertlm --tools "$tools" --quant q8 --verify-positions 0
row "litertlm q4b32" a.litertlm --tools "$tools" --quant q4b32 --verify-positions 0
row "gguf q8_0" a.gguf --quant q8_0
row "safetensors f32" a --format safetensors
