"""The benchmark measures nothing here: every work, in small, gives back what was written."""

import json
import sys

from harness import ROOT, native_environment, run_command


def test_every_work_of_the_benchmark_verifies(tmp_path):
    command = [sys.executable, ROOT / "tests/bench/bench.py", "--quick", "--data", tmp_path]
    measured = json.loads(run_command(command, tmp_path, native_environment()).stdout)
    assert {point["part"] for point in measured} == {
        "kernels",
        "alternatives",
        "xpcs",
        "density",
        "threads",
        "device",
        "latency",
        "reads",
        "growth",
        "memory",
        "metadata",
        "startup",
    }
    kernels = [point for point in measured if point.get("work") == "kernel" and point["storage"] == "sparse"]
    assert all(point["blobs"]["values"] > 0 for point in kernels)
