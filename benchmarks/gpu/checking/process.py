"""Runs a process for a limited time and keeps what it says in a log as it says it."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """code is None where the time ran out first; then the process and its children were killed."""

    code: int | None
    output: str
    seconds: float

    @property
    def good(self):
        return self.code == 0

    def why(self):
        if self.good:
            return ""
        if self.code is None:
            return f"cut off after {self.seconds:.0f} s"
        lines = [line for line in self.output.splitlines() if line.strip()]
        return f"exit code {self.code}: {lines[-1].strip() if lines else 'it said nothing'}"


def run(command, seconds, log, environment=None, until=None):
    """Runs for so many seconds at most, or until `until(output)` is true, which is a good end."""
    command = [str(part) for part in command]
    start = time.monotonic()
    with open(log, "a+") as file:
        file.write(f"$ {' '.join(command)}\n")
        file.flush()
        begin = file.tell()
        process = subprocess.Popen(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        code = None
        try:
            while code is None and time.monotonic() - start < seconds:
                if until and until():
                    stop(process)
                    code = 0
                    break
                code = poll(process)
        finally:
            stop(process)
        file.flush()
        file.seek(begin)
        output = file.read()
        elapsed = time.monotonic() - start
        file.write(f"-- {elapsed:.1f} s, {'cut off' if code is None else f'exit code {code}'}\n\n")
    return Ended(code, output, elapsed)


def poll(process):
    try:
        return process.wait(timeout=0.1)
    except subprocess.TimeoutExpired:
        return None


def stop(process):
    """Kills the process group that this process made; nothing where it has ended."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
