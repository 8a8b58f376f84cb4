"""Gemma 3 weights for the PyTorch scripts here: read from the GGUF, or random in the same shapes.

Names are Hugging Face's; norms are stored there as w, in the GGUF as 1 + w (docs/gguf.md).
"""
import json, os

import numpy as np

NAMES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm", "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CONTROL_ROWS = list(range(46, 53))

CONFIG = {  # Gemma 3 270M
    "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "vocab_size": 262144,
    "hidden_size": 640, "intermediate_size": 2048, "num_hidden_layers": 18,
    "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256, "sliding_window": 512,
    "query_pre_attn_scalar": 256, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6,
    "tie_word_embeddings": True,  # rotary bases 1e6 and 1e4 are the class's defaults
    "attention_bias": False, "hidden_activation": "gelu_pytorch_tanh", "attention_dropout": 0.0,
    "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0,
    "layer_types": ["full_attention" if (i + 1) % 6 == 0 else "sliding_attention"
                    for i in range(18)],
}


def default_model():
    """The base model that the tests of the program use, or None."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = os.environ.get("HONE_TEST_MODEL") or os.path.join(
        cache, "hone", "models", "gemma3-270m-q4_k_m.gguf")
    return path if os.path.isfile(path) else None


def gguf_tensors(path):
    """(GGUF name, decoded f32 array [out, in]) of every tensor."""
    from gguf import GGUFReader, dequantize
    for t in GGUFReader(path).tensors:
        yield t.name, np.array(dequantize(t.data, t.tensor_type), dtype=np.float32)


def hf_name(name):
    part = name.split(".")
    if part[0] == "token_embd": return "model.embed_tokens.weight"
    if part[0] == "output_norm": return "model.norm.weight"
    return f"model.layers.{part[1]}.{NAMES[part[2]]}.weight"


def hf_weights(path):
    """{Hugging Face name: f32 array} of a GGUF file."""
    return {hf_name(n): w - 1 if w.ndim == 1 else w for n, w in gguf_tensors(path)}


def shapes():
    """{Hugging Face name: shape} of Gemma 3 270M."""
    C, FF, Q = CONFIG["hidden_size"], CONFIG["intermediate_size"], 1024
    layer = {"self_attn.q_proj": (Q, C), "self_attn.k_proj": (256, C), "self_attn.v_proj": (256, C),
             "self_attn.o_proj": (C, Q), "self_attn.q_norm": (256,), "self_attn.k_norm": (256,),
             "mlp.gate_proj": (FF, C), "mlp.up_proj": (FF, C), "mlp.down_proj": (C, FF),
             "input_layernorm": (C,), "post_attention_layernorm": (C,),
             "pre_feedforward_layernorm": (C,), "post_feedforward_layernorm": (C,)}
    out = {"model.embed_tokens.weight": (CONFIG["vocab_size"], C), "model.norm.weight": (C,)}
    for i in range(CONFIG["num_hidden_layers"]):
        out.update({f"model.layers.{i}.{k}.weight": v for k, v in layer.items()})
    return out


def random_weights():
    """Weights of that shape, cheaply: one block of normal numbers over and over; norms are zero."""
    block = np.random.default_rng(1).standard_normal(1 << 20, dtype=np.float32) * 0.03
    return {k: np.resize(block, s) if len(s) == 2 else np.zeros(s, np.float32)
            for k, s in shapes().items()}


def write_folder(folder, path=None, dtype="float32"):
    """A Hugging Face folder as a user of PEFT would have it; random weights without a path."""
    import torch
    from safetensors.torch import save_file
    kind = getattr(torch, dtype)
    weights = hf_weights(path) if path else random_weights()
    os.makedirs(folder, exist_ok=True)
    save_file({k: torch.from_numpy(w).to(kind) for k, w in weights.items()},
              os.path.join(folder, "model.safetensors"), {"format": "pt"})
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump(dict(CONFIG, torch_dtype=dtype), f, indent=1)
