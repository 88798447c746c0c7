#!/usr/bin/env python3
"""Times in PyTorch what benchmarks.jar times in Memo: products, attention, kernels and copies.

Prints a line of JSON for each result: `name` and `case` are those of Memo's benchmark, `how` says
which of PyTorch's ways it was, `seconds` is the median of an operation, `work` its FLOPs or bytes.
What a way cannot do is a line with `error`. Nothing is left out to look better: for each operation
the report takes PyTorch's fastest way.
"""

import argparse
import sys
import time
from dataclasses import dataclass

sys.dont_write_bytecode = True  # leaves no __pycache__ in the sources

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402

from timing import Clock, Sink  # noqa: E402

PARTS = ("products", "attention", "kernels", "copies")


@dataclass(frozen=True)
class Sizes:
    """Of Memo's ModelShape of the same name."""

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int


MODELS = {
    "LLAMA_1B": Sizes(2048, 32, 8, 64, 8192, 128256),
    "LLAMA_8B": Sizes(4096, 32, 8, 128, 14336, 128256),
    "TINY": Sizes(128, 4, 2, 32, 256, 512),
}


@dataclass(frozen=True)
class Bench:
    device: torch.device
    model_name: str
    sizes: Sizes
    dtype: torch.dtype
    tokens: int
    clock: Clock
    sink: Sink
    end: float

    def random(self, *shape, dtype=None):
        return torch.rand(*shape, device=self.device).mul_(2).sub_(1).to(dtype or self.dtype)

    def time(self, name, case, how, unit, work, call):
        """Times a call, unless the time is over; what fails is said and not counted."""
        if time.monotonic() > self.end:
            return
        entry = {"name": name, "case": case, "how": how, "unit": unit, "work": work}
        try:
            self.sink.add(**entry, seconds=self.clock.seconds(call))
        except (RuntimeError, torch.OutOfMemoryError, NotImplementedError) as failure:
            self.sink.add(**entry, error=str(failure).splitlines()[0])

    def case(self, **values):
        text = {"model": self.model_name, "type": type_name(self.dtype), **values}
        return " ".join(f"{key}={value}" for key, value in sorted(text.items()))


def type_name(dtype):
    return {torch.bfloat16: "BF16", torch.float32: "F32"}[dtype]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--model", default="LLAMA_1B", choices=MODELS)
    parser.add_argument("--type", default="BF16", choices=["BF16", "F32"])
    parser.add_argument("--tokens", type=int, default=8192, help="rows of products and kernels")
    parser.add_argument("--lengths", default="4096,32768,131072,262144", help="of attention")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--seconds", type=float, default=60, help="no new work after these")
    parser.add_argument("--enough", type=float, default=0.2, help="seconds of a measurement")
    parser.add_argument("--repeats", type=int, default=20, help="of a measurement at most")
    parser.add_argument(
        "--ways", default="eager", choices=["eager", "compiled"], help="of kernels (%(default)s)"
    )
    parser.add_argument("--out", help="file that lines are appended to")
    options = parser.parse_args()
    options.parts = options.parts.split(",")
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"--parts has {', '.join(sorted(unknown))}: valid are {', '.join(PARTS)}")
    options.lengths = [int(text) for text in options.lengths.split(",")]
    return options


def main():
    options = arguments()
    device = torch.device(options.device)
    torch.manual_seed(20121)
    # Memo's f32 products are in f32 too.
    torch.set_float32_matmul_precision("highest")
    bench = Bench(
        device=device,
        model_name=options.model,
        sizes=MODELS[options.model],
        dtype={"BF16": torch.bfloat16, "F32": torch.float32}[options.type],
        tokens=options.tokens,
        clock=Clock(device, options.enough, options.repeats),
        sink=Sink(options.out),
        end=time.monotonic() + options.seconds,
    )
    if "products" in options.parts:
        products(bench)
    if "attention" in options.parts:
        for length in options.lengths:
            attention(bench, length)
    if "copies" in options.parts:
        copies(bench)
    if "kernels" in options.parts:
        compiled = options.ways == "compiled"
        kernels(bench, options.ways, compile_whole if compiled else lambda function: function)


def compile_whole(function):
    return torch.compile(function, dynamic=False)


def products(bench):
    """y = x w', dx = dy w and dw = dy' x; in bf16 PyTorch's gradient of a weight is bf16."""
    sizes, tokens = bench.sizes, bench.tokens
    for outputs in (sizes.hidden, 2 * sizes.ffn):
        x = bench.random(tokens, sizes.hidden)
        w = bench.random(outputs, sizes.hidden)
        dy = bench.random(tokens, outputs)
        flops = 2.0 * tokens * outputs * sizes.hidden
        calls = {
            "FORWARD": lambda x=x, w=w: x @ w.t(),
            "INPUT_GRADIENT": lambda dy=dy, w=w: dy @ w,
            "WEIGHT_GRADIENT": lambda dy=dy, x=x: dy.t() @ x,
        }
        for product, call in calls.items():
            case = bench.case(outputs=outputs, product=product, tokens=tokens)
            bench.time("Gemm", case, "matmul", "flops", flops, call)


def attention(bench, length):
    """Causal, with the operands as Memo has them: side by side in the rows of one matrix."""
    s = bench.sizes
    pairs = length * (length + 1) / 2
    flops = 4.0 * pairs * s.heads * s.head_dim
    qkv = bench.random(1, length, s.heads + 2 * s.kv_heads, s.head_dim)
    q, k, v = (
        part.transpose(1, 2).detach().requires_grad_()
        for part in qkv.split([s.heads, s.kv_heads, s.kv_heads], dim=2)
    )
    dout = bench.random(1, length, s.heads, s.head_dim).transpose(1, 2)
    backends = {
        "flash": SDPBackend.FLASH_ATTENTION,
        "cudnn": SDPBackend.CUDNN_ATTENTION,
        "efficient": SDPBackend.EFFICIENT_ATTENTION,
    }
    case = bench.case(tokens=length)
    for how, backend in backends.items():

        def forward(backend=backend):
            with sdpa_kernel(backend):
                return F.scaled_dot_product_attention(
                    q, k, v, is_causal=True, enable_gqa=s.heads != s.kv_heads
                )

        bench.time("FlashAttentionForward", case, how, "flops", flops, forward)
        try:
            out = forward()
        except RuntimeError:
            continue  # it was said above

        def backward(out=out):
            torch.autograd.grad(out, (q, k, v), dout, retain_graph=True)

        bench.time("FlashAttentionBackward", case, how, "flops", 2.5 * flops, backward)


def copies(bench):
    """16 MiB at a time, 128 MiB each way, as swapping does them."""
    pieces, piece_bytes = 8, 16 << 20
    pinned = bench.device.type == "cuda"
    on_device = [bench.random(piece_bytes // 4, dtype=torch.float32) for _ in range(2 * pieces)]
    ordinary = [torch.ones(piece_bytes // 4) for _ in range(2 * pieces)]
    pool = [piece.pin_memory() for piece in ordinary] if pinned else ordinary
    offload, prefetch = streams(bench)

    def to_host(host=pool):
        with offload():
            for target, source in zip(host[:pieces], on_device[:pieces]):
                target.copy_(source, non_blocking=True)

    def to_device(host=pool):
        with prefetch():
            for target, source in zip(on_device[pieces:], host[pieces:]):
                target.copy_(source, non_blocking=True)

    def both():
        to_host()
        to_device()

    one_way = pieces * piece_bytes
    for name, call, work in (
        ("CopyToHost", to_host, one_way),
        ("CopyToDevice", to_device, one_way),
        ("CopyBothWays", both, 2 * one_way),
        ("OrdinaryCopy.toHost", lambda: to_host(ordinary), one_way),
        ("OrdinaryCopy.toDevice", lambda: to_device(ordinary), one_way),
    ):
        bench.time(name, "pieceMib=16", "copy_", "bytes", work, ended(bench, call))


def streams(bench):
    if bench.device.type != "cuda":
        from contextlib import nullcontext

        return nullcontext, nullcontext
    return tuple((lambda s=torch.cuda.Stream(): torch.cuda.stream(s)) for _ in range(2))


def ended(bench, call):
    """The call with the work of all streams done at its end, so that an event after it is late."""
    if bench.device.type != "cuda":
        return call

    def run():
        call()
        torch.cuda.synchronize()

    return run


def rms_norm(x, weight):
    return F.rms_norm(x, (x.shape[-1],), weight, 1e-5)


def layer_norm(x, weight, bias):
    return F.layer_norm(x, (x.shape[-1],), weight, bias, 1e-5)


def swiglu(gate_up):
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


def gelu(x):
    return F.gelu(x, approximate="tanh")


def rotary(x, cosines, sines):
    one, other = x.chunk(2, dim=-1)
    return torch.cat((one * cosines - other * sines, other * cosines + one * sines), dim=-1)


def cross_entropy(logits, targets):
    return F.cross_entropy(logits.float(), targets)


def kernels(bench, how, way):
    s, tokens, size = bench.sizes, bench.tokens, bench.dtype.itemsize
    rows, inner = tokens * s.hidden, tokens * s.ffn
    case = bench.case(tokens=tokens)

    def forward_and_backward(name, function, tensors, forward_bytes, backward_bytes):
        made = way(function)
        inputs = [tensor.requires_grad_() for tensor in tensors]
        with torch.no_grad():
            fixed = [tensor.detach() for tensor in inputs]
            bench.time(
                name + "Forward", case, how, "bytes", forward_bytes, lambda: made(*fixed)
            )
        if backward_bytes:
            out = made(*inputs)
            dout = torch.rand_like(out)
            bench.time(
                name + "Backward",
                case,
                how,
                "bytes",
                backward_bytes,
                lambda: torch.autograd.grad(out, inputs, dout, retain_graph=True),
            )

    x, weight, bias = bench.random(tokens, s.hidden), bench.random(s.hidden), bench.random(s.hidden)
    forward_and_backward("RmsNorm", rms_norm, [x, weight], 2 * rows * size, 3 * rows * size)
    gate_up = bench.random(tokens, 2 * s.ffn)
    forward_and_backward("SwiGlu", swiglu, [gate_up], 3 * inner * size, 5 * inner * size)
    forward_and_backward(
        "LayerNorm", layer_norm, [x.detach(), weight.detach(), bias], 2 * rows * size, 3 * rows * size
    )
    forward_and_backward(
        "Gelu", gelu, [bench.random(tokens, s.ffn)], 2 * inner * size, 3 * inner * size
    )
    if how == "eager":
        in_place(bench, case)
    rotated = s.heads + s.kv_heads
    heads = bench.random(tokens, rotated, s.head_dim)
    angles = torch.rand(tokens, 1, s.head_dim // 2, device=bench.device)
    turn = way(rotary)
    moved = 2 * tokens * rotated * s.head_dim * size
    bench.time("Rotary", case, how, "bytes", moved, lambda: turn(heads, angles, angles))
    embedding_and_loss(bench, how, way)
    if how == "eager":
        states(bench)


def in_place(bench, case):
    """What torch.compile would not change."""
    s, tokens, size = bench.sizes, bench.tokens, bench.dtype.itemsize
    rows, inner, how = tokens * s.hidden, tokens * s.ffn, "eager"
    y, x = bench.random(tokens, s.hidden), bench.random(tokens, s.hidden)
    bench.time("ResidualAdd", case, how, "bytes", 3 * rows * size, lambda: y.add_(x))
    wide = bench.random(tokens, s.ffn)
    wide_bias = bench.random(s.ffn)
    bench.time("BiasForward", case, how, "bytes", 2 * inner * size, lambda: wide.add_(wide_bias))
    bench.time("BiasBackward", case, how, "bytes", inner * size, lambda: wide.sum(0))


def embedding_and_loss(bench, how, way):
    s, tokens, size = bench.sizes, bench.tokens, bench.dtype.itemsize
    ids = torch.randint(0, s.vocab, (tokens,), device=bench.device)
    case = bench.case(tokens=tokens)
    if how == "eager":
        table = bench.random(s.vocab, s.hidden)
        look_up = tokens * s.hidden * 2 * size
        bench.time("EmbeddingForward", case, how, "bytes", look_up, lambda: F.embedding(ids, table))
    rows = min(tokens, 2048)
    logits = bench.random(rows, s.vocab).requires_grad_()
    loss = way(cross_entropy)

    def step():
        torch.autograd.grad(loss(logits, ids[:rows]), logits)

    case = bench.case(rows=rows)
    bench.time("CrossEntropy", case, how, "bytes", 2 * rows * s.vocab * size, step)


def states(bench):
    """On all parameters: an optimizer step, the gradients' norm, zeros, a copy."""
    elements = 64 << 20 if bench.device.type == "cuda" else 1 << 16
    case = f"elements={elements}"
    parameter = torch.nn.Parameter(bench.random(elements, dtype=torch.float32))
    parameter.grad = bench.random(elements, dtype=torch.float32)
    optimizer = torch.optim.AdamW([parameter], lr=1e-4, fused=True)
    bench.time("AdamW", case, "fused f32", "bytes", 28 * elements, optimizer.step)
    gradient = parameter.grad
    bench.time("SumOfSquares", case, "norm", "bytes", 4 * elements, lambda: gradient.norm())
    bench.time("ZeroFill", case, "zero_", "bytes", 4 * elements, lambda: gradient.zero_())
    target = torch.empty_like(gradient)
    bench.time("CopyOnDevice", case, "copy_", "bytes", 8 * elements, lambda: target.copy_(gradient))
    rounded = torch.empty(elements, dtype=torch.bfloat16, device=bench.device)
    bench.time("Cast", case, "copy_", "bytes", 6 * elements, lambda: rounded.copy_(gradient))


if __name__ == "__main__":
    main()
