"""What HDF5 itself is asked: open identifiers, results in transfer lists, what it refuses, what it prints, its end."""

import ctypes
import os
import re
import resource
import signal
from pathlib import Path

import h5py
import numpy as np
import pytest
from c_hdf5 import h5, variable
from harness import ROOT, configured, is_sparse, native_environment, run_command, sparse_environment
from test_c_program import compiled
from test_distribution import other_jdk

SHAPE, CHUNKS = (40, 30), (10, 10)
TYPES = {
    "int": np.dtype("<i4"),
    "big float": np.dtype(">f8"),
    "half": np.dtype("<f2"),
    "bool": np.dtype("?"),
    "text": np.dtype("S7"),
    "enum": h5py.enum_dtype({"A": 0, "B": 5}, basetype="i2"),
    "compound": np.dtype([("x", "<f8"), ("y", "<i2", (3,)), ("z", "S3")]),
    "complex": np.dtype("<c16"),
    "opaque": np.dtype("V5"),
}


def elements(dtype, shape=SHAPE, seed=1):
    """Values of a type, of which a part are zero."""
    random = np.random.default_rng(seed)
    raw = random.integers(1, 255, (*shape, dtype.itemsize), "u1")
    raw[random.random(shape) < 0.5] = 0
    if dtype == np.dtype("?"):
        raw[...] = raw > 0
    values = raw.reshape(-1).view("u1").view(np.dtype(("V", dtype.itemsize))).view(dtype).reshape(shape)
    return np.where(np.isnan(values), 0, values).astype(dtype) if dtype.kind in "fc" else values


# ---- identifiers

OBJ_ALL = 0x1F
# H5I_type_t: files, groups, datatypes, dataspaces, datasets, maps, attributes, classes and lists of properties, stacks of
# errors. Of connectors (8) there is one more.
IDENTIFIER_TYPES = (1, 2, 3, 4, 5, 6, 7, 10, 11, 14)


def found():
    """The identifiers that HDF5 lists, over all files."""
    ids = (ctypes.c_int64 * 256)()
    return list(ids[: h5.H5Fget_obj_ids(OBJ_ALL, OBJ_ALL, 256, ids)])


def open_identifiers(file):
    """All that a program can ask of what is open, over one file and over all."""
    kinds = (1, 2, 4, 8, 16, OBJ_ALL)
    members = []
    for identifier_type in IDENTIFIER_TYPES:
        count = ctypes.c_uint64()
        try:
            h5.H5Inmembers(identifier_type, ctypes.byref(count))
        except OSError:
            count = None  # there has been none of the type
        members.append(count and count.value)
    return (
        [h5.H5Fget_obj_count(OBJ_ALL, kind) for kind in kinds],
        [h5.H5Fget_obj_count(file.id.id, kind) for kind in kinds],
        sorted(h5.H5Iget_type(i) for i in found()),
        [h5.H5Iget_ref(i) for i in found()],
        members,
    )


def ask_for_identifiers(compression):
    """Asks after every operation, and within visitors."""
    seen = []

    def ask(what):
        seen.append((what, *open_identifiers(file)))

    def visit(*_):
        ask("visitor")

    with h5py.File("identifiers.h5", "w") as file:
        file["committed"] = np.dtype("<i4")
        for name, dtype in TYPES.items():
            dset = file.create_dataset(name, SHAPE, dtype, chunks=CHUNKS, compression=compression)
            ask("created")
            dset[...] = elements(dtype)
            ask("written")
            dset[3:15, 5] = elements(dtype)[3:15, 5]
            file.flush()
            ask("flushed")
            dset[7:23, ::3]
            dset[...]
            ask("read")
            dset.id.get_chunk_info(0)
            dset.id.read_direct_chunk((10, 10))
            ask("chunk read")
            dset.id.get_create_plist().get_nfilters()
            ask("properties")
            file.visititems(visit)
            again = file[name]
            ask("opened again")
            del again
            if name in ("int", "big float", "half"):
                dset.astype("f4")[...]
                dset.write_direct(np.ones(SHAPE, "f8"))
                ask("converted")
        of_committed = file.create_dataset("of committed", SHAPE, file["committed"], chunks=CHUNKS)
        of_committed[...] = elements(np.dtype("<i4"))
        ask("committed")
        of_committed[...]
        ask("committed read")
        with pytest.raises((OSError, ValueError)):
            of_committed.id.read_direct_chunk((1, 1))
        with pytest.raises((TypeError, OSError, ValueError)):
            of_committed.id.read(h5py.h5s.ALL, h5py.h5s.ALL, np.zeros(SHAPE, "S4"), mtype=h5py.h5t.C_S1)
        ask("refused")
    with h5py.File("identifiers.h5") as file:
        for name, dtype in TYPES.items():
            with pytest.raises((OSError, ValueError, KeyError, TypeError)):
                file[name][...] = elements(dtype)
            ask("read only")
    return seen


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_identifiers(twins, compression):
    twins.agree(ask_for_identifiers, compression)


# ---- shared object header messages

SPACE, TYPE, FILL, PIPELINE, ATTRIBUTE, ALL = 0x2, 0x8, 0x20, 0x800, 0x1000, 0x182A


def with_shared_messages(name, kind, minimum):
    fcpl = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    h5.H5Pset_shared_mesg_nindexes(fcpl.id, 1)
    h5.H5Pset_shared_mesg_index(fcpl.id, 0, kind, minimum)
    fapl = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    fapl.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
    return h5py.File(h5py.h5f.create(name, h5py.h5f.ACC_TRUNC, fcpl, fapl))


def shared_messages(kind, minimum):
    """Datasets whose messages lie in a heap of the file, and afterwards others in a file without one."""
    seen = []
    data = np.arange(1, 1201).reshape(SHAPE)
    with with_shared_messages(b"shared.h5", kind, minimum) as file:
        file["committed"] = np.dtype("<i4")
        for name, dtype in {"plain": "<i8", "enum": TYPES["enum"], "of committed": file["committed"]}.items():
            for filters in ({}, {"compression": "gzip", "shuffle": True}, {"fletcher32": True}):
                for fill in {} if name == "enum" else {"fillvalue": 5}, {}:
                    options = {"chunks": CHUNKS, "maxshape": (99, 30)} | filters | fill
                    dset = file.create_dataset(
                        f"{name} {sorted(filters)} {sorted(fill)}", SHAPE, dtype, **options
                    )
                    dset.attrs["self"] = dset.ref
                    dset.attrs["long"] = "text " * 20
                    dset[...] = data
                    dset[3:20, 4] = 5
                    if name == "enum":
                        break
        for dset in [item for item in file.values() if isinstance(item, h5py.Dataset)]:
            file.create_dataset_like(f"like {dset.name[1:]}", dset)[...] = 7
            if dset.name.startswith("/plain") and dset.name.endswith(" []"):
                # Not a sparse one, with the list of a sparse one.
                name = f"references like {dset.name[1:]}".encode()
                space = h5py.h5s.create_simple(SHAPE)
                refs = h5py.h5d.create(file.id, name, h5py.h5t.STD_REF_OBJ, space, dset.id.get_create_plist())
                h5py.Dataset(refs)[0, 0] = dset.ref
            if not kind & SPACE:  # HDF5 cannot, natively
                dset.resize((33, 30))
                dset.resize((40, 30))
    with h5py.File("shared.h5") as file:
        for name, item in file.items():
            if isinstance(item, h5py.Dataset):
                plist = item.id.get_create_plist()
                filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
                item.id.read_direct_chunk((0, 0))
                if item.dtype.kind == "O":
                    seen.append((name, filters, file[item[0, 0]].name))
                    continue
                seen.append((name, item[...], item.fillvalue, filters))
                seen += [
                    (file[item.attrs["self"]].name, item.attrs["long"]) if "self" in item.attrs else None
                ]
    for number in range(3):
        with h5py.File(f"other {number}.h5", "w") as file:
            dset = file.create_dataset("x", SHAPE, "<i4", chunks=CHUNKS, compression="gzip")
            dset[...] = data
            file.flush()
            dset[5] = 0
            dset.id.read_direct_chunk((0, 0))
            seen.append((dset[...], open_identifiers(file)))
    return seen


@pytest.mark.parametrize("minimum", [1, 40])
@pytest.mark.parametrize("kind", [SPACE, TYPE, FILL, PIPELINE, ATTRIBUTE, ALL])
def test_shared_messages(twins, kind, minimum):
    twins.agree(shared_messages, kind, minimum)
    assert is_sparse(twins.sparse / "shared.h5", "plain [] []")


# ---- results in transfer lists

DISABLED_BY_API, FILTERED, SCALAR = 0x1, 0x20, 0x1


def results(name, dset_ids, function, buffers, mode):
    """What HDF5 reports of a transfer in its list."""
    dxpl = h5py.h5p.create(h5py.h5p.DATASET_XFER)
    h5.H5Pset_selection_io(dxpl.id, mode)
    count = len(dset_ids)
    ids = (ctypes.c_int64 * count)(*dset_ids)
    types = (ctypes.c_int64 * count)(*[variable("H5T_NATIVE_INT_g")] * count)
    spaces = (ctypes.c_int64 * count)()
    pointers = (ctypes.c_void_p * count)(*[buffer.ctypes.data for buffer in buffers[:count]])
    getattr(h5, function)(ctypes.c_uint64(count), ids, types, spaces, spaces, dxpl.id, pointers)
    actual, cause = ctypes.c_uint32(77), ctypes.c_uint32(77)
    h5.H5Pget_actual_selection_io_mode(dxpl.id, ctypes.byref(actual))
    h5.H5Pget_no_selection_io_cause(dxpl.id, ctypes.byref(cause))
    return name, function, mode, actual.value, cause.value


def transfer_results():
    natives, sparse = [], []
    buffers = [
        np.where(np.arange(1200) % 3, 0, np.arange(1200)).astype("i4").reshape(SHAPE).copy() for _ in range(3)
    ]
    with h5py.File("results.h5", "w") as file:
        contiguous = file.create_dataset("contiguous", SHAPE, "i4")
        other = file.create_dataset("other", SHAPE, "i4")
        scaled = file.create_dataset("scaled", SHAPE, "i4", chunks=CHUNKS, scaleoffset=0)
        chunked = file.create_dataset("chunked", SHAPE, "i4", chunks=(40, 30))
        gzip = file.create_dataset("gzip", SHAPE, "i4", chunks=CHUNKS, compression="gzip")
        file.flush()
        for mode in 0, 1, 2:
            for function in "H5Dwrite_multi", "H5Dread_multi":
                for name, dsets in {
                    "contiguous": [contiguous],
                    "contiguous twins": [contiguous, other],
                    "filtered": [scaled],
                    "all": [contiguous, scaled],
                }.items():
                    natives.append(results(name, [dset.id.id for dset in dsets], function, buffers, mode))
                for name, dsets in {"chunked": [chunked], "gzip": [gzip], "both": [chunked, gzip]}.items():
                    sparse.append(results(name, [dset.id.id for dset in dsets], function, buffers, mode))
                mixed = [contiguous.id.id, gzip.id.id, other.id.id]
                natives.append(results("mixed", mixed, function, buffers, mode)[2:4])
        np.testing.assert_array_equal(contiguous[...], buffers[0])
        np.testing.assert_array_equal(gzip[...], buffers[0])
    return natives, sparse


def test_results_in_the_transfer_list(twins):
    native, _ = twins.run_native(transfer_results).value
    sparse_native, sparse = twins.run_sparse(transfer_results).value
    assert sparse_native == native
    for name, function, mode, actual, cause in sparse:
        # A chunk is read or written in a piece, by itself; what is cached is neither.
        assert actual in (0, SCALAR), (name, function)
        assert cause == (DISABLED_BY_API if mode == 1 else FILTERED), (name, function, mode)
    assert any(actual == SCALAR for *_, actual, _ in sparse)


# ---- several datasets in one call


def multi(function, dsets, buffers, memory=None, spaces=None):
    """A call over several datasets; what it says if it fails."""
    count = len(dsets)
    integer = variable("H5T_NATIVE_INT_g")
    ids = (ctypes.c_int64 * count)(*[dset.id.id for dset in dsets])
    types = (ctypes.c_int64 * count)(*(memory or [integer] * count))
    in_memory = (ctypes.c_int64 * count)()
    in_file = (ctypes.c_int64 * count)(*(spaces or [0] * count))
    pointers = (ctypes.c_void_p * count)(*[b.ctypes.data if b is not None else None for b in buffers])
    try:
        getattr(h5, function)(ctypes.c_uint64(count), ids, types, in_memory, in_file, 0, pointers)
    except OSError:
        return "refused"
    return "done"


def several_datasets():
    seen = []
    with h5py.File("one.h5", "w") as one, h5py.File("two.h5", "w") as two:
        kinds = {"gzip": {"compression": "gzip"}, "plain": {}, "scaled": {"scaleoffset": 0}}
        dsets = {
            (file.filename, name): file.create_dataset(name, SHAPE, "i4", chunks=CHUNKS, **options)
            for file in (one, two)
            for name, options in kinds.items()
        }
        dsets["one.h5", "contiguous"] = one.create_dataset("contiguous", SHAPE, "i4")
        dsets["two.h5", "contiguous"] = two.create_dataset("contiguous", SHAPE, "i4")
        text = h5py.h5t.C_S1.copy()
        outside = h5py.h5s.create_simple(SHAPE)
        outside.select_hyperslab((33, 23), (5, 5))
        outside.offset_simple((5, 5))
        few = h5py.h5s.create_simple(SHAPE)
        few.select_hyperslab((1, 1), (3, 3))
        number = 0
        for names in (
            ("gzip", "plain"),
            ("plain", "contiguous"),
            ("scaled", "gzip"),
            ("contiguous", "scaled"),
        ):
            for file, other in (("one.h5", "one.h5"), ("one.h5", "two.h5")):
                group = [dsets[file, names[0]], dsets[other, names[1]], dsets[file, names[0]]]
                for dset_list in (group, group[:2]):
                    size = len(dset_list)
                    integer = variable("H5T_NATIVE_INT_g")
                    for wrong in (
                        {},
                        {"memory": [integer, text.id, integer][:size]},
                        {"memory": [integer, 17, integer][:size]},
                        {"spaces": [0, outside.id, 0][:size]},
                        {"spaces": [0, few.id, 0][:size]},
                        {"spaces": [0, 12345, 0][:size]},
                    ):
                        number += 1
                        buffers = [np.full(SHAPE, number * 10 + i, "i4") for i in range(size)]
                        said = multi("H5Dwrite_multi", dset_list, buffers, **wrong)
                        seen.append((number, names, file == other, sorted(wrong), said))
                        if said == "refused":
                            # What HDF5 wrote before it met the mistake does not matter.
                            for dset in dset_list:
                                dset[...] = -number
                        seen.append([dset[...] for dset in dset_list])
                        back = [np.full(SHAPE, -1, "i4") for _ in range(size)]
                        seen.append(multi("H5Dread_multi", dset_list, back, **wrong))
                        seen.append(back if seen[-1] == "done" else None)
    with h5py.File("one.h5") as one:
        dsets = [one["gzip"], one["contiguous"], one["plain"]]
        buffers = [np.full(SHAPE, -3, "i4") for _ in dsets]
        seen.append(multi("H5Dwrite_multi", dsets, buffers))
        seen.append(multi("H5Dread_multi", dsets, buffers))
        seen.append(buffers)
    return seen


def test_several_datasets_in_one_call(twins):
    twins.agree(several_datasets)


# ---- a page buffer

PAGE = 4096


def paged(name, mode, buffered):
    fcpl = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    fcpl.set_file_space_strategy(h5py.h5f.FSPACE_STRATEGY_PAGE, False, 1)
    fcpl.set_file_space_page_size(PAGE)
    fapl = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    if buffered:
        fapl.set_page_buffer_size(4 * PAGE)
    if mode == "w":
        return h5py.File(h5py.h5f.create(name, h5py.h5f.ACC_TRUNC, fcpl, fapl))
    return h5py.File(h5py.h5f.open(name, h5py.h5f.ACC_RDWR if mode == "a" else h5py.h5f.ACC_RDONLY, fapl))


def rewrite_under_a_page_buffer(seed, early):
    """Chunks smaller than a page are written again and again, with more in them or less."""
    random = np.random.default_rng(seed)
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_chunk((500,))
    if early:
        dcpl.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    held = {}
    with paged(b"paged.h5", "w", True) as file:
        for _ in range(150):
            name = f"d{random.integers(8)}"
            if name not in held:
                space = h5py.h5s.create_simple((2000,))
                dset = h5py.Dataset(h5py.h5d.create(file.id, name.encode(), h5py.h5t.STD_I32LE, space, dcpl))
                held[name] = np.zeros(2000, "i4")
            else:
                dset = file[name]
            start = 500 * random.integers(4)
            values = np.where(random.random(500) < random.random(), random.integers(1, 1 << 30, 500), 0)
            dset[start : start + 500] = held[name][start : start + 500] = values
            if random.random() < 0.1:
                file.flush()
        for name, values in held.items():
            np.testing.assert_array_equal(file[name][...], values)
    with paged(b"paged.h5", "r", False) as file:
        return [np.array_equal(file[name][...], values) for name, values in sorted(held.items())]


@pytest.mark.parametrize("early", [False, True])
def test_nothing_is_lost_under_a_page_buffer(twins, seed, early):
    for more in range(3):
        assert all(twins.agree(rewrite_under_a_page_buffer, seed + more, early)), f"seed {seed + more}"


def sparse_under_a_page_buffer(buffered):
    """A sparse dataset from before, in a file that is opened again."""
    said = []
    if not buffered:
        with paged(b"before.h5", "w", False) as file:
            file.create_dataset("x", data=elements(np.dtype("<i4")), chunks=CHUNKS)
            file.create_dataset("y", data=elements(np.dtype("<i4")), chunks=CHUNKS, maxshape=(99, 99))
    with paged(b"before.h5", "a", buffered) as file:
        before = file["x"][...]
        for change in (
            lambda: file["x"].__setitem__(3, 9),
            lambda: file["x"].id.write(h5py.h5s.ALL, h5py.h5s.ALL, before, dxpl=transforming()),
            lambda: file["y"].resize((35, 30)),
            lambda: file["y"].resize((50, 30)),
            lambda: file.create_dataset("after", data=before, chunks=CHUNKS),
        ):
            try:
                change()
                said.append("done")
            except Exception as error:
                said.append(str(error))
        return said, before


def transforming():
    dxpl = h5py.h5p.create(h5py.h5p.DATASET_XFER)
    h5.H5Pset_data_transform(dxpl.id, b"x+1")
    return dxpl


def test_chunks_do_not_move_under_a_page_buffer(twins):
    assert twins.run_sparse(sparse_under_a_page_buffer, False).value[0] == ["done"] * 5
    h5py.File(twins.sparse / "before.h5", "a").pop("after")
    said, _ = twins.run_sparse(sparse_under_a_page_buffer, True).value
    assert said[3:] == ["done", "done"]
    for text in said[:3]:
        assert re.search('dataset "/[xy]" in file "before.h5" cannot be written .* page buffer', text), text
    assert is_sparse(twins.sparse / "before.h5", "x")
    assert not is_sparse(twins.sparse / "before.h5", "after")


# ---- a write fails, and succeeds when it is tried again


def write_again(options, whole):
    """The disk is full while chunks grow, and then it is not."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    random = np.random.default_rng(1)
    chunk, held, said = 20_000, {}, []

    def some(count):
        values = np.zeros(chunk, "i4")
        values[5 : 5 + count] = random.integers(1, 1 << 30, count)
        return values

    with h5py.File("full.h5", "w") as file:
        for i in range(5):
            dset = file.create_dataset(f"d{i}", (2 * chunk,), "i4", chunks=(chunk,), **options)
            dset[:chunk] = held[i, 0] = some(1000)
        file.flush()
        room = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize("full.h5"), room[1]))
        attempts = {(0, 0): some(5000), (1, 1): some(5000), (2, 0): some(6000)}
        refused = {}
        for (i, place), values in attempts.items():
            start = place * chunk
            part = np.s_[start : start + chunk] if whole else np.s_[start + 5 : start + chunk - 5]
            try:
                file[f"d{i}"][part] = values if whole else values[5:-5]
            except Exception as error:
                said.append(str(error))
                refused[i, place] = values
            try:
                file.flush()
            except Exception as error:
                said.append(str(error))
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
        for i in 3, 4:  # what was freed is given to these
            file[f"d{i}"][chunk:] = held[i, 1] = some(900)
            file.flush()
        unreadable = 0
        for i, place in attempts:
            try:
                file[f"d{i}"][place * chunk : (place + 1) * chunk]
            except OSError:
                unreadable += 1
        for (i, place), values in refused.items():  # the others are in memory still
            file[f"d{i}"][place * chunk : (place + 1) * chunk] = values
        held |= attempts
    with h5py.File("full.h5") as file:
        for (i, place), values in held.items():
            np.testing.assert_array_equal(file[f"d{i}"][place * chunk : (place + 1) * chunk], values)
    return said, unreadable


@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}], ids=["plain", "gzip"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_write_is_tried_again(twins, options, whole):
    # With the default, the file driver holds what cannot be written, and HDF5 does not repeat anything.
    said, unreadable = twins.run_sparse(write_again, options, whole, more_env=configured(durable="off")).value
    assert len(said) >= 1
    assert "cannot write the chunk at offset" in said[0]
    assert unreadable <= (2 if whole else 0)


# ---- SWMR


def attributes_under_swmr(seed, early, options):
    """Attributes are written, and chunks of datasets that can grow in one dimension, the other, both or none."""
    random = np.random.default_rng(seed)
    held = {}
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_chunk((7, 6))
    if early:
        dcpl.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    if "compression" in options:
        dcpl.set_deflate(1)
    with h5py.File("swmr.h5", "w", libver="latest") as file:
        for i in range(4):
            space = h5py.h5s.create_simple(
                SHAPE, (h5py.h5s.UNLIMITED if i & 1 else 40, h5py.h5s.UNLIMITED if i & 2 else 30)
            )
            h5py.h5d.create(file.id, f"d{i}".encode(), h5py.h5t.STD_I32LE, space, dcpl)
            held[i] = np.zeros(SHAPE, "i4")
            for k in range(5 + 6 * (i % 2)):
                file[f"d{i}"].attrs.create(f"a{k}", 0, dtype="i4")
        file.swmr_mode = True
        for number in range(120):
            i = random.integers(4)
            dset = file[f"d{i}"]
            if random.random() < 0.5:
                row, column = random.integers(40), random.integers(30)
                part = np.s_[row : row + random.integers(1, 20), column : column + random.integers(1, 20)]
                values = np.where(random.random(held[i][part].shape) < 0.3, number, 0)
                dset[part] = held[i][part] = values
            else:
                dset.attrs.modify(f"a{random.integers(5)}", np.int32(number))
            if random.random() < 0.2:
                dset.flush()
        for i, values in held.items():
            np.testing.assert_array_equal(file[f"d{i}"][...], values)
    with h5py.File("swmr.h5") as file:
        return [(file[f"d{i}"][...], dict(file[f"d{i}"].attrs)) for i in range(4)]


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}], ids=["plain", "gzip"])
def test_attributes_under_swmr(twins, seed, early, options):
    twins.agree(attributes_under_swmr, seed, early, options)


# ---- a filter of the program's fails


def damaged_chunks():
    """Dense chunks, which go through the program's filters; then a byte of each is another."""
    with h5py.File("damaged.h5", "w") as file:
        for name, options in {"sum": {"fletcher32": True}, "gzip": {"compression": "gzip"}}.items():
            file.create_dataset(
                name, data=np.arange(1, 1201, dtype="i4").reshape(SHAPE), chunks=CHUNKS, **options
            )
            file[name].id.write_direct_chunk((10, 20), b"no chunk" * 60, 0)
    said = {}
    with h5py.File("damaged.h5") as file:
        for name in "sum", "gzip":
            for what, selection in {
                "all": np.s_[...],
                "one": np.s_[12, 25],
                "elsewhere": np.s_[0, 0],
            }.items():
                try:
                    said[name, what] = int(file[name][selection].sum())
                except Exception as error:
                    said[name, what] = type(error).__name__, str(error)
    return said


def test_a_failing_filter_names_the_chunk(twins):
    native = twins.run_native(damaged_chunks).value
    sparse = twins.run_sparse(damaged_chunks).value
    for key, value in native.items():
        if isinstance(value, int):
            assert sparse[key] == value
            continue
        (kind, text), (sparse_kind, sparse_text) = value, sparse[key]
        innermost = re.search(r"\((.*)\)$", text)[1]
        where = f'cannot read the chunk at offset [10, 20] of dataset "/{key[0]}" in file "damaged.h5": '
        assert sparse_kind == kind
        assert sparse_text == text.replace(innermost, where + innermost)


# ---- programs in C


@pytest.mark.parametrize("source", ["closes", "prints", "reuse", "ends"])
def test_program(source, twins, tmp_path):
    """The program prints the same natively, and with the connector."""
    jni = [Path(other_jdk(), "include"), Path(other_jdk(), "include", "linux")]
    program = compiled(ROOT / "tests" / "c" / f"{source}.c", tmp_path / source, include=jni)
    native = run_command(program, twins.native, native_environment())
    options = {"VOL_SPARSE_JAVA_OPTIONS": "-Xmx48m"}
    sparse = run_command(program, twins.sparse, sparse_environment(**options))
    assert native.stdout == sparse.stdout
    assert sparse.stderr == native.stderr
