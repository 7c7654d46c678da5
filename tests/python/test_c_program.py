"""Programs in C: tests/c/detector.c natively and with nothing but the environment changed, and one of vol_sparse.h."""

from pathlib import Path

import pytest
from harness import (
    DIST,
    ROOT,
    assert_same_text,
    native_environment,
    run_command,
    sparse_environment,
    without_connectors,
)

SOURCE = ROOT / "tests" / "c" / "detector.c"

# Three bytes around each place that was written, later over earlier; then the bytes at the places.
LARGE_CHUNKS = """\
near: 000100
near: 000003
near: 000300
near: 000005
near: 000500
near: 000600
near: 000700
points: done
points: 01000300 050607
"""


def compiled(source, program, compiler=("cc", "-std=c11"), include=()):
    """The command of a program. HDF5 1.14 of another system comes with its own loader and libraries."""
    done = run_command([ROOT / "build-support" / "hdf5-tools", "--include"], ROOT, native_environment())
    hdf5_include = Path(done.stdout.strip())
    root = hdf5_include.parents[3]
    libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
    run_command(
        [
            *compiler, "-Wall", "-Wextra", "-Werror", "-Wno-unused-result", "-isystem", hdf5_include,
            *(f"-I{folder}" for folder in include), source, "-o", program, f"-L{libraries / 'hdf5' / 'serial'}", "-lhdf5",
            "-Wl,--unresolved-symbols=ignore-in-shared-libs",
        ],
        ROOT,
        native_environment(),
    )  # fmt: skip
    if root == Path("/"):
        return [program]
    return [root / "usr" / "lib64" / "ld-linux-x86-64.so.2", "--library-path", libraries, program]


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    return compiled(SOURCE, tmp_path_factory.mktemp("program") / "detector")


@pytest.mark.parametrize("part", ["frames", "selections", "conversions", "members", "mistakes", "far"])
def test_part(detector, part, twins):
    native = run_command([*detector, part], twins.native, native_environment())
    sparse = run_command([*detector, part], twins.sparse, sparse_environment())
    assert_same_text(native.stdout, sparse.stdout)
    assert_same_text(without_connectors(native.stderr), without_connectors(sparse.stderr))


def test_frames_of_a_program_that_closes_nothing(detector, twins):
    run_command([*detector, "frames"], twins.sparse, sparse_environment())
    assert twins.run_sparse(last_frame).value == (20, 20)


def last_frame():
    import h5py

    with h5py.File("frames.h5") as file:
        return len(file["counts"]), int(file["counts"][19].sum())


def test_chunks_of_4_gib(detector, twins):
    """Natively each would have to be held in memory."""
    assert run_command([*detector, "near"], twins.sparse, sparse_environment()).stdout.endswith(LARGE_CHUNKS)


DEFINED = """\
others of 0, counted 0:
points of 8, counted 8: 100 1 2 3 4 5
others of 6, counted 6: 1 2 3 4 5 6
returned 0: 5 calls, rows 1006003, values 321
returned 7: 2 calls, rows 3004, values 0
points of 2, counted 2: 100 200
points of 2, counted 2: 100 200
"""

FAILURES = """\
not a dataset: -1
another extent: -1
read only: -1
refused: -1
transformed: -1
no function: -1
"""

# What the error stacks say, in this order.
REASONS = [
    "vol_sparse_get_defined(): the identifier is not that of an open dataset",
    "vol-sparse: the file selection has a dataspace of extent [1000, 100]",
    "no write intent on file",
    "vol-sparse: the program's function for defined elements returned -3",
    "vol-sparse: the transfer list has a data transform",
    "vol-sparse: no function was given",
]


@pytest.mark.parametrize(
    "compiler", [("cc", "-std=c99"), ("c++", "-std=c++11", "-x", "c++", "-Wold-style-cast")], ids=["C", "C++"]
)
def test_header(compiler, twins, tmp_path):
    """The header is clean in C99 and C++11; its functions work, and fail with their reasons on the error stack."""
    strict = ("-pedantic", "-Wconversion", "-Wshadow")
    source = ROOT / "tests" / "c" / "defined.c"
    if compiler[0] == "c++":
        source = tmp_path / "header.cpp"
        source.write_text(
            "#include <vol_sparse.h>\nint main() { return vol_sparse_erase(0, 0, 0) < 0 ? 0 : 1; }\n"
        )
    program = compiled(source, tmp_path / "defined", (*compiler, *strict), [DIST / "include"])
    if compiler[0] == "c++":
        done = run_command(program, twins.native, native_environment())
        assert "the identifier is not that of an open dataset" in done.stderr, done
        return
    assert run_command([*program, "defined.h5"], twins.sparse, sparse_environment()).stdout == DEFINED
    done = run_command([*program, "-r", "defined.h5"], twins.sparse, sparse_environment())
    assert done.stdout == FAILURES, done
    places = [done.stderr.find(reason) for reason in REASONS]
    assert -1 not in places, done
    assert places == sorted(places), done

    done = run_command([*program, "defined.h5"], twins.native, native_environment(), check=False)
    assert done.status == 1, done
    assert "vol_sparse_get_defined(): the dataset's file was not opened through vol-sparse" in done.stderr, (
        done
    )
