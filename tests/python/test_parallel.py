"""Files that MPI ranks have open together: tests/c/parallel.c, natively and under the connector, on 1, 2 and 4 ranks.

The program compares every element it reads with what has to be there. A part in which a rank waits for ever ends the
program after 30 seconds. Here the files are looked at once more, by a process without MPI and with the filter alone.
"""

import re

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

SOURCE = ROOT / "tests" / "c" / "parallel.c"
ALL = re.findall(r"PART\((\w+)\)", SOURCE.read_text().split("PARTS[] =")[1])

# Open MPI may pass the beginning of an error's line on before a result, to the standard output.
RESULT = re.compile(r"(\w+):((?: right| refused| wrong)+)$", re.MULTILINE)

# Option sets of the program.
PLAIN, GZIP, REST = "", "gzip", "checksum latest together early"

# What HDF5 1.14.5 itself does right, and does not refuse, with its own filters and without any. In the rest it waits for
# ever, reads what was there before a collective write, or finds no chunk where one was cut (docs/limits.md).
RIGHT_WITH_FILTERS = {
    "frames", "shared", "nothing", "growth", "besides", "read_ways", "cut_of_one", "busy",
}  # fmt: skip
RIGHT_NATIVELY = {
    PLAIN: set(ALL) - {"cuts", "failing", "besides_ways", "of_one", "defined"},
    GZIP: RIGHT_WITH_FILTERS,
    REST: RIGHT_WITH_FILTERS,
}

# Of sparse datasets: HDF5 lets ranks write nothing of them alone, and each chunk that one process has written past the
# program's filters would be filled by all.
REFUSED = {"transform", "independent", "chunks"}
REFUSED_WITH_FILTERS = REFUSED | {"cut_of_one"}

ALONE = configured(parallel="sparse")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return mpi.compiled(SOURCE, tmp_path_factory.mktemp("program") / "parallel")


def run(program, ranks, options, parts, cwd, env):
    """What became of each part, and all that was printed."""
    done = mpi.on_ranks(ranks, [program, *options.split(), *parts], cwd, env)
    return {part: result.strip() for part, result in RESULT.findall(done.stdout)}, done.stdout + done.stderr


def contents(names):
    """Every element of the files, and whether they are sparse."""
    found = {}
    for name in names:
        with h5py.File(f"{name}.h5") as file:
            found[name] = {key: (dset.dtype, dset[...]) for key, dset in file.items()}
    return found


def sparse_ones(names):
    found = {}
    for name in names:
        with h5py.File(f"{name}.h5") as file:
            chunked = [key for key, dset in file.items() if dset.chunks]
        found[name] = {key: is_sparse(f"{name}.h5", key) for key in chunked}
    return found


def with_filter_alone(names, folder):
    env = filter_environment()
    return run_function(contents, names, cwd=folder, env=env).value


@pytest.mark.parametrize(
    ("ranks", "options"), [(2, PLAIN), (2, GZIP), (2, REST), (4, PLAIN), (4, GZIP)], ids=str
)
def test_parts(program, twins, ranks, options):
    parts = sorted(RIGHT_NATIVELY[options])
    native, _ = run(program, ranks, options, parts, twins.native, native_environment())
    assert native == dict.fromkeys(parts, "right")

    sparse, said = run(program, ranks, f"alone {options}", ALL, twins.sparse, sparse_environment(**ALONE))
    refused = REFUSED_WITH_FILTERS if options else REFUSED
    assert sparse == {part: "refused" if part in refused else "right" for part in ALL}, said

    sparse_datasets = run_function(sparse_ones, ALL, cwd=twins.sparse, env=native_environment()).value
    assert all(is_one for datasets in sparse_datasets.values() for is_one in datasets.values())
    alike = sorted(RIGHT_NATIVELY[options] - refused)
    natively = run_function(contents, alike, cwd=twins.native, env=native_environment()).value
    assert same(natively, with_filter_alone(alike, twins.sparse))
    everything = run_function(contents, ALL, cwd=twins.sparse, env=sparse_environment()).value
    assert same(everything, with_filter_alone(ALL, twins.sparse))


@pytest.mark.parametrize("options", [PLAIN, GZIP])
def test_without_an_option_what_has_no_filter_is_native(program, twins, options):
    """So that programs whose ranks write alone, which HDF5 allows without filters, go on to do so."""
    parts = sorted(RIGHT_NATIVELY[options])
    result, said = run(program, 2, options, parts, twins.sparse, sparse_environment())
    refused = REFUSED_WITH_FILTERS if options else set()
    assert result == {part: "refused" if part in refused else "right" for part in parts}, said
    of_ranks = set(parts) - {"of_one", "cut_of_one", "busy"}
    found = run_function(sparse_ones, sorted(of_ranks), cwd=twins.sparse, env=native_environment()).value
    assert {is_one for datasets in found.values() for is_one in datasets.values()} == {bool(options)}


@pytest.mark.parametrize("options", [PLAIN, GZIP, REST])
def test_one_rank(program, twins, options):
    """A single rank waits for nobody: it writes alone, and stores its own chunks where there are no filters."""
    parts = [part for part in ALL if options or part != "defined"]  # of which it may erase some
    result, said = run(program, 1, options, parts, twins.sparse, sparse_environment())
    refused = {"cut_of_one", "chunks"} if options else set()
    assert result == {part: "refused" if part in refused else "right" for part in parts}, said
    found = run_function(sparse_ones, parts, cwd=twins.sparse, env=native_environment()).value
    assert all(is_one for datasets in found.values() for is_one in datasets.values())


MESSAGES = {
    "independent": 'dataset "/counts" in file "independent.h5" is sparse, and 2 ranks have the file open:'
    " they can only write it collectively. Set H5FD_MPIO_COLLECTIVE with H5Pset_dxpl_mpio (in h5py: with"
    " dataset.collective), or create the dataset without the option parallel=sparse, so that it is native",
    "chunks": 'dataset "/counts" in file "chunks.h5" cannot be written by H5Dwrite_chunk while the file is open by MPI:',
    "defined": 'dataset "/counts" in file "defined.h5" cannot be erased while the file is open by MPI:',
    "transform": "Can't perform independent write with filters in pipeline",
}


@pytest.mark.parametrize("part", MESSAGES)
def test_refusals_say_why(program, twins, part):
    _, said = run(program, 2, PLAIN, [part], twins.sparse, sparse_environment(**ALONE))
    assert said.count(MESSAGES[part]) >= 2, said
