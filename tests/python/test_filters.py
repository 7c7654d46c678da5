"""The filters a program sets stay its own: reported, kept through copies, and obeyed."""

import ctypes
import zlib

import h5py
import numpy as np
import pytest
from c_hdf5 import h5
from harness import (
    FIRST_PRIVATE_FILTER,
    filters,
    is_sparse,
    run_function,
    sparse_environment,
    tool,
    twins_dump,
)

PIPELINES = {
    "none": {},
    "gzip": {"compression": "gzip", "compression_opts": 7},
    "lzf": {"compression": "lzf"},
    "shuffle": {"shuffle": True},
    "fletcher32": {"fletcher32": True},
    "shuffle gzip": {"shuffle": True, "compression": "gzip"},
    "all": {"shuffle": True, "compression": "gzip", "compression_opts": 1, "fletcher32": True},
}
N = 2000


def filter_of(plist, i):
    """Its id, flags, values and name; scaleoffset leaves all values but the first few undefined."""
    number, flags, values, name = plist.get_filter(i)
    return number, flags, values[:8] if number == h5py.h5z.FILTER_SCALEOFFSET else values, name


def reported(dset):
    """What a program sees of how its dataset is stored."""
    plist = dset.id.get_create_plist()
    return {
        "compression": dset.compression,
        "options": dset.compression_opts,
        "shuffle": dset.shuffle,
        "fletcher32": dset.fletcher32,
        "scaleoffset": dset.scaleoffset,
        "chunks": dset.chunks,
        "layout": plist.get_layout(),
        "filters": [filter_of(plist, i) for i in range(plist.get_nfilters())],
    }


def numbers(seed=0):
    random = np.random.default_rng(seed)
    return np.where(random.random(N) < 0.1, random.integers(1, 1000, N), 0).astype("i4")


def write_pipelines(pipelines):
    results = {}
    with h5py.File("filters.h5", "w") as file:
        for name, options in pipelines.items():
            dset = file.create_dataset(name, (N,), "i4", chunks=(300,), **options)
            dset[...] = numbers()
            dset[100:200] = 7
            results[name, "created"] = reported(dset)
    with h5py.File("filters.h5", "r+") as file:
        for name, dset in file.items():
            results[name] = reported(dset), dset[...]
            dset[1500:1600:3] = 9
            results[name, "rewritten"] = dset[...]
    return results


def test_filters_are_kept_and_reported(twins):
    twins.agree(write_pipelines, PIPELINES)
    path = twins.sparse / "filters.h5"
    with h5py.File(path) as file:
        names = list(file)
    for name in names:
        assert is_sparse(path, name), name
        assert filters(path, name)[1:] == filters(twins.native / "filters.h5", name), name
    # What h5dump says of the properties, but for the sizes, is what it says of the native twin. It lacks lzf.
    for name in sorted(set(names) - {"lzf"}):
        native = tool("h5dump", "-p", "-H", "-d", name, "filters.h5", cwd=twins.native, sparse=False)
        sparse = tool("h5dump", "-p", "-H", "-d", name, "filters.h5", cwd=twins.sparse, sparse=True)
        assert without_sizes(native.stdout) == without_sizes(sparse.stdout)
        twins_dump(twins, "filters.h5", "-d", name)


def without_sizes(text):
    return [line for line in text.splitlines() if not line.strip().startswith("SIZE")]


# These encode the elements themselves: the program chose a codec, and the dataset stays native.
CODECS = {
    "scaleoffset": {"scaleoffset": 0},
    "scaleoffset gzip": {"scaleoffset": 0, "compression": "gzip"},
    **({"szip": {"compression": "szip"}} if "szip" in h5py.filters.encode else {}),
}


def test_a_codec_keeps_the_dataset_native(twins):
    twins.agree(write_pipelines, CODECS)
    for name in CODECS:
        assert not is_sparse(twins.sparse / "filters.h5", name)


def write_nbit():
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((300,))
    plist.set_filter(h5py.h5z.FILTER_NBIT, h5py.h5z.FLAG_MANDATORY)
    stored = h5py.h5t.STD_I32LE.copy()
    stored.set_precision(20)
    with h5py.File("filters.h5", "w") as file:
        dset = h5py.h5d.create(file.id, b"nbit", stored, h5py.h5s.create_simple((N,)), plist)
        dset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers())
        return file["nbit"][...], reported(file["nbit"])


def test_nbit_keeps_the_dataset_native(twins):
    twins.agree(write_nbit)
    assert not is_sparse(twins.sparse / "filters.h5", "nbit")


def copy_within_and_across():
    with h5py.File("filters.h5") as source, h5py.File("copy.h5", "w") as target:
        source.copy("all", target, "copied")
        source.copy("none", target)
        for name in PIPELINES:
            dcpl = source[name].id.get_create_plist()
            space = h5py.h5s.create_simple((N,))
            dset = h5py.h5d.create(target.id, f"like {name}".encode(), h5py.h5t.STD_I32LE, space, dcpl)
            dset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers(3))
    with h5py.File("copy.h5", "r+") as file:
        file.copy("copied", "again")
        file["again"][5:10] = 3
        return {name: (dset[...], reported(dset)) for name, dset in file.items()}


def test_copies(twins):
    """H5Ocopy moves chunks as they are; a reported creation property list makes another sparse dataset."""
    twins.agree(write_pipelines, PIPELINES)
    twins.agree(copy_within_and_across)
    path = twins.sparse / "copy.h5"
    for name in ("copied", "none", "again", *(f"like {n}" for n in PIPELINES)):
        ids = filters(path, name)
        assert ids[0] >= FIRST_PRIVATE_FILTER
        assert [i for i in ids if i >= FIRST_PRIVATE_FILTER] == ids[:1], "our filter stands there once"


def compress_well():
    """Values the program's own gzip would have made small."""
    with h5py.File("filters.h5", "w") as file:
        dset = file.create_dataset(
            "data", (64, 64, 64), "i4", chunks=(1, 64, 64), compression="gzip", shuffle=True
        )
        for i in range(64):
            dset[i] = np.arange(64 * 64).reshape(64, 64) // 256 + 1
        return dset[...]


def test_dense_values_are_compressed(twins):
    """A dense chunk of regular values does not become as large as without compression."""
    twins.agree(compress_well)
    with h5py.File(twins.sparse / "filters.h5") as file:
        assert file["data"].id.get_storage_size() < 64 * 64 * 64 * 4 / 5


@pytest.mark.parametrize("options", PIPELINES.values(), ids=PIPELINES)
def test_compound_members_on_the_native_way(twins, options):
    """Writing one member of a compound goes the library's own way, through all filters."""
    twins.agree(write_members, options)


def write_members(options):
    dtype = np.dtype([("a", "<i4"), ("b", "<f8")])
    with h5py.File("members.h5", "w") as file:
        dset = file.create_dataset("data", (N,), dtype, chunks=(300,), **options)
        values = np.zeros(N, dtype)
        values["a"] = numbers()
        dset[...] = values
        dset["b", 200:900] = np.arange(700)
        dset["a", 1200:1300] = 5
        dset[40:50] = np.array((1, 2), dtype)
    with h5py.File("members.h5") as file:
        return file["data"][...], file["data"]["a"], reported(file["data"])


def ask_for_chunks():
    """Size and mask of the chunks around some elements; of one that is not stored there is no size."""
    answers = []
    with h5py.File("queries.h5", "w") as file:
        dset = file.create_dataset("a", (10, 10), "i4", chunks=(4, 4), compression="gzip")
        dset[:4, :4] = 3
        dset[8:, 8:] = 1
        for element in [(0, 0), (1, 0), (3, 3), (4, 4), (8, 8), (9, 9)]:
            mask, size = ctypes.c_uint(99), ctypes.c_uint64(99)
            h5.H5Dget_chunk_info_by_coord(
                dset.id.id, np.array(element, "u8"), ctypes.byref(mask), None, ctypes.byref(size)
            )
            answers.append((mask.value, size.value))
            if size.value:
                h5.H5Dget_chunk_storage_size(dset.id.id, np.array(element, "u8"), ctypes.byref(size))
                answers.append(size.value)
    return answers


def test_a_chunk_is_found_by_any_of_its_elements(twins):
    answers = twins.agree(ask_for_chunks)
    assert answers[0] == answers[2] == answers[4]


def write_packed():
    with h5py.File("packed.h5", "w") as file:
        dset = file.create_dataset("data", (20, 30), "i4", chunks=(10, 30), compression="gzip")
        dset[3, 5:9] = 7
        dset[15] = np.arange(30)


def read_packed():
    with h5py.File("packed.h5") as file:
        return file["data"][...], file["data"][3, 6]


def test_a_chunk_that_was_filtered_although_its_mask_says_no(tmp_path):
    """HDF5 keeps the filter mask of a chunk that is written again in the same size, with all its filters."""
    run_function(write_packed, cwd=tmp_path, env=sparse_environment())
    with h5py.File(tmp_path / "packed.h5", "r+") as file:
        chunk = file["data"].id
        mask, blob = chunk.read_direct_chunk((0, 0))
        chunk.write_direct_chunk((0, 0), zlib.compress(blob), filter_mask=mask)
    expected = np.zeros((20, 30), "i4")
    expected[3, 5:9] = 7
    expected[15] = np.arange(30)
    everything, one = run_function(read_packed, cwd=tmp_path, env=sparse_environment()).value
    np.testing.assert_array_equal(everything, expected)
    assert one == 7


def walk_chunks():
    """Every chunk as H5Dchunk_iter and H5Dget_chunk_info tell of it; all hold something."""
    seen = {}
    with h5py.File("walk.h5", "w") as file:
        for name, options in (("plain", {}), ("gzip", {"compression": "gzip"})):
            dset = file.create_dataset(name, (20, 30), "i4", chunks=(8, 10), maxshape=(None, None), **options)
            dset[...] = np.arange(1, 601).reshape(20, 30)
            chunks = []

            def visit(chunk, chunks=chunks):
                chunks.append((chunk.chunk_offset, chunk.filter_mask, chunk.size))
                return "enough" if len(chunks) == 5 else None

            assert dset.id.chunk_iter(visit) == "enough"
            infos = [dset.id.get_chunk_info(i) for i in range(dset.id.get_num_chunks())]
            seen[name] = chunks, [(info.chunk_offset, info.filter_mask, info.size) for info in infos]
    return seen


def test_walk_over_chunks(twins):
    twins.agree(walk_chunks)
