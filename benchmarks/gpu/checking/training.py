"""The stages that train a 1B-class Llama beside PyTorch, and hold memo plan against it."""

import array
import json
import random
import statistics

from . import card, parse
from .context import StageFailed
from .kernels import python_environment

WARMUP_STEPS = 1
OUT_OF_MEMORY = 3


def model(context):
    return context.bundle.models() / ("llama-tiny" if context.emulated else "llama-1b")


def sizes(context):
    return json.loads((model(context) / "config.json").read_text())


def steps_at(length):
    """Long steps vary little and take long."""
    if length <= 32 << 10:
        return 4
    return 3 if length <= 128 << 10 else 2


def train(context):
    """The same lengths on both sides, ours first; a side that fails does not stop the other."""
    failed = []
    data = write_tokens(context)
    for length in context.lengths:
        sides = [("memo", ours), *([("torch", theirs)] if context.has_torch else [])]
        for side, run in sides:
            if context.left() < 10:
                failed.append(f"{parse.token_text(length)}, {side}: no time was left")
                continue
            try:
                result = run(context, data, length)
                context.add("train", side, case=f"tokens={length}", name="Step", **result)
            except StageFailed as failure:
                failed.append(f"{parse.token_text(length)}, {side}: {failure}")
    return {"failures": failed}


def write_tokens(context):
    """Seeded tokens, as many as the longest run takes."""
    most = max(length * steps_at(length) for length in context.lengths) + 1
    path = context.scratch / "tokens.bin"
    vocabulary = sizes(context)["vocab_size"]
    piece = array.array("i", random.Random(20240712).choices(range(vocabulary), k=min(most, 1 << 20)))
    with open(path, "wb") as file:
        for _ in range(0, most, len(piece)):
            piece.tofile(file)
    return path


def ours(context, data, length):
    """Stopped after its last step: the checkpoint at a run's end is none of this."""
    folder = context.scratch / f"run-{length}"
    metrics = folder / "metrics.jsonl"
    steps = steps_at(length)
    command = context.bundle.memo(
        "train",
        *("--model", model(context)),
        "--from-scratch",
        *("--data", data),
        *("--data-type", "int32"),
        *("--sequence-length", str(length)),
        *("--steps", str(steps + 1)),
        *("--device", "cuda"),
        *("--precision", "bf16"),
        *("--output", folder),
        *(() if not context.emulated else ("--device-memory", "256MiB", "--host-memory", "256MiB")),
    )

    def done():
        return metrics.exists() and len(parse.json_lines(metrics.read_text())) >= steps

    ended = context.run(command, until=done, must=False)
    lines = parse.json_lines(metrics.read_text()) if metrics.exists() else []
    if not lines:
        raise StageFailed(ended.why() or "no step was made")
    last = lines[-1]
    return {
        **timed(lines),
        "device_peak_bytes": last["device_peak_bytes"],
        "host_peak_bytes": last["host_peak_bytes"],
        "swapped_bytes": last["swapped_bytes"],
        "recomputed_tokens": last["recomputed_tokens"],
        "stall_seconds": statistics.median(line["stall_seconds"] for line in lines),
        "planned": planned(folder / "plan.json"),
        "limits": limits(folder / "config.yaml"),
    }


def planned(path):
    """The bytes that the run itself planned with."""
    if not path.exists():
        return {}
    plan = json.loads(path.read_text())
    return {key: plan[key] for key in ("slab_bytes", "host_bytes_per_rank") if key in plan}


LIMITS = ("device-memory", "host-memory")


def limits(path):
    """The memory that the run might take, as options; memo plan is asked with the same."""
    if not path.exists():
        return {}
    lines = (line.partition(":") for line in path.read_text().splitlines())
    values = {key.strip(): value.strip().strip("\"'") for key, _, value in lines}
    return {key: values[key] for key in LIMITS if values.get(key, "auto") != "auto"}


def timed(lines):
    """The median step after the warm-up, and the losses of all."""
    seconds = [line["seconds"] for line in lines]
    return {
        "tokens": lines[0]["tokens"],
        "seconds": statistics.median(seconds[WARMUP_STEPS:] or seconds),
        "all_seconds": seconds,
        "losses": [line["loss"] for line in lines],
    }


def theirs(context, data, length, *more):
    command = [
        context.python,
        context.bundle.peers() / "torch_train_llama.py",
        *("--model", model(context) / "config.json"),
        *("--data", data),
        *("--sequence-length", str(length)),
        *("--steps", str(steps_at(length))),
        *("--seconds", str(max(1, context.left() - 20))),
        *("--sdpa", best_backend(context.figures)),
        *(("--device", "cpu") if context.emulated else ()),
        *more,
    ]
    allocator = {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}
    ended = context.run(command, must=False, environment={**python_environment(), **allocator})
    lines = parse.json_lines(ended.output)
    if ended.code == OUT_OF_MEMORY:
        return {"error": "out of memory"}
    steps = [line for line in lines if "step" in line]
    if not steps:
        raise StageFailed(ended.why())
    summary = lines[-1] if "step" not in lines[-1] else {}
    return {**timed(steps), **{k: v for k, v in summary.items() if k != "memory_only"}}


def best_backend(figures):
    """The way of attention that took PyTorch the least time, forward and backward, where known."""
    seconds = {}
    for figure in figures:
        if figure["side"] == "torch" and figure.get("name", "").startswith("FlashAttention"):
            seconds.setdefault(figure["how"], {})[figure["name"], figure["case"]] = figure.get("seconds")
    both = {
        how: sum(times.values())
        for how, times in seconds.items()
        if all(times.values()) and len({name for name, _ in times}) == 2
    }
    most = max((len(seconds[how]) for how in both), default=0)
    complete = {how: time for how, time in both.items() if len(seconds[how]) == most}
    return min(complete, key=complete.get) if complete else "auto"


def plan(context):
    """What memo plan says of the measured steps, by datasheet and by what memo profile measured."""
    failed = []
    for name in hardware(context, failed):
        for length in context.lengths:
            answer = context.scratch / f"plan-{length}.json"
            ended = context.run(plan_command(context, name, length, answer), must=False)
            if ended.good:
                context.add("plan", "memo", case=f"tokens={length}", **prediction(answer, name))
            else:
                failed.append(f"{name}, {parse.token_text(length)}: {ended.why()}")
    failed += longest(context)
    return {"failures": failed}


def hardware(context, failed):
    """The card by its datasheet, and as measured where memo profile can."""
    known = context.bundle.hardware()
    found = card.hardware_name(context.cards[0]["name"], known) if context.cards else None
    names = [found or "h100-80gb"]
    if context.emulated:
        return names
    measured = context.scratch / "measured.json"
    command = context.bundle.memo("profile", "--device", "cuda", "--output", str(measured))
    ended = context.run(command, seconds=context.left() / 2, must=False)
    if ended.good:
        names.append(str(measured))
    else:
        failed.append(f"memo profile: {ended.why()}")
    return names


def plan_command(context, name, length, answer, *more):
    return context.bundle.memo(
        "plan",
        *("--model", model(context)),
        *("--sequence-length", str(length)),
        *("--hardware", name),
        *("--gpus", "1"),
        *("--json", answer),
        *(part for key, value in limits_of(context, length).items() for part in (f"--{key}", value)),
        *more,
    )


def limits_of(context, length):
    for figure in context.figures:
        if figure["stage"] == "train" and figure["side"] == "memo":
            if figure["case"] == f"tokens={length}":
                return figure.get("limits", {})
    return {}


def prediction(path, name):
    answer = json.loads(path.read_text())
    keys = ("step_seconds", "stall_seconds", "slab_bytes", "host_bytes_per_rank", "mfu_causal")
    return {
        "name": "Plan",
        "how": "measured" if name.endswith(".json") else name,
        **{key: answer.get(key) for key in keys},
    }


def longest(context):
    """How long sequences may get: ours by the plan, PyTorch's by trying with attention left out."""
    if context.emulated:
        return []
    failed = []
    name = hardware_of(context)
    answer = context.scratch / "longest.json"
    command = plan_command(context, name, context.lengths[0], answer, "--max-sequence")
    ended = context.run(command, must=False)
    if ended.good:
        tokens = json.loads(answer.read_text()).get("longest_sequence")
        context.add("plan", "memo", name="Longest", case="planned", tokens=tokens)
    else:
        failed.append(f"longest sequence: {ended.why()}")
    try:
        context.add("plan", "torch", name="Longest", case="tried", tokens=torch_longest(context))
    except StageFailed as failure:
        failed.append(f"PyTorch's longest sequence: {failure}")
    return failed


def hardware_of(context):
    known = context.bundle.hardware()
    found = card.hardware_name(context.cards[0]["name"], known) if context.cards else None
    return found or "h100-80gb"


def torch_longest(context):
    """To 32K tokens: doubled until it no longer fits, then halved."""
    fits, fails = 32 << 10, None
    data = context.scratch / "many.bin"
    with open(data, "wb") as file:
        file.truncate(4 * ((8 << 20) + 1))
    while fails is None or fails - fits > 32 << 10:
        length = 2 * fits if fails is None else (fits + fails) // 2
        result = theirs(context, data, length, "--memory-only", "--offload", "yes")
        if "error" in result:
            fails = length
        else:
            fits = length
        if fits >= 4 << 20:
            break
    return fits
