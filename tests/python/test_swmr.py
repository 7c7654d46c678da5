"""Single writer, multiple readers: a writer appends, readers in other processes follow it."""

import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from c_hdf5 import h5
from harness import (
    filter_environment,
    is_sparse,
    native_environment,
    run_function,
    same,
    sparse_environment,
    tool,
)

FRAMES = 40
SHAPE = (40, 50)
TIMEOUT_SECONDS = 60


def frame(i):
    """A frame that knows its number, and whose sum shows whether it is all there."""
    data = np.zeros(SHAPE, "u2")
    data[:, i % SHAPE[1]] = i + 1
    data[i % SHAPE[0], :] = i + 1
    data[0, 0] = i + 1
    return data


def wait_for(name):
    end = time.monotonic() + TIMEOUT_SECONDS
    while not os.path.exists(name):
        assert time.monotonic() < end, f"no {name}"
        time.sleep(0.005)


def tell(name):
    Path(name).touch()


# ---- appending ----


def append(chunks, flush):
    with h5py.File("swmr.h5", "w", libver="latest") as file:
        frames = file.create_dataset(
            "frames", (0, *SHAPE), "u2", maxshape=(None, *SHAPE), chunks=(chunks, 16, 32)
        )
        packed = file.create_dataset(
            "packed", (0, *SHAPE), "u2", maxshape=(None, *SHAPE), chunks=(chunks, *SHAPE), compression="gzip"
        )
        numbers = file.create_dataset("numbers", (0,), "i8", maxshape=(None,), chunks=(16,), fillvalue=-1)
        frames.resize(1, 0)
        frames[0] = frame(0)  # not flushed when the mode begins
        file.swmr_mode = True
        tell("ready")
        for i in range(FRAMES):
            for dset in (frames, packed):
                dset.resize(i + 1, 0)
                dset[i] = frame(i)
            numbers.resize(i + 1, 0)
            numbers[i] = i
            if flush == "file":
                file.flush()
            elif flush == "H5Oflush":
                for dset in (frames, packed, numbers):
                    h5.H5Oflush(dset.id.id)
            else:
                for dset in (frames, packed, numbers):
                    dset.flush()
            if i % 8 == 2:
                wait_for(f"round {i // 8}")  # or the reader may come too late to see anything grow
            time.sleep(0.002)
        tell("done")
        wait_for("finished")


def follow():
    """What a reader saw: the extents, and whatever was not as it should be."""
    wait_for("ready")
    wrong, extents = [], set()
    with h5py.File("swmr.h5", "r", swmr=True) as file:
        datasets = {name: file[name] for name in ("frames", "packed", "numbers")}
        last = False
        for round in itertools.count():
            if last:
                break
            last = os.path.exists("done")
            for name, dset in datasets.items():
                dset.refresh()
                n = dset.shape[0]
                extents.add(n)
                for i in {*range(max(0, n - 3), n), *range(0, n, 17)}:
                    found = dset[i]
                    expected = i if name == "numbers" else frame(i)
                    if not np.array_equal(found, expected):
                        wrong.append((name, i, n, int(np.sum(found))))
                if name == "numbers" and dset[...].tolist() != list(range(n)):
                    wrong.append((name, "all", n, dset[...].tolist()))
            tell(f"round {round}")
        final = {name: dset[...] for name, dset in datasets.items()}
    tell("finished")
    return {"wrong": wrong[:5], "how many wrong": len(wrong), "extents": sorted(extents), "final": final}


def expected_final():
    stack = np.stack([frame(i) for i in range(FRAMES)])
    return {"frames": stack, "packed": stack, "numbers": np.arange(FRAMES)}


def both(folder, writer, arguments, reader, writer_environment, reader_environment):
    """Runs a writer and a reader beside it; returns what the reader returned."""
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(run_function, writer, *arguments, cwd=folder, env=writer_environment)
        reading = pool.submit(run_function, reader, cwd=folder, env=reader_environment)
        writing.result()
        return reading.result().value


@pytest.mark.parametrize("reader", ["sparse", "filter only"])
@pytest.mark.parametrize(("chunks", "flush"), [(1, "dataset"), (7, "dataset"), (7, "file"), (3, "H5Oflush")])
def test_append_and_follow(twins, chunks, flush, reader):
    environment = sparse_environment() if reader == "sparse" else filter_environment()
    seen = both(twins.sparse, append, (chunks, flush), follow, sparse_environment(), environment)
    assert seen["how many wrong"] == 0, seen["wrong"]
    assert same(seen["final"], expected_final())
    assert seen["extents"][-1] == FRAMES
    assert len(seen["extents"]) > 3, "the reader came too late to see anything grow"
    assert is_sparse(twins.sparse / "swmr.h5", "frames")


def test_the_test_natively(twins):
    """The same by HDF5 alone: what is asked above is what HDF5 gives."""
    seen = both(twins.native, append, (7, "dataset"), follow, native_environment(), native_environment())
    assert seen["how many wrong"] == 0, seen["wrong"]
    assert same(seen["final"], expected_final())


# ---- chunks written again ----

ROLLED = (64, 256)


def noise():
    return np.random.default_rng(1).integers(1, 60000, ROLLED).astype("u2")


def write_again(seconds):
    """The same chunks again and again: some blobs keep their size, some do not."""
    with h5py.File("swmr.h5", "w", libver="latest") as file:
        dense = file.create_dataset(
            "dense", (4, *ROLLED), "u2", maxshape=(None, *ROLLED), chunks=(1, *ROLLED)
        )
        changing = file.create_dataset("changing", (4, *ROLLED), "u2", chunks=(1, *ROLLED))
        base = noise()
        for i in range(4):
            dense[i] = base
            changing[i] = 1
        file.swmr_mode = True
        tell("ready")
        end = time.monotonic() + seconds
        k = 0
        while time.monotonic() < end:
            k += 1
            dense[k % 4] = np.roll(base, k)
            dense.flush()
            image = np.zeros(ROLLED, "u2")
            image.reshape(-1)[: 1 << k % 14] = 1 << 14 - k % 14
            changing[k % 4] = image
            changing.flush()
        tell("done")
        wait_for("finished")
    return k


def read_again():
    wait_for("ready")
    torn = reads = 0
    with h5py.File("swmr.h5", "r", swmr=True) as file:
        total = int(noise().sum(dtype="u8"))
        while not os.path.exists("done"):
            for i in range(4):
                file["dense"].refresh()
                file["changing"].refresh()
                reads += 1
                torn += int(file["dense"][i].sum(dtype="u8")) != total
                torn += int(file["changing"][i].sum(dtype="u8")) not in (1 << 14, ROLLED[0] * ROLLED[1])
    tell("finished")
    return reads, torn


def test_chunks_replaced_are_never_seen_half(twins):
    """Which natively they are, where they are replaced in place."""
    reads, torn = both(
        twins.sparse, write_again, (2,), read_again, sparse_environment(), sparse_environment()
    )
    assert reads > 0
    assert torn == 0, f"{torn} of {reads}"


# ---- a writer that dies ----


def append_and_die():
    with h5py.File("swmr.h5", "w", libver="latest") as file:
        frames = file.create_dataset("frames", (0, *SHAPE), "u2", maxshape=(None, *SHAPE), chunks=(4, *SHAPE))
        file.swmr_mode = True
        for i in range(30):
            frames.resize(i + 1, 0)
            frames[i] = frame(i)
            file.flush()  # H5Dflush leaves the end of the file unsaid, and h5clear cuts there
        frames[0] = 77  # in memory only
        os.kill(os.getpid(), 9)


def read_after_death():
    with h5py.File("swmr.h5") as file:
        return file["frames"][...]


def test_writer_killed(twins):
    twins.run_sparse(append_and_die, check=False)
    said = twins.run_sparse(read_after_death, check=False)
    assert "already open for" in said.stderr, said  # as HDF5 has it, until h5clear
    tool("h5clear", "-s", "swmr.h5", cwd=twins.sparse, sparse=True)
    expected = np.stack([frame(i) for i in range(30)])
    assert np.array_equal(twins.run_sparse(read_after_death).value, expected)


# ---- how the mode begins, what it allows ----


def mode():
    results = {}
    with h5py.File("swmr.h5", "w", libver="latest") as file:
        dset = file.create_dataset("data", (10,), "i4", maxshape=(None,), chunks=(4,))
        dset[0] = 1
        again = file["data"]
        file.swmr_mode = True
        results["mode"] = file.swmr_mode, dset.id == again.id, dset[...], again[...]
        dset[1] = 2
        again.resize((20,))
        results["handles"] = dset.shape, again[:3]
        for what, attempt in {
            "shrink": lambda: dset.resize((5,)),
            "chunk": lambda: dset.id.write_direct_chunk((8,), np.arange(4, dtype="i4").tobytes()),
            "refresh": lambda: dset.id.refresh(),
        }.items():
            try:
                attempt()
                results[what] = "done"
            except Exception as error:
                results[what] = f"{type(error).__name__}: {error}"
        results["after"] = dset[...], again[...]
    with h5py.File("swmr.h5", "r+", libver="latest") as file:
        file["data"][2] = 3
        file.swmr_mode = True
        file["data"][3] = 4
    with h5py.File("swmr.h5", "r", swmr=True) as file:
        results["file"] = file["data"][...], file.swmr_mode
    with h5py.File("old.h5", "w", libver="earliest") as file:
        try:
            file.swmr_mode = True
        except Exception as error:
            results["old format"] = f"{type(error).__name__}: {error}"
    return results


def test_mode(twins):
    twins.agree(mode)
