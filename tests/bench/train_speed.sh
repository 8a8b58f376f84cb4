#!/usr/bin/env bash
# Speed of training steps against PyTorch + PEFT in one interleaved run; a Markdown table on stdout.
#
# usage: train_speed.sh HONE [options of torch_speed.py]
#   train_speed.sh build/release/cli/hone --workloads c1,c2,c4 --cpus 0,1 --out table.md
#
# HONE_TORCH_PYTHON   a python that has torch, transformers, peft: nothing is installed or fetched
# HONE_TEST_MODEL     the base model as GGUF; where there is none, weights are random
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] && [ -x "$1" ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 64; }
hone=$(realpath "$1")
shift
python=$("$here/torch_setup.sh")
cached=${XDG_CACHE_HOME:-$HOME/.cache}/hone/models/gemma3-270m-q4_k_m.gguf
model=${HONE_TEST_MODEL-$cached}
[ -f "$model" ] || model=
exec python3 "$here/torch_speed.py" --hone "$hone" --python "$python" --model "$model" "$@"
