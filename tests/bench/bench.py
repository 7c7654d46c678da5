"""Measures sparse storage against everything else: bench.py [PART...], see the options. make bench runs it.

Results go to a file of their own, from which the report can be made again: bench.py --report-only.
"""

import argparse
import importlib.util
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import latency
import parts
import runner

NEEDED = {"bitshuffle+lz4": "hdf5plugin", "blosc2+zstd": "hdf5plugin", "tiledb": "tiledb"}


def say(text):
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def installed(point):
    """Whether a point can be measured: with --quick what is not installed is left out."""
    needed = NEEDED.get(point.storage)
    return needed is None or importlib.util.find_spec(needed) is not None


def quick(folder):
    """Every point once, in small: that all of them give back what was written."""
    chosen = {
        name: [[point for point in group if installed(point)] for group in part(parts.QUICK)]
        for name, part in parts.PARTS.items()
    }
    measured = runner.Runner(folder, 1, (0, 0), (0, 0), say).quick(chosen)
    measured += runner.start_up(folder, 1) + runner.memory(folder, quick=True)
    return measured + latency.measure(folder, 3, 64, runner.environment)


def measure(names, folder, options):
    """Yields the name of each part with what was measured."""
    run = runner.Runner(folder, options.processes, options.warm_up, options.measure, say)
    for name in names:
        begin = time.perf_counter()
        if name == "startup":
            measured = runner.start_up(folder, 20)
        elif name == "memory":
            measured = runner.memory(folder, quick=False)
        elif name == "latency":
            measured = latency.measure(folder, 500, latency.SIDE, runner.environment)
        elif name == "profile":
            measured = run.profile()
        else:
            measured = [
                entry for group in parts.PARTS[name](parts.Sizes()) for entry in run.group(name, group)
            ]
        say(f"{name}: {time.perf_counter() - begin:.0f} s in all")
        yield name, measured


def main():
    names = [*parts.PARTS, "latency", "startup", "memory", "profile"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="*", help=f"what to measure, all unless given: {' '.join(names)}")
    parser.add_argument("--results", type=Path, default=Path("build/bench/results.json"))
    parser.add_argument("--data", type=Path, default=Path("build/bench"), help="folder for the files written")
    parser.add_argument("--report", type=Path, default=Path("docs/performance.md"))
    parser.add_argument(
        "--processes", type=int, default=1, help="in how many processes each point is measured"
    )
    limit = {"nargs": 2, "type": float, "metavar": ("RUNS", "SECONDS")}
    parser.add_argument(
        "--warm-up",
        **limit | {"metavar": ("STEP", "SECONDS")},
        default=(0.7, 8.0),
        help="to warm up in steps of so many seconds, until two do not make it faster, so many seconds at most",
    )
    parser.add_argument("--measure", **limit, default=(20, 1.5), help="how long to measure then, at most")
    parser.add_argument("--quick", action="store_true", help="see that everything works, in small; no report")
    parser.add_argument("--report-only", action="store_true", help="write the report of the last results")
    options = parser.parse_args()
    if unknown := set(options.part) - set(names):
        parser.error(f"no such part: {' '.join(unknown)}")

    results = json.loads(options.results.read_text()) if options.results.exists() else {}
    if not options.report_only:
        options.data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=options.data.resolve()) as folder:
            if options.quick:
                print(json.dumps(quick(Path(folder))))
                return
            for name, measured in measure(options.part or names, Path(folder), options):
                results[name] = {"when": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "points": measured}
                results["machine"] = runner.machine()
                options.results.parent.mkdir(parents=True, exist_ok=True)
                options.results.write_text(json.dumps(results))

    import figures
    import report

    report.write(results, options.report)
    say(f"wrote {options.report}")
    if options.report.resolve() == figures.PERFORMANCE:
        figures.update()
        say(f"wrote the figures in {figures.README}")


if __name__ == "__main__":
    main()
