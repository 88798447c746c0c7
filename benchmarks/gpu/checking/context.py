"""What the stages share: where things are, how much time is left, and what came out so far."""

import pathlib
import time
from dataclasses import dataclass, field

from . import process
from .bundle import Bundle


class StageFailed(Exception):
    """A stage that did not come to its end, or whose answers were wrong."""


@dataclass
class Context:
    bundle: Bundle
    out: pathlib.Path
    scratch: pathlib.Path
    python: str
    cards: list
    lengths: list
    has_torch: bool = True
    figures: list = field(default_factory=list)
    versions: dict = field(default_factory=dict)
    end: float = 0.0
    log: pathlib.Path = pathlib.Path("/dev/null")

    @property
    def emulated(self):
        return self.bundle.emulation is not None

    def left(self):
        return max(0.0, self.end - time.monotonic())

    def run(self, command, seconds=None, until=None, must=True, environment=None):
        """Runs within the stage's time; what must not fail ends the stage."""
        limit = min(seconds or self.left(), self.left())
        if limit <= 0:
            raise StageFailed("no time was left")
        settings = {**self.bundle.environment(), **(environment or {})}
        ended = process.run(command, limit, self.log, settings, until)
        if must and not ended.good:
            raise StageFailed(ended.why())
        return ended

    def add(self, stage, side, **values):
        """A figure. Under the emulation nothing is measured: only that it was there is kept."""
        if self.emulated:
            values = {k: v for k, v in values.items() if k in ("name", "case", "how", "error")}
        self.figures.append({"stage": stage, "side": side, **values})
