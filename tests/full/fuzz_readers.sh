#!/usr/bin/env bash
# Both readers of exported files under libFuzzer with ASan and UBSan: a search, not a replay. The build
# goes to a folder that is removed; a crash leaves its input in the present folder and fails.
# usage: fuzz_readers.sh HONE [RUNS [SEED]]   RUNS inputs a reader, by default 10,000,000; exit 77 without clang
set -eu -o pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
runs=${2:-10000000} seed=${3:-1}
command -v clang >/dev/null && command -v meson >/dev/null || { echo "skipped: clang and meson are not here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n) { return p && n ? 0 : 0; }' >"$work/a.c"
clang -fsanitize=fuzzer,address "$work/a.c" -o "$work/a" 2>/dev/null || { echo "skipped: clang has no libFuzzer (libclang-rt-14-dev)"; exit 77; }

CC=clang meson setup "$work/b" "$root" -Dtests=false -Dbuildtype=debugoptimized -Db_sanitize=address,undefined \
    -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link >"$work/setup.log" 2>&1 || { tail -5 "$work/setup.log"; exit 1; }
mapfile -t isa < <(ninja -C "$work/b" -t targets all | sed -n 's/^\(kernels\/libhone_kernels_[a-z0-9]*\.a\):.*/\1/p')
libraries=(model/libhone_model.a kernels/libhone_kernels.a "${isa[@]}" common/libhone_common.a)
ninja -C "$work/b" -j2 "${libraries[@]}" >"$work/build.log" 2>&1 || { tail -5 "$work/build.log"; exit 1; }
for reader in tflite litertlm; do
    clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -D_GNU_SOURCE -DHONE_VERSION='"0"' -I"$root" \
        "$root/tests/fuzz/fuzz_$reader.c" "${libraries[@]/#/$work/b/}" \
        -lprotobuf-c -lutf8proc -lpcre2-8 -lcrypto -lz -lzstd -lyaml -ljansson -lcurl -lopenblas -lpthread -lm \
        -o "$work/fuzz_$reader"
    mkdir "$work/$reader"
    # inputs stay small: every rule of the formats can be reached in a few KB
    "$work/fuzz_$reader" -runs="$runs" -seed="$seed" -max_len=20000 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        "$work/$reader" "$root/tests/fuzz/corpus/$reader" >"$work/log" 2>&1 || { tail -40 "$work/log"; exit 1; }
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
    [ "$executed" -ge "$runs" ] || { echo "$reader: only $executed of $runs inputs"; exit 1; }
    echo "$reader: $executed inputs, nothing found; $(grep -o 'cov: [0-9]*' "$work/log" | tail -1), $(ls "$work/$reader" | wc -l) kept"
done
echo "fuzz_readers: passed"
