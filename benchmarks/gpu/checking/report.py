"""Writes check.json and check.md: after every stage, so that what was cut off is not lost."""

import json
import os

from . import parse

STAGE_WORDS = {
    "passed": "passed",
    "failed": "FAILED",
    "cut off": "CUT OFF",
    "not run": "not run",
}
UNITS = {"flops": ("TFLOP/s", 1e12), "bytes": ("GB/s", 1e9), "calls": ("Mcall/s", 1e6)}
NAMES = {"memo": "Memo", "torch": "PyTorch"}


def write(result, folder):
    """Each file whole or not at all."""
    put(folder / "check.json", json.dumps(result, indent=1) + "\n")
    put(folder / "check.md", markdown(result))


def put(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    os.replace(part, path)


def markdown(result):
    parts = [heading(result), stages(result)]
    if result["emulated"]:
        return "\n\n".join(parts) + "\n"
    figures = result["figures"]
    parts += [kernels(figures), collectives(figures), steps(result)]
    parts += [predictions(figures), longest(figures)]
    return "\n\n".join(part for part in parts if part) + "\n"


def heading(result):
    lines = [f"# Memo on a GPU, {result['date']}", ""]
    if result["emulated"]:
        lines.append("**emulated: nothing was measured.** This shows that the script works, no more.")
    for gpu in result["cards"]:
        lines.append(
            f"{gpu['name']}, {gpu['memory']}, driver {gpu['driver']}, {gpu['sm_clock']},"
            f" {gpu['power_limit']}."
        )
    versions = ", ".join(f"{name} {text}" for name, text in sorted(result["versions"].items()))
    lines.append(f"{versions}; {result['cpus']} processors, {result['memory_gib']:.0f} GiB.")
    if len(result["cards"]) > 1:
        lines.append(f"{len(result['cards'])} GPUs are visible.")
    return "\n".join(lines)


def stages(result):
    lines = ["| stage | came out | seconds | what |", "| --- | --- | ---: | --- |"]
    for name, stage in result["stages"].items():
        lines.append(
            f"| {name} | {STAGE_WORDS[stage['status']]} | {stage['seconds']:.0f} | {what(stage)} |"
        )
    return "\n".join(lines)


def what(stage):
    counts = stage.get("counts", {})
    texts = [f"{counts[key]} {key}" for key in ("successful", "skipped", "aborted") if counts.get(key)]
    texts += [stage["why"]] if stage.get("why") else []
    texts += stage.get("failures", [])
    return "; ".join(texts).replace("|", "/").replace("\n", " ")


def best_of_torch(figures):
    """The fastest way of each operation: {(name, case): figure}."""
    best = {}
    for figure in figures:
        if figure["side"] == "torch" and figure["stage"] == "kernels" and "seconds" in figure:
            key = key_of(figure)
            if key not in best or figure["seconds"] < best[key]["seconds"]:
                best[key] = figure
    return best


def key_of(figure):
    """What both sides call the same: the name, and of the case what says how large it is."""
    values = parse.case_values(figure["case"])
    sized = ("tokens", "rows", "elements", "outputs", "product", "type", "pieceMib")
    kept = {name: values[name] for name in sized if name in values}
    if "elements" in kept:
        kept.pop("type", None)
    return figure["name"], tuple(sorted(kept.items()))


def kernels(figures):
    rows = [f for f in figures if f["stage"] == "kernels" and f["side"] == "memo" and "seconds" in f]
    if not rows:
        return ""
    theirs = best_of_torch(figures)
    lines = [
        "## Products, attention, kernels, copies",
        "",
        "| what | case | time | rate | of the limit | PyTorch's best | how | PyTorch / Memo |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    for row in rows:
        other = theirs.get(key_of(row))
        seconds = per_operation(other, row) if other else None
        ratio = f"{seconds / row['seconds']:.2f}" if other else ""
        unit, scale = UNITS[row["unit"]]
        lines.append(
            f"| {row['name']} | {short(row['case'])} | {duration(row['seconds'])}"
            f" | {row['rate'] / scale:.1f} {unit} | {row['rate'] / row['limit']:.0%}"
            f" | {duration(seconds) if other else ''} | {other['how'] if other else ''}"
            f" | {ratio} |"
        )
    lines += ["", LIMITS]
    return "\n".join(lines)


def collectives(figures):
    """Each beside torch.distributed's of the same bytes."""
    rates = [f for f in figures if f["stage"] == "multigpu" and "bytes" in f]
    ours = [f for f in rates if f["side"] == "memo"]
    if not ours:
        return ""
    theirs = {(f["name"], f["case"]): f for f in rates if f["side"] == "torch"}
    lines = [
        "## Collectives",
        "",
        "| what | case | time | sent by each rank | PyTorch | PyTorch / Memo |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in ours:
        other = theirs.get((row["name"], row["case"]))
        ratio = f"{other['seconds'] / row['seconds']:.2f}" if other else ""
        lines.append(
            f"| {row['name']} | {row['case']} | {duration(row['seconds'])}"
            f" | {row['bytes'] / row['seconds'] / 1e9:.1f} GB/s"
            f" | {duration(other['seconds']) if other else ''} | {ratio} |"
        )
    return "\n".join(lines)


LIMITS = (
    "Limits, measured on the card in the same process: products, the best square product; memory,"
    " large copies within the card, read and written; copies, a large pinned copy each way; calls,"
    " a call of a Java method that is not inlined. PyTorch / Memo above 1: Memo is faster."
)


def per_operation(theirs, ours):
    """Copies of both sides are of other sizes: their time is for as many bytes as ours."""
    if "Copy" in ours["name"] and ours["name"] != "CopyOnDevice":
        return theirs["seconds"] / theirs["work"] * ours["rate"] * ours["seconds"]
    return theirs["seconds"]


def short(case):
    left_out = ("device", "rotationMib", "totalMib")
    return " ".join(part for part in case.split() if part.split("=")[0] not in left_out)


def duration(seconds):
    for scale, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def model_flops(model, tokens):
    """6 P T for products, and 6 L h T^2 for causal attention: forward and backward, of one step."""
    hidden, heads = model["hidden_size"], model["num_attention_heads"]
    head_dim = model.get("head_dim") or hidden // heads
    width = (heads + 2 * model["num_key_value_heads"]) * head_dim
    layer = hidden * (width + heads * head_dim + 3 * model["intermediate_size"])
    layers = model["num_hidden_layers"]
    parameters = layers * layer + model["vocab_size"] * hidden
    return {
        "causal": 6.0 * parameters * tokens + 6.0 * layers * heads * head_dim * tokens**2,
        "full": 6.0 * parameters * tokens + 12.0 * layers * heads * head_dim * tokens**2,
    }


def steps(result):
    rows = [f for f in result["figures"] if f["stage"] == "train"]
    if not rows:
        return ""
    peak = (result.get("datasheet") or {}).get("flops")
    lines = [
        "## A training step",
        "",
        "llama-1b, one sequence, bf16 with f32 master weights, AdamW; shares are of the card's"
        + (f" {peak / 1e12:.0f} TFLOP/s (datasheet)." if peak else " peak, which is not known."),
        "",
        "| tokens | side | s / step | tokens/s | MFU causal | MFU full | device GiB | host GiB"
        " | copies hidden | PyTorch / Memo |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    pairs = {(f["side"], f["case"]): f for f in rows}
    for row in rows:
        lines.append(step_row(row, pairs, result, peak))
    lines += ["", PEER, *as_planned(rows)]
    return "\n".join(lines)


def as_planned(rows):
    """Whether the slab's peak was the plan's to the byte, where both are known."""
    texts = []
    for row in rows:
        planned = row.get("planned", {}).get("slab_bytes")
        if planned is not None:
            tokens = parse.token_text(int(parse.case_values(row["case"])["tokens"]))
            same = row["device_peak_bytes"] == planned
            texts.append(f"{tokens} {'yes' if same else f'NO, planned {planned} bytes'}")
    return ["", f"The slab's peak is the plan's: {', '.join(texts)}."] if texts else []


PEER = (
    "PyTorch: bf16 weights and gradients, f32 masters with fused AdamW, SDPA in its fastest backend,"
    " every layer checkpointed, layer inputs offloaded to pinned memory where they would take more"
    " than a quarter of the card, loss over chunks. Copies hidden: 1 - stall / the copies' time at"
    " the rate of pinned copies measured above."
)


def step_row(row, pairs, result, peak):
    tokens = int(parse.case_values(row["case"])["tokens"])
    start = f"| {parse.token_text(tokens)} | {NAMES[row['side']]} |"
    if "error" in row:
        return start + f" {row['error']} | | | | | | | |"
    seconds = row["seconds"]
    flops = model_flops(result["model"], tokens)
    shares = [f"{flops[kind] / seconds / peak:.1%}" if peak else "" for kind in ("causal", "full")]
    host = row.get("host_peak_bytes", row.get("host_bytes", 0))
    other = pairs.get(("torch", row["case"])) if row["side"] == "memo" else None
    ratio = f"{other['seconds'] / seconds:.2f}" if other and "seconds" in other else ""
    return (
        start + f" {seconds:.3f} | {tokens / seconds:.0f} | {shares[0]} | {shares[1]}"
        f" | {row['device_peak_bytes'] / 2**30:.2f} | {host / 2**30:.2f}"
        f" | {hidden(row, result['figures'])} | {ratio} |"
    )


def hidden(row, figures):
    """The share of the copies' time that no compute waited for."""
    if not row.get("swapped_bytes"):
        return ""
    rates = {
        f["name"]: f["rate"]
        for f in figures
        if f["stage"] == "kernels" and f["side"] == "memo" and "rate" in f
    }
    if not {"CopyToHost", "CopyToDevice"} <= rates.keys():
        return ""
    seconds = sum(row["swapped_bytes"] / rates[name] for name in ("CopyToHost", "CopyToDevice"))
    return f"{max(0.0, 1 - row['stall_seconds'] / seconds):.1%}"


def predictions(figures):
    plans = [f for f in figures if f.get("name") == "Plan"]
    measured = {
        f["case"]: f
        for f in figures
        if f["stage"] == "train" and f["side"] == "memo" and "seconds" in f
    }
    if not plans:
        return ""
    lines = [
        "## What memo plan predicts",
        "",
        "| tokens | rates | predicted s | measured s | error | slab planned GiB | slab measured GiB |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for plan in plans:
        tokens = int(parse.case_values(plan["case"])["tokens"])
        took = measured.get(plan["case"])
        predicted = plan.get("step_seconds")
        if predicted is None:
            lines.append(f"| {parse.token_text(tokens)} | {plan['how']} | does not fit | | | | |")
            continue
        seconds, error, slab = "", "", ""
        if took:
            seconds = f"{took['seconds']:.3f}"
            error = f"{predicted / took['seconds'] - 1:+.1%}"
            slab = f"{took['device_peak_bytes'] / 2**30:.2f}"
        lines.append(
            f"| {parse.token_text(tokens)} | {plan['how']} | {predicted:.3f} | {seconds} | {error}"
            f" | {plan['slab_bytes'] / 2**30:.2f} | {slab} |"
        )
    return "\n".join(lines)


def longest(figures):
    found = {f["side"]: f.get("tokens") for f in figures if f.get("name") == "Longest"}
    if not found:
        return ""
    texts = [f"{NAMES[side]} {parse.token_text(tokens)}" for side, tokens in found.items() if tokens]
    return (
        f"Longest sequence: {', '.join(texts)}. Memo's by its plan, whose bytes are exact; PyTorch's"
        " by steps without attention, which take less memory than real ones."
    )
