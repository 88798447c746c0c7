"""Makes the tiny checkpoints of src/test/resources/model with Hugging Face transformers.

Run in the module's folder:  python src/test/python/make_model_fixtures.py
Each folder has what save_pretrained writes, and expected.json: the CRC-32 of each tensor as little-endian f32.
rope.json has inverse frequencies as bits. Torch's vectorised power rounds otherwise than its scalar one, hence the
environment variable. Needs torch, transformers and safetensors; tried with transformers 5.18.
"""

import json
import os
import shutil
import zlib
from pathlib import Path

os.environ["ATEN_CPU_CAPABILITY"] = "default"

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

OUT = Path("src/test/resources/model")
SIZES = dict(
    vocab_size=67,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=256,
)
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=500000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=64,
)


def make(name, model_class, config, dtype=torch.float32, **save_options):
    torch.manual_seed(7)
    model = model_class(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))  # so that no norm or bias is constant
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.to(dtype).save_pretrained(folder, **save_options)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tensors = {}
    for shard in sorted(folder.glob("*.safetensors")):
        tensors.update(load_file(shard))
    write_expected(folder, tensors)
    return folder


def write_expected(folder, tensors):
    crcs = {
        name: zlib.crc32(tensor.float().contiguous().numpy().tobytes())
        for name, tensor in sorted(tensors.items())
    }
    (folder / "expected.json").write_text(json.dumps(crcs, indent=1) + "\n")


def make_checkpoints():
    make("llama-tied", LlamaForCausalLM, LlamaConfig(**SIZES, tie_word_embeddings=True))
    make(
        "llama-biases-bf16",
        LlamaForCausalLM,
        LlamaConfig(
            **SIZES, head_dim=8, attention_bias=True, mlp_bias=True, rope_parameters=dict(LLAMA3)
        ),
        torch.bfloat16,
    )
    make(
        "mistral-f16-shards",
        MistralForCausalLM,
        MistralConfig(**SIZES, sliding_window=None),
        torch.float16,
        max_shard_size="4KB",
    )
    make("qwen2", Qwen2ForCausalLM, Qwen2Config(**SIZES))
    gpt2 = GPT2Config(vocab_size=67, n_positions=32, n_embd=16, n_layer=2, n_head=4)
    make("gpt2", GPT2LMHeadModel, gpt2)
    as_on_the_hub(make("gpt2-hub-names", GPT2LMHeadModel, gpt2))


def as_on_the_hub(folder):
    """The names and buffers of the first GPT-2 checkpoint: no prefix, and the causal mask stored."""
    file = folder / "model.safetensors"
    tensors = {name.removeprefix("transformer."): t for name, t in load_file(file).items()}
    write_expected(folder, tensors)
    for layer in range(2):
        tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(1, 1, 8, 8))
    save_file(tensors, file, metadata={"format": "pt"})


def rope_case(head_dim, rope):
    config = LlamaConfig(
        hidden_size=head_dim * 2,
        num_attention_heads=2,
        head_dim=head_dim,
        max_position_embeddings=131072,
        rope_parameters=dict(rope),
    )
    frequencies = LlamaRotaryEmbedding(config).inv_freq
    return dict(head_dim=head_dim, rope=rope, bits=frequencies.view(torch.int32).tolist())


def make_rope():
    cases = []
    for head_dim in (16, 64, 96, 128):
        for theta in (10000.0, 500000.0, 1000000.0):
            cases.append(rope_case(head_dim, dict(rope_type="default", rope_theta=theta)))
        cases.append(
            rope_case(head_dim, dict(rope_type="linear", rope_theta=10000.0, factor=2.5))
        )
        cases.append(rope_case(head_dim, LLAMA3))
        hub = dict(LLAMA3, factor=32.0, original_max_position_embeddings=8192)
        cases.append(rope_case(head_dim, hub))
        odd = dict(LLAMA3, factor=3.3, low_freq_factor=1.7, high_freq_factor=5.9)
        cases.append(rope_case(head_dim, odd))
    text = ",\n".join(json.dumps(case) for case in cases)
    (OUT / "rope.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    make_checkpoints()
    make_rope()
