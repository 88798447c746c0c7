"""Reads what the tools print: benchmarks.jar's table, JUnit's summary, lines of JSON."""

import json
import re

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
RATES = {"GB/s": 1e9, "GFLOP/s": 1e9, "Mcall/s": 1e6}
UNITS = {"GB/s": "bytes", "GFLOP/s": "flops", "Mcall/s": "calls"}

ROW = re.compile(
    r"^(?P<name>[A-Za-z]+(?:\.[A-Za-z]+)?) +(?P<time>[0-9.]+) (?P<unit>ns|us|ms|s)"
    r" +(?P<spread>[0-9.]+) +(?P<rate>[0-9.]+) (?P<rate_unit>GB/s|GFLOP/s|Mcall/s)"
    r" +(?P<limit>[0-9.]+) (?:GB/s|GFLOP/s|Mcall/s) +(?P<share>[0-9]+) % *(?P<case>.*)$"
)
JUNIT = re.compile(r"^\[ *([0-9]+) (tests|containers) ([a-z]+) *\]$", re.MULTILINE)


def benchmark_row(line):
    """A row of the table of benchmarks.jar as numbers; None where the line is none."""
    match = ROW.match(line.rstrip())
    if not match:
        return None
    unit = match["rate_unit"]
    return {
        "name": match["name"],
        "case": match["case"].strip(),
        "seconds": float(match["time"]) * SECONDS[match["unit"]],
        "spread": float(match["spread"]),
        "unit": UNITS[unit],
        "rate": float(match["rate"]) * RATES[unit],
        "limit": float(match["limit"]) * RATES[unit],
    }


def benchmark_rows(output):
    return [row for row in map(benchmark_row, output.splitlines()) if row]


def junit_counts(output):
    """Of the summary: {"found": n, "successful": n, "failed": n, "skipped": n, "aborted": n}."""
    return {m[3]: int(m[1]) for m in JUNIT.finditer(output) if m[2] == "tests"}


def junit_failures(output):
    """The names of the tests that failed, as the summary lists them."""
    _, _, after = output.partition("Failures (")
    names = [line.strip() for line in after.splitlines() if line.startswith("  JUnit")]
    return [name.removeprefix("JUnit Jupiter:") for name in names]


def failures(output):
    """The exceptions that a program printed, each once, without where they were thrown."""
    lines = (line.strip() for line in output.splitlines())
    found = [line for line in lines if re.match(r"[a-z]+\.[\w.]+(Exception|Error)\b", line)]
    return list(dict.fromkeys(found))


DOCTOR_COLUMN = 16
DOCTOR_VERSIONS = ("NVIDIA driver", "CUDA runtime", "cuBLASLt", "cuDNN", "NCCL")


def doctor_lines(output):
    """What memo doctor says, by its first column."""
    lines = [line for line in output.splitlines() if len(line) > DOCTOR_COLUMN]
    return {line[:DOCTOR_COLUMN].strip(): line[DOCTOR_COLUMN:].strip() for line in lines}


def versions(doctor):
    """Of what the doctor found, `13.0, /usr/...` being version and file."""
    found = {name: doctor[name] for name in DOCTOR_VERSIONS if name in doctor}
    return {
        name: text.partition(",")[0] for name, text in found.items() if not text.startswith("not used")
    }


def json_lines(output):
    """Every line that is a JSON object; a line that was cut off is left out."""
    found = []
    for line in output.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                pass
    return found


def case_values(case):
    """`model=LLAMA_1B tokens=8192` as a dictionary."""
    return dict(part.split("=", 1) for part in case.split())


def tokens(text):
    """A number of tokens, as 8K or 1M or 4096."""
    text = text.strip().upper()
    for suffix, factor in (("K", 1 << 10), ("M", 1 << 20)):
        if text.endswith(suffix):
            return int(text[:-1]) * factor
    return int(text)


def token_text(count):
    for suffix, factor in (("M", 1 << 20), ("K", 1 << 10)):
        if count >= factor and count % factor == 0:
            return f"{count // factor}{suffix}"
    return str(count)
