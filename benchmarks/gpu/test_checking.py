"""Tests of what benchmarks/gpu/check makes of what it reads: python3 -m unittest, in this folder."""

import json
import pathlib
import sys
import tempfile
import time
import types
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from checking import card, parse, process, report, training  # noqa: E402

HEADER = (
    "benchmark                      time max/min             rate       limit here  share  parameters"
)
ROW = (
    "RmsNormForward               85.3 us    1.02      3147.1 GB/s      3300.0 GB/s   95 %"
    "  device=cuda model=LLAMA_1B rotationMib=4096 tokens=32768 type=BF16"
)
GEMM = (
    "Gemm                          1.37 ms    1.01  720000.0 GFLOP/s  790000.0 GFLOP/s   91 %"
    "  device=cuda outputs=16384 product=FORWARD tokens=8192 type=BF16"
)
JUNIT = """
Failures (1):
  JUnit Jupiter:GpusTest:eachGpuIsDescribed()
    => org.opentest4j.AssertionFailedError

[         7 containers found      ]
[        11 tests found           ]
[         2 tests skipped         ]
[         8 tests successful      ]
[         1 tests failed          ]
"""
LLAMA = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "vocab_size": 128256,
}


def result(**more):
    return {
        "date": "2026-11-21",
        "emulated": False,
        "cards": [card.parse("NVIDIA H100 80GB HBM3, 580.1, 81559 MiB, 1980 MHz, 700.00 W")],
        "versions": {"commit": "abc"},
        "cpus": 16,
        "memory_gib": 128.0,
        "model": LLAMA,
        "datasheet": {"flops": 989e12, "bytes": 3.35e12},
        "stages": {},
        "figures": [],
        **more,
    }


class Parsing(unittest.TestCase):
    def test_a_row_of_the_benchmarks_is_read_in_base_units(self):
        row = parse.benchmark_row(ROW)
        self.assertEqual("RmsNormForward", row["name"])
        self.assertAlmostEqual(85.3e-6, row["seconds"])
        self.assertAlmostEqual(3147.1e9, row["rate"])
        self.assertEqual("bytes", row["unit"])
        self.assertEqual("32768", parse.case_values(row["case"])["tokens"])

    def test_what_is_no_row_is_none(self):
        rows = parse.benchmark_rows("\n".join([HEADER, ROW, "java.lang.RuntimeException", GEMM]))
        self.assertEqual(["RmsNormForward", "Gemm"], [row["name"] for row in rows])

    def test_junit_is_counted_and_its_failures_named(self):
        self.assertEqual(
            {"found": 11, "skipped": 2, "successful": 8, "failed": 1}, parse.junit_counts(JUNIT)
        )
        self.assertEqual(["GpusTest:eachGpuIsDescribed()"], parse.junit_failures(JUNIT))

    def test_exceptions_are_found_once(self):
        thrown = "java.lang.IllegalStateException: no\n\tat org.memo.Main\n"
        self.assertEqual(
            ["java.lang.IllegalStateException: no"], parse.failures("row\n" + 2 * thrown)
        )

    def test_versions_are_taken_from_the_doctor(self):
        doctor = parse.doctor_lines(
            "CUDA runtime    13.0, /lib/libcudart.so.13\n"
            "Flash attention 1, /lib/libmemo_flash.so\n"
            "cuDNN           not used: it is missing\n"
        )
        self.assertEqual("1, /lib/libmemo_flash.so", doctor["Flash attention"])
        self.assertEqual({"CUDA runtime": "13.0"}, parse.versions(doctor))

    def test_a_line_of_json_that_was_cut_off_is_left_out(self):
        self.assertEqual([{"a": 1}], parse.json_lines('{"a": 1}\nother\n{"b": '))

    def test_numbers_of_tokens_are_read_and_written(self):
        for text, count in (("8K", 8192), ("1M", 1 << 20), ("100", 100)):
            self.assertEqual(count, parse.tokens(text))
            self.assertEqual(text, parse.token_text(count))


class Cards(unittest.TestCase):
    KNOWN = ("a100-80gb", "a800-80gb", "b200", "h100-80gb", "h200", "rtx-4090-24gb")

    def test_a_card_is_found_by_the_drivers_name(self):
        for text, name in (
            ("NVIDIA H100 80GB HBM3", "h100-80gb"),
            ("NVIDIA H200", "h200"),
            ("NVIDIA A100-SXM4-80GB", "a100-80gb"),
            ("NVIDIA B200", "b200"),
            ("Tesla T4", None),
        ):
            self.assertEqual(name, card.hardware_name(text, self.KNOWN), text)

    def test_no_driver_is_no_card(self):
        def absent(*_, **__):
            raise FileNotFoundError

        self.assertEqual([], card.visible(absent))

        def refused(*_, **__):
            return types.SimpleNamespace(returncode=9, stdout="")

        self.assertEqual([], card.visible(refused))


class Processes(unittest.TestCase):
    def run_shell(self, text, seconds, until=None):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            ended = process.run(["/bin/sh", "-c", text], seconds, log, until=until)
            return ended, log.read_text()

    def test_the_output_and_the_exit_code_are_kept(self):
        ended, log = self.run_shell("echo hello; echo bad >&2; exit 3", 10)
        self.assertEqual((3, "hello\nbad\n"), (ended.code, ended.output))
        self.assertEqual("exit code 3: bad", ended.why())
        self.assertIn("exit code 3", log)

    def test_a_process_whose_time_is_over_is_killed_with_its_children(self):
        start = time.monotonic()
        ended, log = self.run_shell("echo begun; sleep 60 & sleep 60", 0.5)
        self.assertLess(time.monotonic() - start, 30)
        self.assertIsNone(ended.code)
        self.assertEqual("begun\n", ended.output)
        self.assertIn("cut off", log)

    def test_a_process_is_stopped_when_it_has_done_what_was_wanted(self):
        ended, _ = self.run_shell("sleep 60", 30, until=lambda: True)
        self.assertTrue(ended.good)


class Reports(unittest.TestCase):
    def test_each_benchmark_is_held_against_pytorchs_fastest_way(self):
        ours = {"stage": "kernels", "side": "memo", **parse.benchmark_row(ROW)}
        case = "model=LLAMA_1B tokens=32768 type=BF16"
        theirs = [
            {"stage": "kernels", "side": "torch", "name": "RmsNormForward", "case": case}
            | {"how": how, "unit": "bytes", "work": 1.0, "seconds": seconds}
            for how, seconds in (("eager", 200e-6), ("compiled", 90e-6))
        ]
        text = report.kernels([ours, *theirs])
        self.assertIn("| 90 us | compiled | 1.06 |", text)
        self.assertIn("3147.1 GB/s | 95%", text)

    def test_copies_of_other_sizes_are_held_against_by_the_byte(self):
        ours = {"name": "CopyToHost", "rate": 50e9, "seconds": 1e-3}
        theirs = {"work": 100e6, "seconds": 4e-3}
        self.assertAlmostEqual(2e-3, report.per_operation(theirs, ours))

    def test_a_step_shows_both_mfus_and_the_ratio(self):
        flops = report.model_flops(LLAMA, 8192)
        self.assertLess(flops["causal"], flops["full"])
        step = {"stage": "train", "case": "tokens=8192", "name": "Step", "tokens": 8192}
        ours = {**step, "side": "memo", "seconds": 0.2, "device_peak_bytes": 1 << 30}
        theirs = {**step, "side": "torch", "seconds": 0.3, "device_peak_bytes": 2 << 30}
        text = report.steps(result(figures=[ours, theirs]))
        share = f"{flops['causal'] / 0.2 / 989e12:.1%}"
        self.assertIn(f"| 8K | Memo | 0.200 | 40960 | {share} |", text)
        self.assertIn("| 1.50 |", text)

    def test_a_slab_that_is_not_the_plans_is_said(self):
        row = {"case": "tokens=8192", "device_peak_bytes": 100, "planned": {"slab_bytes": 100}}
        self.assertIn("8K yes", report.as_planned([row])[1])
        self.assertIn("8K NO", report.as_planned([{**row, "device_peak_bytes": 101}])[1])
        self.assertEqual([], report.as_planned([{"case": "tokens=8192"}]))

    def test_a_side_that_ran_out_of_memory_is_said(self):
        row = {"stage": "train", "side": "torch", "case": "tokens=524288", "error": "out of memory"}
        self.assertIn("| 512K | PyTorch | out of memory |", report.steps(result(figures=[row])))

    def test_a_prediction_is_held_against_the_step(self):
        plan = {"stage": "plan", "side": "memo", "name": "Plan", "case": "tokens=8192"}
        plan |= {"how": "h100-80gb", "step_seconds": 0.22, "slab_bytes": 1 << 30}
        took = {"stage": "train", "side": "memo", "case": "tokens=8192", "seconds": 0.2}
        took |= {"device_peak_bytes": 1 << 30}
        self.assertIn("| 0.220 | 0.200 | +10.0% | 1.00 | 1.00 |", report.predictions([plan, took]))

    def test_an_emulated_run_says_so_and_prints_no_rates(self):
        ours = {"stage": "kernels", "side": "memo", **parse.benchmark_row(ROW)}
        text = report.markdown(result(emulated=True, cards=[], figures=[ours]))
        self.assertIn("emulated: nothing was measured", text)
        self.assertNotIn("GB/s", text)

    def test_both_files_are_written_whole(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            stage = {"status": "failed", "seconds": 1.0, "why": "no | device"}
            report.write(result(stages={"doctor": stage}), folder)
            read = json.loads((folder / "check.json").read_text())
            self.assertEqual("failed", read["stages"]["doctor"]["status"])
            self.assertIn("| doctor | FAILED | 1 | no / device |", (folder / "check.md").read_text())
            self.assertEqual(2, len(list(folder.iterdir())))


class Limits(unittest.TestCase):
    def test_a_runs_limits_are_asked_of_the_plan(self):
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "config.yaml"
            path.write_text("device-memory: 70GiB\nhost-memory: auto\nsteps: 3\n")
            self.assertEqual({"device-memory": "70GiB"}, training.limits(path))
            self.assertEqual({}, training.limits(path.with_name("absent")))


class Backends(unittest.TestCase):
    def figure(self, how, name, seconds):
        side = {"stage": "kernels", "side": "torch", "case": "tokens=4096"}
        return {**side, "how": how, "name": name, "seconds": seconds}

    def test_the_fastest_way_forward_and_backward_is_taken(self):
        figures = [
            self.figure("flash", "FlashAttentionForward", 2.0),
            self.figure("flash", "FlashAttentionBackward", 3.0),
            self.figure("cudnn", "FlashAttentionForward", 1.0),
            self.figure("cudnn", "FlashAttentionBackward", 3.5),
            self.figure("efficient", "FlashAttentionForward", 0.1),
        ]
        self.assertEqual("cudnn", training.best_backend(figures))

    def test_without_figures_pytorch_chooses(self):
        self.assertEqual("auto", training.best_backend([]))


if __name__ == "__main__":
    unittest.main()
