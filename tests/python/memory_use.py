"""Programs that use memory, and how much of it they take: for the tests and for the benchmark."""

import re
from pathlib import Path

import h5py
import numpy as np

MEGA = 1 << 20


def memory(name):
    return 1024 * int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def forget_peak():
    Path("/proc/self/clear_refs").write_text("5")


def measured(program, *args):
    """How many bytes of memory a program takes at most above what its process had, and the program's result."""
    before = memory("VmRSS")
    forget_peak()
    result = program(*args)
    return memory("VmHWM") - before, result


def write_numbers(name, count, chunk):
    with h5py.File(name, "w") as file:
        dset = file.create_dataset("val", (count,), "f8", chunks=(chunk,))
        for start in range(0, count, 100 * chunk):
            stop = min(count, start + 100 * chunk)
            dset[start:stop] = np.arange(start, stop, dtype="f8")


def read_single_elements(reads, chunk, count=10_000_000):
    """Elements of 80 MB of dense data, such that nearly every one is in another chunk than the one before."""
    write_numbers("numbers.h5", count, chunk)
    with h5py.File("numbers.h5") as file:
        dset = file["val"]
        return all(dset[i * 9973 % count] == i * 9973 % count for i in range(reads))


def read_rows(seed, reads=5000):
    """Rows of dense data at random, which cannot be compressed."""
    numbers = np.random.default_rng(seed)
    frames = numbers.random((64, 320, 1000), "f4")
    with h5py.File("rows.h5", "w") as file:
        dset = file.create_dataset("rows", (64 * 320, 1000), "f4", chunks=(32, 1000))
        for i, frame in enumerate(frames):
            dset[320 * i : 320 * (i + 1)] = frame
    rows = numbers.integers(0, 64 * 320, reads)
    with h5py.File("rows.h5") as file:
        dset = file["rows"]
        return all(np.array_equal(dset[r], frames[r // 320, r % 320]) for r in rows)


def change_rows(seed):
    """Rows of many chunks changed at random: chunks are dirty when they are evicted."""
    numbers = np.random.default_rng(seed)
    with h5py.File("rows.h5", "w") as file:
        dset = file.create_dataset("rows", (20_000, 1000), "f4", chunks=(32, 1000))
        for row in numbers.integers(0, 20_000, 5000):
            dset[row] = numbers.random(1000, "f4")
    with h5py.File("rows.h5") as file:
        return float(file["rows"][::7].sum())


def use_small_datasets(count):
    with h5py.File("small.h5", "w") as file:
        for i in range(count):
            file.create_dataset(f"d{i}", data=np.arange(i, i + 10), chunks=(10,), maxshape=(None,))
    with h5py.File("small.h5") as file:
        total = sum(int(file[name][...].sum()) for name in file)
        held = [file[name] for name in file]
        return total, sum(int(dset[3]) for dset in held)


def use_many_files(count):
    """Files open at the same time, of each of which some is in the cache."""
    files = [h5py.File(f"{i}.h5", "w") for i in range(count)]
    for i, file in enumerate(files):
        file.create_dataset("a", (40, 5000), "f4", chunks=(1, 5000))[...] = np.arange(5000) + i
    total = 0.0
    for _ in range(3):
        for file in files:
            for row in range(0, 40, 2):
                total += float(file["a"][row, 17])
    for file in files:
        file.close()
    return total


def write_tiny_chunks():
    """100,000 chunks of ten elements, all dirty at once as far as the cache lets them."""
    with h5py.File("tiny.h5", "w") as file:
        dset = file.create_dataset("d", (1000, 1000), "i4", chunks=(1, 10))
        for column in range(0, 1000, 5):
            dset[:, column : column + 5] = np.arange(5000).reshape(1000, 5) + column
    with h5py.File("tiny.h5") as file:
        return int(file["d"][...].sum())


def use_large_chunk(megabytes):
    """A dataset of one chunk: written whole, read in part, and changed here and there."""
    count = megabytes * MEGA // 4
    data = np.resize(np.random.default_rng(1).integers(1, 1 << 31, MEGA // 4, dtype="i4"), count)
    with h5py.File("large.h5", "w") as file:
        file.create_dataset("d", data=data, chunks=(count,))
    with h5py.File("large.h5", "r+") as file:
        dset = file["d"]
        seen = int(dset[count // 3 : count // 2].astype("i8").sum())
        for i in range(0, count, count // 10):
            dset[i] = i
    with h5py.File("large.h5") as file:
        return seen, int(file["d"][::1001].astype("i8").sum())
