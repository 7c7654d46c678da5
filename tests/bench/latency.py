"""The time from a SWMR writer's flush of a frame until a reader in another process has the frame."""

import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np

SIDE = 1024
PAUSE_SECONDS = 0.02
WAIT_SECONDS = 60


def frame(number, side):
    """Photon counts in a thousandth of the pixels; the first pixel tells the frame."""
    random = np.random.default_rng(number)
    counts = np.bincount(random.integers(side * side, size=side * side // 1000), minlength=side * side)
    counts[0] = number + 1
    return counts.astype("u2").reshape(side, side)


def write(path, frames, side):
    """Writes frames for a reader that watches; returns when each flush was called, in nanoseconds."""
    begun = []
    with h5py.File(path, "w", libver="latest") as file:
        dset = file.create_dataset(
            "data", (0, side, side), "u2", maxshape=(None, side, side), chunks=(1, side, side)
        )
        file.swmr_mode = True
        Path(path).with_suffix(".ready").touch()
        for i in range(frames):
            values = frame(i, side)
            time.sleep(PAUSE_SECONDS)
            dset.resize(i + 1, 0)
            dset[i] = values
            begun.append(time.monotonic_ns())
            dset.flush()
        deadline = time.monotonic() + WAIT_SECONDS
        while not Path(path).with_suffix(".done").exists() and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
    return begun


def watch(path, frames, side):
    """Reads each frame as soon as it is there; returns when it was, in nanoseconds."""
    arrived = []
    deadline = time.monotonic() + WAIT_SECONDS
    with h5py.File(path, "r", libver="latest", swmr=True) as file:
        dset = file["data"]
        while len(arrived) < frames and time.monotonic() < deadline:
            dset.refresh()
            while len(arrived) < dset.shape[0]:
                values = dset[len(arrived)]
                now = time.monotonic_ns()
                if values[0, 0] != len(arrived) + 1:
                    break  # the extent is there before the chunk
                if not (values == frame(len(arrived), side)).all():
                    raise AssertionError(f"frame {len(arrived)} is not what was written")
                arrived.append(now)
    Path(path).with_suffix(".done").touch()
    return arrived


def measure(folder, frames, side, environment):
    """Milliseconds of each frame, for each storage; the first frames of a process are not warm."""
    measured = []
    for storage in "sparse", "native":
        path = folder / f"{storage}-latency.h5"
        command = [sys.executable, __file__, path, str(frames), str(side)]
        options = {"env": environment(storage), "cwd": folder, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen([*command, "write"], **options) as writer:
            while not path.with_suffix(".ready").exists() and writer.poll() is None:
                time.sleep(0.001)
            with subprocess.Popen([*command, "watch"], **options) as reader:
                arrived = [int(line) for line in reader.stdout]
            begun = [int(line) for line in writer.stdout]
        if reader.returncode or writer.returncode or len(arrived) != frames:
            raise AssertionError(f"{storage}: {len(arrived)} of {frames} frames arrived")
        times = [(there - flush) / 1e6 for flush, there in zip(begun, arrived, strict=True)]
        measured.append({"part": "latency", "storage": storage, "times": times})
    return measured


if __name__ == "__main__":
    target, count, length, role = sys.argv[1:]
    for moment in (write if role == "write" else watch)(target, int(count), int(length)):
        print(moment)
