#!/usr/bin/env python3
"""Times torch.distributed's collectives between the GPUs of this machine, a process each.

Prints a line of JSON for each collective and size: the bytes that each rank sends, and the seconds.
"""

import argparse
import json
import os
import socket
import time

import torch
import torch.distributed as dist
import torch.multiprocessing


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, required=True)
    parser.add_argument("--bytes", default="1048576", help="of a rank's memory that is exchanged")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--backend", choices=("nccl", "gloo"), default="nccl")
    return parser.parse_args()


def collectives(whole, shard, other, ranks, rank):
    """By the name of our operation: what it runs, and the bytes that each rank sends."""
    whole_bytes = whole.numel() * whole.element_size()
    part_bytes = whole_bytes * (ranks - 1) // ranks

    def shift():
        sent = dist.P2POp(dist.isend, whole, (rank + 1) % ranks)
        received = dist.P2POp(dist.irecv, other, (rank - 1) % ranks)
        for work in dist.batch_isend_irecv([sent, received]):
            work.wait()

    return {
        "AllGather": (lambda: dist.all_gather_into_tensor(whole, shard), part_bytes),
        "ReduceScatter": (lambda: dist.reduce_scatter_tensor(shard, whole), part_bytes),
        "AllReduce": (lambda: dist.all_reduce(whole), 2 * part_bytes),
        "TokensToHeads": (lambda: dist.all_to_all_single(other, whole), part_bytes),
        "Shift": (shift, whole_bytes),
    }


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def seconds_of(run, rounds, device):
    for _ in range(2):
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
        elements = size // 4 // options.ranks * options.ranks
        whole = torch.zeros(elements, device=device)
        shard = torch.zeros(elements // options.ranks, device=device)
        other = torch.zeros(elements, device=device)
        for name, (run, sent) in collectives(whole, shard, other, options.ranks, rank).items():
            try:
                seconds = seconds_of(run, options.rounds, device)
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
