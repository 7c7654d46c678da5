"""Measures one job in this process: child.py, a job in JSON on each line of stdin, its result on a line of stdout.

A job names the work and its arguments, the storage, the operation ("write" or a series of reads), the file, how long it
is run to warm up (the seconds of a step, and of all steps at most), and how often and for how many seconds at most it is
then measured. The first run of a process is the cold one: libraries are loaded, but no file has been opened.
"""

import gc
import importlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

import through_c
from clock import Clock, forget_peak, memory
from metadata import Driver as Metadata
from works import WORKS

DRIVERS = {"copy": "plain_copy", "csr by hand": "by_hand", "tiledb": "through_tiledb"}

LONG_SECONDS = 5

# A process is warm when no run of so many steps is faster than all before by so much. The compiler works for seconds,
# in which nothing becomes faster for some time.
STEPS, FASTER = 2, 1 / 50


def remove(path):
    path = Path(path)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def sync(path, *, and_forget=False):
    """Waits until a file is on its device; and has the page cache forget it."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        if and_forget:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run(driver, job):
    clock = Clock()
    gc.collect()
    to_device = job.get("to_device", False)
    if job["operation"] == "write":
        remove(job["path"])
        driver.write(job["path"], clock)
        if to_device:
            with clock.running():
                sync(job["path"])
    else:
        if to_device:
            sync(job["path"], and_forget=True)
        driver.read(job["path"], clock)
    return clock.wall, clock.cpu


def run_often(driver, job):
    """
    Wall and processor time of each run, and whether it counts as warm.

    Two runs at least warm up, and three at least count; what takes very long is run once, and that counts.
    """
    cold = run(driver, job)
    if cold[0] > LONG_SECONDS:
        return [(*cold, True)]
    times = [(*cold, False), *((*both, False) for both in warm_up(driver, job))]
    runs, seconds = job["measure"]
    count = spent = 0
    while count < 3 or (count < runs and spent < seconds):
        times.append((*run(driver, job), True))
        count += 1
        spent += times[-1][0]
    return times


def warm_up(driver, job):
    """Yields runs, until they do not become faster any more."""
    step, most = job["warm_up"]
    begin, best, in_vain = time.monotonic(), float("inf"), 0
    while in_vain < STEPS:
        end, fastest = time.monotonic() + step, float("inf")
        while fastest == float("inf") or time.monotonic() < end:
            times = run(driver, job)
            yield times
            fastest = min(fastest, times[0])
        in_vain = 0 if fastest < best * (1 - FASTER) else in_vain + 1
        best = min(best, fastest)
        if time.monotonic() >= begin + most:
            return


def measure(job):
    if job["work"] == "metadata":
        forget_peak()
        before = memory("VmRSS")
        return {"times": run_often(Metadata(**job["args"]), job), "memory": memory("VmHWM") - before}
    begin = time.perf_counter()
    job["to_device"] = job["args"].pop("to_device", False)
    work = WORKS[job["work"]](**job["args"])
    steps = work.writes if job["operation"] == "write" else work.reads[job["operation"]]
    result = {
        "elements": sum(step.elements.size for step in steps),
        "bytes": sum(step.elements.nbytes for step in steps),
        "logical": work.logical_bytes,
        "calls": len(steps),
        "generated": time.perf_counter() - begin,
    }
    if job["host"] == "c":
        times = through_c.measure(
            job["program"], work, job["storage"], job["operation"], steps, job["path"], job
        )
    else:
        module = importlib.import_module(DRIVERS.get(job["storage"], "through_h5py"))
        begin = time.perf_counter()
        driver = module.Driver(work, job["storage"], steps)
        result["prepared"] = time.perf_counter() - begin
        forget_peak()
        before = memory("VmRSS")
        times = run_often(driver, job)
        result["memory"] = memory("VmHWM") - before
    return result | {"times": times}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(measure(json.loads(line))), flush=True)
