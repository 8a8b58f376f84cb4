#!/usr/bin/env bash
# The one virtual environment of the scripts torch_*.py here: PyTorch, transformers, PEFT, gguf.
# Prints the path of its python. Nothing of this belongs to the program, its build or its tests.
#
# usage: torch_setup.sh     HONE_TORCH_PYTHON=/path/python: use that one as it is, install nothing
#
# PyPI's torch is the CUDA build. Where a CUDA 13 toolkit is installed, the NVIDIA packages that it
# covers are left out and its libraries are used; else pip installs them all (gigabytes).
set -eu -o pipefail

if [ -n "${HONE_TORCH_PYTHON:-}" ]; then
    "$HONE_TORCH_PYTHON" -c 'import torch, transformers, peft' >&2 || {
        echo "error: $HONE_TORCH_PYTHON lacks torch, transformers or peft" >&2
        exit 1
    }
    echo "$HONE_TORCH_PYTHON"
    exit 0
fi

torch=2.15.0 transformers=5.23.0 peft=0.21.2 accelerate=1.15.0 gguf=0.19.0
venv=${XDG_CACHE_HOME:-$HOME/.cache}/hone/torch-$torch
python=$venv/hone-python
if [ ! -f "$venv/ready" ]; then
    echo "installing torch $torch, transformers $transformers, peft $peft into $venv" >&2
    rm -rf "$venv"
    python3 -m venv "$venv"
    log=$venv/install.log # pip complains there about the NVIDIA packages that are left out
    install() {
        "$venv/bin/pip" install -q --disable-pip-version-check "$@" >>"$log" 2>&1 || {
            tail -5 "$log" >&2
            exit 1
        }
    }
    toolkit=${CUDA_HOME:-/usr/local/cuda}/lib64
    libraries=
    if [ -e "$toolkit/libcublas.so.13" ]; then
        libraries=$toolkit
        install --no-deps "torch==$torch" nvidia-cufile nvidia-cusparselt-cu13==0.8.1 \
            nvidia-nccl-cu13==2.30.7 nvidia-nvshmem-cu13==3.7.2
        [ -e "$toolkit/libcudnn.so.9" ] || install --no-deps nvidia-cudnn-cu13
    else
        install "torch==$torch"
    fi
    install filelock typing-extensions sympy networkx jinja2 fsspec "setuptools>=77" numpy \
        packaging pyyaml regex tqdm psutil safetensors huggingface-hub tokenizers typer \
        "gguf==$gguf"
    install --no-deps "transformers==$transformers" "accelerate==$accelerate" "peft==$peft"
    cat >"$python" <<SH
#!/bin/sh
LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "$venv/bin/python" "\$@"
SH
    chmod +x "$python"
    "$python" -c 'import torch, transformers, peft, gguf, safetensors' >&2
    touch "$venv/ready"
fi
echo "$python"
