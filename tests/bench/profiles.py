"""Where the time of a warm run goes: samples that perf takes of the C program, sorted by what was being done."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import through_c
from works import WORKS

# What is not counted: the program compares what it reads, and removes the file before it writes it again.
UNTIMED = {
    "__x64_sys_unlink",
    "__memcmp_evex_movbe",
    "__memcmp_avx2_movbe",
    "__memcmp_sse4_1",
    "clock_gettime",
}

CONNECTOR = "io.github.volsparse."
JAVA = [
    ("format.Fill.", "looking for fill values"),
    ("format.Packer", "looking for fill values"),
    ("format.", "encoding and decoding"),
    ("selection.", "selections"),
    ("", "the connector's other Java"),
]


def doing(stack):
    """What the program was doing: the frames of a sample, the innermost first, as pairs of symbol and library."""
    symbols = [symbol for symbol, _ in stack]
    if any(symbol in UNTIMED for symbol in symbols):
        return None
    for call, what in (
        ("__x64_sys_pwrite64", "the kernel, writing"),
        ("__x64_sys_pread64", "the kernel, reading"),
    ):
        if call in symbols:
            return what
    symbol, library = stack[0]
    if "kernel" in library:
        return "the kernel, other"
    if "libhdf5" in library:
        return "HDF5"
    if any("liblz4" in library for _, library in stack):
        return "LZ4"
    if symbol.startswith("StubRoutines"):
        return "copies and checksums"
    java = symbol.partition(CONNECTOR)[2]
    if CONNECTOR in symbol:
        return next(what for name, what in JAVA if name in java)
    return "JVM, C library, the program"


def stacks(samples):
    """The call chains in what perf script printed."""
    stack = []
    for line in samples.splitlines():
        frame = re.match(r"\s+[0-9a-f]+ (.+) \((.+)\)$", line)
        if frame:
            stack.append((frame[1], frame[2]))
        elif stack:
            yield stack
            stack = []
    if stack:
        yield stack


def shares(program, jdk, environment, work, operation, warm_up, seconds):
    """The shares of the time, the largest first, of a work that is written or read again and again."""
    steps = work.writes if operation == "write" else work.reads["written"]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "data"))
        if operation != "write":
            once = {"warm_up": (0, 0), "measure": (1, 0)}
            through_c.measure(program, work, "sparse", "write", steps, path, once, environment)
        with through_c.started(program, work, "sparse", operation, steps, path, environment) as running:
            time.sleep(warm_up)
            command = [
                "perf",
                "record",
                "-F",
                "2999",
                "-g",
                "-o",
                f"{folder}/samples",
                "-t",
                str(running.pid),
            ]
            subprocess.run([*command, "--", "sleep", str(seconds)], check=True, capture_output=True)
            subprocess.run(
                [f"{jdk}/bin/jcmd", str(running.pid), "Compiler.perfmap"], check=True, capture_output=True
            )
            running.kill()
        samples = subprocess.run(
            ["perf", "script", "-i", f"{folder}/samples", "-F", "ip,sym,dso"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"/tmp/perf-{running.pid}.map")
    counts = Counter(doing(stack) for stack in stacks(samples))
    counts.pop(None, None)
    return {what: count / counts.total() for what, count in counts.most_common()}


POINTS = [
    (work, args, operation)
    for work, args in (
        ("kernel", {"kind": "roi"}),
        ("kernel", {"kind": "clusters"}),
        ("xpcs", {"percent": 10}),
    )
    for operation in ("write", "written")
]


def measure(program, jdk, environment, warm_up=8, seconds=4):
    """What perf says of each point: a dictionary for each."""
    if shutil.which("perf") is None:
        raise SystemExit("the part profile needs perf: install linux-perf, or name the other parts")
    # The listener from the start on: the connector's JVM takes no signal that would start it.
    options = "-XX:+PreserveFramePointer -XX:-DisableAttachMechanism -XX:+StartAttachListener"
    java = {"VOL_SPARSE_JAVA_HOME": jdk, "VOL_SPARSE_JAVA_OPTIONS": options}
    return [
        {
            "work": work,
            "args": args,
            "operation": operation,
            "shares": shares(
                program, jdk, environment | java, WORKS[work](**args), operation, warm_up, seconds
            ),
        }
        for work, args, operation in POINTS
    ]
