"""Turns measurements into ratios with their spread, as JSON and as a Markdown table."""

import json
import os
import platform
import statistics
import subprocess
from dataclasses import asdict


def spread(values):
    values = list(values)
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def loss_difference(one, other):
    """The largest relative difference of any step."""
    return max(abs(a - b) / abs(b) for a, b in zip(one.losses, other.losses, strict=True))


def compare_rounds(rounds):
    """One row per length and Memo side, from rounds of {(side, length): Measurement}.

    A ratio is taken within a round, where both sides saw the same machine; the median comes after.
    """
    rows = []
    for side, length in rounds[0]:
        if side == "torch":
            continue
        pairs = [(r[side, length], r["torch", length]) for r in rounds]
        rows.append(
            {
                "sequence_length": length,
                "side": side,
                "memo_tokens_per_second": spread(m.tokens_per_second for m, _ in pairs),
                "torch_tokens_per_second": spread(t.tokens_per_second for _, t in pairs),
                "speed_ratio": spread(m.tokens_per_second / t.tokens_per_second for m, t in pairs),
                "memo_peak_bytes": spread(m.peak_rss_bytes for m, _ in pairs),
                "torch_peak_bytes": spread(t.peak_rss_bytes for _, t in pairs),
                "memory_ratio": spread(m.peak_rss_bytes / t.peak_rss_bytes for m, t in pairs),
                "loss_relative_difference": max(loss_difference(m, t) for m, t in pairs),
            }
        )
    return rows


def machine():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions(setup):
    torch_versions = subprocess.run(
        [
            setup.python,
            "-c",
            "import torch, transformers; print(torch.__version__, transformers.__version__)",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    memo = subprocess.run([setup.memo, "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "memo": memo,
        **source(),
        "torch": torch_versions[0],
        "transformers": torch_versions[1],
    }


def source():
    return {
        "commit": git("rev-parse", "--short=12", "HEAD"),
        "uncommitted_changes": bool(git("status", "--porcelain", "--untracked-files=no")),
    }


def git(*arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run(["git", "-C", here, *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def markdown(result):
    machine, versions, settings = result["machine"], result["versions"], result["settings"]
    lines = [
        f"# Memo beside PyTorch on a CPU, {result['date']}",
        "",
        f"llama-25m, f32, {settings['threads']} threads, batch 1, the same checkpoint, data and"
        f" options; {settings['rounds']} rounds, alternating.",
        "",
        "| tokens | Memo | Memo tokens/s | PyTorch tokens/s | speed | Memo peak | PyTorch peak"
        " | memory | loss differs by |",
        "| ---: | --- | ---: | ---: | --- | ---: | ---: | --- | ---: |",
    ]
    lines += [markdown_row(row) for row in result["comparison"]]
    steps = ", ".join(f"{steps} of {length}" for length, steps in settings["steps"].items())
    commit = versions["commit"] + (" and changes" if versions["uncommitted_changes"] else "")
    lines += [
        "",
        "speed, memory: Memo / PyTorch within a round: median (smallest to largest of the rounds)."
        " Peak: largest resident set of the process, all included.",
        "",
        f"- Machine: {machine['cpu']}, {machine['cores']} cores,"
        f" {machine['memory_bytes'] / 2**30:.0f} GiB, {machine['system']}; other processes took"
        f" {result['others_share']['median']:.0%} of the processors in the median run,"
        f" {result['others_share']['max']:.0%} at most",
        f"- {versions['memo']}, commit {commit}; torch {versions['torch']}, transformers"
        f" {versions['transformers']}",
        "- PyTorch: eager, sdpa attention, fused AdamW, no recomputation",
        f"- Memo: `{settings['memo_options'] or 'defaults'}`; low: `{settings['low_options']}`",
        f"- Steps a run: {steps}; the first {settings['warmup_steps']} are warm-up and not in the"
        f" rates; optimizer `{settings['optimizer']}`",
        "",
    ]
    return "\n".join(lines)


def markdown_row(row):
    speed, memory = row["speed_ratio"], row["memory_ratio"]
    return (
        f"| {row['sequence_length']} | {row['side'].removeprefix('memo').strip('-') or 'default'}"
        f" | {row['memo_tokens_per_second']['median']:.0f}"
        f" | {row['torch_tokens_per_second']['median']:.0f}"
        f" | {speed['median']:.2f} ({speed['min']:.2f} to {speed['max']:.2f})"
        f" | {row['memo_peak_bytes']['median'] / 2**20:.0f} MiB"
        f" | {row['torch_peak_bytes']['median'] / 2**20:.0f} MiB"
        f" | {memory['median']:.2f} ({memory['min']:.2f} to {memory['max']:.2f})"
        f" | {row['loss_relative_difference']:.1e} |"
    )


def write(result, rounds, folder):
    """Writes DATE-compare-host.json and .md; returns their common path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['date']}-compare-host"
    runs = [asdict(measurement) for r in rounds for measurement in r.values()]
    path.with_suffix(".json").write_text(json.dumps(result | {"runs": runs}, indent=2) + "\n")
    path.with_suffix(".md").write_text(markdown(result))
    return path
