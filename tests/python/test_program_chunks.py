"""Chunks that a program stores itself (H5Dwrite_chunk) come back as it stored them, until elements of them are written."""

import itertools
import zlib

import h5py
import numpy as np
import pytest
from c_hdf5 import h5
from harness import configured, is_sparse, native_environment, stored_bytes

CHUNK = 100  # elements
ALL_BITS = 2**32 - 1
FILTERS = {
    "none": {},
    "gzip": {"compression": "gzip"},
    "shuffle-gzip": {"shuffle": True, "compression": "gzip"},
    "shuffle-gzip-fletcher32": {"shuffle": True, "compression": "gzip", "fletcher32": True},
}
SHAPES = {
    "one chunk": ((CHUNK,), None),
    "two chunks": ((2 * CHUNK,), None),
    "growing": ((2 * CHUNK,), (None,)),
}
H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS = 2

# No address of a chunk whose bytes in the file are not the program's: HDF5's highest.
HADDR_MAX = 2**64 - 2


def elements(kind):
    random = np.random.default_rng(5)
    if kind == "sparse":
        return np.where(random.random(CHUNK) < 0.1, 7, 0).astype("<i4")
    if kind == "zero":
        return np.zeros(CHUNK, "<i4")
    return random.integers(1, 2**31, CHUNK).astype("<i4")


def filtered(data, filters, mask):
    """The bytes of a chunk as the filters make it that a mask does not skip."""
    data = data.tobytes()
    for bit, name in enumerate(filters):
        if not mask >> bit & 1:
            if name == "shuffle":
                data = np.frombuffer(data, "u1").reshape(-1, 4).T.tobytes()
            elif name == "compression":
                data = zlib.compress(data, 4)
            else:
                data += fletcher32(data)
    return data


def fletcher32(data):
    """HDF5's checksum."""
    low = high = 0
    for word in np.frombuffer(data + b"\0" * (len(data) % 2), ">u2"):
        low = (low + int(word)) % 65535
        high = (high + low) % 65535
    return (high << 16 | low).to_bytes(4, "little")


def seen(dset, offset=(0,)):
    """What HDF5 says of a chunk, in every way, and of its elements."""
    size = np.zeros(1, "u8")
    h5.H5Dget_chunk_storage_size(dset.id.id, np.array(offset, "u8"), size)
    mask, data = dset.id.read_direct_chunk(offset)
    infos = []
    dset.id.chunk_iter(lambda info: infos.append(info))
    infos += [dset.id.get_chunk_info(i) for i in range(dset.id.get_num_chunks())]
    infos = [info for info in infos if info.chunk_offset == offset]
    infos.append(dset.id.get_chunk_info_by_coord(offset))
    assert len({(info.byte_offset, info.size, info.filter_mask) for info in infos}) == 1, infos
    with open(dset.file.filename, "rb") as file:
        if infos[0].byte_offset != HADDR_MAX:  # what has an address is there
            dset.file.flush()
            file.seek(infos[0].byte_offset)
            assert file.read(len(data)) == data
    return mask, data, int(size[0]), infos[0].size, infos[0].filter_mask, len(infos)


def stored_by_program(libver, shape, filters, mask, kind, size=None):
    """A chunk stored under a mask, and what is seen of it at each of its stages."""
    shape, maxshape = SHAPES[shape]
    options = FILTERS[filters]
    stages = {}
    with h5py.File("chunks.h5", "w", libver=libver) as file:
        dset = file.create_dataset("x", shape, "<i4", chunks=(CHUNK,), maxshape=maxshape, **options)
        data = filtered(elements(kind), options, mask)[:size]
        if len(dset) > CHUNK:
            dset[CHUNK:] = np.arange(CHUNK)
        dset.id.write_direct_chunk((0,), data, mask)
        if len(dset) > CHUNK:
            # HDF5 takes the mask that the chunk had before for its own until it has looked at another one.
            dset.id.read_direct_chunk((CHUNK,))
            stages["written"] = seen(dset)
            dset.flush()
            stages["flushed"] = seen(dset)
    with h5py.File("chunks.h5", "r", libver=libver) as file:
        stages["opened again"] = seen(file["x"])
        if size is None:
            stages["elements"] = file["x"][...].tolist()
    with h5py.File("chunks.h5", "r+", libver=libver) as file:
        dset = file["x"]
        if maxshape:
            dset.resize((5 * CHUNK,))
            stages["grown"] = seen(dset)
        if size is None and options:
            stages["read"] = dset[:3].tolist(), seen(dset)
            dset[7] = 5
            now = seen(dset)
            # The sizes are those of a codec; elements written again under the same size keep a mask that is wrong.
            stages["changed"] = now[0] if len(data) != len(now[1]) else "any", dset[:9].tolist()
    return stages


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_every_mask(filters, libver, twins):
    """All masks of the filters that there are, one beyond them, and that of all bits."""
    masks = [*range(2 ** len(FILTERS[filters])), 1 << len(FILTERS[filters]), ALL_BITS]
    twins.agree(every_mask, filters, libver, masks)


def every_mask(filters, libver, masks):
    return {
        case: stored_by_program(libver, case[0], filters, *case[1:])
        for case in itertools.product(SHAPES, masks, ["sparse", "zero", "random"])
    }


@pytest.mark.parametrize("filters", ["gzip", "shuffle-gzip-fletcher32"])
def test_chunks_of_other_sizes(filters, twins):
    """Shorter and longer ones, past all filters."""
    twins.agree(other_sizes, filters)


def other_sizes(filters):
    return {
        case: stored_by_program("latest", case[0], filters, ALL_BITS, "random", case[1])
        for case in itertools.product(SHAPES, [1, 40, 399])
    }


def test_short_chunks_without_filters(twins):
    """HDF5 writes them in the place of the chunk."""
    twins.agree(short_chunks)


def short_chunks():
    with h5py.File("short.h5", "w") as file:
        dset = file.create_dataset("x", (CHUNK,), "<i4", chunks=(CHUNK,))
        dset[...] = np.arange(CHUNK)
        dset.flush()
        dset.id.write_direct_chunk((0,), b"\7" * 42)
        return dset[...], dset.id.read_direct_chunk((0,))


def test_edge_chunks_without_filters(twins):
    """Under H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS, one at the edge is plain whatever its mask."""
    twins.agree(edge_chunks)


def edge_chunks():
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((CHUNK,))
    h5.H5Pset_chunk_opts(plist.id, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS)
    plist.set_deflate(4)
    seen_of = []
    for mask in (0, 1):
        with h5py.File("edge.h5", "w", libver="latest") as file:
            space = h5py.h5s.create_simple((CHUNK + 50,), (h5py.h5s.UNLIMITED,))
            dset = h5py.Dataset(h5py.h5d.create(file.id, b"x", h5py.h5t.STD_I32LE, space, plist))
            dset.id.write_direct_chunk((CHUNK,), elements("sparse").tobytes(), mask)
        with h5py.File("edge.h5") as file:
            seen_of.append((seen(file["x"], (CHUNK,)), file["x"][...]))
    return seen_of


def test_raw_chunks_stay_sparse(twins):
    """What a program stores past its filters takes no more room than what it writes."""
    env = native_environment()
    for options in FILTERS.values():
        twins.run_sparse(raw_chunks, options)
        assert is_sparse(twins.sparse / "raw.h5", "direct")
        direct, written = (stored_bytes(twins.sparse / "raw.h5", name) for name in ("direct", "written"))
        assert direct <= 2 * written < 4 * 10_000
        # Without connector and filter, the mask of such a chunk says that it is a blob past all other filters.
        ((mask, data),) = twins.run_native(stored_chunks, cwd=twins.sparse, env=env).value
        assert data[:4] == b"SPCK"
        assert mask & 2 ** (len(options) + 1) - 1 == 2 ** (len(options) + 1) - 2


def raw_chunks(options):
    data = np.where(np.random.default_rng(1).random(10_000) < 0.01, 3, 0).astype("<i4")
    with h5py.File("raw.h5", "w") as file:
        for name in ("direct", "written"):
            # May grow: a dataset of one chunk goes through all filters.
            dset = file.create_dataset(name, (10_000,), "<i4", maxshape=(None,), chunks=(10_000,), **options)
            if name == "direct":
                dset.id.write_direct_chunk((0,), data, ALL_BITS)
            else:
                dset[...] = data


def stored_chunks():
    with h5py.File("raw.h5") as file:
        return [file["direct"].id.read_direct_chunk((0,))]


def test_what_has_no_address_has_the_highest(twins):
    """Never one at which a reader would find something else, and never that of what is not stored."""
    addresses = twins.run_sparse(addresses_of).value
    assert addresses == {
        "written": HADDR_MAX,
        "written, gzip": HADDR_MAX,
        "direct": HADDR_MAX,
        "direct, all skipped": HADDR_MAX,
        "direct, gzip": "the bytes",
        "direct, random, all skipped": "the bytes",
        "nothing": None,
    }


def addresses_of():
    found = {}
    with h5py.File("addresses.h5", "w") as file:

        def address(name, filters, direct=None, mask=0):
            dset = file.create_dataset(name, (2 * CHUNK,), "<i4", chunks=(CHUNK,), **filters)
            if direct is None:
                dset[:CHUNK] = elements("sparse")
            elif direct:
                dset.id.write_direct_chunk((0,), direct, mask)
            dset.flush()
            info = dset.id.get_chunk_info_by_coord((0,))
            found[name] = info.byte_offset
            if info.byte_offset not in (None, HADDR_MAX):
                with open("addresses.h5", "rb") as raw:
                    raw.seek(info.byte_offset)
                    found[name] = "the bytes" if raw.read(info.size) == direct else "others"

        gzip = FILTERS["gzip"]
        address("written", {})
        address("written, gzip", gzip)
        address("direct", {}, elements("sparse").tobytes())
        address("direct, all skipped", gzip, elements("sparse").tobytes(), 1)
        address("direct, gzip", gzip, zlib.compress(elements("sparse").tobytes()))
        address("direct, random, all skipped", gzip, elements("random").tobytes(), 1)
        address("nothing", gzip, b"")
    return found


LAYOUT_ALL = configured(layout="all")


def refused():
    """What HDF5 says to operations on a contiguous dataset that are for chunks, in full."""
    said = {}
    with h5py.File("contiguous.h5", "w") as file:
        dset = file.create_dataset("x", data=np.arange(10, dtype="<i4"))
        low, number = dset.id, np.zeros(4, "u8")
        at = np.zeros(1, "u8")
        attempts = {
            "extent": lambda: low.set_extent((4,)),
            "larger extent": lambda: low.set_extent((40,)),
            "write": lambda: low.write_direct_chunk((0,), b"\1" * 40),
            "read": lambda: low.read_direct_chunk((0,)),
            "number": low.get_num_chunks,
            "info": lambda: low.get_chunk_info(0),
            "info by coordinates": lambda: low.get_chunk_info_by_coord((0,)),
            "iteration": lambda: low.chunk_iter(print),
            "storage size": lambda: h5.H5Dget_chunk_storage_size(low.id, at, number),
            "index type": lambda: h5.H5Dget_chunk_index_type(low.id, number),
        }
        for name, attempt in attempts.items():
            try:
                said[name] = attempt()
            except Exception as error:
                said[name] = f"{type(error).__name__}: {error}"
        said["elements"] = dset[...]
        said["chunks"] = dset.chunks, dset.maxshape
    return said


def test_contiguous_has_no_chunks(twins):
    native = twins.run_native(refused).value
    sparse = twins.run_sparse(refused, more_env=LAYOUT_ALL).value
    assert is_sparse(twins.sparse / "contiguous.h5", "x")
    np.testing.assert_equal(sparse, native)
    assert native["elements"].tolist() == list(range(10))
    assert sum("not a chunked dataset" in str(said) for said in native.values()) >= 6


def access():
    """A contiguous dataset made and opened with an access list for chunks, and one that may grow."""
    number = np.zeros(1, "u8")
    dapl = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    dapl.set_chunk_cache(101, 12345, 0.5)
    h5.H5Pset_append_flush(dapl.id, 1, np.array([3], "u8"), None, None)
    seen_of = []
    with h5py.File("access.h5", "w") as file:
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        space = h5py.h5s.create_simple((10,))
        made = h5py.h5d.create(file.id, b"x", h5py.h5t.STD_I32LE, space, dcpl, dapl=dapl)
        made.write(space, space, np.arange(10, dtype="<i4"))
        opened = h5py.h5d.open(file.id, b"x", dapl)
        for dset in (made, opened):
            plist = dset.get_access_plist()
            h5.H5Pget_append_flush(plist.id, 1, number, None, None)
            seen_of.append((plist.get_chunk_cache(), int(number[0])))
        seen_of.append(h5py.Dataset(opened)[...])
        for most in ((20,), (h5py.h5s.UNLIMITED,), (10,)):
            try:
                space = h5py.h5s.create_simple((10,), most)
                h5py.h5d.create(file.id, f"y{most}".encode(), h5py.h5t.STD_I32LE, space)
                seen_of.append("created")
            except Exception as error:
                seen_of.append(f"{type(error).__name__}: {error}")
        try:
            h5py.h5d.open(file.id, b"none", dapl)
        except Exception as error:
            seen_of.append(f"{type(error).__name__}: {error}")
    return seen_of


def test_contiguous_takes_no_access_to_chunks(twins):
    native = twins.run_native(access).value
    sparse = twins.run_sparse(access, more_env=LAYOUT_ALL).value
    assert is_sparse(twins.sparse / "access.h5", "x")
    np.testing.assert_equal(sparse, native)
    assert "extendible contiguous" in str(native)
