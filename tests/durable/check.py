"""Looks for a moment at which a program's death costs something that it had flushed.

    check.py states KIND...    takes the files before each call of the system, and between the pages of a write
    check.py machine KIND...   takes what a disk may hold when the machine fails; with durable=power, unless told
    check.py kills KIND...     kills programs at random moments
    --count N   so many states or kills of each kind and format      --native   without the connector
    --seed N    another choice of programs                           --durable HOW   process or power

It prints one line for each kind and format, and ends with status 1 if anything is lost, wrong or does not open.
"""

import argparse
import ctypes
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import disk
import programs

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DIST = Path(os.environ.get("VOL_SPARSE_DIST", ROOT / "dist"))
NAME = "file.h5"
MARK = b"\x89VSJ"


def native_environment():
    return {k: v for k, v in os.environ.items() if not k.startswith(("HDF5_", "LD_PRELOAD", "DISK_"))}


def stock_environment():
    """Any HDF5, with the filter plugin."""
    return native_environment() | {"HDF5_PLUGIN_PATH": str(DIST / "lib" / "filter")}


def sparse_environment(durable):
    return native_environment() | {
        "HDF5_PLUGIN_PATH": str(DIST / "lib" / "plugin"),
        "HDF5_VOL_CONNECTOR": f"sparse under_vol=0;under_info={{}};durable={durable}",
    }


class Reader:
    """A process that reads files; a new one, if it dies of what it reads."""

    def __init__(self, environment):
        self.environment = environment
        self.process = None

    def read(self, path):
        """The digest of a file, or what went wrong."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, HERE / "reader.py"],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        try:
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline().strip()
        except BrokenPipeError:
            line = ""
        if not line:
            self.process.wait()
            return f"error: the reader died ({self.process.returncode})"
        return line if line.startswith("error") else int(line)

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def preloaded(folder):
    """tests/c/disk.c, compiled."""
    library = folder / "disk.so"
    source = ROOT / "tests" / "c" / "disk.c"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"], check=True)
    return library


class Checker:
    def __init__(self, work, arguments):
        self.work = work
        self.native = arguments.native
        self.strength = arguments.durable or ("power" if arguments.what == "machine" else "process")
        self.stock = Reader(stock_environment())
        self.sparse = Reader(sparse_environment(self.strength))
        self.library = preloaded(work)
        self.folder = work / "program"
        self.state = work / "state"
        self.folder.mkdir()
        self.state.mkdir()
        self.marked = 0

    def environment(self):
        return native_environment() if self.native else sparse_environment(self.strength)

    def start(self, kind, seed, libver, more):
        for old in self.folder.iterdir():
            old.unlink()
        command = [sys.executable, HERE / "check.py", "program", kind, str(seed), str(libver)]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment() | more, stdout=subprocess.PIPE
        )

    def record(self, kind, seed, libver):
        """What a program does to its files."""
        record = self.work / "record"
        record.unlink(missing_ok=True)
        more = {"LD_PRELOAD": str(self.library), "DISK_FOLDER": str(self.folder), "DISK_RECORD": str(record)}
        process = self.start(kind, seed, libver, more)
        process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"the program {kind} {seed} {libver} failed")
        return record

    def fault(self, files, allowed):
        """What is wrong with files; None if they are in order."""
        for old in self.state.iterdir():
            old.unlink()
        for name, data in files.items():
            (self.state / name).write_bytes(data)
        return self.fault_of(self.state / NAME, allowed)

    def fault_of(self, path, allowed):
        found = self.stock.read(path)
        if not self.native and path.exists() and path.open("rb").read(4) == MARK:
            self.marked += 1
            if not str(found).startswith("error"):
                return "a file that waits for its journal was opened without the connector"
            through = self.sparse.read(path)
            if through not in allowed:
                return f"recovery: {through}"
            found = self.stock.read(path)
        if found not in allowed:
            return str(found) if str(found).startswith("error") else "wrong values"
        return None


def formats():
    return programs.FORMATS


def check_states(checker, kind, libver, arguments):
    """Counts states and faults."""
    count, faults, seed = 0, [], arguments.seed
    while count < arguments.count:
        record = checker.record(kind, seed, libver)
        digests = programs.digests(kind, seed)
        draw = random.Random(seed)
        states = (
            disk.states_of_machine(record, digests, draw)
            if arguments.what == "machine"
            else disk.states_of_process(record, digests)
        )
        for number, (files, allowed) in enumerate(states):
            fault = checker.fault(files, allowed)
            if fault:
                faults.append(f"{kind} {libver} seed {seed} state {number}: {fault}")
            count += 1
        seed += 1
    return count, faults


def check_kills(checker, kind, libver, arguments):
    """Counts kills and faults."""
    count, faults, seed = 0, [], arguments.seed
    draw = random.Random(f"{seed} {kind} {libver}")
    while count < arguments.count:
        digests = programs.digests(kind, seed)
        process = checker.start(kind, seed, libver, {})
        wait = draw.choice(range(1, 2 * len(digests)))  # lines of the program
        lines = []
        for line in process.stdout:
            lines.append(line.decode().strip())
            if len(lines) == wait:
                break
        time.sleep(draw.uniform(0, 0.004))
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().decode().split("\n")
        process.wait()
        allowed = disk.Allowed(digests)
        for line in lines:
            if line.strip() and (line.startswith("after ") or line.startswith("before ")):
                allowed.note(line)
        seed += 1
        if allowed.now() is None:
            continue
        fault = checker.fault_of(checker.folder / NAME, allowed.now())
        if fault:
            faults.append(f"{kind} {libver} seed {seed - 1}: {fault}")
        count += 1
    return count, faults


def program(kind, seed, libver):
    """Runs as the program that is watched or killed."""
    library = os.environ.get("LD_PRELOAD")
    preload = ctypes.CDLL(library) if library else None

    def mark(text):
        if preload:
            preload.disk_mark(text.encode())
        else:
            print(text, flush=True)

    programs.run(NAME, kind, int(seed), None if libver == "None" else libver, mark)


def main():
    if sys.argv[1] == "program":
        return program(*sys.argv[2:])
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["states", "machine", "kills"])
    parser.add_argument("kinds", nargs="*", default=programs.KINDS)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--native", action="store_true")
    parser.add_argument("--durable", choices=["process", "power"])
    arguments = parser.parse_args()
    all_faults = []
    with tempfile.TemporaryDirectory() as work:
        checker = Checker(Path(work), arguments)
        for kind in arguments.kinds or programs.KINDS:
            for libver in formats():
                before = checker.marked
                count, faults = (check_kills if arguments.what == "kills" else check_states)(
                    checker, kind, libver, arguments
                )
                all_faults += faults
                marked = checker.marked - before
                print(
                    f"{arguments.what:8} {kind:8} {libver or 'default':8} {count:6} "
                    f"faults {len(faults):5} waited for the journal {marked}",
                    flush=True,
                )
                for fault in faults[:3]:
                    print("   ", fault, flush=True)
        checker.stock.close()
        checker.sparse.close()
    return 1 if all_faults else 0


if __name__ == "__main__":
    sys.exit(main())
