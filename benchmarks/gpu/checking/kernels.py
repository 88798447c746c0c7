"""The stage that times products, attention, kernels and copies, beside PyTorch in the same run."""

from dataclasses import dataclass

from . import parse

TOKENS = 8192
ROWS = 32768
ATTENTION = "4096,32768,131072,262144"
ELEMENTS = 64 << 20
ROTATION_MIB = 4096

BY_TOKENS = (
    "RmsNorm|LayerNorm|SwiGlu|Gelu|ResidualAdd|BiasForward|BiasBackward|Embedding|\\.RotaryBenchmark"
)
BY_ELEMENTS = "AdamW|SumOfSquares|ZeroFill|CopyOnDevice|Cast"


@dataclass(frozen=True)
class Group:
    """Benchmarks of ours, and the part of PyTorch's script that goes with them."""

    include: str
    parameters: dict
    part: str | None = None
    options: tuple = ()
    share: float = 0.1


def groups():
    return [
        Group(
            "GemmBenchmark",
            {"tokens": TOKENS, "outputs": "2048,16384"},
            "products",
            ("--tokens", str(TOKENS)),
            0.1,
        ),
        Group(
            "FlashAttention",
            {"tokens": ATTENTION},
            "attention",
            ("--lengths", ATTENTION),
            0.35,
        ),
        Group("CopyTo|CopyBothWays|OrdinaryCopy", {}, "copies", (), 0.1),
        Group("StreamCall", {}, None, (), 0.05),
        Group(
            BY_TOKENS,
            {"tokens": ROWS, "rotationMib": ROTATION_MIB},
            "kernels",
            ("--tokens", str(ROWS), "--compiled"),
            0.3,
        ),
        Group("CrossEntropy", {"rows": 2048, "rotationMib": ROTATION_MIB}, None, (), 0.05),
        Group(BY_ELEMENTS, {"elements": ELEMENTS, "rotationMib": ROTATION_MIB}, None, (), 0.05),
    ]


def tiny_groups():
    return [
        Group("ResidualAdd", {"tokens": 8, "rotationMib": 0}, "kernels", ("--tokens", "16"), 0.5),
        Group("CopyToHost", {"totalMib": 1, "pieceMib": 1}, "copies", (), 0.5),
    ]


def kernels(context):
    """Ours and PyTorch's one after the other, group by group."""
    total = context.left()
    failed = []
    for group in tiny_groups() if context.emulated else groups():
        seconds = total * group.share
        ended = context.run(ours(context, group), seconds=seconds * 0.6, must=False)
        rows = parse.benchmark_rows(ended.output)
        for row in rows:
            context.add("kernels", "memo", **row)
        failed += [f"{group.include}: {text}" for text in parse.failures(ended.output)]
        if not ended.good or not rows:
            failed.append(f"{group.include}: {ended.why() or 'no result'}")
        if group.part and (context.python or not context.emulated):
            failed += torch(context, group, seconds * 0.6)
    return {"failures": failed}


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


def torch(context, group, seconds):
    command = [
        context.python,
        context.bundle.peers() / "torch_kernels.py",
        *("--parts", group.part),
        *("--seconds", str(max(5, seconds - 15))),
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
