#!/usr/bin/env python3
"""Runs the test suites of other projects natively and under the connector, and compares them test by test.

    tests/suites/compare.py                    every suite in every mode
    tests/suites/compare.py h5py-3.14.0 ...    these suites
    tests/suites/compare.py --list-reports     prints the names of the reports it writes

Nothing but the environment differs between the modes of a suite. For each mode but the native one a JUnit report is
written that has one case per test: passed when the test passes in both; skipped, with the reason, when it is skipped
or fails natively just the same, or when accepted.toml names the difference; failed when the outcomes differ
otherwise, and when an accepted difference is not there any more. Exits with 1 when a case failed, or when
docs/compatibility.md says otherwise how many tests are lost.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DIST = Path(os.environ.get("VOL_SPARSE_DIST", ROOT / "dist"))
PLUGIN_PATH = DIST / "lib" / "plugin"
# A folder per suite and mode, with pytest's log and report.
WORK = ROOT / "build" / "suites"
TEMPORARY = "tmp"
# What guard.py writes: for each worker process whether the connector was at work in it, "yes" or "no".
AT_WORK = "connector-at-work"
RESULTS = ROOT / "build" / "test-results"
ACCEPTED = HERE / "accepted.toml"
DOCUMENT = ROOT / "docs" / "compatibility.md"

# What HDF5_VOL_CONNECTOR is in each mode; every mode is compared with the native one of the same run.
NATIVE = "native"
MODES = {"sparse": "sparse", "layout-all": "sparse under_vol=0;under_info={};layout=all"}

# A suite in one mode takes a minute or two; a hung test is ended earlier by pytest-timeout.
RUN_TIMEOUT_SECONDS = 1800


@dataclass(frozen=True)
class Suite:
    """Tests of a project, its own or ours: what pytest is told to run, in which environment of build-support/python."""

    name: str
    environment: str
    tests: tuple
    # A folder of filters below site-packages that the project adds to the plugin path, but only to an empty one.
    filters: str | None = None
    # Where the tests lie, if not in site-packages: their names in reports are relative to it.
    root: Path | None = None


NETCDF4_FILTERS = "netCDF4/plugins"
XARRAY_MODULES = (
    "xarray.tests.test_backends",
    "xarray.tests.test_backends_api",
    "xarray.tests.test_backends_chunks",
    "xarray.tests.test_backends_common",
    "xarray.tests.test_backends_datatree",
    "xarray.tests.test_backends_file_manager",
    "xarray.tests.test_backends_locks",
)


def without(*backends):
    """pytest's arguments to leave out the tests of backends that have nothing to do with HDF5's library."""
    return "-k", " and ".join(f"not {name}" for name in backends)


SUITES = [
    Suite("h5py-3.14.0", "h5py-3.14.0", ("--pyargs", "h5py")),
    Suite("h5py-3.16.0", "h5py-3.16.0", ("--pyargs", "h5py")),
    Suite("h5netcdf", "netcdf", (*without("pyfive", "h5pyd"), "--pyargs", "h5netcdf"), NETCDF4_FILTERS),
    Suite("netcdf4", "netcdf", (HERE / "netcdf4",), NETCDF4_FILTERS, root=HERE),
    Suite(
        "xarray",
        "netcdf",
        (*without("zarr", "scipy", "pydap"), "--pyargs", *XARRAY_MODULES),
        NETCDF4_FILTERS,
    ),
    Suite("pytables", "pytables", ("-p", "pytables_suite", "--pyargs", "tables")),
]


@dataclass(frozen=True)
class Outcome:
    """How a test ended: "passed", "failed", "skipped", or "missing" where it was not even reported."""

    kind: str
    message: str = ""
    details: str = ""
    seconds: float = 0.0


MISSING = Outcome("missing", "the test was not reported")


@dataclass
class Run:
    """One suite in one mode, after it ended."""

    outcomes: dict
    seconds: float
    # Why the run as a whole cannot be believed; None when it can.
    trouble: str | None = None

    def count(self, kind):
        return sum(o.kind == kind for o in self.outcomes.values())


def environment_of(suite, mode, folder, site_packages):
    """The environment of a run: that of a native program, plus what the mode says."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HDF5_", "VOL_SPARSE_JAVA", "PYTEST_"))}
    env |= {"TMPDIR": str(folder / TEMPORARY), "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    env["VOL_SPARSE_AT_WORK"] = str(folder / AT_WORK)
    if mode != NATIVE:
        plugins = [PLUGIN_PATH] + ([site_packages / suite.filters] if suite.filters else [])
        env |= {"HDF5_PLUGIN_PATH": ":".join(map(str, plugins)), "HDF5_VOL_CONNECTOR": MODES[mode]}
    return env


def python_of(suite):
    done = subprocess.run(
        [ROOT / "build-support" / "python-env", suite.environment],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Path(done.stdout.strip()) / "bin" / "python"


def run(suite, mode, python):
    """Runs a suite in one mode, in a folder of its own."""
    folder = WORK / f"{suite.name}-{mode}"
    shutil.rmtree(folder, ignore_errors=True)
    temporary = folder / TEMPORARY
    temporary.mkdir(parents=True)
    report = folder / "junit.xml"
    site_packages = next((python.parent.parent / "lib").glob("python*/site-packages"))
    command = [python, "-m", "pytest", "-c", HERE / "pytest.ini", f"--rootdir={suite.root or site_packages}"]
    # One worker: a test that ends its process is one failed test, the worker after it runs the others.
    command += ["-n", "1", f"--junitxml={report}", *suite.tests]
    started = time.monotonic()
    with (folder / "log.txt").open("wb") as log:
        try:
            status = subprocess.run(
                [str(word) for word in command],
                cwd=temporary,
                env=environment_of(suite, mode, folder, site_packages),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=RUN_TIMEOUT_SECONDS,
            ).returncode
        except subprocess.TimeoutExpired:
            status = f"none after {RUN_TIMEOUT_SECONDS} s"
    seconds = time.monotonic() - started
    shutil.rmtree(temporary, ignore_errors=True)
    # 0: all passed, 1: some failed. Anything else: pytest itself could not do its work.
    trouble = None if status in (0, 1) else f"pytest's exit status: {status}; see {folder / 'log.txt'}"
    at_work = set((folder / AT_WORK).read_text().split()) if (folder / AT_WORK).exists() else set()
    if at_work != ({"no"} if mode == NATIVE else {"yes"}):
        trouble = trouble or f"was the connector at work? {at_work or 'not known'}"
    outcomes = {}
    try:
        outcomes = read_report(report)
    except (OSError, ElementTree.ParseError) as error:
        trouble = trouble or f"no report: {error}; see {folder / 'log.txt'}"
    if not outcomes:
        trouble = trouble or f"no test was run; see {folder / 'log.txt'}"
    print(f"    {suite.name:14}{mode:12}{seconds:6.0f} s   {trouble or ''}", flush=True)
    return Run(outcomes, seconds, trouble)


def read_report(path):
    """The outcomes in a JUnit report, by the tests' names. Of several of one test the worst counts."""
    worst_last = ["skipped", "passed", "failed"]
    outcomes = {}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        outcome = read_case(case)
        before = outcomes.get(name)
        if before is None or worst_last.index(outcome.kind) > worst_last.index(before.kind):
            outcomes[name] = outcome
    return outcomes


def read_case(case):
    seconds = float(case.get("time") or 0)
    for tag, kind in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            return Outcome(kind, found.get("message") or "", found.text or "", seconds)
    return Outcome("passed", seconds=seconds)


def accepted_differences(suite, mode):
    """The reasons of the accepted differences of a suite in a mode, by test."""
    with ACCEPTED.open("rb") as file:
        entries = tomllib.load(file)["accepted"]
    return {
        test: entry["reason"]
        for entry in entries
        if suite.name in entry["suites"] and mode in entry["modes"]
        for test in entry["tests"]
    }


@dataclass
class Comparison:
    """A mode of a suite held against the native run: cases for the report, as (test, kind, message, details)."""

    cases: list = field(default_factory=list)
    accepted: int = 0

    def add(self, test, kind, message="", details=""):
        self.cases.append((test, kind, message, details))

    def count(self, kind):
        return sum(case[1] == kind for case in self.cases)


def compare(native, ours, accepted):
    comparison = Comparison()
    for what, run in (("natively", native), ("under the connector", ours)):
        if run.trouble:
            comparison.add(f"the run {what}", "failed", run.trouble)
    unseen = dict(accepted)
    for test in sorted(native.outcomes.keys() | ours.outcomes.keys()):
        then, now = native.outcomes.get(test, MISSING), ours.outcomes.get(test, MISSING)
        if then.kind != now.kind:
            reason = unseen.pop(test, None)
            if reason is not None and (then.kind, now.kind) == ("passed", "failed"):
                comparison.accepted += 1
                comparison.add(test, "skipped", f"accepted: {reason}")
            else:
                comparison.add(
                    test,
                    "failed",
                    f"{then.kind} natively, {now.kind} under the connector: {then.message or now.message}",
                    f"{then.details}\n{now.details}",
                )
        elif now.kind == "passed":
            comparison.add(test, "passed")
        else:
            comparison.add(test, "skipped", f"{then.kind} natively too: {then.message}")
    for test in unseen:
        comparison.add(test, "failed", "accepted.toml names this test, but it does not differ")
    return comparison


# What XML 1.0 cannot hold.
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_report(path, comparison):
    root = ElementTree.Element("testsuite", name=path.stem, tests=str(len(comparison.cases)))
    for test, kind, message, details in comparison.cases:
        classname, _, name = test.rpartition("::")
        case = ElementTree.SubElement(root, "testcase", classname=classname, name=name)
        if kind != "passed":
            tag = "failure" if kind == "failed" else "skipped"
            element = ElementTree.SubElement(case, tag, message=UNPRINTABLE.sub("?", message))
            element.text = UNPRINTABLE.sub("?", details)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def documented(suite):
    """The passed tests of a suite in docs/compatibility.md: natively, and in each mode."""
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0].replace(" ", "-").lower().startswith(suite.name):
            return tuple(int(cell) for cell in cells[1 : 2 + len(MODES)])
    return None


def lost(figures):
    """How many tests each mode loses: how many there are depends on the machine, for native as well."""
    return figures and [figures[0] - figure for figure in figures[1:]]


def report_name(suite, mode):
    return f"suite-{suite.name}-{mode}.xml"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", choices=[[], *(s.name for s in SUITES)])
    parser.add_argument("--list-reports", action="store_true")
    arguments = parser.parse_args()
    suites = [s for s in SUITES if not arguments.suites or s.name in arguments.suites]
    if arguments.list_reports:
        print("\n".join(report_name(s, m) for s in suites for m in MODES))
        return 0
    if not (PLUGIN_PATH / "libvol_sparse.so").exists():
        sys.exit(f"{PLUGIN_PATH}/libvol_sparse.so is not there: run make dist")

    pythons = {s: python_of(s) for s in suites}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {(s, m): pool.submit(run, s, m, pythons[s]) for s in suites for m in (NATIVE, *MODES)}
        runs = {key: future.result() for key, future in running.items()}

    lines, failures, stale = [], [], []
    for suite in suites:
        native = runs[suite, NATIVE]
        figures = [native.count("passed")]
        for mode in MODES:
            comparison = compare(native, runs[suite, mode], accepted_differences(suite, mode))
            write_report(RESULTS / report_name(suite, mode), comparison)
            figures += [runs[suite, mode].count("passed"), comparison.accepted, comparison.count("failed")]
            failures += [(suite, mode, case) for case in comparison.cases if case[1] == "failed"]
        lines.append((suite.name, *figures))
        counted = (native.count("passed"), *(runs[suite, mode].count("passed") for mode in MODES))
        if lost(documented(suite)) != lost(counted):
            stale.append(f"{DOCUMENT.name} has {documented(suite)} for {suite.name}, counted were {counted}")

    for suite, mode, (test, _, message, _) in failures:
        print(f"DIFFERS {suite.name} {mode}: {test}: {message.splitlines()[0][:200] if message else ''}")
    per_mode = "".join(f"{mode:>12}{'accepted':>10}{'differ':>8}" for mode in MODES)
    print(f"\npassed tests    {'native':>8}{per_mode}")
    for name, native, *others in lines:
        columns = zip(others, (12, 10, 8) * len(MODES), strict=True)
        print(f"{name:16}{native:8}{''.join(f'{number:{width}}' for number, width in columns)}")
    print("\n".join(stale))
    return 1 if failures or stale else 0


if __name__ == "__main__":
    sys.exit(main())
