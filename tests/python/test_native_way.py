"""What the native connector does on sparse datasets: its own reads, writes and copies, between ours."""

import resource
import signal

import h5py
import numpy as np
from c_hdf5 import h5

SHAPE, CHUNKS = (64, 64), (16, 16)
FILTERS = {"none": {}, "gzip": {"compression": "gzip", "shuffle": True}, "lzf": {"compression": "lzf"}}


def spots(seed):
    random = np.random.default_rng(seed)
    return np.where(random.random(SHAPE) < 0.1, random.integers(1, 1000, SHAPE), 0).astype("<i4")


def doubled():
    """A transfer list with a data transform, for which there is no fast path."""
    dxpl = h5py.h5p.create(h5py.h5p.DATASET_XFER)
    h5.H5Pset_data_transform(dxpl.id, b"x*2")
    return dxpl


def transform_between():
    seen = {}
    with h5py.File("transform.h5", "w") as file:
        for name, options in FILTERS.items():
            dset = file.create_dataset(name, SHAPE, "<i4", chunks=CHUNKS, **options)
            dset[...] = spots(1)
            dset.id.write(h5py.h5s.ALL, h5py.h5s.ALL, spots(2), dxpl=doubled())
            seen[name] = [dset[()]]
            dset[5:30, 7] = 3
            data = np.zeros(SHAPE, "<i4")
            dset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, data, dxpl=doubled())
            seen[name] += [data, dset[()]]
    return seen


def test_transforms_between_own_writes(twins):
    twins.agree(transform_between)


def copy_after_native_read():
    """H5Ocopy finds chunks in HDF5's own cache, which are larger there than in the file."""
    seen = {}
    with h5py.File("copied.h5", "w") as file:
        for name, options in FILTERS.items():
            dset = file.create_dataset(name, SHAPE, "<i4", chunks=CHUNKS, **options)
            dset[...] = spots(1)
            data = np.zeros(SHAPE, "<i4")
            dset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, data, dxpl=doubled())
            for i in range(20):
                file.copy(dset, f"{name} {i}")
            seen[name] = [file[f"{name} {i}"][()] for i in range(20)]
    return seen


def test_copy_after_native_read(twins):
    for copies in twins.run_sparse(copy_after_native_read).value.values():
        for copy in copies:
            np.testing.assert_array_equal(copy, spots(1))


def write_after_copy():
    """HDF5's own cache holds fill values for a chunk that is not stored, the only other one, past a copy."""
    seen = {}
    with h5py.File("written.h5", "w") as file:
        for name, options in (FILTERS | {"checked": {"compression": "gzip", "fletcher32": True}}).items():
            dset = file.create_dataset(name, (200,), "<i4", chunks=(100,), **options)
            dset[3] = 7
            file.flush()
            data = np.zeros(200, "<i4")
            dset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, data, dxpl=doubled())
            file.copy(dset, f"{name} copied")
            space = dset.id.get_space()
            space.select_hyperslab((11,), (1,))
            dset.id.write(h5py.h5s.create_simple((1,)), space, np.ones(1, "<i4"), dxpl=doubled())
            seen[name] = data, dset[()], file[f"{name} copied"][()]
    return seen


def test_write_after_copy(twins):
    twins.agree(write_after_copy)


def leave_undefined():
    """With fill time never, what was not written leaves the program's memory as it is."""
    with h5py.File("never.h5", "w") as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((10,))
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((100,))
        dset = h5py.Dataset(h5py.h5d.create(file.id, b"data", h5py.h5t.STD_I32LE, space, plist))
        dset[20:30] = 0
        dset[30:40] = np.arange(10)
        data = np.full(100, -1, "<i4")
        dset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, data)
        longer = np.full(100, -1, "<i8")
        dset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, longer)
        return data, longer


def test_what_was_not_written_is_left_alone(twins):
    twins.agree(leave_undefined)


def fill_the_disk():
    """Writes what finds no room, with the dataset closed first; says what that led to."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    file = h5py.File("full.h5", "w")
    file.create_dataset("flushed", data=spots(1), chunks=CHUNKS)
    file.flush()
    dset = file.create_dataset("lost", (100_000,), "<i4", chunks=(100_000,))
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, room[1]))
    dset[5:] = np.random.default_rng(1).integers(1, 1 << 30, 99_995)
    dset.id.close()
    said = None
    try:
        file.close()
    except Exception as error:
        said = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, room)
    file.close()
    with h5py.File("full.h5") as file:
        return said, file["flushed"][()]


def test_full_disk(twins):
    """Never silent, never a crash: HDF5 does not survive a dataset that fails to close."""
    said, flushed = twins.run_sparse(fill_the_disk).value
    assert said
    np.testing.assert_array_equal(flushed, spots(1))
