"""h5py's MPI build: its ranks write a dataset together and alone, and read it back, natively and sparsely.

Debian's, which build-support/mpi has for Open MPI: make test-openmpi runs this. A program that hangs fails.
"""

import h5py
import mpi
import pytest
from harness import (
    ROOT,
    configured,
    filter_environment,
    is_sparse,
    native_environment,
    run_function,
    same,
    sparse_environment,
)

HANGS_AFTER = 30
WITH_THE_FILTER = filter_environment()

PROGRAM = ROOT / "tests" / "python" / "ranks.py"


def run(ranks, filters, mode, cwd, env, check=True):
    command = [mpi.commands() / "python3", PROGRAM, filters, mode]
    return mpi.on_ranks(ranks, command, cwd, env, check=check, timeout=HANGS_AFTER)


def contents():
    with h5py.File("ranks.h5") as file:
        return {name: dataset[...] for name, dataset in file.items()}, is_sparse("ranks.h5", "frames")


def read_back(cwd, env):
    return run_function(contents, cwd=cwd, env=env).value


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_without_filters_each_rank_writes_as_natively(twins, ranks):
    """Several ranks may write alone what has no filter, and so it is native."""
    for mode in "alone", "together":
        run(ranks, "none", mode, twins.native, native_environment())
        run(ranks, "none", mode, twins.sparse, sparse_environment())
        natively, _ = read_back(twins.native, native_environment())
        elements, sparse = read_back(twins.sparse, WITH_THE_FILTER)
        assert same(elements, natively)
        assert sparse == (ranks == 1)


@pytest.mark.parametrize(
    ("ranks", "filters"), [(2, "gzip"), (4, "gzip"), (2, "checksum"), (2, "none"), (4, "none")]
)
def test_ranks_write_a_sparse_dataset_together(twins, ranks, filters):
    # Natively without filters: with them HDF5 (1.14) refuses conversions, and reads what was there before.
    run(ranks, "none", "together", twins.native, native_environment())
    run(ranks, filters, "together", twins.sparse, sparse_environment(**configured(parallel="sparse")))
    natively, _ = read_back(twins.native, native_environment())
    through_the_filter, sparse = read_back(twins.sparse, WITH_THE_FILTER)
    assert sparse
    assert same(through_the_filter, natively)
    through_the_connector, _ = read_back(twins.sparse, sparse_environment())
    assert same(through_the_connector, natively)


def test_a_rank_that_writes_alone_is_told_why_it_may_not(twins):
    env = sparse_environment(**configured(parallel="sparse"))
    done = run(2, "none", "alone", twins.sparse, env, check=False)
    assert done.status != 0
    assert "they can only write it collectively" in done.stderr + done.stdout
    assert "in h5py: with dataset.collective" in done.stderr + done.stdout
