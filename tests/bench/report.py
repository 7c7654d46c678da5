"""Makes docs/performance.md and its charts from the results."""

from pathlib import Path
from statistics import median

import charts
import parts
from aims import AIMED_AT, DENSITY_COLUMNS, VERBS, Aims
from results import Results

MEGA = 1e6
HOSTS = {"h5py": "h5py", "c": "C"}
KERNELS = {"roi": "ROI", "clusters": "clusters", "mixed": "mixed"}

# What the text of the paper gives for its figures 2, 4 and 5: ranges of the factors over its own baseline.
PAPER = {
    "roi": {"figure": 2, "time": (6, 10), "space": (6.6, 6.6)},
    "clusters": {"figure": 4, "time": (5, 10), "space": (5, 10)},
    "mixed": {"figure": 5, "time": (4, 6), "space": (4, 6)},
}


def table(header, rows):
    """A table of Markdown; the first column is text, all others are figures."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def _range(low, high):
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _percent(value):
    return f"{100 * value:.1f} %"


def _profiled(point):
    work = KERNELS.get(point["args"].get("kind")) or f"photons, {point['args']['percent']} %"
    return f"{work}, {VERBS[point['operation']]}"


class Report:
    def __init__(self, results, folder):
        self._results = results
        self._folder = folder
        self._text = []

    def add(self, text):
        self._text.append(text)

    def chart(self, draw, name, caption, *args):
        self._folder.mkdir(parents=True, exist_ok=True)
        draw(self._folder / f"{name}.svg", *args)
        self.add(f"![{caption}]({self._folder.name}/{name}.svg)\n")

    def text(self):
        return "\n".join(self._text)

    # ---- the head

    def head(self):
        machine = self._results.machine
        self.add(HEAD)
        when = "; ".join(f"{name} {part['when']} UTC" for name, part in self._results.parts.items())
        self.add(
            f"Measured on {machine['processor']}, {machine['cores']} cores, {machine['memory']} of memory, "
            f"Linux {machine['kernel']}; {machine['java']}; h5py {machine['h5py']} with HDF5 {machine['hdf5']}, "
            f"from h5py and from C; NumPy {machine['numpy']}; revision {machine['revision']} ({when}).\n"
        )

    # ---- the aims

    def aims(self):
        self.add(AIMS_TEXT)
        rows = [
            [what, figure, aim, "yes" if reached else "**no**"]
            for what, figure, aim, reached in Aims(self._results).rows()
        ]
        self.add(table(["", "figure", "goal", "reached"], rows))

    def profile(self):
        self.add(PROFILE_TEXT)
        points = self._results.parts["profile"]["points"]
        whats = dict.fromkeys(what for point in points for what in point["shares"])
        rows = [
            [what, *(f"{100 * point['shares'].get(what, 0):.0f} %" for point in points)] for what in whats
        ]
        self.add(table(["", *(_profiled(point) for point in points)], rows))

    # ---- the kernels

    def _kernel(self, operation, storage, host="h5py", **args):
        return self._results.one("kernels", "kernel", operation, storage, host, **args)

    def _factors(self, host, base, size, **args):
        """The factors of a kernel over the contiguous baseline."""
        factors = {}
        for operation, name in VERBS.items():
            point = self._kernel(operation, "sparse", host, size=size, **args)
            baseline = self._kernel(operation, "contiguous", host, size=size, kind="baseline")
            factors[name] = baseline.warm_times.median / point.warm_times.median
            factors[f"cold {name}"] = baseline.cold_times.median / point.cold_times.median
            factors["space"] = base / point.file
        return factors

    def kernels(self):
        self.add(KERNELS_TEXT)
        base = {
            size: self._kernel("write", "contiguous", size=size, kind="baseline").file for size in (1, 2, 4)
        }
        for kind, name in KERNELS.items():
            factors, rows, bounds = {}, [], {}
            for host, host_name in HOSTS.items():
                factors[host_name] = {}
                for size in base:
                    f = factors[host_name][size] = self._factors(host, base[size], size, kind=kind)
                    bounds[size] = (
                        base[size] / self._kernel("write", "sparse", host, size=size, kind=kind).bytes
                    )
                    write = self._kernel("write", "sparse", host, size=size, kind=kind)
                    read = self._kernel("written", "sparse", host, size=size, kind=kind)
                    copies = [self._kernel(o, "copy", size=size, kind=kind) for o in ("write", "written")]
                    rows.append(
                        [
                            f"{host_name}, {size} byte{'s' if size > 1 else ''}",
                            write.warm_times,
                            f"{copies[0].warm_times.median * 1000:.1f}",
                            f"{f['write']:.2f}",
                            f"{f['cold write']:.2f}",
                            read.warm_times,
                            f"{copies[1].warm_times.median * 1000:.1f}",
                            f"{f['read']:.2f}",
                            f"{f['cold read']:.2f}",
                            f"{f['space']:.2f}",
                            f"{bounds[size]:.2f}",
                        ]
                    )
            paper = PAPER[kind]
            self.add(f"### {name[0].upper()}{name[1:]} (figure {paper['figure']} of the paper)\n")
            self.chart(charts.kernel, kind, f"Factors of {name}", name, factors, paper, bounds)
            self.add(
                table(
                    [
                        "",
                        "write, ms",
                        "copy",
                        "factor",
                        "cold",
                        "read, ms",
                        "copy",
                        "factor",
                        "cold",
                        "space",
                        "bytes",
                    ],
                    rows,
                )
            )
            self.add(f"The paper: time {_range(*paper['time'])}, space {_range(*paper['space'])}.\n")
        self._space()
        self._coverage()

    def _space(self):
        self.add("### Where the bytes are\n")
        rows = []
        for kind, name in KERNELS.items():
            for size in 1, 2, 4:
                point = self._kernel("write", "sparse", size=size, kind=kind)
                blobs = point.blobs
                rows.append(
                    [
                        f"{name}, {size} byte{'s' if size > 1 else ''}",
                        point.bytes,
                        point.file,
                        blobs["values"],
                        blobs["selections"],
                        f"{blobs['selections'] / blobs['values']:.4f}",
                        f"{point.bytes / point.file:.4f}",
                    ]
                )
        header = [
            "",
            "pixels written",
            "file",
            "values",
            "selections",
            "selections / values",
            "written / file",
        ]
        self.add(table(header, rows))
        self.add(SPACE_TEXT)

    def _coverage(self):
        self.add("### Coverage of the region of interest (figure 3 of the paper)\n")
        base = self._kernel("write", "contiguous", size=1, kind="baseline").file
        factors = {
            coverage: self._factors("h5py", base, 1, kind="roi", coverage=coverage)
            for coverage in range(10, 101, 10)
        }
        self.chart(charts.coverage, "coverage", "Factors by coverage", factors)
        header = ["coverage", *(f"{c} %" for c in factors)]
        self.add(
            table(
                header, [[k, *(f"{f[k]:.2f}" for f in factors.values())] for k in ("write", "read", "space")]
            )
        )

    # ---- alternatives

    def _storages(self, part, work, title, name, **args):
        """A table of everything that was measured of a work, and a chart of what was through h5py."""
        rows, panels = [], {"file, MB": {}, "write, ms": {}, "read, ms": {}}
        for host, host_name in HOSTS.items():
            suffix = "" if host == "h5py" else f", in {host_name}"
            for write in self._results.all(part, work, "write", host=host, **args):
                read = self._results.one(part, work, "written", write.storage, host, **args)
                cells = [f"{write.storage}{suffix}", f"{write.file / MEGA:.2f}"]
                for point in write, read:
                    cells += [point.warm_times, f"{point.cold_times.median * 1000:.0f}"]
                rows.append(cells)
                if host == "h5py":
                    panels["file, MB"][write.storage] = write.file / MEGA
                    panels["write, ms"][write.storage] = write.warm_times.median * 1000
                    panels["read, ms"][write.storage] = read.warm_times.median * 1000
        self.add(f"### {title}\n")
        self.chart(charts.storages, name, title, title, panels)
        self.add(table(["", "file, MB", "write, ms", "cold", "read, ms", "cold"], rows))

    def alternatives(self):
        self.add(ALTERNATIVES_TEXT)
        for kind, name in KERNELS.items():
            title = f"{name[0].upper()}{name[1:]}, 2 bytes"
            self._storages("alternatives", "kernel", title, f"alternatives-{kind}", kind=kind, separate=False)
        self._storages(
            "alternatives", "kernel", "Clusters, a call each", "separate", kind="clusters", separate=True
        )
        self._storages("alternatives", "kernel", "Incompressible full frames", "dense", kind="baseline")

    # ---- detectors

    def xpcs(self):
        self.add(XPCS_TEXT)
        panels, rows = {}, []
        for side in parts.Sizes().side, parts.Sizes().large_side:
            for operation in "write", "written":
                series = {}
                for point in self._results.all("xpcs", "xpcs", operation, side=side):
                    if point.storage in ("sparse", "contiguous", "chunked", "bitshuffle+lz4"):
                        speed = point.logical / point.warm_times.median / 1e9
                        series.setdefault(point.storage, {})[point.args["percent"]] = speed
                title = f"{side}², {VERBS[operation]}, % of pixels"
                panels[title] = dict(sorted(series.items()))
            for write in self._results.all("xpcs", "xpcs", "write", side=side):
                read = self._results.one("xpcs", "xpcs", "written", write.storage, **write.args)
                if write.storage in ("sparse", "contiguous", "chunked", "bitshuffle+lz4"):
                    frames = write.args["frames"]
                    cells = [
                        f"{side}², {write.args['percent']} %, {write.storage}",
                        f"{write.file / MEGA:.2f}",
                    ]
                    for point in write, read:
                        cells += [
                            f"{frames / point.warm_times.median:.0f}",
                            f"{point.logical / point.warm_times.median / 1e9:.2f}",
                            f"{point.logical / point.warm_cpu / 1e9:.2f}",
                            f"{frames / point.cold_times.median:.0f}",
                        ]
                    rows.append(cells)
        self.chart(charts.lines, "xpcs", "Speed of whole frames", panels, "GB/s of frames")
        header = ["", "file, MB", *["frames/s", "GB/s", "GB/s of processor", "cold frames/s"] * 2]
        self.add("The first four columns of speed are for writing, the other four for reading.\n")
        self.add(table(header, rows))
        self._storages(
            "xpcs", "xpcs", "1024², 0.1 %, all storages", "xpcs-all", percent=0.1, side=parts.Sizes().side
        )

    def density(self):
        self.add(DENSITY_TEXT)
        aims = Aims(self._results)

        def cell(figure, aim, reached):
            return f"{figure:.2f} ({aim}{'' if reached else ', **missed**'})"

        blosc = aims.density_over_blosc()
        rows = [
            [name, *(cell(*c) for c in cells), *(cell(f, "≥ 1", f >= 1) for f in next(blosc))]
            for name, cells in aims.density()
        ]
        columns = [title for title, *_ in DENSITY_COLUMNS]
        self.add(table(["", *columns, "write over blosc2+zstd", "read over blosc2+zstd"], rows))
        self.add(MEASURED_TEXT)
        rows = []
        for storage, factors, size, reached in aims.measured():
            size_aim = "≤ 1.1" if storage == "gzip" else "–"
            cells = [*((f, "≥ 1") for f in factors), (size, size_aim)]
            rows.append([storage, *(cell(f, aim, r) for (f, aim), r in zip(cells, reached, strict=True))])
        self.add(table(["over", "write", "read", "size"], rows))

    def threads(self):
        self.add(THREADS_TEXT)
        rows = []
        for own in self._results.all("threads", operation="write", storage="sparse"):
            cells = [f"{own.args['percent']} %"]
            for operation in VERBS:
                one, two, processes, chunked = (
                    self._results.one("threads", own.work, operation, storage, **own.args).warm_times
                    for storage in ("sparse", parts.TWO_THREADS, parts.TWO_PROCESSES, "chunked")
                )
                factor = one.median / two.median
                missed = "" if factor >= 1.6 else ", **missed**"
                cells += [one, two, f"{factor:.2f} (≥ 1.6{missed})"]
                cells += [f"{2 * one.median / processes.median:.2f}", f"{chunked.median / two.median:.2f}"]
            rows.append(cells)
        columns = ["one thread, ms", "two, ms", "factor", "two processes", "two over chunked"]
        self.add(table(["", *(f"{v}: {c}" for v in VERBS.values() for c in columns)], rows))

    def device(self):
        self.add(DEVICE_TEXT)
        rows = []
        for kind, title in KERNELS.items():
            cells = [title]
            for operation in VERBS:
                for part in "device", "kernels":
                    args = {"size": 2, "to_device": part == "device"}
                    if not self._results.has(part):
                        cells.append("–")
                        continue
                    own, baseline = (
                        self._results.one(part, "kernel", operation, storage, kind=k, **args).warm_times
                        for k, storage in ((kind, "sparse"), ("baseline", "contiguous"))
                    )
                    cells.append(f"{baseline.median / own.median:.1f}")
            rows.append(cells)
        columns = ["write, with fsync", "in the page cache", "read, from the device", "from the page cache"]
        self.add(table(["", *columns], rows))

    def latency(self):
        self.add(LATENCY_TEXT)
        rows = []
        for storage, title in {"sparse": "with the connector", "native": "natively"}.items():
            times = self._results.latencies(storage)
            rank = len(times) * 99 // 100
            rows.append([title, f"{median(times):.2f}", f"{times[rank]:.2f}", f"{times[-1]:.2f}"])
        self.add(table(["", "median, ms", "99 of 100 within, ms", "most, ms"], rows))

    def reads(self):
        self.add(READS_TEXT)
        for kind, title in {
            "photons": "0.1 % of the pixels",
            "peaks": "50 to 100 clusters in a frame",
        }.items():
            rows = []
            storages = [p.storage for p in self._results.all("reads", "stack", "write", kind=kind)]
            for storage in storages:
                cells = [storage]
                for operation in parts.READS:
                    point = self._results.one("reads", "stack", operation, storage, kind=kind)
                    cells += [point.warm_times, f"{point.cold_times.median * 1000:.0f}"]
                rows.append(cells)
            self.add(f"### {title}\n")
            header = ["ms", *(cell for read in parts.READS for cell in (read, "cold"))]
            self.add(table(header, rows))

    # ---- growth, start-up

    def growth(self):
        self.add(GROWTH_TEXT)
        sweeps = {
            "defined elements": ("growth_defined", "elements"),
            "extent, elements": ("growth_extent", "extent"),
            "chunks": ("growth_chunks", "chunks"),
        }
        panels = {}
        for title, (work, argument) in sweeps.items():
            rows, series = [], {}
            for write in self._results.all("growth", work, "write"):
                read = self._results.one("growth", work, "written", write.storage, **write.args)
                x = write.args[argument]
                native = "" if write.storage == "sparse" else f" {write.storage}"
                series.setdefault(f"write{native}", {})[x] = write.warm_times.median * 1000
                series.setdefault(f"read{native}", {})[x] = read.warm_times.median * 1000
                memory = [f"{p.memory / MEGA:.0f}" for p in (write, read)]
                rows.append(
                    [
                        f"{x:.0e}{native}",
                        f"{write.file / MEGA:.4f}",
                        write.warm_times,
                        read.warm_times,
                        *memory,
                    ]
                )
            panels[title] = series
            self.add(f"### By {title}\n")
            header = ["", "file, MB", "write, ms", "read, ms", "memory writing, MB", "memory reading, MB"]
            self.add(table(header, rows))
        self.chart(charts.lines, "growth", "Growth", panels, "ms")

    def startup(self):
        self.add(START_UP_TEXT)
        rows = []
        for file, title in {"small": "a sparse dataset", "plain": "no sparse dataset"}.items():
            for program in "h5ls", "h5dump -H", "h5py script":
                sparse, native = (
                    self._results.programs(program, file, storage) for storage in ("sparse", "native")
                )
                more = 1000 * (sparse.median - native.median)
                rows.append([f"{program}, {title}", sparse, native, f"{more:.0f}"])
        self.add(table(["", "with the connector, ms", "native, ms", "more, ms"], rows))

    def memory(self):
        self.add(MEMORY_TEXT)
        rows = []
        for program in self._results.memory_programs():
            own, native = (self._results.memory(program, s) / MEGA for s in ("sparse", "native"))
            rows.append([program, f"{own:.0f}", f"{native:.0f}", f"{own - native:.0f}"])
        self.add(table(["", "with the connector, MB", "native, MB", "more, MB"], rows))

    def metadata(self):
        self.add(METADATA_TEXT)
        rows = []
        for operation in "write", "written":
            sparse, native = (
                self._results.one("metadata", "metadata", operation, s).warm_times
                for s in ("sparse", "native")
            )
            name = "made" if operation == "write" else "read"
            rows.append([name, sparse, native, f"{sparse.median / native.median:.2f}"])
        self.add(table(["", "with the connector, ms", "native, ms", "factor"], rows))


def write(results, path):
    """Writes the report of the parts that were measured; charts go to a folder of its name beside it."""
    results = Results(results)
    report = Report(results, Path(path).with_suffix(""))
    report.head()
    if results.has(*AIMED_AT):
        report.aims()
    for part in (
        "profile",
        "kernels",
        "alternatives",
        "xpcs",
        "density",
        "threads",
        "device",
        "latency",
        "reads",
        "growth",
        "startup",
        "memory",
        "metadata",
    ):
        if results.has(part):
            getattr(report, part)()
    Path(path).write_text(report.text())


HEAD = """\
# Performance

`make bench` measures everything and writes this document. `make bench BENCH="kernels xpcs"` measures these parts again
and keeps the others; `make bench BENCH=--report-only` only writes.

Native and sparse runs alternate. *Cold* is the first run in a process: the JVM starts and no code is compiled, but
libraries are loaded. *Warm* is the average case later in the same process: the work is repeated until more than a
second brings no run that is faster than all before by 2 %, for 8 seconds at most. By then sparse storage is compiled,
and the process gets memory for files faster, as any process does. Figures are medians, with minimum and maximum in
parentheses. Data that are read are compared with those written, outside the measured time. Files are created for each
write and stay in the page cache; the time includes opening and closing them. All storages have the same chunks, one for
each frame, and a chunk cache of 64 MiB, which HDF5 needs for small writes into compressed chunks.
"""

AIMS_TEXT = """\
## Goals and results

Ratios of this run, warm unless stated; kernels with 2 bytes. A factor above 1 means that sparse storage is faster or
smaller.
"""

PROFILE_TEXT = """\
## Where the time goes

Samples of the C program, warm, after eight seconds of runs, as shares of the measured time. The JIT compiler inlines
methods into one another, so the parts of Java cannot be separated exactly. No storage can save the kernel's time for
moving the bytes between program and page cache. A plain copy of the same bytes, which does nothing else, has the
factors named *copy* above, and no storage exceeds these. Sparse storage spends the rest on three things: it copies the
bytes from the program's memory into the buffer of the chunk, compares them with the fill value, and computes the
checksum. Each takes little time, but together they take as long as the kernel. A second thread does not help with one
chunk: the program may change its memory when the call returns, and the remaining work is too short to hand over. HDF5's
share in clusters is the iteration over a selection of many blocks. With every tenth pixel defined at random, writing is
one pass over the frame, which finds and packs the defined elements, and reading lays them out in the program's memory.

Through h5py a call takes about 100 µs more than through C, most of it in Python. For the 128 calls of the kernels that
is a third of the time or more, with any storage. Cold, the start of the JVM and code that is not yet compiled cost
a tenth to a third of a second.
"""

KERNELS_TEXT = """\
## The four kernels

The kernels of *Sparse Data Management in HDF5* (Mainzer et al., 2019), with its parameters: 128 frames of 1024 × 1024
pixels. Every 16th frame is written in full. Of the others a kernel writes a region of interest of 10 % (ROI), 50 to 100
clusters of 5 to 10 pixels, or one of the two at random (mixed). Pixels are random. The baseline is all frames in full,
in a contiguous dataset. A factor is the time or size of the baseline over that of the kernel. *Bytes* is the bound: the
bytes of the baseline over those that the kernel writes. *Copy* is the time for copying the kernel's bytes to or from a
plain file, in the same run.

The clusters of a frame are written and read by one call, with a selection made beforehand. The paper's kernels write
selections and values as separate datasets, by direct chunk I/O. Its figures are the ranges given in its text.
"""

SPACE_TEXT = """\
A pixel whose bytes equal the fill value is not stored; the random pixels here include none.
"""

ALTERNATIVES_TEXT = """\
## Comparison with alternatives

The same calls, through h5py unless stated, into datasets with other layouts and filters; "small chunks" are 64 × 64
pixels. Two alternatives are outside HDF5's interface: "csr by hand" keeps frame_ptr, index and intensity as three
datasets in h5py, all written at the end; TileDB keeps a sparse array, written by one call. For these two the program
itself finds the positions of the pixels.
"""

XPCS_TEXT = """\
## Photon counting

A program writes and reads whole frames of 16-bit photon counts one by one, without any knowledge of sparsity. The
percentage is the share of pixels that are not zero. The total size of the frames is constant: 128 of 1024², 32 of 2048²
pixels. Speed counts the bytes of the frames; "of processor" divides them by the time of all threads.
"""

DENSITY_TEXT = """\
## From few pixels to nearly all

Whole frames of 1024² counts, by bits of a pixel and share of the pixels that are not zero; and rows of a float32
matrix, like gene expression in single cells, with a row of 16384 in a chunk. Warm, through h5py; goals in parentheses.
A factor of speed above 1 means that sparse storage is faster, a size below 1 that it is smaller.
"""

MEASURED_TEXT = """\
Measured counts of a neutron instrument (`tests/data/focus2007n001335.hdf`, 45 % of the elements not zero), 375 × 713 of
32 bits in a chunk, 64 times:
"""

THREADS_TEXT = """\
## Several threads

64 frames of 1024² pixels of 16 bits are written or read by one call, chunk after chunk: with `threads=1`, the default,
and with `threads=2`; goals in parentheses. "Two processes" is the work of two simultaneous processes with one thread
each, in the time of one process: it shows how much more the two cores of the machine do than one of them.
"""

DEVICE_TEXT = """\
## With the storage device

The kernels through h5py with 2 bytes: factors over the contiguous baseline when the time includes `fsync`, and when the
page cache has nothing of the file (`posix_fadvise`). The factors with the page cache are given for comparison.
"""

LATENCY_TEXT = """\
## Time until a reader has a frame

A writer appends frames of 1024², with a thousandth of the pixels not zero, and flushes each (SWMR). A reader in another
process polls for the next frame without a pause. The time is measured from the call of the flush until the reader has
the frame.
"""

READS_TEXT = """\
## Reading stacks

128 frames of 1024 × 1024 pixels of 16 bits are read in four ways: all frames in random order; four pixels through all
frames; four slices across all frames; all in one call.
"""

GROWTH_TEXT = """\
## Growth

Defined elements: a square in each of 1000 frames, one call each. Extent: 100 runs of 1000 elements, each in its own
chunk, one call each. Chunks: one element in each, all in one call. Memory is the peak of the process beyond its size
before.
"""

START_UP_TEXT = """\
## Start-up

The time of whole programs on a small file, as a shell measures it. "No sparse dataset": the file has only a contiguous
one.
"""

MEMORY_TEXT = """\
## Memory

The peak memory of demanding programs, beyond their size before HDF5 opened a file, with the default cache of 64 MiB.
[Limits](limits.md) describes the parts of it, and the cost of a large chunk.
"""

METADATA_TEXT = """\
## Metadata

10,000 groups with an attribute each.
"""
