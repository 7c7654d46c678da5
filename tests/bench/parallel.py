"""Times ranks that write frames together or each its own file, and prints the table of docs/scale.md.

    make bench-parallel

Storages take turns, a process for each turn. Of the rounds of a process the first ones, in which the JVM starts and
compiles, are left out. Rates are those of the fastest round, in GB/s of dense frames: ranks wait for one another, and
anything else on the machine makes all of them wait.
"""

import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import mpi
from harness import ROOT, configured, native_environment, run_command, sparse_environment

SOURCE = ROOT / "tests" / "bench" / "parallel.c"
BYTES = 128 * 1024 * 1024 * 2
TURNS, ROUNDS, COLD = 2, 8, 3

# Whose file, which filter, and whether under the connector.
STORAGES = {
    "one file, gzip": ("together", "gzip", False),
    "one file, no filter": ("together", "plain", False),
    "**one file, sparse**": ("together", "plain", True),
    "one file, gzip and sparse": ("together", "gzip", True),
    "a file each, gzip": ("own", "gzip", False),
    "a file each, no filter": ("own", "plain", False),
    "**a file each, sparse**": ("own", "plain", True),
}


def turn(program, ranks, storage, folder):
    """(seconds of writing, of reading, bytes) of the warm rounds."""
    whose, filters, sparse = STORAGES[storage]
    env = sparse_environment(**configured(parallel="sparse")) if sparse else native_environment()
    command = [mpi.commands() / "mpiexec", "-n", ranks, program, whose, filters, ROUNDS]
    lines = run_command(command, folder, env, timeout=600).stdout.splitlines()[COLD:]
    return [tuple(map(float, line.split())) for line in lines]


def measured(ranks):
    found = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        program = mpi.compiled(SOURCE, Path(folder) / "parallel")
        for _ in range(TURNS):
            for storage in STORAGES:
                found[storage] += turn(program, ranks, storage, folder)
    return {
        storage: [min(figures) for figures in zip(*rounds, strict=True)] for storage, rounds in found.items()
    }


def main():
    for ranks in 2, 4:
        fastest = measured(ranks)
        gzip = fastest["one file, gzip"]
        print(f"| {ranks} ranks | write | read | MB | write, over gzip | read, over gzip |")
        print("|---|---:|---:|---:|---:|---:|")
        for storage, (write, read, size) in fastest.items():
            rates = f"{BYTES / write / 1e9:.2f} | {BYTES / read / 1e9:.2f} | {size / 1e6:.1f}"
            print(f"| {storage} | {rates} | {gzip[0] / write:.1f} | {gzip[1] / read:.1f} |", flush=True)
        print()


main()
