"""The works through kernels.c: the calls go to it in two files, the times come back as lines of JSON."""

import json
import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from works import Blocks


def _blocks(work, selection):
    if isinstance(selection, Blocks):
        return selection.blocks
    ranges = [
        part.indices(length) if isinstance(part, slice) else (part, part + 1, 1)
        for part, length in zip(selection, work.shape, strict=True)
    ]
    return [(tuple(r[0] for r in ranges), tuple(r[1] - r[0] for r in ranges))]


@contextmanager
def _command(program, work, storage, operation, steps, path, limits):
    """The command of a measurement, while the files it reads are there."""
    chunk = work.small_chunk if storage == "small chunks" else work.chunk
    words = [work.dtype.itemsize, storage == "contiguous", len(work.shape), *work.shape, *chunk, len(steps)]
    for step in steps:
        blocks = _blocks(work, step.selection)
        words += [len(blocks), *(n for start, count in blocks for n in (*start, *count))]
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        calls, elements = Path(folder, "calls"), Path(folder, "elements")
        np.array(words, "i8").tofile(calls)
        with open(elements, "wb") as file:
            for step in steps:
                step.elements.tofile(file)
        yield [program, calls, elements, path, operation, *map(str, limits)]


def _name(operation):
    return "write" if operation == "write" else "read"


def _environment(environment):
    return environment | {"HDF5_DISABLE_VERSION_CHECK": "2"}


def measure(program, work, storage, operation, steps, path, limits, environment=os.environ):
    """What the C program measured: wall and processor time of each run, and whether it counts as warm."""
    limits = [limit for series in ("warm_up", "measure") for limit in limits[series]]
    with _command(program, work, storage, _name(operation), steps, path, limits) as command:
        done = subprocess.run(
            command, env=_environment(environment), check=True, stdout=subprocess.PIPE, text=True
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def started(program, work, storage, operation, steps, path, environment):
    """The C program at work until it is killed, or an hour is over."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        _command(program, work, storage, _name(operation), steps, path, [0, 0, 10**9, 3600]) as command,
        subprocess.Popen(command, env=_environment(environment), **quiet) as running,
    ):
        try:
            yield running
        finally:
            running.kill()
