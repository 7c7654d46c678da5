"""Datasets for readers that are not HDF5 with the connector: every encoding, coding, type, fill value and filter mask.

The datasets come from a seed. A process under the connector writes them, and whoever reads them some other way compares
with `expected`.
"""

from dataclasses import dataclass

import h5py
import numpy as np
from harness import configured, run_function, sparse_environment

RECORD = np.dtype([("id", "<u4"), ("x", ">f4"), ("grid", "<u2", (2, 3))])
TYPES = ["u1", "<u2", ">i4", "<f8", "S3", "V7", "<c16", RECORD, "S65", "S300"]
PIPELINES = [
    {},
    {"compression": "gzip"},
    {"compression": "gzip", "shuffle": True, "fletcher32": True},
    {"compression": "lzf"},
    {"compression": "lzf", "shuffle": True},
    {"fletcher32": True},
]
# The connector's options: a file for each.
OPTIONS = {"lz4": {}, "raw": {"codec": "none"}, "written": {"keep": "written"}}


@dataclass
class Case:
    """A dataset: what it is, and what is written to it, in turn."""

    name: str
    dtype: np.dtype
    shape: tuple
    chunks: tuple
    fill: np.ndarray
    filters: dict
    steps: list


def values(random, count, dtype, kind):
    """Elements of any bytes, of one value, or counting up."""
    size = dtype.itemsize
    if kind == "noise":
        # h5py ends fill values that are strings at their first NUL.
        data = random.integers(dtype.kind == "S", 256, (count, size), "u1")
    elif kind == "one":
        data = np.tile(random.integers(1, 256, size, "u1"), (count, 1))
    else:
        data = np.zeros((count, size), "u1")
        steps = np.arange(1, count + 1, dtype="<u4").view("u1").reshape(count, 4)
        data[:, : min(4, size)] = steps[:, : min(4, size)]
    return np.ascontiguousarray(data).view(dtype).reshape(count)


def cases(seed):
    """The datasets of a seed."""
    random = np.random.default_rng(seed)
    made = []
    for dtype in map(np.dtype, TYPES):
        for has_fill in (False, True):
            fill = values(random, 1, dtype, "noise" if has_fill else "counting")[0]
            fill = fill if has_fill else np.zeros((), dtype)[()]
            filters = PIPELINES[len(made) % len(PIPELINES)]
            name = f"{'opaque/' if dtype.str == '|V7' else ''}{len(made):02d} {dtype.str} {'' if has_fill else 'no '}fill {' '.join(filters)}".strip()
            steps = [_step(random, dtype, fill, (90, 70)) for _ in range(4)]
            # Chunks in every state: one full of noise, one full of what compresses, one that was erased again.
            for rows, kind in ((0, "noise"), (33, "counting"), (66, "one")):
                block = (slice(rows, min(rows + 33, 90)), slice(0, 32))
                count = (min(rows + 33, 90) - rows) * 32
                steps.append((block, values(random, count, dtype, kind).reshape(-1, 32)))
            steps.append(((slice(66, 90), slice(0, 32)), np.full((24, 32), fill, dtype)))
            made.append(Case(name, dtype, (90, 70), (33, 32), fill, filters, steps))
    for dtype, filters in (("u1", {}), ("<u2", {"compression": "gzip"})):
        dtype, count = np.dtype(dtype), 400_000
        # Roaring containers of all kinds: thin, thick, and in long runs.
        steps = [((slice(0, 90_000),), _thin(random, dtype, 90_000, 0.3))]
        steps += [((slice(90_000, 300_000),), _thin(random, dtype, 210_000, 0.004))]
        steps += [((slice(300_000, 380_000),), values(random, 80_000, dtype, "one"))]
        made.append(
            Case(f"large {dtype.str}", dtype, (count,), (count,), np.zeros((), dtype)[()], filters, steps)
        )
    for dtype in map(np.dtype, ("u1", "<u2", "<i4", "<u8")):
        # Numbers that few bits hold: single ones, and nearly everywhere.
        few = np.where(random.random(3000) < 0.2, random.integers(1, 8, 3000), 0).astype(dtype)
        many = np.where(random.random(3000) < 0.95, random.integers(1, 12, 3000), 0).astype(dtype)
        steps = [((slice(3000),), few), ((slice(3000, 6000),), many)]
        steps.append(((slice(6000, 6900),), random.integers(1, 12, 900).astype(dtype)))
        zero = np.zeros((), dtype)[()]
        made.append(Case(f"counts {dtype.str}", dtype, (7000,), (3000,), zero, {}, steps))
    # Most of its chunks are never stored.
    made.append(
        Case(
            "untouched",
            np.dtype("<i4"),
            (90, 70),
            (33, 32),
            np.int32(7),
            {},
            [((slice(9), slice(9)), np.eye(9, dtype="<i4"))],
        )
    )
    return made


def _thin(random, dtype, count, share):
    return np.where(random.random(count) < share, values(random, count, dtype, "noise"), 0).astype(dtype)


def _step(random, dtype, fill, shape):
    """A block somewhere, of which a share is not the fill value."""
    begins = [int(random.integers(0, n)) for n in shape]
    lengths = [int(random.integers(1, n - at + 1)) for n, at in zip(shape, begins, strict=True)]
    count = lengths[0] * lengths[1]
    share = random.choice([0.002, 0.05, 0.5])
    block = values(random, count, dtype, random.choice(["noise", "one", "counting"]))
    block[random.random(count) >= share] = fill
    where = tuple(slice(at, at + n) for at, n in zip(begins, lengths, strict=True))
    return where, block.reshape(lengths)


def expected(case):
    """What the dataset holds."""
    data = np.full(case.shape, case.fill, case.dtype)
    for where, block in case.steps:
        data[where] = block
    return data


def write_cases(path, seed, versions):
    """Writes the datasets, as a program that flushes between its steps."""
    with h5py.File(path, "w", libver=versions) as file:
        for i, case in enumerate(cases(seed)):
            # Each kind of chunk index: of one chunk, of a fixed number, growing in one dimension, in all.
            most = (None, (None, *case.shape[1:]), (None,) * len(case.shape))[i % 3]
            dset = file.create_dataset(
                case.name,
                case.shape,
                case.dtype,
                chunks=case.chunks,
                maxshape=most,
                fillvalue=case.fill,
                **case.filters,
            )
            for where, block in case.steps:
                dset[where] = block
                dset.flush()


def write_files(folder, seed, versions=None):
    """A file for each of the connector's options, in these versions of HDF5's format; returns their paths by name."""
    paths = {name: folder / f"{name}.h5" for name in OPTIONS}
    for name, path in paths.items():
        env = sparse_environment(**configured(**OPTIONS[name]))
        run_function(write_cases, str(path), seed, versions, cwd=folder, env=env)
    return paths
