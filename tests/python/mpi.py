"""MPI with HDF5's parallel library, as build-support/mpi provides it: programs compiled for it and started on ranks.

Which MPI is said by VOL_SPARSE_MPI: mpich if by nothing else.
"""

import os
from functools import cache
from pathlib import Path

from harness import DIST, ROOT, native_environment, run_command

NAME = os.environ.get("VOL_SPARSE_MPI", "mpich")

# Ranks of MPICH that wait for each other look all the time. Where there are more of them than processors, they are to sleep.
PATIENT = {"MPIR_CVAR_ENABLE_HEAVY_YIELD": "1", "MPIR_CVAR_POLLS_BEFORE_YIELD": "1"}


@cache
def commands():
    """The folder of mpicc and mpiexec."""
    done = run_command([ROOT / "build-support" / "mpi", NAME], ROOT, native_environment(), timeout=600)
    return Path(done.stdout.strip())


def compiled(source, program):
    run_command(
        [
            commands() / "mpicc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-result",
            f"-I{DIST / 'include'}", "-o", program, source,
        ],
        ROOT,
        native_environment(),
    )  # fmt: skip
    return program


def on_ranks(ranks, command, cwd, env, **options):
    """Runs a command on ranks, as run_command does."""
    return run_command([commands() / "mpiexec", "-n", ranks, *command], cwd, env | PATIENT, **options)
