"""The works that are measured: what is written and read, from fixed seeds. Nothing here knows how it is stored."""

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

SEED = 2019
MEASURED = Path(__file__).resolve().parents[1] / "data" / "focus2007n001335.hdf"


@dataclass(frozen=True)
class Blocks:
    """A union of blocks, each a start and a count, that follow one another in the order of elements."""

    blocks: list[tuple[tuple[int, ...], tuple[int, ...]]]


@dataclass(frozen=True)
class Step:
    """One call: a selection, as an index of NumPy or as Blocks, and its elements."""

    selection: object
    elements: np.ndarray


@dataclass(frozen=True)
class Work:
    """A dataset, the calls that write it, and by name the series of calls that read it."""

    shape: tuple[int, ...]
    dtype: np.dtype
    chunk: tuple[int, ...]
    writes: list[Step]
    reads: dict[str, list[Step]] = field(default_factory=dict)
    small_chunk: tuple[int, ...] = ()

    @property
    def written_bytes(self):
        return sum(step.elements.nbytes for step in self.writes)

    @property
    def logical_bytes(self):
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize


def _noise(random, dtype, *shape):
    """Elements that differ from the fill value and cannot be compressed."""
    return random.integers(1, np.iinfo(dtype).max, size=shape, dtype=dtype, endpoint=True)


def _frames(frames, side, dtype, writes, reads=None):
    small = min(64, side // 4)
    return Work(
        (frames, side, side),
        np.dtype(dtype),
        (1, side, side),
        writes,
        {"written": writes} if reads is None else reads,
        (1, small, small),
    )


# ---- the four kernels of "Sparse Data Management in HDF5"


def _clusters(random, side):
    """Rows and columns of 50 to 100 clusters of 5 to 10 pixels, in the order of pixels."""
    count = int(random.integers(50, 101)) if side >= 512 else side // 8
    rows = np.sort(random.choice(side, count, replace=False))
    lengths = random.integers(5, 11, size=count)
    columns = random.integers(side - lengths)
    return list(zip(rows.tolist(), columns.tolist(), lengths.tolist(), strict=True))


def kernel(kind, size=2, coverage=10, separate=False, frames=128, side=1024, stride=16):
    """
    Every 16th frame in full, of the others a region of interest ("roi"), clusters, or one of both ("mixed").

    The clusters of a frame are one selection, or with `separate` one call each. "baseline": all frames in full.
    """
    random = np.random.default_rng(SEED)
    dtype = np.dtype(f"u{size}")
    writes = []
    for i in range(frames):
        part = random.choice(["roi", "clusters"]) if kind == "mixed" else kind
        if part == "baseline" or i % stride == 0:
            writes.append(Step(np.s_[i, :, :], _noise(random, dtype, side, side)))
        elif part == "roi":
            edge = round(side * (coverage / 100) ** 0.5)
            row, column = random.integers(side - edge + 1, size=2).tolist()
            selection = np.s_[i, row : row + edge, column : column + edge]
            writes.append(Step(selection, _noise(random, dtype, edge, edge)))
        else:
            clusters = _clusters(random, side)
            if separate:
                for row, column, length in clusters:
                    selection = np.s_[i, row, column : column + length]
                    writes.append(Step(selection, _noise(random, dtype, length)))
            else:
                blocks = [((i, row, column), (1, 1, length)) for row, column, length in clusters]
                pixels = _noise(random, dtype, sum(length for _, _, length in clusters))
                writes.append(Step(Blocks(blocks), pixels))
    return _frames(frames, side, dtype, writes)


# ---- detectors


def _photons(random, side, percent):
    """A frame in which that share of the pixels counted at least one photon."""
    photons = random.integers(side * side, size=round(-np.log1p(-percent / 100) * side * side))
    return np.bincount(photons, minlength=side * side).astype("u2").reshape(side, side)


def _peaks(random, side):
    """A frame of nothing but clusters."""
    frame = np.zeros((side, side), "u2")
    for row, column, length in _clusters(random, side):
        frame[row, column : column + length] = _noise(random, frame.dtype, length)
    return frame


def xpcs(percent, side=1024, frames=128):
    """Whole frames of photon counts, most of them 0."""
    random = np.random.default_rng(SEED)
    writes = [Step(np.s_[i, :, :], _photons(random, side, percent)) for i in range(frames)]
    return _frames(frames, side, "u2", writes)


def counts(percent, size=2, side=1024, frames=128, at_once=False):
    """Whole frames of counts, in pixels of so many bytes, frame by frame or in one call; sixteen again and again."""
    random = np.random.default_rng(SEED)
    distinct = [_photons(random, side, percent).astype(f"u{size}") for _ in range(min(16, frames))]
    if at_once:
        writes = [Step(np.s_[:], np.stack([distinct[i % len(distinct)] for i in range(frames)]))]
    else:
        writes = [Step(np.s_[i, :, :], distinct[i % len(distinct)]) for i in range(frames)]
    return _frames(frames, side, f"u{size}", writes)


def expression(percent, cells=8192, genes=16384, together=256):
    """A matrix as of the genes expressed in single cells: logarithms of small counts, a row of it a chunk."""
    random = np.random.default_rng(SEED)
    often = random.gamma(0.3, size=genes)
    often *= percent / 100 / often.mean()
    writes = []
    for first in range(0, cells, together):
        rows = min(together, cells - first)
        expressed = random.poisson(-np.log1p(-np.minimum(often, 0.95)), (rows, genes))
        normalized = np.log1p(expressed * (1e4 / np.maximum(1, expressed.sum(axis=1, keepdims=True))))
        writes.append(Step(np.s_[first : first + rows, :], normalized.astype("f4")))
    return Work((cells, genes), np.dtype("f4"), (1, genes), writes, {"written": writes})


def measured(frames=64):
    """The counts of all detectors of a neutron instrument by time of flight, as they were measured, again and again."""
    with h5py.File(MEASURED) as file:
        counts = file["entry1/FOCUS/merged/counts"][...]
    shape = (frames, *counts.shape)
    writes = [Step(np.s_[i, :, :], counts) for i in range(frames)]
    return Work(shape, counts.dtype, (1, *counts.shape), writes, {"written": writes})


def stack(kind, side=1024, frames=128):
    """A stack of frames of "photons" (0.1 % of the pixels) or "peaks", to be read in several ways."""
    random = np.random.default_rng(SEED)
    pixels = np.empty((frames, side, side), "u2")
    for i in range(frames):
        pixels[i] = _photons(random, side, 0.1) if kind == "photons" else _peaks(random, side)

    def reads(*selections):
        return [Step(selection, pixels[selection]) for selection in selections]

    def anywhere(count):
        return random.integers(side, size=count).tolist()

    return _frames(
        frames,
        side,
        "u2",
        [Step(np.s_[i, :, :], pixels[i]) for i in range(frames)],
        {
            "random frames": reads(*(np.s_[i, :, :] for i in random.permutation(frames).tolist())),
            "pixel through time": reads(
                *(np.s_[:, y, x] for y, x in zip(anywhere(4), anywhere(4), strict=True))
            ),
            "orthogonal slice": reads(*(np.s_[:, y, :] for y in anywhere(4))),
            "whole dataset": reads(np.s_[:, :, :]),
        },
    )


# ---- growth


def growth_defined(elements, frames=1000, side=1024):
    """More and more elements, in a square of each frame."""
    random = np.random.default_rng(SEED)
    edge = round((elements / frames) ** 0.5)
    writes = [
        Step(np.s_[i, 9 : 9 + edge, 9 : 9 + edge], _noise(random, "u2", edge, edge)) for i in range(frames)
    ]
    return _frames(frames, side, "u2", writes)


def growth_extent(extent, chunk=10_000, steps=100):
    """100 runs of 1000 elements, each in a chunk of its own, in a larger and larger extent."""
    random = np.random.default_rng(SEED)
    starts = range(0, extent, extent // steps)
    writes = [Step(np.s_[at + 5 : at + 5 + chunk // 10], _noise(random, "u2", chunk // 10)) for at in starts]
    return Work((extent,), np.dtype("u2"), (chunk,), writes, {"written": writes})


def growth_chunks(chunks, chunk=256):
    """One element in each of more and more chunks, in one call."""
    writes = [Step(np.s_[7::chunk], _noise(np.random.default_rng(SEED), "u2", chunks))]
    return Work((chunks * chunk,), np.dtype("u2"), (chunk,), writes, {"written": writes})


WORKS = {
    work.__name__: work
    for work in (
        kernel,
        xpcs,
        counts,
        expression,
        measured,
        stack,
        growth_defined,
        growth_extent,
        growth_chunks,
    )
}
