"""Golden files: what released formats look like in files, kept in tests/data/golden and read for good.

A file for each version of the format and each way to write it. The data come from formulas, so that nothing but the
version of the format and the writer tells the files apart. To add those of a new version of the format, build it and
run `python tests/python/golden.py VERSION` with h5py 3.14.0; what is there is never written again.
"""

import sys
from dataclasses import dataclass

import h5py
import numpy as np
from harness import (
    ROOT,
    configured,
    filter_environment,
    run_function,
    sparse_environment,
)

FOLDER = ROOT / "tests" / "data" / "golden"
FILES = sorted(FOLDER.glob("*.h5"))
SHAPE, CHUNKS = (40, 30), (16, 12)
RECORD = np.dtype([("id", "<u4"), ("x", ">f8"), ("name", "S5")])
TYPES = ["u1", "<u2", ">i4", "<f8", "S3", RECORD]
PIPELINES = [{}, {"compression": "gzip"}, {"compression": "gzip", "shuffle": True, "fletcher32": True}]
# The writers: the connector with each of its options that the format shows, and the filter alone.
WRITERS = {"lz4": {}, "raw": {"codec": "none"}, "written": {"keep": "written"}, "filter": {}}
FEW, MANY = 70_000, 200_000


@dataclass
class Golden:
    """A dataset: what it is, and the blocks that are written to it in turn."""

    name: str
    dtype: np.dtype
    shape: tuple
    chunks: tuple
    fill: np.ndarray
    filters: dict
    steps: list


def noise(count, dtype, salt):
    """Elements that do not compress, none of them with a zero byte."""
    bytes_ = np.arange(count * dtype.itemsize, dtype="u8") + np.uint64(salt << 32)
    with np.errstate(over="ignore"):
        for _ in range(3):
            bytes_ = bytes_ * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            bytes_ ^= bytes_ >> np.uint64(29)
    return (bytes_ % np.uint64(255) + np.uint64(1)).astype("u1").view(dtype)


def counting(count, dtype):
    """Elements of which shuffling makes long runs."""
    data = np.ones((count, dtype.itemsize), "u1")
    data[:, 0] = np.arange(1, count + 1) % 251 + 1
    return data.view(dtype).reshape(count)


def _steps(dtype, fill):
    """A block for each chunk but the last: each comes to be stored in another way."""
    rows, columns = CHUNKS
    one = noise(1, dtype, 7)[0]

    def block(i, j, elements):
        height, width = min(rows, SHAPE[0] - i * rows), min(columns, SHAPE[1] - j * columns)
        where = (slice(i * rows, i * rows + height), slice(j * columns, j * columns + width))
        return where, np.resize(elements, (height, width))

    thin = np.full(rows * columns, fill, dtype)
    thin[::17] = noise(thin[::17].size, dtype, 1)
    half = np.full(rows * columns, fill, dtype)
    half[: half.size // 2] = counting(half.size // 2, dtype)
    runs = np.full(rows * columns, fill, dtype)
    runs[20:60] = runs[100:150] = one
    return [
        block(0, 0, noise(rows * columns, dtype, 2)),
        block(0, 1, thin),
        block(0, 2, np.full(rows * columns, one, dtype)),
        block(1, 0, half),
        block(1, 1, counting(rows * columns, dtype)),
        block(1, 2, runs),
        block(2, 0, noise(rows * columns, dtype, 3)),
        block(2, 0, np.full(rows * columns, fill, dtype)),  # stored, and nothing but fill values
        ((slice(34, 37), slice(13, 19)), noise(18, dtype, 4).reshape(3, 6)),
    ]


def counts(dtype, salt, most, lowest=1):
    """Numbers from the lowest one on, so many at most, that packing makes smaller, and LZ4 less so."""
    return (noise(4000, np.dtype("u1"), salt).astype("u8") % most + lowest).astype(dtype)


def _counted():
    """What is packed in few bits, since version 3: little and much of it, with bases of its own, and with a fill value."""
    made = []
    for dtype in map(np.dtype, ("u1", "<u2", "<i4", "<u8")):
        few = np.where(np.arange(4000) % 5 == 0, counts(dtype, 21, 3), 0).astype(dtype)
        nearly_all = np.where(np.arange(4000) % 31 == 0, 0, counts(dtype, 22, 11)).astype(dtype)
        high = counts(dtype, 23, 6, 100 * dtype.itemsize)
        high[::700] = 1
        steps = [
            ((slice(4000 * i, 4000 * i + 4000),), block) for i, block in enumerate((few, nearly_all, high))
        ]
        for fill in (0, 3):
            name = f"counts {dtype.str}{' fill' if fill else ''}"
            made.append(Golden(name, dtype, (13_000,), (4000,), dtype.type(fill), {}, steps))
    return made


def version_of(path):
    """The version of the format that a golden file shows."""
    return int(path.stem[1])


def datasets(version=3):
    """The datasets of a golden file."""
    made = []
    for dtype in map(np.dtype, TYPES):
        for has_fill in (False, True):
            fill = noise(1, dtype, 5)[0] if has_fill else np.zeros((), dtype)[()]
            filters = PIPELINES[len(made) % len(PIPELINES)]
            name = f"{len(made):02d} {dtype.str}{' fill' if has_fill else ''} {' '.join(filters)}".strip()
            made.append(Golden(name, dtype, SHAPE, CHUNKS, fill, filters, _steps(dtype, fill)))
    # Roaring containers of all kinds.
    dtype, byte = np.dtype("<u2"), np.arange(MANY, dtype="<u2") % 200 + 1
    thick = np.where(np.arange(FEW) % 9 == 0, byte[:FEW], 0).astype(dtype)
    thin = np.where(np.arange(60_000) % 97 == 0, 7, 0).astype(dtype)
    steps = [
        ((slice(FEW),), thick),
        ((slice(FEW, FEW + 60_000),), thin),
        ((slice(140_000, 150_000),), np.full(10_000, 3, dtype)),
    ]
    made.append(Golden("containers", dtype, (MANY,), (MANY,), np.zeros((), dtype)[()], {}, steps))
    return made if version < 3 else made + _counted()


def expected(golden):
    """What the dataset holds."""
    data = np.full(golden.shape, golden.fill, golden.dtype)
    for where, block in golden.steps:
        data[where] = block
    return data


def written(golden):
    """The number of elements that were written."""
    mask = np.zeros(golden.shape, "?")
    for where, _ in golden.steps:
        mask[where] = True
    return int(mask.sum())


def create(path):
    """The datasets, nothing in them."""
    with h5py.File(path, "w") as file:
        for golden in datasets():
            file.create_dataset(
                golden.name,
                golden.shape,
                golden.dtype,
                chunks=golden.chunks,
                fillvalue=golden.fill,
                **golden.filters,
            )


def fill(path):
    """Writes the blocks, as a program that flushes after each."""
    h5py.h5z.filter_avail(33003)
    with h5py.File(path, "r+") as file:
        for golden in datasets():
            for where, block in golden.steps:
                file[golden.name][where] = block
                file[golden.name].flush()


def write(version):
    """Writes the golden files of a version of the format with what is in dist/."""
    for writer, options in WRITERS.items():
        path = FOLDER / f"v{version}-{writer}.h5"
        if path.exists():
            raise SystemExit(f"{path} is there: golden files are never written again")
        connector = sparse_environment(**configured(**options))
        alone = filter_environment()
        run_function(create, str(path), cwd=FOLDER, env=connector)
        run_function(fill, str(path), cwd=FOLDER, env=alone if writer == "filter" else connector)


if __name__ == "__main__":
    import golden  # by its name: its functions run in processes that import it

    golden.write(sys.argv[1])
