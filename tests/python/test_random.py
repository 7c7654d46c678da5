"""Randomised round trips against a numpy model.

A case is all that follows from its seed: type, shape, chunks, fill value, filters, density and a sequence of writes.
The writing process applies the writes to a dataset; other processes work out the model from the same seed and compare.
VOL_SPARSE_SEED=... repeats a run.
"""

import h5py
import numpy as np
import pytest
from harness import is_sparse, tool

TYPES = {
    "1 byte": ["i1", "u1", "?", "V1", "S1"],
    "2 bytes": ["<i2", ">u2", "<f2", "S2"],
    "3 bytes": ["V3", "S3", [("a", "u1"), ("b", ">i2")]],
    "4 bytes": ["<i4", ">i4", "<f4", ">f4", "V4"],
    "8 bytes": ["<i8", ">u8", "<f8", ">f8", "<c8"],
    "16 bytes": ["<c16", "V16", [("x", "<f8"), ("n", "<i4"), ("tag", "S4")], "S16"],
}
DENSITIES = [0, 0.0001, 0.01, 0.1, 0.5, 1]
CASES_PER_TYPE = 14


def raw(random, dtype, shape):
    """Random elements of any type: random bytes, but of a kind the type can hold and keep."""
    dtype = np.dtype(dtype)
    if dtype == np.dtype("?"):
        return random.integers(0, 2, shape).astype("?")
    count = int(np.prod(shape, dtype=int))
    data = np.frombuffer(random.bytes(count * dtype.itemsize), "u1").reshape(count, dtype.itemsize)
    if dtype.kind == "S" or dtype.fields:
        data = data % 26 + 97  # letters, so that no string ends early
    return np.ascontiguousarray(data).view(dtype).reshape(shape)


class Case:
    """One dataset, its model, and the writes that make both; every draw comes from the one generator."""

    def __init__(self, size, seed):
        self.random = random = np.random.default_rng([seed, list(TYPES).index(size)])
        self.name = f"{seed}"
        self.dtype = np.dtype(TYPES[size][random.integers(len(TYPES[size]))])
        rank = int(random.integers(1, 5))
        most = {1: 5000, 2: 90, 3: 22, 4: 10}[rank]
        self.shape = tuple(int(n) for n in random.integers(1, most + 1, rank))
        self.chunks = tuple(int(random.integers(1, n + 1)) for n in self.shape)
        # Not a multiple of anything, and not thousands of chunks.
        while np.prod([-(-n // c) for n, c in zip(self.shape, self.chunks, strict=True)]) > 60:
            self.chunks = tuple(min(n, 2 * c) for n, c in zip(self.shape, self.chunks, strict=True))
        self.fill = None if random.random() < 0.5 else raw(random, self.dtype, (1,))[0]
        self.filters = [
            {},
            {},
            {"compression": "gzip", "compression_opts": 3, "shuffle": True},
            # Not lzf: HDF5's tools do not have it.
            {"compression": "gzip", "fletcher32": True},
        ][random.integers(4)]
        self.model = np.zeros(self.shape, self.dtype)
        if self.fill is not None:
            self.model[...] = self.fill
        self.density = DENSITIES[random.integers(len(DENSITIES))]

    def __str__(self):
        return (
            f"case {self.name}: {self.dtype}, shape {self.shape}, chunks {self.chunks}, fill {self.fill!r}, "
            f"density {self.density}, {self.filters}"
        )

    def create(self, file):
        return file.create_dataset(
            self.name,
            self.shape,
            self.dtype,
            chunks=self.chunks,
            maxshape=(None, *self.shape[1:]),
            fillvalue=self.fill,
            **self.filters,
        )

    def with_density(self, shape):
        """Elements that differ from the fill value with the density of this case."""
        data = np.full(shape, self.fill if self.fill is not None else np.zeros((), self.dtype), self.dtype)
        chosen = self.random.random(shape) < self.density
        data[chosen] = raw(self.random, self.dtype, (int(chosen.sum()),))
        return data

    def slice_of(self, length):
        start = int(self.random.integers(length))
        stop = int(self.random.integers(start, length)) + 1
        return slice(start, stop, int(self.random.integers(1, 4)))

    def selection(self):
        """A selection h5py and numpy understand alike, of any kind."""
        kind = self.random.integers(5)
        boxes = [self.slice_of(n) for n in self.shape]
        axis = int(self.random.integers(len(self.shape)))
        if kind == 0:
            boxes[axis] = int(self.random.integers(self.shape[axis]))
        elif kind == 1:
            count = int(self.random.integers(1, min(self.shape[axis], 12) + 1))
            boxes[axis] = sorted(int(i) for i in self.random.choice(self.shape[axis], count, replace=False))
        elif kind == 2:
            return self.random.random(self.shape) < 0.05
        elif kind == 3:
            return np.s_[...]
        return tuple(boxes)

    def writes(self):
        """What is written, in order: selections and their elements."""
        yield np.s_[...], self.with_density(self.shape)
        for _ in range(int(self.random.integers(0, 6))):
            selection = self.selection()
            shape = self.model[selection].shape
            if 0 in shape:
                continue
            erase = self.random.random() < 0.3
            yield (
                selection,
                (np.broadcast_to(self.fill_value(), shape) if erase else self.with_density(shape)),
            )

    def fill_value(self):
        return self.fill if self.fill is not None else np.zeros((), self.dtype)

    def replay(self, dset=None):
        """Applies the writes to the model, and to the dataset where there is one."""
        for selection, data in self.writes():
            self.model[selection] = data
            if dset is not None:
                dset[selection] = data

    def mismatch(self, dset):
        """What a dataset says otherwise than the model; None when all is equal."""
        whole = dset[...]
        if whole.tobytes() != self.model.tobytes():
            bad = np.flatnonzero(
                (np.frombuffer(whole.tobytes(), "u1") != np.frombuffer(self.model.tobytes(), "u1"))
                .reshape(whole.size, -1)
                .any(axis=1)
            )
            where = np.unravel_index(bad[0], self.shape)
            return (
                f"{self}: {bad.size} of {whole.size} elements differ, first {tuple(map(int, where))}: "
                f"{whole[where]!r} instead of {self.model[where]!r}"
            )
        for _ in range(4):
            selection = self.selection()
            if 0 not in self.model[selection].shape and (
                dset[selection].tobytes() != self.model[selection].tobytes()
            ):
                return f"{self}: selection {selection!r} differs"
        return None


def seeds(seed):
    return [seed * 1000 + i for i in range(CASES_PER_TYPE)]


def write_cases(size, seed):
    with h5py.File("cases.h5", "w") as file:
        for case in (Case(size, s) for s in seeds(seed)):
            case.replay(case.create(file))


def check_cases(path, size, seed):
    """What is wrong, case by case; also once more read with the handle that wrote."""
    found = []
    with h5py.File(path) as file:
        for case in (Case(size, s) for s in seeds(seed)):
            case.replay()
            try:
                found.append(case.mismatch(file[case.name]))
            except Exception as error:
                found.append(f"{case}: {error!r}")
    return [f for f in found if f]


@pytest.mark.parametrize("size", TYPES)
def test_round_trip(twins, size, seed):
    twins.run_sparse(write_cases, size, seed)
    found = twins.run_sparse(check_cases, "cases.h5", size, seed).value
    assert not found, f"VOL_SPARSE_SEED={seed}: read back under the connector\n" + "\n".join(found)

    # Another program takes the file over into an ordinary one.
    tool(
        "h5repack", "--src-vol-name", "sparse", "--dst-vol-name", "native", "cases.h5", "repacked.h5",
        cwd=twins.sparse, sparse=True, more_env={"HDF5_VOL_CONNECTOR": "native"},
    )  # fmt: skip
    repacked = twins.sparse / "repacked.h5"
    with h5py.File(repacked) as file:
        names = list(file)
    assert not [n for n in names if is_sparse(repacked, n)]
    found = twins.run_native(check_cases, str(repacked), size, seed).value
    assert not found, f"VOL_SPARSE_SEED={seed}: h5repack's native copy\n" + "\n".join(found)

    assert all(is_sparse(twins.sparse / "cases.h5", n) for n in names)


def read_again(size, seed):
    """Reads with the handle that wrote, before anything is closed, and after a flush."""
    found = []
    with h5py.File("cases.h5", "w") as file:
        for case in (Case(size, s) for s in seeds(seed)):
            dset = case.create(file)
            case.replay(dset)
            found.append(case.mismatch(dset))
            file.flush()
            found.append(case.mismatch(dset))
            found.append(case.mismatch(file[case.name]))
    return [f for f in found if f]


@pytest.mark.parametrize("size", TYPES)
def test_read_while_open(twins, size, seed):
    found = twins.run_sparse(read_again, size, seed + 1).value
    assert not found, f"VOL_SPARSE_SEED={seed}\n" + "\n".join(found)
