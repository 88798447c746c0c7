"""Times work in PyTorch on a GPU or, to try a script, on the CPU."""

import json
import statistics
import time

import torch


class Clock:
    """The median seconds of repeated calls: by events on a GPU, by the clock on the CPU."""

    def __init__(self, device, enough_seconds, repeats):
        self.device = device
        self.enough_seconds = enough_seconds
        self.repeats = repeats

    def seconds(self, call):
        call()
        first = self.once(call)
        count = max(2, min(self.repeats, int(self.enough_seconds / max(first, 1e-6))))
        return statistics.median(self.once(call) for _ in range(count))

    def once(self, call):
        if self.device.type != "cuda":
            start = time.perf_counter()
            call()
            return time.perf_counter() - start
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / 1e3


class Sink:
    """A line of JSON for each result, as soon as it is there."""

    def __init__(self, path):
        self.file = open(path, "a") if path else None

    def add(self, **values):
        line = json.dumps(values)
        print(line, flush=True)
        if self.file:
            self.file.write(line + "\n")
            self.file.flush()
