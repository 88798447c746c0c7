"""The stages of several ranks: on one GPU, and on as many as there are."""

import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from . import correctness, parse, process
from .context import StageFailed
from .kernels import python_environment

# Losses of other layouts may differ by the order of sums alone.
TOLERANCE = 1e-5
RECORDED_TOLERANCE = 3e-5  # of another processor's sums
LEAST_SECONDS = 15
RUN_FAILED = 5
RANK_TIMEOUT_SECONDS = 30

# NCCL lets ranks share a GPU since this version, as an experiment.
SHARING_NCCL = (2, 30, 3)
SHARING = {
    "NCCL_MULTI_RANK_GPU_ENABLE": "1",
    "NCCL_NVLS_ENABLE": "0",
    "NCCL_MAX_CTAS": "4",
    "NCCL_SOCKET_IFNAME": "lo",
}
EMULATED_GPUS = 4

WINDOWS = 4  # of a step, of all groups
STEPS = 5
TOKENS = 250  # which 3 and 4 ranks do not divide
MODEL = "llama-tiny"


@dataclass(frozen=True)
class Case:
    """P ranks share a sequence, in a ring of so many places; D groups of them share a batch."""

    sequence: int = 1
    ring: int = 1
    data: int = 1
    shard: str = "none"
    alpha: str = "0.5"

    @property
    def ranks(self):
        return self.sequence * self.data

    def name(self):
        layout = f"P={self.sequence} ring={self.ring} D={self.data}"
        return f"{layout} {self.shard} alpha={self.alpha}"


def cases(most):
    """Those of at most so many ranks; the fewest first."""
    every = [
        Case(2),
        Case(2, shard="parameters", alpha="1"),
        Case(2, ring=2, shard="gradients"),
        Case(data=2, shard="optimizer", alpha="0"),
        Case(3, shard="parameters"),
        Case(2, data=2, shard="parameters"),
        Case(4, shard="gradients", alpha="0"),
        Case(4, ring=2),
        Case(4, data=2, shard="parameters"),
        Case(8, ring=2, shard="parameters"),
    ]
    return [case for case in every if case.ranks <= most]


def ranks(context):
    """Several ranks on one GPU where NCCL lets them, else one, against recorded losses."""
    alone = train_alone(context)
    if context.emulated:
        return {"failures": compare(context, "ranks", alone, cases(2)[:2], threads, {})}
    if not may_share(context.versions.get("NCCL", "")):
        why = f"one rank: NCCL {context.versions.get('NCCL', 'is missing and')} shares no GPU"
        return {"why": why, "failures": []}
    environment = {**SHARING, "CUDA_VISIBLE_DEVICES": "0"}
    failures = compare(context, "ranks", alone, cases(4), processes, environment)
    failures += lose_a_rank(context, 2, environment)
    return {"failures": failures}


def may_share(version):
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    return numbers >= SHARING_NCCL


def multigpu(context):
    """Contracts, training and speed between the GPUs of this machine, where there are several."""
    count = EMULATED_GPUS if context.emulated else len(context.cards)
    if count < 2:
        return {"why": "there is one GPU", "failures": []}
    failures = contracts(context)
    alone = train_alone(context)
    chosen = cases(2)[2:3] if context.emulated else cases(count)
    failures += compare(context, "multigpu", alone, chosen, threads, {})
    if not context.emulated:
        failures += compare(context, "multigpu", alone, chosen, processes, {})
        failures += lose_a_rank(context, min(count, 4), {})
    failures += rates(context, 2 if context.emulated else min(count, 8))
    return {"failures": failures}


def gpus(context):
    """The environment that gives an emulated run several of them."""
    return {"MEMO_CUDA_EMULATION_DEVICES": str(EMULATED_GPUS)} if context.emulated else {}


def contracts(context):
    name = "CudaLostRankTest" if context.emulated else "Cuda.*Test"
    root = ("--scan-classpath", correctness.root(context, "memo-parallel"))
    try:
        chosen = ("--include-classname", f".*{name}")
        correctness.junit(context, "memo-parallel", *root, *chosen, environment=gpus(context))
        return []
    except StageFailed as failure:
        return [str(failure)]


def train_alone(context):
    """One rank, which is held against the record."""
    losses = threads(context, Case(), {})
    recorded = json.loads((context.bundle.models() / MODEL / "losses.json").read_text())["losses"]
    differs = difference(recorded, losses)
    if differs > RECORDED_TOLERANCE:
        raise StageFailed(f"one rank's losses are {differs:.1e} from the recorded: {losses}")
    return losses


def compare(context, stage, alone, chosen, run, environment):
    failed = []
    for case in chosen:
        name = f"{case.name()}, {run.__name__}"
        if context.left() < LEAST_SECONDS:
            failed.append(f"{name}: no time was left")
            continue
        try:
            differs = difference(alone, run(context, case, environment))
        except StageFailed as failure:
            failed.append(f"{name}: {failure}")
            continue
        context.add(stage, "memo", name="Losses", case=name, difference=differs)
        if differs > TOLERANCE:
            failed.append(f"{name}: losses are {differs:.1e} from one rank's")
    return failed


def difference(expected, given):
    """The largest, relative."""
    if len(expected) != len(given):
        return float("inf")
    return max(abs(e - g) / abs(e) for e, g in zip(expected, given))


def command(context, case, folder, data, steps):
    small = ("--device-memory", "512MiB", "--host-memory", "512MiB")
    return context.bundle.memo(
        "train",
        *("--model", context.bundle.models() / MODEL),
        "--from-scratch",
        *("--data", data),
        *("--data-type", "bytes"),
        *("--sequence-length", str(TOKENS)),
        *("--batch-size", str(WINDOWS // case.data)),
        *("--steps", str(steps)),
        *("--lr", "1e-3"),
        *("--device", "cuda"),
        *("--precision", "f32"),
        *("--alpha", case.alpha),
        *("--sequence-parallel", str(case.sequence)),
        *("--ring", str(case.ring)),
        *("--data-parallel", str(case.data)),
        *("--shard", case.shard),
        *("--rank-timeout", f"{RANK_TIMEOUT_SECONDS}s"),
        *("--output", folder),
        *small,
    )


def text(context):
    """What the losses were recorded of."""
    path = context.scratch / "text.bin"
    path.write_bytes(bytes((i * i // 7 + i // 3) % 251 for i in range(64 << 10)))
    return path


def new_folder(context):
    number = len(list(context.scratch.glob("ranks-*")))
    folder = context.scratch / f"ranks-{number}"
    folder.mkdir()
    return folder


def losses(folder):
    path = folder / "metrics.jsonl"
    lines = parse.json_lines(path.read_text()) if path.exists() else []
    return [line["loss"] for line in lines]


def threads(context, case, environment):
    """All ranks in one process, a thread for each GPU."""
    folder = new_folder(context)
    run = command(context, case, folder, text(context), STEPS)
    context.run(run, environment={**environment, **gpus(context)})
    return losses(folder)


def processes(context, case, environment):
    """A process for each rank, as torchrun starts them."""
    folder = new_folder(context)
    run = command(context, case, folder, text(context), STEPS)
    started = Started(context, run, case.ranks, environment)
    codes = started.wait(context.left())
    if any(codes):
        raise StageFailed(f"exit codes {codes}: {started.said()}")
    return losses(folder)


def lose_a_rank(context, count, environment):
    """One is killed after the first step: every other must end by itself and name it."""
    if context.left() < LEAST_SECONDS:
        return ["a rank that is killed: no time was left"]
    folder = new_folder(context)
    run = command(context, Case(count), folder, text(context), 100_000)
    started = Started(context, run, count, environment)
    lost = count - 1
    try:
        while not losses(folder):
            if started.ended() or context.left() < LEAST_SECONDS:
                return [f"a rank that is killed: no step was made: {started.said()}"]
            time.sleep(0.1)
        begin = time.monotonic()
        started.kill(lost)
        codes = started.wait(min(context.left(), RANK_TIMEOUT_SECONDS + 10))
    finally:
        started.stop()
    seconds = time.monotonic() - begin
    others = codes[:lost]
    context.add("ranks", "memo", name="Killed", case=f"ranks={count}", seconds=seconds)
    if others != [RUN_FAILED] * lost or f"rank {lost}" not in started.said():
        return [f"rank {lost} of {count} was killed: exit codes {others}: {started.said()}"]
    return []


class Started:
    """The processes of a run, with the environment that torchrun gives them."""

    def __init__(self, context, run, count, environment):
        self.outputs = [context.scratch / f"rank-{rank}.out" for rank in range(count)]
        port = free_port()
        self.processes = []
        for rank, output in enumerate(self.outputs):
            launched = {
                "RANK": rank,
                "WORLD_SIZE": count,
                "LOCAL_RANK": rank,
                "LOCAL_WORLD_SIZE": count,
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": port,
            }
            settings = {**context.bundle.environment(), **environment}
            settings.update({name: str(value) for name, value in launched.items()})
            with open(output, "w") as file:
                self.processes.append(
                    subprocess.Popen(
                        [str(part) for part in run],
                        stdout=file,
                        stderr=subprocess.STDOUT,
                        stdin=subprocess.DEVNULL,
                        env={**os.environ, **settings},
                        start_new_session=True,
                    )
                )
        self.log = context.log

    def ended(self):
        return any(process.poll() is not None for process in self.processes)

    def kill(self, rank):
        os.killpg(self.processes[rank].pid, signal.SIGKILL)

    def wait(self, seconds):
        """The exit codes; None of what had to be killed."""
        end = time.monotonic() + seconds
        codes = [self.code(each, end) for each in self.processes]
        self.stop()
        with open(self.log, "a") as log:
            log.write(f"-- {len(codes)} ranks, exit codes {codes}\n{self.said()}\n\n")
        return codes

    @staticmethod
    def code(each, end):
        try:
            return each.wait(timeout=max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None

    def stop(self):
        for each in self.processes:
            process.stop(each)

    def said(self):
        """The last line of each rank."""
        lasts = []
        for output in self.outputs:
            lines = [line for line in output.read_text().splitlines() if line.strip()]
            lasts.append(lines[-1].strip() if lines else "nothing")
        return "; ".join(lasts)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rates(context, count):
    """Bytes that each rank sends in a second, beside torch.distributed's."""
    sizes = "4096" if context.emulated else "1048576,16777216,268435456"
    rounds = "1" if context.emulated else "20"
    sized = ("--ranks", str(count), "--bytes", sizes, "--rounds", rounds)
    ours = context.bundle.benchmarks(*sized, main="org.memo.benchmark.CollectiveRates")
    failed = measure(context, "memo", ours, gpus(context))
    if context.has_torch:
        theirs = [context.python, context.bundle.peers() / "torch_collectives.py", *sized]
        theirs += ["--backend", "gloo"] if context.emulated else []
        failed += measure(context, "torch", theirs, python_environment())
    return failed


def measure(context, side, run, environment):
    if context.left() < LEAST_SECONDS:
        return [f"speed of collectives, {side}: no time was left"]
    ended = context.run(run, must=False, environment=environment)
    lines = parse.json_lines(ended.output)
    for line in lines:
        context.add("multigpu", side, **line)
    return [] if ended.good and lines else [f"speed of collectives, {side}: {ended.why()}"]
