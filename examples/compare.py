"""Runs a program natively and with vol-sparse, and prints what its files take and how long its steps last.

The program is the same both times; only two environment variables tell the runs apart. What it returns must be the same.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

REPORT = "VOL_SPARSE_EXAMPLE_REPORT"
_seconds = {}


@contextmanager
def step(name):
    """Measures a step of the program."""
    begin = time.perf_counter()
    yield
    _seconds[name] = _seconds.get(name, 0) + time.perf_counter() - begin


def compare(title, program, options=""):
    """Runs the program in two processes, each in an empty folder, and prints a table.

    `options` are those of the connector, such as "layout=all".
    """
    if REPORT in os.environ:
        result = program()
        Path(os.environ[REPORT]).write_bytes(pickle.dumps((result, _seconds)))
        return
    native = {name: value for name, value in os.environ.items() if not name.startswith("HDF5_")}
    if "PYTHONPATH" in native:  # the programs run in other folders
        native["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, native["PYTHONPATH"].split(os.pathsep)))
    # The import sets the two variables, unless env.sh has done so.
    ask = [sys.executable, "-c", "import vol_sparse, os; print(os.environ['HDF5_PLUGIN_PATH'])"]
    plugins = subprocess.run(ask, env=native, check=True, capture_output=True, text=True).stdout.strip()
    connector = {"HDF5_PLUGIN_PATH": plugins, "HDF5_VOL_CONNECTOR": f"sparse {options}".strip()}
    runs = {"natively": _run(native), "vol-sparse": _run(native | connector)}
    (first, _, _), (second, _, _) = runs.values()
    if pickle.dumps(first) != pickle.dumps(second):
        sys.exit(f"{title}: the results differ")
    if "--json" in sys.argv:
        print(json.dumps({"title": title, "runs": {name: run[1:] for name, run in runs.items()}}))
        return
    print(title)
    names = list(runs["natively"][1])
    print(f"{'':12}{'files':>10}", *(f"{name:>14}" for name in names))
    for name, (_, seconds, size) in runs.items():
        print(f"{name:12}{size / 1e6:7.2f} MB", *(f"{seconds[step] * 1000:11.0f} ms" for step in names))


def _run(environment):
    """What the program returned, the seconds of its steps, and the bytes of its files."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as aside:
        report = Path(aside, "report")
        subprocess.run(
            [sys.executable, os.path.abspath(sys.argv[0])],
            cwd=folder,
            env=environment | {REPORT: str(report)},
            check=True,
        )
        result, seconds = pickle.loads(report.read_bytes())
        return result, seconds, sum(file.stat().st_size for file in Path(folder).iterdir())
