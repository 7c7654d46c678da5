"""Files of HDF5's subfiling driver, which ranks have open together: tests/c/subfiling.c, natively and under the connector.

The driver is in the HDF5 that build-support/mpi compiles: make test-subfiling runs this. A program that hangs fails.
"""

import mpi
import pytest
from harness import ROOT, configured, native_environment, sparse_environment


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return mpi.compiled(
        ROOT / "tests" / "c" / "subfiling.c", tmp_path_factory.mktemp("program") / "subfiling"
    )


def run(program, ranks, options, cwd, env):
    return mpi.on_ranks(ranks, [program, *options.split()], cwd, env, timeout=60).stdout.strip()


@pytest.mark.parametrize("options", ["", "int", "early", "int early"])
@pytest.mark.parametrize("ranks", [2, 4])
def test_ranks_write_a_sparse_dataset_together(program, ranks, options, tmp_path):
    env = sparse_environment(**configured(parallel="sparse"))
    assert run(program, ranks, options, tmp_path, env) == "right, sparse"


@pytest.mark.parametrize("options", ["gzip", "gzip int", "gzip early", "gzip int early"])
@pytest.mark.parametrize("ranks", [2, 4])
def test_ranks_write_a_dataset_with_filters_together(program, ranks, options, tmp_path):
    """HDF5 (1.14.5) itself refuses conversions, and collective reads of this driver's files."""
    assert "right" not in run(program, ranks, options, tmp_path, native_environment())
    assert run(program, ranks, options, tmp_path, sparse_environment()) == "right, sparse"


@pytest.mark.parametrize("options", ["alone", "alone int", "alone early"])
@pytest.mark.parametrize("ranks", [2, 4])
def test_without_filters_each_rank_writes_as_natively(program, ranks, options, tmp_path):
    assert run(program, ranks, options, tmp_path, native_environment()) == "right, dense"
    assert run(program, ranks, options, tmp_path, sparse_environment()) == "right, dense"


def test_one_rank(program, tmp_path):
    assert run(program, 1, "", tmp_path, sparse_environment()) == "right, sparse"
