"""A program in C (tests/c/detector.c), compiled once, natively and with nothing but the environment changed."""

from pathlib import Path

import pytest
from harness import (
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


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    """The command of the program. HDF5 1.14 of another system comes with its own loader and libraries."""
    done = run_command([ROOT / "build-support" / "hdf5-tools", "--include"], ROOT, native_environment())
    include = Path(done.stdout.strip())
    root = include.parents[3]
    libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
    program = tmp_path_factory.mktemp("program") / "detector"
    run_command(
        [
            "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-result", f"-I{include}", SOURCE,
            "-o", program, f"-L{libraries / 'hdf5' / 'serial'}", "-lhdf5",
            "-Wl,--unresolved-symbols=ignore-in-shared-libs",
        ],
        ROOT,
        native_environment(),
    )  # fmt: skip
    if root == Path("/"):
        return [program]
    return [root / "usr" / "lib64" / "ld-linux-x86-64.so.2", "--library-path", libraries, program]


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
