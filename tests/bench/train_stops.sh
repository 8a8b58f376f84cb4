#!/usr/bin/env bash
# Trainings that are stopped three times each at random moments by SIGKILL or SIGTERM: the end must be byte-equal
# to the uninterrupted run. 100 runs of a random toy model, and with MODEL five of the real one (6 steps of 2 rows).
# usage: train_stops.sh BUILD_DIR [MODEL]        TOY=N: so many toy runs (100); REAL=N: real ones (5)
set -eu
build=$(cd "$1" && pwd) model=${2:-} root=$(cd "$(dirname "$0")/../.." && pwd)
start=$(date +%s)
if [ "${TOY:-100}" -gt 0 ]; then
    HONE_STOP_POINTS=${TOY:-100} CK_TIMEOUT_MULTIPLIER=100 CK_RUN_CASE=train_tiny "$build/tests/unit/test_train_tiny"
    echo "toy: ${TOY:-100} runs, three stops each: equal bytes; $(nproc) processors, $(($(date +%s) - start)) s"
fi
[ -n "$model" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep '"set_alarm","arguments"' "$root/examples/phone/seeds.jsonl" | head -8 >"$work/rows.jsonl"
python3 - "$root/examples/phone/tools.json" "$work/tools.json" <<'P'
import json, sys
json.dump(json.load(open(sys.argv[1]))[:1], open(sys.argv[2], "w"))
P
train() { # RUN
    exec "$build/cli/hone" train --model "$model" --tools "$work/tools.json" --data "$work/rows.jsonl" --max-steps 6 \
        --batch-size 2 --save-steps 1 --report-to none -q -o "$1" >/dev/null
}
start=$(date +%s%N)
(train "$work/whole")
took=$((($(date +%s%N) - start) / 1000000)) # ms
echo "real: the uninterrupted run took $took ms"
RANDOM=7
for run in $(seq "${REAL:-5}"); do
    how=
    for _ in 1 2 3; do
        signal=$([ $((RANDOM % 2)) = 0 ] && echo KILL || echo TERM)
        wait_ms=$(((RANDOM * 32768 + RANDOM) % (took * 3 / 10))) # three of them end before the run does
        (train "$work/run$run") &
        pid=$!
        sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
        kill -"$signal" "$pid" 2>/dev/null || true
        status=0
        wait "$pid" 2>/dev/null || status=$?
        how="$how $signal at $wait_ms ms ($status)"
    done
    (train "$work/run$run")
    for f in adapter/adapter_model.safetensors metrics.jsonl checkpoint-6/state.bin; do
        cmp "$work/whole/$f" "$work/run$run/$f"
    done
    echo "real: run $run equal after$how"
    rm -rf "$work/run$run"
done
echo "real: ${REAL:-5} runs, three stops each: equal bytes; $(nproc) processors"
