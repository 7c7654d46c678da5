"""What is measured, part by part: groups of points that alternate with one another, so that all see the same machine."""

from dataclasses import dataclass, field

NATIVE = ["contiguous", "chunked", "small chunks"]
COMPRESSED = ["gzip", "lzf", "bitshuffle+lz4", "blosc2+zstd"]
TWO_THREADS = "sparse, 2 threads"
# What the machine's second core is worth: the same by two processes at a time, each with files of its own.
TWO_PROCESSES = "sparse, 2 processes"
BY_HAND = ["csr by hand", "tiledb"]
ALL = ["sparse", *NATIVE, *COMPRESSED, *BY_HAND]
READS = ["random frames", "pixel through time", "orthogonal slice", "whole dataset"]


@dataclass(frozen=True)
class Point:
    """A work in one storage, by one host: h5py or the C program."""

    work: str
    args: dict
    storage: str
    host: str = "h5py"
    reads: list[str] = field(default_factory=lambda: ["written"])

    def __str__(self):
        args = ",".join(f"{key}={value}" for key, value in self.args.items())
        return f"{self.work}({args}) {self.storage} {self.host}"


class Once(list):
    """A group of which one round will do."""


@dataclass(frozen=True)
class Sizes:
    """How large the works are."""

    frames: int = 128
    side: int = 1024
    large_side: int = 2048
    growth_frames: int = 1000
    defined: tuple[int, ...] = (10**3, 10**4, 10**5, 10**6, 10**7, 10**8)
    extents: tuple[int, ...] = tuple(10**e for e in range(6, 16))
    chunks: tuple[int, ...] = (10, 10**2, 10**3, 10**4, 10**5, 10**6)
    groups: int = 10_000


QUICK = Sizes(8, 64, 96, 8, (72, 800), (10**6, 10**15), (10, 100), 200)


def kernels(sizes):
    """The paper's four kernels: baseline contiguous, the others sparse, and a plain copy of the same bytes."""
    frames = {"frames": sizes.frames, "side": sizes.side}
    kinds = ["roi", "clusters", "mixed"]
    for host in "h5py", "c":
        for size in 1, 2, 4:
            group = [Point("kernel", {"kind": "baseline", "size": size, **frames}, "contiguous", host)]
            for kind in kinds:
                group.append(Point("kernel", {"kind": kind, "size": size, **frames}, "sparse", host))
            if host == "h5py":
                for kind in ["baseline", *kinds]:
                    group.append(Point("kernel", {"kind": kind, "size": size, **frames}, "copy", host))
            yield group
    yield Once(
        Point("kernel", {"kind": "roi", "size": 1, "coverage": coverage, **frames}, "sparse")
        for coverage in range(20, 101, 10)
    )


def alternatives(sizes):
    """The kernels with 2 bytes, in everything that could be taken instead; clusters one by one; noise."""
    frames = {"frames": sizes.frames, "side": sizes.side}
    for kind in "roi", "clusters", "mixed":
        args = {"kind": kind, "size": 2, **frames}
        in_c = [Point("kernel", args, storage, "c") for storage in ["sparse", *NATIVE]]
        yield [Point("kernel", args, storage) for storage in ALL] + in_c
    separate = {"kind": "clusters", "size": 2, "separate": True, **frames}
    yield [Point("kernel", separate, storage) for storage in ["sparse", "contiguous", "chunked"]]
    baseline = {"kind": "baseline", "size": 2, **frames}
    yield [Point("kernel", baseline, storage) for storage in ["sparse", "contiguous", "chunked", "copy"]]


def xpcs(sizes):
    """Whole frames of photon counts."""
    few = ["sparse", "contiguous", "chunked", "bitshuffle+lz4"]
    for side in sizes.side, sizes.large_side:
        frames = max(1, sizes.frames * sizes.side**2 // side**2)
        for percent in 0.01, 0.1, 1, 10:
            storages = ALL if side == sizes.side and percent == 0.1 else few
            args = {"percent": percent, "side": side, "frames": frames}
            yield [Point("xpcs", args, storage) for storage in storages]


def density(sizes):
    """Whole frames of counts from few to nearly all pixels, by bytes of a pixel; rows of a matrix; a measured file."""
    storages = ["sparse", "chunked", "bitshuffle+lz4", "blosc2+zstd"]
    for size, percents in (2, (0.1, 1, 10, 50, 90)), (1, (1, 10, 50)), (4, (1, 10, 50)), (8, (1, 10, 50)):
        for percent in percents:
            frames = max(1, sizes.frames * 2 // size if size > 2 else sizes.frames)
            args = {"size": size, "percent": percent, "side": sizes.side, "frames": frames}
            yield [Point("counts", args, storage) for storage in storages]
    for percent in 5, 10:
        args = {"percent": percent, "cells": 2 * sizes.side, "genes": 16 * sizes.side}
        yield [Point("expression", args, storage) for storage in storages]
    args = {"frames": max(1, sizes.frames // 2)}
    yield [Point("measured", args, storage) for storage in ["sparse", "gzip", "lzf", "bitshuffle+lz4"]]


def reads(sizes):
    """A stack of frames, read in several ways."""
    for kind, storages in {
        "photons": ["sparse", *NATIVE, "bitshuffle+lz4", *BY_HAND],
        "peaks": ["sparse", "chunked", "bitshuffle+lz4"],
    }.items():
        args = {"kind": kind, "side": sizes.side, "frames": sizes.frames}
        yield [Point("stack", args, storage, reads=READS) for storage in storages]


def growth(sizes):
    """More elements, a larger extent, more chunks."""
    frames = {"frames": sizes.growth_frames, "side": sizes.side}
    yield Once(Point("growth_defined", {"elements": n, **frames}, "sparse") for n in sizes.defined)
    yield Once(Point("growth_extent", {"extent": n}, "sparse") for n in sizes.extents)
    yield Once(
        Point("growth_chunks", {"chunks": n}, storage)
        for n in sizes.chunks
        for storage in ["sparse", "chunked"]
        if storage == "sparse" or n <= 10**5
    )


def metadata(sizes):
    """A program that works on nothing but groups and attributes."""
    yield [Point("metadata", {"groups": sizes.groups}, storage) for storage in ["sparse", "native"]]


def threads(sizes):
    """Many whole chunks in one call, by one thread and by two."""
    frames = max(2, sizes.frames // 2)
    for percent in 0.1, 10, 50:
        args = {"percent": percent, "side": sizes.side, "frames": frames, "at_once": True}
        yield [
            Point("counts", args, storage) for storage in ["sparse", TWO_THREADS, TWO_PROCESSES, "chunked"]
        ]


def device(sizes):
    """The kernels with 2 bytes, with fsync before the clock stops, and read when the page cache has nothing of them."""
    frames = {"frames": sizes.frames, "side": sizes.side, "to_device": True}
    group = [Point("kernel", {"kind": "baseline", "size": 2, **frames}, "contiguous")]
    yield group + [
        Point("kernel", {"kind": k, "size": 2, **frames}, "sparse") for k in ("roi", "clusters", "mixed")
    ]


PARTS = {
    part.__name__: part
    for part in (kernels, alternatives, xpcs, density, threads, device, reads, growth, metadata)
}
