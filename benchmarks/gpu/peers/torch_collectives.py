#!/usr/bin/env python3
"""Times torch.distributed's collectives between the GPUs of this machine, a process each.

With gloo between processes of this machine that use its memory. Prints a line of JSON for each
collective and size: the bytes that each rank sends, and the seconds. Each checks its answer first.
"""

import argparse
import json
import os
import socket
import time

import torch
import torch.distributed as dist
import torch.multiprocessing

HEAD_DIM = 64


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, required=True)
    parser.add_argument("--bytes", default="1048576", help="of a rank's memory that is exchanged")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=2, help="rounds that are not timed")
    parser.add_argument("--backend", choices=("nccl", "gloo"), default="nccl")
    return parser.parse_args()


def collectives(whole, shard, other, ranks, rank):
    """By the name of our operation: what it runs, the bytes that each rank sends, and the answer.

    The answer is where it lies and what its parts hold, as many as ranks, where each rank brings
    its number plus 1.
    """
    whole_bytes = whole.numel() * whole.element_size()
    part_bytes = whole_bytes * (ranks - 1) // ranks
    everyone = [each + 1.0 for each in range(ranks)]
    total = [float(sum(everyone))] * ranks

    def tokens_to_heads():
        """As Ulysses does it: the heads of each rank side by side, then exchanged."""
        packed = whole.view(-1, ranks, HEAD_DIM).transpose(0, 1).contiguous()
        dist.all_to_all_single(other, packed.view(-1))

    def shift():
        sent = dist.P2POp(dist.isend, whole, (rank + 1) % ranks)
        received = dist.P2POp(dist.irecv, other, (rank - 1) % ranks)
        for work in dist.batch_isend_irecv([sent, received]):
            work.wait()

    return {
        "AllGather": (
            lambda: dist.all_gather_into_tensor(whole, shard),
            part_bytes,
            (whole, everyone),
        ),
        "ReduceScatter": (
            lambda: dist.reduce_scatter_tensor(shard, whole),
            part_bytes,
            (shard, total),
        ),
        "AllReduce": (lambda: dist.all_reduce(whole), 2 * part_bytes, (whole, total)),
        "TokensToHeads": (tokens_to_heads, part_bytes, (other, everyone)),
        "Shift": (shift, whole_bytes, (other, [(rank - 1) % ranks + 1.0] * ranks)),
    }


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def check(name, run, answer, device):
    run()
    wait(device)
    where, parts = answer
    for part, expected in zip(where.view(len(parts), -1), parts):
        if not bool((part == expected).all()):
            raise SystemExit(f"{name}: the answer is wrong")


def seconds_of(run, rounds, warm_up, device):
    for _ in range(warm_up):
        run()
    wait(device)
    dist.barrier()
    begin = time.perf_counter()
    for _ in range(rounds):
        run()
    wait(device)
    return (time.perf_counter() - begin) / rounds


def rank_program(rank, options, port):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    dist.init_process_group(options.backend, rank=rank, world_size=options.ranks)
    device = torch.device("cuda", rank) if options.backend == "nccl" else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    for size in map(int, options.bytes.split(",")):
        shard = torch.empty(size // 4 // options.ranks // HEAD_DIM * HEAD_DIM, device=device)
        whole = torch.empty(options.ranks * shard.numel(), device=device)
        other = torch.empty_like(whole)
        cases = collectives(whole, shard, other, options.ranks, rank)
        for name, (run, sent, answer) in cases.items():
            try:
                for buffer in (whole, shard, other):
                    buffer.fill_(rank + 1)
                check(name, run, answer, device)
                seconds = seconds_of(run, options.rounds, options.warm_up, device)
            except RuntimeError as unsupported:  # not every backend has every collective
                if rank == 0:
                    print(f"{name}: {unsupported}", flush=True)
                continue
            if rank == 0:
                case = f"ranks={options.ranks} bytes={size}"
                line = {"name": name, "case": case, "bytes": sent, "seconds": seconds}
                print(json.dumps(line), flush=True)
    dist.destroy_process_group()


def main():
    options = arguments()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    torch.multiprocessing.spawn(rank_program, (options, port), nprocs=options.ranks)


if __name__ == "__main__":
    main()
