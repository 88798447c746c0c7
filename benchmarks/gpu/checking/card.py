"""Which GPU this is, and what its datasheet says of it."""

import subprocess

QUERIES = ("name", "driver_version", "memory.total", "clocks.max.sm", "power.limit")


def visible(run=subprocess.run):
    """The GPUs that nvidia-smi lists; none where there is no driver."""
    query = ["nvidia-smi", f"--query-gpu={','.join(QUERIES)}", "--format=csv,noheader"]
    try:
        answer = run(query, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return []
    if answer.returncode != 0:
        return []
    return [parse(line) for line in answer.stdout.splitlines() if line.strip()]


def parse(line):
    values = [value.strip() for value in line.split(",")]
    return dict(zip(("name", "driver", "memory", "sm_clock", "power_limit"), values, strict=True))


def hardware_name(card, known):
    """The planner's name of a card, or None: `NVIDIA H100 80GB HBM3` is h100-80gb."""
    text = card.lower().replace("-", " ").split()
    for name in sorted(known, key=len, reverse=True):
        model, _, memory = name.partition("-")
        if model in text and (not memory or memory in text):
            return name
    for name in sorted(known):
        if name.partition("-")[0] in text:
            return name
    return None


def datasheet(hardware):
    """FLOP/s of bf16 products and bytes/s of memory that the hardware file states as peaks."""
    return {
        "flops": hardware["matrix"]["bf16"]["peak_flops"]["value"],
        "bytes": hardware["memory"]["peak_bytes_per_second"]["value"],
    }
