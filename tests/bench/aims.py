"""What the measurements are to show, and whether they do."""

import parts

AIMED_AT = ("kernels", "alternatives", "xpcs", "reads", "growth", "startup", "memory", "metadata")

# Least factors over the contiguous baseline in writing and in reading.
KERNELS = {"ROI": ("roi", 4, 3), "clusters": ("clusters", 8, 6), "mixed": ("mixed", 4, 3)}
VERBS = {"write": "write", "written": "read"}
CHUNKED = ["chunked", "small chunks"]
SPACE = {"roi": 0.985, "clusters": 0.97, "mixed": 0.985}


# Whole frames of counts, by bytes of a pixel and percent of the pixels: the least factors of speed over bitshuffle+LZ4
# in writing and reading, the most of its size, and the least factors over chunks without a filter.
DENSITY = {
    2: {
        0.1: (4, 8, 0.2, 5, 6),
        1: (2.8, 6, 0.45, 3, 5),
        10: (2.3, 2.5, 0.95, 2.2, 1.8),
        50: (1.5, 1.25, 0.97, 1.4, 0.95),
        90: (0.9, 0.9, 1.3, 0.9, 0.6),
    },
    1: {1: (1.4, 2.8, 0.55, 0.9, 1.1), 10: (1.5, 1.7, 1.05, 0.8, 0.6), 50: (1, 0.8, 1.2, 0.6, 0.3)},
    4: {1: (2.8, 4.4, 0.35, 2.5, 3.9), 10: (2.4, 2.8, 0.9, 2, 2.3), 50: (1.5, 1.4, 0.95, 1.2, 1.2)},
    8: {1: (3.8, 5.5, 0.25, 4, 5), 10: (2.3, 1.8, 0.75, 1.8, 1.4), 50: (1.5, 1.4, 0.85, 1.4, 1.3)},
}
DENSITY_COLUMNS = [
    ("write over bitshuffle+lz4", "write", "bitshuffle+lz4"),
    ("read over it", "written", "bitshuffle+lz4"),
    ("size over it", None, "bitshuffle+lz4"),
    ("write over chunked", "write", "chunked"),
    ("read over chunked", "written", "chunked"),
]
# Of rows of single cells, 5 and 10 % of them not zero.
EXPRESSION = (1, 1, 1.1, 1, 1)


class Aims:
    def __init__(self, results):
        self._results = results

    def rows(self):
        """What is measured, its figure, what was aimed at, and whether it is reached."""
        yield from self._space()
        yield from self._kernels()
        yield from self._alternatives()
        yield from self._photons()
        yield from self._others()
        yield from self._growth()
        yield from self._memory()

    def _kernel(self, part, operation, storage, host="h5py", **args):
        return self._results.one(part, "kernel", operation, storage, host, size=2, **args)

    def _space(self):
        for name, (kind, _, _) in KERNELS.items():
            point = self._kernel("kernels", "write", "sparse", kind=kind)
            share = point.bytes / point.file
            yield (
                f"{name}: bytes written of the file's",
                f"{share:.4f}",
                f"≥ {SPACE[kind]}",
                share >= SPACE[kind],
            )

        works = {
            name: {"work": "kernel", "kind": kind, "separate": False}
            for name, (kind, _, _) in KERNELS.items()
        }
        works["photons, 0.1 %"] = {"work": "xpcs", "percent": 0.1, "side": parts.Sizes().side}
        for name, args in works.items():
            part = "xpcs" if args["work"] == "xpcs" else "alternatives"
            own, *others = self._results.all(part, operation="write", **args)
            other = min(others, key=lambda point: point.file)
            ratio = own.file / other.file
            yield (
                f"{name}: file over the smallest other",
                f"{ratio:.2f} ({other.storage})",
                "≤ 1.1",
                ratio <= 1.1,
            )

    def _kernels(self):
        for name, (kind, *least) in KERNELS.items():
            for (operation, verb), aim in zip(VERBS.items(), least, strict=True):
                base = self._kernel("kernels", operation, "contiguous", "c", kind="baseline")
                own = self._kernel("kernels", operation, "sparse", "c", kind=kind)
                copy = self._kernel("kernels", operation, "copy", kind=kind)
                factor, bound = (base.warm_times.median / p.warm_times.median for p in (own, copy))
                figure = f"{factor:.1f} (copy {bound:.1f})"
                yield f"{name}, {verb} in C, over contiguous", figure, f"≥ {aim}", factor >= aim

    def _over_fastest(self, operation, storages, times, least, host, **args):
        """The factor of sparse storage over the fastest of others, what was aimed at, and whether it is reached."""
        own, *others = (
            self._kernel("alternatives", operation, storage, host, **args)
            for storage in ["sparse", *storages]
        )
        other = min(others, key=lambda point: getattr(point, times).median)
        factor = getattr(other, times).median / getattr(own, times).median
        figure = f"{factor:.2f}" if times == "cold_times" else f"{factor:.1f}"
        over = other.storage
        if host == "c":
            copy = self._kernel("kernels", operation, "copy", **args)
            over += f", copy {other.warm_times.median / copy.warm_times.median:.1f}"
        return f"{figure} ({over})", f"≥ {least}", factor >= least

    def _alternatives(self):
        for name, (kind, _, _) in KERNELS.items():
            for operation, verb in VERBS.items():
                for what, *comparison in (
                    ("in C, over the fastest chunked", CHUNKED, "warm_times", 5, "c"),
                    ("in h5py, over the fastest chunked", CHUNKED, "warm_times", 5, "h5py"),
                    ("in h5py, over the fastest compressed", parts.COMPRESSED, "warm_times", 5, "h5py"),
                    ("in h5py, cold, over the fastest compressed", parts.COMPRESSED, "cold_times", 1, "h5py"),
                ):
                    yield (
                        f"{name}, {verb} {what}",
                        *self._over_fastest(operation, *comparison, kind=kind, separate=False),
                    )

    def _photons(self):
        args = {"percent": 0.1, "side": parts.Sizes().side}
        for operation, verb, least, over in ("write", "write", 3, 3), ("written", "read", 4, 2):
            own, packed, plain, chunked = (
                self._results.one("xpcs", "xpcs", operation, storage, **args)
                for storage in ("sparse", "bitshuffle+lz4", "contiguous", "chunked")
            )
            speed = own.logical / own.warm_cpu / 1e9
            what = f"photons, 0.1 %, {verb}"
            yield f"{what}, GB/s of a core", f"{speed:.1f}", f"≥ {least}", speed >= least
            factor = packed.warm_times.median / own.warm_times.median
            yield f"{what}, over bitshuffle+lz4", f"{factor:.1f}", f"≥ {over}", factor >= over
            if operation == "write":
                factor = min(p.warm_times.median for p in (plain, chunked)) / own.warm_times.median
                yield f"{what}, over uncompressed", f"{factor:.1f}", "≥ 1", factor >= 1

    def density(self):
        """For each work of the part, what it is, and for each column the figure, the aim, and whether it is reached."""
        for own in self._results.all("density", operation="write", storage="sparse"):
            match own.work:
                case "counts":
                    size, percent = own.args["size"], own.args["percent"]
                    aims = DENSITY[size][percent]
                    name = f"{8 * size} bits, {percent} %"
                case "expression":
                    name, aims = f"matrix of float32, {own.args['percent']} %", EXPRESSION
                case _:
                    continue
            cells = []
            for aim, (_, operation, storage) in zip(aims, DENSITY_COLUMNS, strict=True):
                mine, other = (
                    self._results.one("density", own.work, operation or "write", s, **own.args)
                    for s in ("sparse", storage)
                )
                if operation:
                    figure = other.warm_times.median / mine.warm_times.median
                    cells.append((figure, f"≥ {aim}", figure >= aim))
                else:
                    figure = mine.file / other.file
                    cells.append((figure, f"≤ {aim}", figure <= aim))
            yield name, cells

    def density_over_blosc(self):
        """For each work, the factors of speed over Blosc2 with Zstd in writing and in reading: at least 1."""
        for own in self._results.all("density", operation="write", storage="sparse"):
            if own.work != "measured":
                yield [
                    self._results.one(
                        "density", own.work, operation, "blosc2+zstd", **own.args
                    ).warm_times.median
                    / self._results.one(
                        "density", own.work, operation, "sparse", **own.args
                    ).warm_times.median
                    for operation in VERBS
                ]

    def measured(self):
        """Of the measured file: storage, factor in writing and in reading over it, and size over it."""
        own = {o: self._results.one("density", "measured", o, "sparse") for o in VERBS}
        for storage in "gzip", "lzf", "bitshuffle+lz4":
            factors = [
                self._results.one("density", "measured", o, storage).warm_times.median
                / own[o].warm_times.median
                for o in VERBS
            ]
            size = own["write"].file / self._results.one("density", "measured", "write", storage).file
            reached = [factor >= 1 for factor in factors] + [size <= 1.1 or storage != "gzip"]
            yield storage, factors, size, reached

    def _others(self):
        for operation, verb in VERBS.items():
            own, chunked = (
                self._kernel("alternatives", operation, s, kind="baseline").warm_times.median
                for s in ("sparse", "chunked")
            )
            factor = chunked / own
            yield f"incompressible frames, {verb}, over chunked", f"{factor:.2f}", "≥ 0.8", factor >= 0.8
        own, chunked = (
            self._results.one("reads", "stack", "orthogonal slice", s, kind="photons")
            for s in ("sparse", "chunked")
        )
        factor = chunked.warm_times.median / own.warm_times.median
        yield "orthogonal slice, over chunked", f"{factor:.0f}", "≥ 3", factor >= 3
        for file, title, most in ("small", "a sparse dataset", 80), ("plain", "no sparse dataset", 70):
            more = max(
                self._results.programs(program, file, "sparse").median
                - self._results.programs(program, file, "native").median
                for program in ("h5ls", "h5dump -H", "h5py script")
            )
            yield (
                f"start-up, {title}, the slowest of three, ms more",
                f"{1000 * more:.0f}",
                f"≤ {most}",
                more * 1000 <= most,
            )
        more = max(
            self._results.processor(program, "small", "sparse").median
            - self._results.processor(program, "small", "native").median
            for program in ("h5ls", "h5dump -H", "h5py script")
        )
        yield (
            "start-up, a sparse dataset, the slowest of three, ms more of the processor",
            f"{1000 * more:.0f}",
            "≤ 110",
            more * 1000 <= 110,
        )
        for operation, verb in {"write": "made", "written": "read"}.items():
            own, native = (
                self._results.one("metadata", "metadata", operation, s).warm_times.median
                for s in ("sparse", "native")
            )
            yield (
                f"10,000 groups {verb}, time over native",
                f"{own / native:.2f}",
                "≤ 1.15",
                own / native <= 1.15,
            )

    def _memory(self):
        for program in self._results.memory_programs():
            if "chunk" not in program:  # a large one has its own measure, see docs/limits.md
                own, native = (self._results.memory(program, s) for s in ("sparse", "native"))
                more = (own - native) / 1e6
                yield f"{program}: memory above native, MB", f"{more:.0f}", "≤ 120", more <= 120

    def _growth(self):
        points = self._results.all("growth", "growth_extent", "write")
        smallest, largest = (choose(points, key=lambda p: p.args["extent"]) for choose in (min, max))
        factor = largest.warm_times.median / smallest.warm_times.median
        what = "100,000 elements in 10¹⁵, write, time over that in 10⁶"
        yield what, f"{factor:.2f}", "≤ 1.5", factor <= 1.5
        points = [p for p in self._results.all("growth", storage="sparse") if p.work != "growth_extent"]
        most = max(p.memory for p in points) / 1e6
        what = "10⁸ elements, or 10⁶ chunks: memory with 64 MiB of cache, MB"
        yield what, f"{most:.0f}", "≤ 250", most <= 250
