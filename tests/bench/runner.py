"""Runs points in processes of their own, natively or with the environment of dist/env.sh."""

import json
import os
import resource
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import parts
import profiles

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.append(str(ROOT / "tests" / "python"))

import memory_use
from child import remove
from harness import (
    configured,
    native_environment,
    run_command,
    run_function,
    sparse_environment,
    tools_folder,
)

SPARSE = ("sparse", parts.TWO_THREADS, parts.TWO_PROCESSES)


def environment(storage):
    # The wheel of TileDB brings a libhdf5 of its own, which does not matter; one thread each, as HDF5 has.
    alone = {"OMP_NUM_THREADS": "1", "BLOSC_NTHREADS": "1"}
    if storage == parts.TWO_THREADS:
        return sparse_environment(**alone, **configured(threads=2))
    return (sparse_environment if storage in SPARSE else native_environment)(**alone)


def build_c_program(folder):
    """Compiles kernels.c against the headers of HDF5's tools and the libhdf5 that h5py brings."""
    libraries = Path(h5py.__file__).parent.parent / "h5py.libs"
    (library,) = libraries.glob("libhdf5-*.so*")
    include = run_command(
        [ROOT / "build-support/hdf5-tools", "--include"], ROOT, native_environment(), timeout=600
    )
    program = folder / "kernels"
    command = [
        "cc",
        "-std=gnu11",
        "-O2",
        "-Wall",
        "-I",
        include.stdout.strip(),
        "-o",
        program,
        HERE / "kernels.c",
    ]
    # As an RPATH, which also leads to the libraries that libhdf5 itself needs.
    linking = [library, f"-Wl,-rpath,{libraries},--disable-new-dtags,--allow-shlib-undefined"]
    run_command([*command, *linking], folder, native_environment())
    return str(program)


def blob_bytes(path):
    """What the sparse chunks of a file consist of: bytes of selections and of values (docs/format.md)."""
    selections = values = 0
    with h5py.File(path) as file:
        dset = file["data"].id

        def add(chunk):
            nonlocal selections, values
            _, blob = dset.read_direct_chunk(chunk.chunk_offset)
            flags, _, _, _, _, length = struct.unpack_from("<BBIIII", blob, 18)
            begin = 48 if flags & 2 else 40
            selections += length
            values += len(blob) - (begin + length + 7) // 8 * 8

        dset.chunk_iter(add)
    return {"selections": selections, "values": values}


def _other(path):
    """The file of the second of two processes."""
    return f"{path}-other"


def size(path):
    path = Path(path)
    return (
        sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
        if path.is_dir()
        else path.stat().st_size
    )


class Runner:
    """
    Runs points in a folder: each in so many processes, in each to warm up and then to be measured, as limits say.

    Not only sparse storage warms up, which compiles: any process gets its memory from the system ever faster for some time.
    """

    def __init__(self, folder, processes, warm_up, measure, say):
        self._folder, self._say = folder, say
        self._processes = processes
        self._limits = {"warm_up": warm_up, "measure": measure}
        self._program = build_c_program(folder)

    def _job(self, point, operation, path):
        job = {"work": point.work, "args": point.args, "storage": point.storage, "host": point.host}
        return job | {"operation": operation, "path": str(path), "program": self._program} | self._limits

    def _children(self, storage, jobs):
        """The results of jobs that one process does, one after the other; or the first of two processes at a time."""
        if storage != parts.TWO_PROCESSES:
            return self._child(storage, jobs)
        others = [job | {"path": _other(job["path"])} for job in jobs]
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(self._child, storage, others)
            results = self._child(storage, jobs)
            other.result()
        return results

    def _child(self, storage, jobs):
        done = subprocess.run(
            [sys.executable, HERE / "child.py"],
            env=environment(storage),
            cwd=self._folder,
            input="".join(json.dumps(job) + "\n" for job in jobs),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def group(self, part, points):
        """Measures points in turns, several times; a dictionary for each operation of each point."""
        measured = {}
        for _ in range(1 if isinstance(points, parts.Once) else self._processes):
            for i, point in enumerate(points):
                path = self._folder / "data"
                begin = time.perf_counter()
                for operation in "write", *point.reads:
                    (result,) = self._children(point.storage, [self._job(point, operation, path)])
                    entry = measured.setdefault((i, operation), _entry(part, point, operation, result, path))
                    _add(entry, result)
                remove(path)
                remove(_other(path))
                self._say(f"{part}: {point} {time.perf_counter() - begin:.1f} s")
        return list(measured.values())

    def profile(self):
        """Where the time of some points goes, see profiles.py."""
        jdk = run_command([ROOT / "build-support/find-jdk"], ROOT, os.environ).stdout.strip()
        return profiles.measure(self._program, jdk, environment("sparse"))

    def quick(self, chosen):
        """Runs every operation once; as few processes as possible."""
        children = {}
        for part, groups in chosen.items():
            for i, point in enumerate(point for group in groups for point in group):
                path = self._folder / f"{part}{i}"
                for operation in "write", *point.reads:
                    environment_of = point.storage if point.storage in SPARSE else "native"
                    jobs = children.setdefault(environment_of, [])
                    jobs.append((part, point, operation, path, self._job(point, operation, path)))
        measured = []
        for storage, jobs in children.items():
            results = self._children(storage, [job for *_, job in jobs])
            for (part, point, operation, path, _), result in zip(jobs, results, strict=True):
                measured.append(_entry(part, point, operation, result, path))
                _add(measured[-1], result)
        return measured


def _entry(part, point, operation, result, path):
    entry = {
        "part": part,
        "work": point.work,
        "args": point.args,
        "storage": point.storage,
        "host": point.host,
    }
    entry |= {"operation": operation, "cold": [], "warm": [], "file": size(path)}
    entry |= {key: value for key, value in result.items() if key != "times"}
    if point.storage == "sparse" and point.work in ("kernel", "xpcs"):
        entry["blobs"] = blob_bytes(path)
    return entry


def _add(entry, result):
    """The first run is the cold one."""
    entry["cold"].append(result["times"][0][:2])
    entry["warm"] += [times for *times, warm in result["times"] if warm]
    entry["memory"] = max(entry.get("memory", 0), result.get("memory", 0))


# ---- start-up


def _write_small_files(folder):
    script = (
        "import h5py, sys; h5py.File(sys.argv[1], 'w').create_dataset('data', data=[[1, 0]] * 100, chunks={})"
    )
    for storage in "sparse", "native":
        command = [sys.executable, "-c", script.format("(10, 2)"), f"{storage}.h5"]
        run_command(command, folder, environment(storage))
    run_command([sys.executable, "-c", script.format("None"), "plain.h5"], folder, environment("native"))


def _timed(command, folder, storage):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    run_command(command, folder, environment(storage))
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_up(folder, repetitions):
    """Whole programs on small files, with the connector and natively; "plain" is a file without a sparse dataset."""
    _write_small_files(folder)
    tools = tools_folder()
    programs = {
        "h5ls": [tools / "h5ls"],
        "h5dump -H": [tools / "h5dump", "-H"],
        "h5py script": [
            sys.executable,
            "-c",
            "import h5py, sys; print(h5py.File(sys.argv[1])['data'][:].sum())",
        ],
    }
    measured = [
        {"part": "startup", "program": program, "file": file, "storage": storage, "times": []}
        for program in programs
        for file, storage in [
            ("small", "sparse"),
            ("small", "native"),
            ("plain", "sparse"),
            ("plain", "native"),
        ]
    ]
    for repetition in range(repetitions + 1):
        for entry in measured:
            path = "plain.h5" if entry["file"] == "plain" else f"{entry['storage']}.h5"
            times = _timed([*programs[entry["program"]], path], folder, entry["storage"])
            if repetition > 0:
                entry["times"].append(times)
    return measured


# ---- the machine


MEMORY = {
    "single elements of dense data": (memory_use.read_single_elements, (100_000, 9766), (50, 100, 10_000)),
    "rows of dense data": (memory_use.read_rows, (1,), (1, 5)),
    "5,000 small datasets": (memory_use.use_small_datasets, (5000,), (20,)),
    "200 open files": (memory_use.use_many_files, (200,), (3,)),
    "a chunk of 256 MiB": (memory_use.use_large_chunk, (256,), (1,)),
}


def memory(folder, quick):
    """The peak of memory of programs that are hard on it, with the connector and natively."""
    measured = []
    for name, (program, args, in_small) in MEMORY.items():
        for storage in "sparse", "native":
            done = run_function(
                memory_use.measured,
                program,
                *(in_small if quick else args),
                cwd=folder,
                env=environment(storage),
                timeout=600,
            )
            entry = {"part": "memory", "program": name, "storage": storage}
            measured.append(entry | {"memory": done.value[0], "result": done.value[1]})
        if measured[-1]["result"] != measured[-2]["result"]:
            raise AssertionError(f"{name}: other results than natively")
    return measured


def machine():
    """What was measured on, and with what."""

    def first(path, key):
        with open(path) as lines:
            return next((line.split(":")[1].strip() for line in lines if line.startswith(key)), "unknown")

    java = run_command(
        ["bash", "-c", f'"$("{ROOT}/build-support/find-jdk")/bin/java" -version 2>&1'], ROOT, os.environ
    )
    return {
        "processor": first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": first("/proc/meminfo", "MemTotal"),
        "kernel": os.uname().release,
        "java": java.stdout.splitlines()[0],
        "python": sys.version.split()[0],
        "h5py": h5py.version.version,
        "hdf5": h5py.version.hdf5_version,
        "numpy": np.__version__,
        "revision": run_command(["git", "rev-parse", "--short", "HEAD"], ROOT, os.environ).stdout.strip(),
    }
