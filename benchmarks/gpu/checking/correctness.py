"""Stages that ask whether the answers are right: doctor, tests, golden."""

from . import parse
from .context import StageFailed

EMULATION = "CUDA emulation"
GOLDEN = "org.memo.train.GoldenTrainingTest"
TRAINING = "org.memo.train.TrainerTest"
MIXED = "org.memo.train.MixedPrecisionTest"
ONE_GOLDEN = "trainingAsPlannedEqualsTransformers(org.memo.train.GoldenCase)"
TRAINS = ("--exclude-package", "org.memo.train")  # that is the stage golden
ON_GPU = (("memo.test.device", "cuda"),)


def doctor(context):
    """What Memo finds; a device that is not there ends everything."""
    ended = context.run(context.bundle.memo("doctor"))
    lines = parse.doctor_lines(ended.output)
    emulated = EMULATION in ended.output
    if emulated != context.emulated:
        found = "the CUDA emulation" if emulated else "no CUDA emulation"
        raise StageFailed(f"memo doctor found {found}; it must be a GPU unless --emulated is given")
    if "cuda:0" not in ended.output and "CUDA" not in lines.get("Devices", ""):
        raise StageFailed("memo doctor found no CUDA device; see its lines")
    context.versions.update(parse.versions(lines))
    context.versions.update(torch_version(context))
    return {"found": lines}


def torch_version(context):
    command = [context.python, "-c", "from importlib import metadata; print(metadata.version('torch'))"]
    ended = context.run(command, must=False)
    return {"PyTorch": ended.output.strip()} if ended.good else {}


def tests(context):
    """The contracts of device and operations, the kernels' and the bindings' tests."""
    if context.emulated:
        name = "org.memo.device.cuda.GpusTest"
        return junit(context, "memo-runtime", "--select-class", name)
    results = [
        junit(context, module, *tagged("cuda", "gpu"), *TRAINS, "--scan-classpath", root(context, module))
        for module in ("memo-runtime", "bindings")
    ]
    answers = "org.memo.benchmark.BenchmarkAnswersTest"
    results.append(junit(context, "benchmarks", "--select-class", answers))
    return together(results)


def golden(context):
    """Training cases on the GPU against recorded results, in f32 and in bf16."""
    if context.emulated:
        one = f"method:{GOLDEN}#{ONE_GOLDEN}[0]"
        return junit(context, "memo-runtime", "--select-iteration", one)
    chosen = [part for name in (GOLDEN, MIXED, TRAINING) for part in ("--select-class", name)]
    return junit(context, "memo-runtime", *chosen)


def tagged(*tags):
    return [part for tag in tags for part in ("--include-tag", tag)]


def root(context, module):
    return str(context.bundle.folder / "tests" / module)


def junit(context, module, *selection, environment=None):
    command = context.bundle.junit(module, *selection, properties=ON_GPU)
    ended = context.run(command, must=False, environment=environment)
    counts = parse.junit_counts(ended.output)
    failures = parse.junit_failures(ended.output)
    result = {"counts": counts, "failures": failures}
    if ended.code is None:
        raise StageFailed(f"{module}: {ended.why()}")
    if failures or not ended.good:
        raise StageFailed(f"{module}: {len(failures)} failed, first {failures[:1] or ended.why()}")
    if counts.get("successful", 0) == 0:
        raise StageFailed(f"{module}: no test ran")
    return result


def together(results):
    counts = {}
    for result in results:
        for name, count in result["counts"].items():
            counts[name] = counts.get(name, 0) + count
    return {"counts": counts, "failures": []}
