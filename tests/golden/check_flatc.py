#!/usr/bin/env python3
"""Our files read by flatc (Debian: flatbuffers-compiler) with the published table layouts.

    check_flatc.py WRITE_TINY_EXPORT

For each number format a toy model is written; header and model go through `flatc --json`, and what it reads must be
what the file holds: sections and their borders, signatures, names, shapes, bytes of buffers, scales. Exit 77 without flatc.
"""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
V, C, F, Q, K, LAYERS, CACHE = 320, 64, 128, 128, 64, 6, 64


def flatc(work, schema, name, data, *more):
    file = pathlib.Path(work) / (name + ".bin")
    file.write_bytes(data)
    subprocess.run(["flatc", "--json", "--strict-json", "--defaults-json", *more, "-o", work, str(HERE / schema), "--", str(file)], check=True)
    return json.loads((pathlib.Path(work) / (name + ".json")).read_text(encoding="utf-8"))


def expect(name, have, want):
    if have != want:
        raise ValueError(f"{name}: {have!r}, expected {want!r}")


def items(pairs):
    return {p["key"]: p["value"]["value"] for p in pairs or []}


def check_header(header, data):
    """The sections by type; every border as the file has it."""
    sections = {}
    for s in header["section_metadata"]["objects"]:
        expect("alignment", s["begin_offset"] % 16384, 0)
        if not s["begin_offset"] < s["end_offset"] <= len(data):
            raise ValueError(f"section {s} of a file of {len(data)}")
        sections[s["data_type"]] = data[s["begin_offset"]:s["end_offset"]]
        if s["data_type"] == 3:
            expect("model_type", items(s["items"])["model_type"], "tf_lite_prefill_decode")
    expect("section types", sorted(sections), [3, 4, 5])
    if "uuid" not in items(header["system_metadata"]["entries"]):
        raise ValueError("no uuid")
    return sections


def check_weight(model, tensor, name, shape, kind):
    """Bytes and scales of one matrix."""
    bits, scales = {"f32": (32, 0), "q8": (8, shape[0]), "q4b32": (4, 0)}[kind]
    expect(name + " shape", tensor["shape"], shape)
    expect(name + " bytes", len(model["buffers"][tensor["buffer"]]["data"]), shape[0] * shape[1] * bits // 8)
    quant = tensor.get("quantization") or {}
    expect(name + " scales", len(quant.get("scale", [])), scales)
    expect(name + " zero points", len(quant.get("zero_point", [])), scales)
    if any(s <= 0 for s in quant.get("scale", [])):
        raise ValueError(name + ": a scale is not positive")
    expect(name + " block", (quant.get("details") or {}).get("block_size"), 32 if kind == "q4b32" else None)


def check_model(model, kind):
    expect("version", model["version"], 3)
    expect("signatures", sorted(s["signature_key"] for s in model["signature_defs"]), ["decode", "prefill_1", "prefill_8"])
    for s in model["signature_defs"]:
        graph = model["subgraphs"][s["subgraph_index"]]
        tensors = graph["tensors"]
        inputs = {t["name"]: tensors[t["tensor_index"]] for t in s["inputs"]}
        expect("caches", sum(n.startswith("kv_cache_") for n in inputs), 2 * LAYERS)
        expect("mask", inputs["mask"]["shape"][3], CACHE)
        outputs = {t["name"]: tensors[t["tensor_index"]] for t in s["outputs"]}
        expect("logits", outputs.get("logits", {}).get("shape"), [1, 1, V] if s["signature_key"] == "decode" else None)
        if not all(t["has_rank"] for t in tensors):
            raise ValueError("has_rank is not set")
        used = {i for o in graph["operators"] for i in o["inputs"] if i >= 0}
        if max(used) >= len(tensors):
            raise ValueError("an operator names a tensor that is not there")
    decode = next(s for s in model["signature_defs"] if s["signature_key"] == "decode")
    by_name = {t["name"]: t for t in model["subgraphs"][decode["subgraph_index"]]["tensors"]}
    check_weight(model, by_name["model.embed_tokens.weight"], "embedding", [V, C], "q8" if kind == "q4b32" else kind)
    for layer in range(LAYERS):
        for name, shape in (("self_attn.q_proj", [Q, C]), ("self_attn.k_proj", [K, C]), ("self_attn.o_proj", [C, Q]),
                            ("mlp.gate_proj", [F, C]), ("mlp.down_proj", [C, F])):
            check_weight(model, by_name[f"model.layers.{layer}.{name}.weight"], name, shape, kind)


def main():
    if not shutil.which("flatc"):
        print("skipped: flatc is not installed (flatbuffers-compiler)")
        return 77
    for kind in ("q8", "q4b32"):
        with tempfile.TemporaryDirectory() as work:
            path = pathlib.Path(work) / "tiny.litertlm"
            subprocess.run([sys.argv[1], str(path), kind], check=True)
            data = path.read_bytes()
            end = struct.unpack_from("<Q", data, 24)[0]
            sections = check_header(flatc(work, "litertlm_header.fbs", "header", data[32:end], "--raw-binary"), data)
            check_model(flatc(work, "tflite_model.fbs", "model", sections[3]), kind)
            print(f"{kind}: header and model of {len(data)} bytes as flatc reads them")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, KeyError, subprocess.CalledProcessError) as error:
        sys.exit(print(f"FAILED: {error}") or 1)
