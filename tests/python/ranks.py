"""A program for h5py's MPI build, each of whose ranks writes rows of every frame and compares all that it reads.

    mpiexec -n 2 python3 ranks.py gzip|checksum|none together|alone

Debian's Python runs it, which has nothing of the tests' environments.
"""

import sys

import h5py
import numpy as np
from mpi4py import MPI

FILTERS = {
    "gzip": {"compression": "gzip", "shuffle": True},
    "checksum": {"fletcher32": True},
    "none": {},
}
ranks, rank = MPI.COMM_WORLD.size, MPI.COMM_WORLD.rank
filters = FILTERS[sys.argv[1]]
collectively = sys.argv[2] == "together"
expected = np.random.default_rng(7).poisson(0.02, (12, 32, 20)).astype("u2")
rows = slice(rank * 32 // ranks, (rank + 1) * 32 // ranks)


def check(dataset, what):
    MPI.COMM_WORLD.Barrier()
    assert np.array_equal(dataset[...], expected), what
    with dataset.collective:
        assert np.array_equal(dataset[...], expected), what
        assert np.array_equal(dataset.astype("f8")[:, rows], expected[:, rows]), what
    assert dataset[rank, rank, rank] == expected[rank, rank, rank], what
    MPI.COMM_WORLD.Barrier()


def write(dataset, selection, elements):
    if collectively:
        with dataset.collective:
            dataset[selection] = elements
    else:
        dataset[selection] = elements


with h5py.File("ranks.h5", "w", driver="mpio", comm=MPI.COMM_WORLD) as file:
    frames = file.create_dataset(
        "frames", (12, 32, 20), "u2", chunks=(2, 8, 20), maxshape=(None, 32, 20), **filters
    )
    frames.attrs["ranks"] = ranks
    for f in range(12):
        write(frames, np.s_[f, rows], expected[f, rows])
    check(frames, "rows of each rank")
    expected[3:9] = expected[3:9] * 3 % 5
    write(frames, np.s_[3:9, rows], expected[3:9, rows].astype("i8"))
    check(frames, "written again")
    frames.resize(16, axis=0)
    expected = np.concatenate([expected, expected[:4] + 1])
    write(frames, np.s_[12:16, rows], expected[12:16, rows])
    check(frames, "longer")
    table = file.create_dataset("table", (ranks,), [("rank", "i4"), ("square", "f8")])
    table[rank] = rank, rank * rank
with h5py.File("ranks.h5", driver="mpio", comm=MPI.COMM_WORLD) as file:
    check(file["frames"], "opened again")
    assert file["table"]["square"].tolist() == [r * r for r in range(ranks)]
