"""Runs functions of the tests in processes of their own: natively, or with the environment of dist/env.sh.

The programs under test are ordinary functions that use h5py as any program does. Nothing but the environment of the
process they run in tells the two runs apart.
"""

import difflib
import os
import pickle
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DIST = Path(os.environ.get("VOL_SPARSE_DIST", ROOT / "dist"))
CHILD = HERE / "child.py"
TIMEOUT_SECONDS = 120

# The first id of HDF5's private range, where the filter of a sparse dataset has its number.
FIRST_PRIVATE_FILTER = 32768


def native_environment(**more):
    """The environment without anything that could change how HDF5 works."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HDF5_", "VOL_SPARSE_JAVA"))}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | more


@cache
def _exported_by_env_sh():
    if not (DIST / "env.sh").exists():
        raise AssertionError(f"{DIST}/env.sh is not there: run make dist")
    script = f'. "{DIST}/env.sh" && printf "%s\\n" "$HDF5_PLUGIN_PATH" "$HDF5_VOL_CONNECTOR"'
    lines = subprocess.run(
        ["bash", "-c", script], env=native_environment(), check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return {"HDF5_PLUGIN_PATH": lines[0], "HDF5_VOL_CONNECTOR": lines[1]}


def sparse_environment(**more):
    """The environment of a user who sourced dist/env.sh."""
    return native_environment() | _exported_by_env_sh() | more


def filter_environment(**more):
    """The environment of a native program that finds the filter plugin, and no connector."""
    return native_environment(HDF5_PLUGIN_PATH=str(DIST / "lib" / "filter"), **more)


def configured(**options):
    """HDF5_VOL_CONNECTOR with options for the connector."""
    info = "".join(f";{key}={value}" for key, value in options.items())
    return {"HDF5_VOL_CONNECTOR": f"sparse under_vol=0;under_info={{}}{info}"}


@dataclass
class Finished:
    """A child process that ended."""

    command: list
    status: int
    stdout: str
    stderr: str
    value: Any = None

    def __str__(self):
        return (
            f"{' '.join(map(str, self.command))}\nexit status {self.status}\n"
            f"--- stdout\n{self.stdout}--- stderr\n{self.stderr}---"
        )


def run_command(command, cwd, env, check=True, timeout=TIMEOUT_SECONDS, stdin=b""):
    """Runs a command; with check, a failure shows all it printed."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, cwd=cwd, env=env, input=stdin, capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired as late:
        out, err = ((b or b"").decode(errors="replace") for b in (late.stdout, late.stderr))
        raise AssertionError(str(Finished(command, f"none, hung for {timeout} s", out, err))) from None
    finished = Finished(
        command, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )
    if check and finished.status != 0:
        raise AssertionError(str(finished))
    return finished


def run_function(function, *args, cwd, env, check=True, timeout=TIMEOUT_SECONDS):
    """Calls a top-level function of a test module in a new process, in the folder cwd; its result is in .value."""
    cwd = Path(cwd)
    cwd.mkdir(parents=True, exist_ok=True)
    result = cwd / f".result-{os.getpid()}-{id(args)}"
    command = [sys.executable, CHILD, function.__module__, function.__qualname__, result]
    try:
        finished = run_command(command, cwd, env, check, timeout, pickle.dumps(args))
        if result.exists():
            finished.value = pickle.loads(result.read_bytes())
        elif check:
            raise AssertionError(f"the function left no result\n{finished}")
    finally:
        result.unlink(missing_ok=True)
    return finished


def same(a, b):
    """Equality of results to the last bit: arrays by type, shape and bytes, so that NaN equals itself."""
    if isinstance(a, np.ndarray | np.generic) and isinstance(b, np.ndarray | np.generic):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.dtype.hasobject:
            return a.tolist() == b.tolist()
        if a.dtype == np.longdouble:
            return np.array_equal(a, b, equal_nan=True)  # its padding bytes are anything
        return a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def difference(a, b, where="result"):
    """Where two results differ, for a message."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() != b.keys():
        return f"{where}: only native has {a.keys() - b.keys()}, only sparse {b.keys() - a.keys()}"
    if isinstance(a, dict) and isinstance(b, dict):
        return next((difference(a[k], b[k], f"{where}[{k!r}]") for k in a if not same(a[k], b[k])), "nowhere")
    if isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        return next(
            (
                difference(x, y, f"{where}[{i}]")
                for i, (x, y) in enumerate(zip(a, b, strict=True))
                if not same(x, y)
            ),
            "nowhere",
        )
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and (a.dtype, a.shape) == (b.dtype, b.shape):
        bad = [i for i in np.ndindex(a.shape) if a[i].tobytes() != b[i].tobytes()]
        first = bad[0]
        return f"{where}: {len(bad)} of {a.size} elements differ, first at {first}: {a[first]!r} and {b[first]!r}"
    return f"{where}: {a!r} and {b!r}"


class Twins:
    """The same programs run natively and under the connector, in two folders beside each other."""

    def __init__(self, folder):
        self.native, self.sparse = folder / "native", folder / "sparse"
        self.native.mkdir()
        self.sparse.mkdir()

    def run_native(self, function, *args, **options):
        options = {"cwd": self.native, "env": native_environment()} | options
        return run_function(function, *args, **options)

    def run_sparse(self, function, *args, **options):
        env = sparse_environment(**options.pop("more_env", {}))
        return run_function(function, *args, **{"cwd": self.sparse, "env": env} | options)

    def agree(self, function, *args):
        """Runs the function in both ways; the results must be the same. Returns that result."""
        native = self.run_native(function, *args)
        sparse = self.run_sparse(function, *args)
        if not same(native.value, sparse.value):
            raise AssertionError(
                f"native and sparse differ in {difference(native.value, sparse.value)}\n"
                f"native: {native}\nsparse: {sparse}"
            )
        return native.value


@cache
def tools_folder():
    """The folder of HDF5's command-line tools, 1.14 or newer."""
    done = run_command([ROOT / "build-support" / "hdf5-tools"], ROOT, native_environment(), timeout=600)
    return Path(done.stdout.strip())


def tool(name, *args, cwd, sparse, check=True, more_env=None):
    """Runs one of HDF5's command-line tools."""
    env = (sparse_environment if sparse else native_environment)(**(more_env or {}))
    return run_command([tools_folder() / name, *args], cwd, env, check)


def without_connectors(text):
    """Printed error stacks without the entries of the connectors an error came through, of which there is one more."""
    text = re.sub(r"^  #\d{3}: \S*/H5VLcallback.c .*\n.*\n.*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^  #\d{3}:", "  #", text, flags=re.MULTILINE)


def assert_same_text(native, sparse):
    """Equal texts, or a failure with the first lines that differ."""
    if native != sparse:
        lines = difflib.unified_diff(
            native.splitlines(), sparse.splitlines(), "native", "sparse", lineterm="", n=1
        )
        raise AssertionError("\n".join(list(lines)[:60]))


def filters(path, dataset):
    """The filter ids of a dataset as stored. For the test process itself, which is native."""
    with h5py.File(path) as file:
        plist = file[dataset].id.get_create_plist()
        return [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]


def is_sparse(path, dataset):
    """Whether a dataset is stored sparsely."""
    ids = filters(path, dataset)
    return bool(ids) and ids[0] >= FIRST_PRIVATE_FILTER


def stored_bytes(path, dataset):
    """The bytes a dataset's chunks take in the file."""
    with h5py.File(path) as file:
        return file[dataset].id.get_storage_size()


def twins_dump(twins, name, *options):
    """h5dump prints the native and the sparse twin alike, byte for byte."""
    native = tool("h5dump", *options, name, cwd=twins.native, sparse=False)
    sparse = tool("h5dump", *options, name, cwd=twins.sparse, sparse=True)
    assert_same_text(native.stdout, sparse.stdout)
    return native.stdout
