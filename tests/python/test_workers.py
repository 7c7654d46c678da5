"""The connector's own threads (option threads=): with any number of them the same values, and the same errors."""

import h5py
import numpy as np
import pytest
from harness import configured, difference, same
from test_files import tried


def many_chunks_in_one_call(options):
    """Whole chunks, with others at the edges, in one write and one read; then some again, and parts of them."""
    random = np.random.default_rng(3)
    values = random.poisson(0.05, (9, 70, 50)).astype("u2")
    values[3] = random.integers(1, 1000, (70, 50))
    values[4] = 0
    with h5py.File("a.h5", "w") as file:
        dset = file.create_dataset("data", values.shape, "u2", chunks=(1, 32, 25), **options)
        dset[...] = values
        rows = file.create_dataset("rows", (64, 500), "u2", chunks=(1, 500), **options)
        rows[...] = values.reshape(63, 500)[np.arange(64) % 63]
        dset[2:6] = values[2:6] * 3
        dset[5, 10:20] = 7
        before = dset[...], rows[...]
        rows[3:40] = rows[4:41]
    with h5py.File("a.h5") as file:
        dset = file["data"]
        return before, dset[...], dset[1:8:2, 3:], dset[2, :32], file["rows"][...], file["rows"][10:20]


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "gzip", "fletcher32": True}, {"fillvalue": 9}, {"fletcher32": True}],
    ids=str,
)
def test_values_are_the_same(twins, options):
    native = twins.run_native(many_chunks_in_one_call, options)
    for threads in (1, 2, 5):
        sparse = twins.run_sparse(many_chunks_in_one_call, options, more_env=configured(threads=threads))
        assert same(native.value, sparse.value), (threads, difference(native.value, sparse.value))


def damage_a_chunk():
    with h5py.File("a.h5") as file:
        info = file["rows"].id.get_chunk_info_by_coord((5, 0))
    with open("a.h5", "r+b") as file:
        file.seek(info.byte_offset + info.size - 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 0x55]))


def read_damaged():
    with h5py.File("a.h5") as file:
        rows = file["rows"]
        return tried(lambda: rows[...].sum()), int(rows[:5].sum()), int(rows[6:].sum())


def test_a_damaged_chunk_is_the_same_error(twins):
    twins.run_sparse(many_chunks_in_one_call, {})
    twins.run_native(damage_a_chunk, cwd=twins.sparse)
    one = twins.run_sparse(read_damaged).value
    assert 'chunk at offset [5, 0] of dataset "/rows"' in one[0], one
    assert one == twins.run_sparse(read_damaged, more_env=configured(threads=3)).value
