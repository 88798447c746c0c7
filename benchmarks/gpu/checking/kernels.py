"""The stage that times products, attention, kernels and copies, beside PyTorch in the same run."""

from dataclasses import dataclass

from . import parse

TOKENS = 8192
ROWS = 32768
ATTENTION = "4096,32768,131072,262144"
RING = "32768,131072"
ELEMENTS = 64 << 20
ROTATION_MIB = 4096

GROUP_SECONDS = 60
LEAST_SECONDS = 10
TORCH_START_SECONDS = 12

BY_TOKENS = (
    "RmsNorm|LayerNorm|SwiGlu|Gelu|ResidualAdd|BiasForward|BiasBackward|Embedding|\\.RotaryBenchmark"
    "|TokensToHeads"
)
BY_ELEMENTS = "AdamW|SumOfSquares|ZeroFill|CopyOnDevice|Cast"


@dataclass(frozen=True)
class Group:
    """Benchmarks of ours, none or some, and the part of PyTorch's script that goes with them."""

    include: str | None
    parameters: dict
    part: str | None = None
    options: tuple = ()

    def name(self):
        return self.include or f"{self.part} {' '.join(self.options)}"


def groups():
    """Most valuable first. What torch.compile makes comes last: compiling takes its time."""
    by_rows = ("--tokens", str(ROWS))
    return [
        Group(
            "GemmBenchmark",
            {"tokens": TOKENS, "outputs": "2048,16384"},
            "products",
            ("--tokens", str(TOKENS)),
        ),
        Group("FlashAttention", {"tokens": ATTENTION}, "attention", ("--lengths", ATTENTION)),
        Group("RingAttention", {"tokens": RING}),
        Group("CopyTo|CopyBothWays|OrdinaryCopy", {}, "copies"),
        Group(BY_TOKENS, {"tokens": ROWS, "rotationMib": ROTATION_MIB}, "kernels", by_rows),
        Group("CrossEntropy", {"rows": 2048, "rotationMib": ROTATION_MIB}),
        Group(BY_ELEMENTS, {"elements": ELEMENTS, "rotationMib": ROTATION_MIB}),
        Group("StreamCall", {}),
        Group(None, {}, "kernels", (*by_rows, "--ways", "compiled")),
    ]


def tiny_groups():
    return [
        Group("ResidualAdd", {"tokens": 8, "rotationMib": 0}, "kernels", ("--tokens", "16")),
        Group("CopyToHost", {"totalMib": 1, "pieceMib": 1}, "copies"),
    ]


def kernels(context):
    """Ours and PyTorch's one after the other, group by group; one that fails stops no other."""
    failed = []
    for group in tiny_groups() if context.emulated else groups():
        if context.left() < LEAST_SECONDS:
            failed.append(f"{group.name()}: no time was left")
            continue
        if group.include:
            failed += run_ours(context, group)
        if group.part and context.has_torch and context.left() >= LEAST_SECONDS:
            failed += torch(context, group)
    return {"failures": failed}


def run_ours(context, group):
    ended = context.run(ours(context, group), seconds=GROUP_SECONDS, must=False)
    rows = parse.benchmark_rows(ended.output)
    for row in rows:
        context.add("kernels", "memo", **row)
    failed = [f"{group.name()}: {text}" for text in parse.failures(ended.output)]
    if not ended.good or not rows:
        failed.append(f"{group.name()}: {ended.why() or 'no result'}")
    return failed


def ours(context, group):
    """One JVM for a group: a GPU's context and libraries take seconds to load."""
    parameters = {"device": "cuda", "type": "BF16", **group.parameters}
    if not context.emulated:
        parameters["model"] = "LLAMA_1B"
    options = [part for k, v in parameters.items() for part in ("-p", f"{k}={v}")]
    pace = ["-wi", "1", "-w", "100ms", "-i", "3", "-r", "150ms"]
    if context.emulated:
        pace = ["-wi", "0", "-i", "1", "-r", "1ms"]
    return context.bundle.benchmarks(
        group.include, "-f", "0", "-foe", "false", *pace, *options
    )


def torch(context, group):
    seconds = min(GROUP_SECONDS, context.left())
    command = [
        context.python,
        context.bundle.peers() / "torch_kernels.py",
        *("--parts", group.part),
        *("--seconds", f"{max(5, seconds - TORCH_START_SECONDS):.0f}"),
        *group.options,
    ]
    if context.emulated:
        command += ["--device", "cpu", "--model", "TINY", "--enough", "0.001", "--repeats", "2"]
    ended = context.run(command, seconds=seconds, must=False, environment=python_environment())
    for line in parse.json_lines(ended.output):
        context.add("kernels", "torch", **line)
    return [] if ended.good else [f"PyTorch, {group.part}: {ended.why()}"]


def python_environment():
    return {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
