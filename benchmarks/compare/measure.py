"""Runs one training process and says how fast it was and how much memory it took."""

import json
import os
import socket
import statistics
import subprocess
import tempfile
from dataclasses import dataclass


class RunFailed(Exception):
    """A training process that did not end with exit code 0."""


@dataclass(frozen=True)
class Measurement:
    """One process. Rates leave the warm-up steps out; memory does not."""

    side: str
    sequence_length: int
    losses: list
    seconds: list
    tokens_per_second: float
    peak_rss_bytes: int
    others_share: float
    device_peak_bytes: int | None = None
    swapped_bytes: int | None = None
    recomputed_tokens: int | None = None

    @staticmethod
    def of(side, sequence_length, lines, warmup_steps, ended):
        """From one line of metrics per step, and how the process ended."""
        rates = [line["tokens"] / line["seconds"] for line in lines[warmup_steps:]]
        last = lines[-1]
        return Measurement(
            side=side,
            sequence_length=sequence_length,
            losses=[line["loss"] for line in lines],
            seconds=[line["seconds"] for line in lines],
            tokens_per_second=statistics.median(rates),
            peak_rss_bytes=ended.peak_rss_bytes,
            others_share=ended.others_share,
            device_peak_bytes=last.get("device_peak_bytes"),
            swapped_bytes=last.get("swapped_bytes"),
            recomputed_tokens=last.get("recomputed_tokens"),
        )


@dataclass(frozen=True)
class Ended:
    """A process that ended well.

    peak_rss_bytes: of the largest process of its tree: VmHWM as the kernel gives it at the end,
    so that no sampling misses it and a launcher script in front does not hide it.
    others_share: part of all processor time that went to other processes meanwhile.
    """

    output: str
    peak_rss_bytes: int
    others_share: float


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_process(command, environment=None):
    busy_before, total_before = processor_seconds()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        streams = {"stdout": out, "stderr": errors, "stdin": subprocess.DEVNULL}
        process = subprocess.Popen(command, **streams, env=environment)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        if process.returncode != 0:
            errors.seek(0)
            last = (errors.read().strip() or out.read().strip() or "(it said nothing)").splitlines()
            raise RunFailed(
                f"exit code {process.returncode} of: {' '.join(command)}\n" + "\n".join(last[-15:])
            )
        busy, total = processor_seconds()
        others = busy - busy_before - usage.ru_utime - usage.ru_stime
        share = max(0.0, others / max(total - total_before, 0.01))
        return Ended(out.read(), usage.ru_maxrss * 1024, share)


def processor_seconds():
    """Seconds that all processors were busy, and that passed on all of them, since the start."""
    with open("/proc/stat") as file:
        # user nice system idle iowait irq softirq steal; guest time is within user
        ticks = [int(number) for number in file.readline().split()[1:9]]
    ticks_per_second = os.sysconf("SC_CLK_TCK")
    total = sum(ticks)
    return (total - ticks[3] - ticks[4]) / ticks_per_second, total / ticks_per_second


def run_torch(setup, sequence_length, steps):
    command = [
        setup.python,
        str(setup.here / "torch_train.py"),
        *("--model", str(setup.checkpoint)),
        *("--data", str(setup.data)),
        *("--sequence-length", str(sequence_length)),
        *("--steps", str(steps)),
        *("--threads", str(setup.threads)),
        *optimizer_options(setup),
    ]
    ended = run_process(command)
    lines = [json.loads(line) for line in ended.output.splitlines() if line.startswith("{")]
    # The last line is the summary of the run.
    return Measurement.of("torch", sequence_length, lines[:-1], setup.warmup_steps, ended)


def run_memo(setup, side, sequence_length, steps, extra):
    with tempfile.TemporaryDirectory(dir=setup.scratch) as parent:
        run_folder = os.path.join(parent, "run")
        command = [
            setup.memo,
            "train",
            *("--model", str(setup.checkpoint)),
            *("--data", str(setup.data)),
            *("--data-type", "int32"),
            *("--sequence-length", str(sequence_length)),
            *("--steps", str(steps)),
            *("--threads", str(setup.threads)),
            *("--device", "host"),
            *("--precision", "f32"),
            *optimizer_options(setup),
            *("--output", run_folder),
            *extra,
        ]
        ended = run_process(command)
        with open(os.path.join(run_folder, "metrics.jsonl")) as file:
            lines = [json.loads(line) for line in file]
    return Measurement.of(side, sequence_length, lines, setup.warmup_steps, ended)


def optimizer_options(setup):
    return [part for key, value in setup.optimizer.items() for part in (f"--{key}", str(value))]
