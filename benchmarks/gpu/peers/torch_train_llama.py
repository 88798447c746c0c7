#!/usr/bin/env python3
"""Trains a Llama on one GPU as well as plain PyTorch does it: the other side of the comparison.

What it does, so that a ratio to it means something:
- bf16 weights, activations and gradients; f32 master weights and moments with fused AdamW;
- attention by SDPA in the backend named (or PyTorch's choice), grouped queries without copies;
- every layer is checkpointed: its input is kept, the rest is computed again in backward. With
  --offload the inputs go to pinned host memory on a stream of their own and come back one layer
  ahead, so that copies hide behind compute; auto does so where the inputs of all layers would take
  more than a quarter of what is free;
- the loss runs over chunks of tokens, forward and backward, so that all logits never exist;
- --compile compiles what lies between the matrix products and attention.
Prints a line of JSON for each step, and one at the end.
"""

import argparse
import json
import math
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass

sys.dont_write_bytecode = True  # leaves no __pycache__ in the sources

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402

BACKENDS = {
    "auto": None,
    "flash": SDPBackend.FLASH_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
    "math": SDPBackend.MATH,
}
EPSILON = 1e-5
ROPE_BASE = 500_000.0
OFFLOADED_SHARE = 0.25
HOST_SHARE = 0.9
OUT_OF_MEMORY = 3


@dataclass(frozen=True)
class Config:
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int

    @staticmethod
    def read(path):
        with open(path) as file:
            values = json.load(file)
        heads = values["num_attention_heads"]
        return Config(
            hidden=values["hidden_size"],
            layers=values["num_hidden_layers"],
            heads=heads,
            kv_heads=values["num_key_value_heads"],
            head_dim=values.get("head_dim") or values["hidden_size"] // heads,
            ffn=values["intermediate_size"],
            vocab=values["vocab_size"],
        )


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="config.json of a Llama with tied embeddings")
    parser.add_argument("--data", required=True, help="little-endian int32 tokens")
    parser.add_argument("--sequence-length", type=int, required=True)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--sdpa", default="auto", choices=BACKENDS)
    parser.add_argument("--offload", default="auto", choices=["auto", "yes", "no"])
    parser.add_argument("--loss-chunk", type=int, default=4096, help="tokens of a chunk of logits")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument(
        "--memory-only",
        action="store_true",
        help="take values for attention's output, in one step: does the length fit, in little time",
    )
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--grad-clip", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, help="no new step after these")
    return parser.parse_args()


def turned(x, cosines, sines):
    """The rotary embedding of [T, heads, D], in f32."""
    one, other = x.float().chunk(2, dim=-1)
    return torch.cat(
        (one * cosines - other * sines, other * cosines + one * sines), dim=-1
    ).type_as(x)


def normed(x, weight):
    return F.rms_norm(x, (x.shape[-1],), weight, EPSILON)


def gated(gate_up):
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


@dataclass
class Pieces:
    """What lies between products and attention, compiled or not."""

    turned: object = turned
    normed: object = normed
    gated: object = gated

    @staticmethod
    def compiled():
        return Pieces(*(torch.compile(piece, dynamic=False) for piece in (turned, normed, gated)))


class Layer(torch.nn.Module):
    def __init__(self, config, pieces, attention):
        super().__init__()
        self.config = config
        self.pieces = pieces
        self.attention = attention
        width = (config.heads + 2 * config.kv_heads) * config.head_dim
        self.input_norm = torch.nn.Parameter(torch.ones(config.hidden))
        self.qkv = weight(width, config.hidden)
        self.out = weight(config.hidden, config.heads * config.head_dim)
        self.mlp_norm = torch.nn.Parameter(torch.ones(config.hidden))
        self.gate_up = weight(2 * config.ffn, config.hidden)
        self.down = weight(config.hidden, config.ffn)

    def forward(self, x, cosines, sines):
        c = self.config
        qkv = F.linear(self.pieces.normed(x, self.input_norm), self.qkv)
        q, k, v = qkv.view(-1, c.heads + 2 * c.kv_heads, c.head_dim).split(
            [c.heads, c.kv_heads, c.kv_heads], dim=1
        )
        q = self.pieces.turned(q, cosines, sines)
        k = self.pieces.turned(k, cosines, sines)
        attended = self.attention(q, k, v)
        x = x + F.linear(attended.reshape(x.shape[0], -1), self.out)
        hidden = self.pieces.gated(F.linear(self.pieces.normed(x, self.mlp_norm), self.gate_up))
        return x + F.linear(hidden, self.down)


def weight(rows, columns):
    return torch.nn.Parameter(torch.empty(rows, columns).normal_(0, 0.02))


def attention_by(backend, grouped):
    def attend(q, k, v):
        chosen = sdpa_kernel(backend) if backend else nullcontext()
        with chosen:
            q, k, v = (part.transpose(0, 1).unsqueeze(0) for part in (q, k, v))
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
        return out.squeeze(0).transpose(0, 1)

    return attend


def no_attention(q, k, v):
    """Has attention's shapes and takes no more memory than it."""
    repeats = q.shape[1] // k.shape[1]
    return q + (k + v).repeat_interleave(repeats, dim=1)


class Inputs:
    """Where the layers' inputs wait for backward: on the GPU, or in pinned host memory.

    imagined: there is no host memory, and what comes back is anything; the GPU's memory is the same.
    """

    def __init__(self, config, tokens, device, offloaded, imagined=False):
        self.offloaded = offloaded
        self.imagined = imagined
        self.kept = [None] * config.layers
        if offloaded:
            cuda = device.type == "cuda"
            shape = (config.layers, tokens, config.hidden)
            place = "meta" if imagined else "cpu"
            self.host = torch.empty(shape, dtype=torch.bfloat16, device=place)
            if cuda and not imagined:
                pin(self.host)
            self.out_stream, self.back_stream = (
                (torch.cuda.Stream(), torch.cuda.Stream()) if cuda else (None, None)
            )

    def host_bytes(self):
        return self.host.numel() * self.host.element_size() if self.offloaded else 0

    def put(self, index, x):
        if not self.offloaded:
            self.kept[index] = x
        elif self.imagined:
            return
        elif self.out_stream is None:
            self.host[index].copy_(x)
        else:
            self.out_stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.out_stream):
                self.host[index].copy_(x, non_blocking=True)
            x.record_stream(self.out_stream)

    def prefetch(self, index, like):
        """Starts to bring back the input of a layer, which is wanted next."""
        if index < 0 or not self.offloaded:
            return
        back = torch.empty_like(like)
        if self.imagined:
            back.zero_()
        elif self.back_stream is None:
            back.copy_(self.host[index])
        else:
            self.back_stream.wait_stream(torch.cuda.current_stream())
            self.back_stream.wait_stream(self.out_stream)
            with torch.cuda.stream(self.back_stream):
                back.copy_(self.host[index], non_blocking=True)
        self.kept[index] = back

    def take(self, index):
        x, self.kept[index] = self.kept[index], None
        if self.offloaded and self.back_stream is not None:
            torch.cuda.current_stream().wait_stream(self.back_stream)
        return x


def pin(memory):
    """In place: PyTorch's allocator of pinned memory rounds up to powers of two."""
    size = memory.numel() * memory.element_size()
    status = torch.cuda.cudart().cudaHostRegister(memory.data_ptr(), size, 0)
    if int(status) != 0:
        sys.exit(f"pinning {size} bytes failed with cudaError {int(status)}")


class Llama:
    def __init__(self, config, options, device):
        self.config = config
        self.device = device
        self.chunk = options.loss_chunk
        pieces = Pieces.compiled() if options.compile else Pieces()
        grouped = config.heads != config.kv_heads
        attention = (
            no_attention if options.memory_only else attention_by(BACKENDS[options.sdpa], grouped)
        )
        with torch.device(device):
            torch.set_default_dtype(torch.bfloat16)
            self.embedding = weight(config.vocab, config.hidden)
            self.layers = [Layer(config, pieces, attention) for _ in range(config.layers)]
            self.final_norm = torch.nn.Parameter(torch.ones(config.hidden))
            torch.set_default_dtype(torch.float32)
            self.cosines, self.sines = rotary_table(config, options.sequence_length, device)
        self.pieces = pieces

    def parameters(self):
        layers = (p for layer in self.layers for p in layer.parameters())
        return [self.embedding, *layers, self.final_norm]

    def step(self, ids, targets, inputs):
        """Forward and backward, layer by layer; gradients are left in the parameters."""
        with torch.no_grad():
            x = F.embedding(ids, self.embedding)
            for index, layer in enumerate(self.layers):
                inputs.put(index, x)
                x = layer(x, self.cosines, self.sines)
        loss, dx = self.loss(x, targets)
        last = len(self.layers) - 1
        inputs.prefetch(last, x)
        del x
        for index in range(last, -1, -1):
            taken = inputs.take(index).detach().requires_grad_()
            inputs.prefetch(index - 1, taken)
            out = self.layers[index](taken, self.cosines, self.sines)
            out.backward(dx)
            dx = taken.grad
            del out, taken
        with torch.no_grad():
            self.embedding.grad.index_add_(0, ids, dx)
        return loss

    def loss(self, x, targets):
        """The mean loss and the gradient of the last layer's output, chunk by chunk."""
        total = torch.zeros((), device=self.device)
        dx = torch.empty_like(x)
        for chunk, wanted, gradient in zip(
            x.split(self.chunk), targets.split(self.chunk), dx.split(self.chunk)
        ):
            chunk = chunk.detach().requires_grad_()
            logits = F.linear(self.pieces.normed(chunk, self.final_norm), self.embedding)
            loss = F.cross_entropy(logits.float(), wanted, reduction="sum") / targets.numel()
            loss.backward()
            gradient.copy_(chunk.grad)
            total += loss.detach()
        return total, dx


def rotary_table(config, tokens, device):
    half = torch.arange(0, config.head_dim, 2, device=device).float() / config.head_dim
    angles = torch.outer(torch.arange(tokens, device=device).float(), ROPE_BASE**-half)
    return angles.cos().unsqueeze(1), angles.sin().unsqueeze(1)


class Optimizer:
    """Fused AdamW on f32 master weights; the bf16 weights are their rounded copies."""

    def __init__(self, parameters, options):
        self.parameters = parameters
        self.clip = options.grad_clip
        self.masters = [torch.nn.Parameter(p.detach().float()) for p in parameters]
        decayed = [m for m in self.masters if m.dim() >= 2]
        others = [m for m in self.masters if m.dim() < 2]
        self.adamw = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": 0.1},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=options.lr,
            betas=(0.9, 0.95),
            eps=1e-8,
            fused=True,
        )

    def step(self):
        gradients = [p.grad for p in self.parameters]
        norm = torch.linalg.vector_norm(
            torch.stack([torch.linalg.vector_norm(g, dtype=torch.float32) for g in gradients])
        )
        scale = (self.clip / (norm + 1e-6)).clamp(max=1.0)
        for master, gradient in zip(self.masters, gradients):
            master.grad = gradient.float().mul_(scale)
        self.adamw.step()
        self.adamw.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.masters)
        for parameter in self.parameters:
            parameter.grad = None
        return norm


def offloads(options, config, device):
    if options.offload != "auto":
        return options.offload == "yes"
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info()
    kept = 2 * config.layers * options.sequence_length * config.hidden
    return kept > OFFLOADED_SHARE * free


def tokens_of(options, device):
    count = options.steps * options.sequence_length + 1
    with open(options.data, "rb") as file:
        data = bytearray(file.read(4 * count))
    tokens = torch.frombuffer(data, dtype=torch.int32).long().to(device)
    if tokens.numel() < count:
        sys.exit(f"{options.data} holds {tokens.numel()} tokens; these steps need {count}")
    return tokens


def host_memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def train(options):
    device = torch.device(options.device)
    torch.manual_seed(20240712)
    config = Config.read(options.model)
    if options.memory_only:
        options.steps = 1
    model = Llama(config, options, device)
    optimizer = Optimizer(model.parameters(), options)
    offloaded = offloads(options, config, device)
    inputs = Inputs(config, options.sequence_length, device, offloaded, options.memory_only)
    if inputs.host_bytes() > HOST_SHARE * host_memory_bytes():
        raise torch.OutOfMemoryError(f"{inputs.host_bytes()} bytes of host memory are too many")
    tokens = tokens_of(options, device)
    length = options.sequence_length
    started = time.perf_counter()
    for step in range(options.steps):
        if options.seconds and time.perf_counter() - started > options.seconds:
            break
        ids = tokens[step * length : (step + 1) * length]
        targets = tokens[step * length + 1 : (step + 1) * length + 1]
        synchronize(device)
        start = time.perf_counter()
        loss = model.step(ids, targets, inputs)
        norm = optimizer.step()
        synchronize(device)
        seconds = time.perf_counter() - start
        line = {"step": step + 1, "loss": loss.item(), "grad_norm": norm.item(), "tokens": length}
        print(json.dumps({**line, "seconds": seconds}), flush=True)
        if not math.isfinite(line["loss"]):
            sys.exit("the loss is not finite")
    print(json.dumps(summary(options, config, model, inputs, device)), flush=True)


def summary(options, config, model, inputs, device):
    cuda = device.type == "cuda"
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "device_peak_bytes": torch.cuda.max_memory_allocated() if cuda else 0,
        "device_reserved_bytes": torch.cuda.max_memory_reserved() if cuda else 0,
        "host_bytes": inputs.host_bytes(),
        "offloaded": inputs.offloaded,
        "sdpa": options.sdpa,
        "compiled": options.compile,
        "memory_only": options.memory_only,
        "torch": torch.__version__,
    }


def main():
    options = arguments()
    try:
        train(options)
    except torch.OutOfMemoryError as failure:
        print(json.dumps({"out_of_memory": str(failure).splitlines()[0]}), flush=True)
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
