"""Virtual datasets over sparse ones: HDF5 reads and writes the sources itself, beside what the connector holds."""

import h5py
import numpy as np
import pytest
from h5py import h5d, h5s
from test_files import CHUNKS, SHAPE, create, tried, values

N = 4


def sources(in_one_file):
    """N datasets, in the file of the virtual one or each in a file of its own."""
    for i in range(N):
        with h5py.File("v.h5" if in_one_file else f"source-{i}.h5", "a") as file:
            create(file, f"data-{i}" if in_one_file else "data", i)


def layout(in_one_file):
    virtual = h5py.VirtualLayout((N, *SHAPE), "i4")
    for i in range(N):
        name, path = (".", f"data-{i}") if in_one_file else (f"source-{i}.h5", "data")
        virtual[i] = h5py.VirtualSource(name, path, SHAPE)
    return virtual


def source(file, i, in_one_file):
    return (file, f"data-{i}") if in_one_file else (h5py.File(f"source-{i}.h5", "r+"), "data")


def read_and_written(in_one_file):
    results = {}
    sources(in_one_file)
    with h5py.File("v.h5", "a") as file:
        virtual = file.create_virtual_dataset("virtual", layout(in_one_file), fillvalue=-1)
        results["all"] = virtual[...]
        results["points"] = virtual[1:3, ::7, [3, 8, 29]]
        for i in range(N):
            where, name = source(file, i, in_one_file)
            where[name][i] = 1000 + i  # in memory only
            results["unwritten", i] = virtual[i]
            virtual[i, 10 + i] = 2000 + i
            results["through", i] = where[name][...]
            where[name][20] = 3000 + i
            virtual[:, 20, 3] = 4000 + i
            results["both", i] = virtual[:, 20], where[name][20]
            if where is not file:
                where.close()
        results["virtual sources"] = [tuple(v[1:3]) for v in virtual.virtual_sources()], virtual.is_virtual
        virtual.flush()
    with h5py.File("v.h5") as file:
        results["again"] = file["virtual"][...]
        results["dump"] = file["virtual"].id.get_create_plist().get_layout()
    return results


def unwritten_and_closed_in_turn():
    """Sources opened and closed while the virtual dataset is open."""
    results = []
    sources(False)
    with h5py.File("v.h5", "w") as file:
        virtual = file.create_virtual_dataset("virtual", layout(False))
        for i in range(2 * N):
            with h5py.File(f"source-{i % N}.h5", "r+") as other:
                other["data"][i] = i
                results.append(virtual[:, i])
            results.append(virtual[:, i])
    return results


def unlimited():
    """The virtual dataset grows with its source."""
    results = []
    with h5py.File("source.h5", "w") as other, h5py.File("v.h5", "w") as file:
        stack = other.create_dataset("data", (0, 10, 10), "u2", maxshape=(None, 10, 10), chunks=(3, 10, 10))
        space = h5s.create_simple((0, 10, 10), (h5s.UNLIMITED, 10, 10))
        space.select_hyperslab((0, 0, 0), (1, 1, 1), (1, 1, 1), (h5s.UNLIMITED, 10, 10))
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        dcpl.set_virtual(space, b"source.h5", b"data", space)
        dset = h5py.Dataset(h5d.create(file.id, b"virtual", stack.id.get_type(), space, dcpl))
        for i in range(10):
            stack.resize(i + 1, 0)
            stack[i, i, ::3] = i + 1
            results += [dset.shape, dset[...], dset[-1]]
    return results


def missing_and_printf_sources():
    results = {}
    for i in (0, 2, 3):
        with h5py.File(f"part-{i}.h5", "w") as file:
            create(file, "data", i)
    with h5py.File("v.h5", "w") as file:
        block = h5s.create_simple((0, *SHAPE), (h5s.UNLIMITED, *SHAPE))
        block.select_hyperslab((0, 0, 0), (h5s.UNLIMITED, 1, 1), (1, *SHAPE), (1, *SHAPE))
        part = h5s.create_simple(SHAPE)
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        dcpl.set_virtual(block, b"part-%b.h5", b"data", part)
        dcpl.set_fill_value(np.array(-7, "i4"))
        dset = h5py.Dataset(h5d.create(file.id, b"virtual", h5py.h5t.STD_I32LE, block, dcpl))
        results["first missing"] = dset.shape, tried(lambda: dset[...])
    access = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    access.set_virtual_view(h5d.VDS_LAST_AVAILABLE)
    access.set_virtual_printf_gap(2)
    with h5py.File("v.h5") as file:
        dset = h5py.Dataset(h5d.open(file.id, b"virtual", access))
        results["over the gap"] = dset.shape, tried(lambda: dset[...])
    return results


def virtual_over_virtual():
    sources(False)
    with h5py.File("v.h5", "w") as file:
        file.create_virtual_dataset("virtual", layout(False))
    with h5py.File("w.h5", "w") as file:
        upper = h5py.VirtualLayout((SHAPE[1], N), "i8")
        for i in range(SHAPE[1]):
            upper[i] = h5py.VirtualSource("v.h5", "virtual", (N, *SHAPE))[:, 5, i]
        dset = file.create_virtual_dataset("upper", upper)
        first = dset[...]
        with h5py.File("source-1.h5", "r+") as other:
            other["data"][5] = 55
            return first, dset[...]


def sparse_and_native_sources():
    """Sources of other types, layouts and filters beside sparse ones."""
    with h5py.File("v.h5", "w") as file:
        file["contiguous"] = values(1)
        create(file, "gzip", 2, compression="gzip")
        create(file, "scaled", 3, scaleoffset=0)
        file.create_dataset("double", data=values(4).astype("f8"), chunks=CHUNKS)
        virtual = h5py.VirtualLayout((4, *SHAPE), "i4")
        for i, name in enumerate(("contiguous", "gzip", "scaled", "double")):
            virtual[i] = h5py.VirtualSource(file[name])
        dset = file.create_virtual_dataset("virtual", virtual)
        dset[:, 3] = 33
        file["double"][4] = 44
        return dset[...], file["double"][...], file["gzip"][...]


@pytest.mark.parametrize("in_one_file", [True, False], ids=["one file", "several files"])
def test_read_and_written(twins, in_one_file):
    twins.agree(read_and_written, in_one_file)


@pytest.mark.parametrize(
    "program",
    [
        unwritten_and_closed_in_turn,
        unlimited,
        missing_and_printf_sources,
        virtual_over_virtual,
        sparse_and_native_sources,
    ],
    ids=lambda p: p.__name__,
)
def test_same_as_native(twins, program):
    twins.agree(program)
