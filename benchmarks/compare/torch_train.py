#!/usr/bin/env python3
"""Trains a Hugging Face Llama folder in PyTorch eager f32, the other side of ./compare.

Prints one JSON line per step (loss, grad_norm, seconds, tokens_per_second) and a last one with the
process's own peak resident memory (VmHWM). Windows, targets, clipping and weight decay are those of
`memo train`: window w is tokens [w*S, w*S+S), its targets are the same shifted by one.
"""

import argparse
import json
import pathlib
import sys
import time

# The llama-25m preset of `memo train`.
LLAMA_25M = dict(
    vocab_size=32000,
    hidden_size=384,
    intermediate_size=1024,
    num_hidden_layers=8,
    num_attention_heads=6,
    num_key_value_heads=2,
    max_position_embeddings=1 << 20,
    rms_norm_eps=1e-5,
    rope_theta=10000.0,
    tie_word_embeddings=True,
)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, required=True, help="Hugging Face folder")
    parser.add_argument(
        "--create", action="store_true", help="write a seeded llama-25m to --model, and stop"
    )
    parser.add_argument("--data", type=pathlib.Path, help="little-endian int32 tokens")
    parser.add_argument("--sequence-length", type=int, default=512)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--beta1", type=float, default=0.9)
    parser.add_argument("--beta2", type=float, default=0.95)
    parser.add_argument("--eps", type=float, default=1e-8)
    parser.add_argument("--weight-decay", type=float, default=0.1)
    parser.add_argument("--grad-clip", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--optimizer-kind",
        choices=["fused", "foreach", "forloop"],
        default="fused",
        help="AdamW implementation; fused is the fastest on CPU",
    )
    parser.add_argument(
        "--loss",
        choices=["model", "cross-entropy"],
        default="model",
        help="model: the loss inside LlamaForCausalLM; cross-entropy: on its logits, as fast",
    )
    parser.add_argument("--profile", action="store_true", help="also print the costliest operators")
    return parser.parse_args()


def create_model(folder):
    """Writes one seeded initial checkpoint: both sides must start from the same weights."""
    import torch
    import transformers

    torch.manual_seed(20240712)
    config = transformers.LlamaConfig(**LLAMA_25M)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


def optimizer_for(model, options):
    """AdamW that decays matrices only, in the implementation asked for."""
    import torch

    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": options.weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups,
        lr=options.lr,
        betas=(options.beta1, options.beta2),
        eps=options.eps,
        fused=options.optimizer_kind == "fused",
        foreach=options.optimizer_kind == "foreach",
    )


def read_windows(options):
    """Yields (inputs, targets) of shape [B, S] for each step, in the order of `memo train`."""
    import torch

    count = options.batch_size * options.sequence_length
    tokens = torch.frombuffer(bytearray(options.data.read_bytes()), dtype=torch.int32).long()
    if tokens.numel() < options.steps * count + 1:
        sys.exit(
            f"{options.data} holds {tokens.numel()} tokens;"
            f" {options.steps} steps need {options.steps * count + 1}"
        )
    for first in range(0, options.steps * count, count):
        inputs = tokens[first : first + count].view(options.batch_size, -1)
        targets = tokens[first + 1 : first + count + 1].view(options.batch_size, -1)
        yield inputs, targets


def loss_of(model, inputs, targets, options):
    import torch

    if options.loss == "model":
        # shift_labels: the targets are already shifted, so the model must not shift them again.
        return model(input_ids=inputs, labels=targets, shift_labels=targets, use_cache=False).loss
    logits = model(input_ids=inputs, use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def train(options):
    import torch
    import transformers

    torch.set_num_threads(options.threads)
    model = transformers.LlamaForCausalLM.from_pretrained(
        options.model, dtype=torch.float32, attn_implementation="sdpa"
    ).train()
    optimizer = optimizer_for(model, options)
    for step, (inputs, targets) in enumerate(read_windows(options), start=1):
        started = time.perf_counter()
        loss = loss_of(model, inputs, targets, options)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), options.grad_clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds = time.perf_counter() - started
        line = {
            "step": step,
            "loss": loss.item(),
            "grad_norm": norm.item(),
            "tokens": inputs.numel(),
            "seconds": seconds,
            "tokens_per_second": inputs.numel() / seconds,
        }
        print(json.dumps(line), flush=True)
    summary = {
        "peak_rss_bytes": peak_rss_bytes(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "threads": torch.get_num_threads(),
    }
    print(json.dumps(summary), flush=True)


def peak_rss_bytes():
    """VmHWM: the largest resident set this process ever had."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def main():
    options = arguments()
    if options.create:
        create_model(options.model)
    elif options.profile:
        from torch.profiler import profile

        with profile() as profiler:
            train(options)
        print(profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=25))
    else:
        train(options)


if __name__ == "__main__":
    main()
