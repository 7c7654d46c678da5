"""Threads of a program, and the calls that may complete later: the same results as natively."""

import ctypes
import threading

import h5py
import numpy as np
import pytest
from c_hdf5 import WAIT_FOREVER, h5, hid
from test_files import CHUNKS, SHAPE, create, tried, values


def in_threads(count, work):
    """Runs work(i) in threads; what they raise is what the program raises."""
    failed = []

    def guarded(i):
        try:
            work(i)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


# ---- threads ----


def one_dataset():
    with h5py.File("a.h5", "w") as file:
        dset = file.create_dataset("data", (16, 50, 60), "i4", chunks=(3, 20, 20))

        def work(i):
            random = np.random.default_rng(i)
            for _ in range(30):
                y, x = random.integers(0, 40, 2)
                dset[i, y : y + 10, x : x + 5] = random.integers(1, 100)
                dset[i, ::7]
                if random.random() < 0.1:
                    dset.flush()

        in_threads(16, work)
        before = dset[...]
    with h5py.File("a.h5") as file:
        return before, file["data"][...]


def a_handle_and_a_file_each():
    with h5py.File("shared.h5", "w") as file:
        create(file)

        def work(i):
            with h5py.File(f"{i}.h5", "w") as own:
                dset = create(own, seed=i)
                for k in range(10):
                    own["data"][k] = i
                    file["data"][i, k] = i * 100 + k
                    dset.resize((40 + k, 30))
                    create(own, f"more-{k}", k)
                    del own[f"more-{k}"]

        in_threads(8, work)
        shared = file["data"][...]
    results = [shared]
    for i in range(8):
        with h5py.File(f"{i}.h5") as own:
            results.append(own["data"][...])
    return results


def short_lived():
    """Hundreds of threads that each do a little: a thread is known to the JVM until it ends."""
    with h5py.File("a.h5", "w") as file:
        dset = file.create_dataset("data", (300, 40), "i4", chunks=(10, 40))
        for start in range(0, 300, 20):
            in_threads(20, lambda i, start=start: dset.__setitem__((start + i, i), start + i))
        return dset[...]


def begun_in_a_thread():
    """The first use of HDF5, and the last, are in threads that are gone in between."""
    kept = {}

    def begin(_):
        kept["file"] = h5py.File("a.h5", "w")
        create(kept["file"])

    def end(_):
        kept["file"]["data"][0] = 5
        kept["file"].close()

    in_threads(1, begin)
    in_threads(1, end)
    with h5py.File("a.h5") as file:
        return file["data"][...]


def left_open_by_a_thread():
    kept = []
    in_threads(1, lambda _: kept.append(create(h5py.File("a.h5", "w"))))
    kept[0][0] = 1
    return kept[0][...]


def small_stacks(size):
    """Threads whose stacks are smaller than what a JVM gives its own."""
    before = threading.stack_size(size)
    try:
        with h5py.File("a.h5", "w") as file:
            dset = file.create_dataset("data", (8, 200, 200), "i4", chunks=(1, 64, 64), compression="gzip")
            in_threads(8, lambda i: dset.__setitem__(i, np.arange(40_000).reshape(200, 200) % (i + 2)))
            in_threads(8, lambda i: dset[i, ::3])
            return dset[...]
    finally:
        threading.stack_size(before)


def errors_in_threads():
    """Each thread has its own error stack."""
    results = [None] * 8
    with h5py.File("a.h5", "w") as file:
        dset = create(file)

        def work(i):
            results[i] = [
                tried(lambda: file[f"nothing-{i}"]),
                tried(h5py.File, f"nothing-{i}.h5"),
                # Not write_direct_chunk: h5py 3.14 lets other threads into HDF5 meanwhile.
                tried(lambda: dset.resize((1, 2, 3))),
                int(dset[i].sum()),
            ]

        in_threads(8, work)
    return results


@pytest.mark.parametrize(
    "program",
    [
        one_dataset,
        a_handle_and_a_file_each,
        short_lived,
        begun_in_a_thread,
        left_open_by_a_thread,
        errors_in_threads,
    ],
    ids=lambda p: p.__name__,
)
def test_threads(twins, program):
    twins.agree(program)


@pytest.mark.parametrize("kilobytes", [128, 256, 1024])
def test_threads_of_little_stack(twins, kilobytes):
    twins.agree(small_stacks, kilobytes * 1024)


@pytest.mark.parametrize("kilobytes", [32, 64])
def test_threads_of_too_little_stack(twins, kilobytes):
    """An error, no crash."""
    done = twins.run_sparse(small_stacks, kilobytes * 1024, check=False)
    assert done.status == 1, done
    assert "too little of its stack is left" in done.stderr, done


# ---- event sets ----

HERE = (b"file.c", b"function", 1)  # H5..._async take where they are called from


def wait(events):
    left, failed = ctypes.c_size_t(99), ctypes.c_bool(True)
    h5.H5ESwait(events, WAIT_FOREVER, ctypes.byref(left), ctypes.byref(failed))
    return left.value, failed.value


def count(events):
    n = ctypes.c_size_t(99)
    h5.H5ESget_count(events, ctypes.byref(n))
    return n.value


def asynchronous():
    results = {}
    events = hid.H5EScreate()
    file = hid.H5Fcreate_async(*HERE, b"a.h5", h5py.h5f.ACC_TRUNC, 0, 0, events)
    group = hid.H5Gcreate_async(*HERE, file, b"group", 0, 0, 0, events)
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_chunk(CHUNKS)
    space = h5py.h5s.create_simple(SHAPE, (h5py.h5s.UNLIMITED, 30))
    i4, i8 = h5py.h5t.NATIVE_INT32.id, h5py.h5t.NATIVE_INT64.id
    dset = hid.H5Dcreate_async(*HERE, group, b"data", i4, space.id, 0, dcpl.id, 0, events)
    data, scalar = values(), h5py.h5s.create(h5py.h5s.SCALAR)
    h5.H5Dwrite_async(*HERE, dset, i4, 0, 0, 0, data, events)
    attribute = hid.H5Acreate_async(*HERE, dset, b"units", i4, scalar.id, 0, 0, events)
    h5.H5Awrite_async(*HERE, attribute, i4, np.array(7, "i4"), events)
    h5.H5Aclose_async(*HERE, attribute, events)
    results["written"] = wait(events), count(events)

    out = np.zeros(SHAPE, "i8")
    h5.H5Dread_async(*HERE, dset, i8, 0, 0, 0, out, events)
    results["read"] = wait(events), out
    extent = np.array([50, 30], "u8")
    h5.H5Dset_extent_async(*HERE, dset, extent, events)
    now = hid.H5Dget_space_async(*HERE, dset, events)
    results["extent"] = wait(events), h5py.h5s.SpaceID(now).shape

    one = np.array([dset], "i8")
    zero, types = np.zeros(1, "i8"), np.array([i8], "i8")
    out = np.zeros((50, 30), "i8")
    buffers = np.array([out.ctypes.data], "u8")
    h5.H5Dread_multi_async(*HERE, 1, one, types, zero, zero, 0, buffers, events)
    results["multi"] = wait(events), out
    out[40:] = 4
    h5.H5Dwrite_multi_async(*HERE, 1, one, types, zero, zero, 0, buffers, events)

    results["error"] = tried(hid.H5Dopen_async, *HERE, file, b"nothing", 0, events)
    failed = ctypes.c_bool(True)
    h5.H5ESget_err_status(events, ctypes.byref(failed))
    results["status"] = failed.value, wait(events), count(events)
    again = hid.H5Oopen_async(*HERE, file, b"group/data", 0, events)
    exists = ctypes.c_bool(False)
    h5.H5Lexists_async(*HERE, file, b"group", ctypes.byref(exists), 0, events)
    h5.H5Lcreate_soft_async(*HERE, b"/group/data", file, b"soft", 0, 0, events)
    h5.H5Lcreate_hard_async(*HERE, file, b"/group/data", file, b"hard", 0, 0, events)
    h5.H5Ocopy_async(*HERE, file, b"group/data", file, b"copy", 0, 0, events)
    h5.H5Ldelete_async(*HERE, file, b"hard", 0, events)
    results["links"] = wait(events), exists.value
    h5.H5Oclose_async(*HERE, again, events)
    h5.H5Oflush_async(*HERE, dset, events)
    h5.H5Orefresh_async(*HERE, dset, events)
    h5.H5Fflush_async(*HERE, file, h5py.h5f.SCOPE_GLOBAL, events)
    h5.H5Dclose_async(*HERE, dset, events)
    h5.H5Gclose_async(*HERE, group, events)
    h5.H5Fclose_async(*HERE, file, events)
    results["closed"] = wait(events), count(events)

    file = hid.H5Fopen_async(*HERE, b"a.h5", h5py.h5f.ACC_RDONLY, 0, events)
    dset = hid.H5Dopen_async(*HERE, file, b"copy", 0, events)
    out = np.zeros((50, 30), "i4")
    h5.H5Dread_async(*HERE, dset, i4, 0, 0, 0, out, events)
    results["again"] = wait(events), out
    h5.H5Dclose_async(*HERE, dset, events)
    h5.H5Fclose_async(*HERE, file, events)
    cancelled, failed = ctypes.c_size_t(9), ctypes.c_bool(True)
    h5.H5EScancel(events, ctypes.byref(cancelled), ctypes.byref(failed))
    results["cancel"] = cancelled.value, failed.value
    results["close"] = h5.H5ESclose(events)
    with h5py.File("a.h5") as file:
        results["file"] = file["group/data"][...], sorted(file), dict(file["group/data"].attrs)
    return results


def asynchronous_without_event_set():
    """H5ES_NONE makes the calls synchronous."""
    file = hid.H5Fcreate_async(*HERE, b"a.h5", h5py.h5f.ACC_TRUNC, 0, 0, 0)
    dset = create(h5py.File(h5py.h5f.FileID(file)))
    data = values(3)
    h5.H5Dwrite_async(*HERE, dset.id.id, h5py.h5t.NATIVE_INT32.id, 0, 0, 0, data, 0)
    return dset[...]


def optional_operations():
    """What a connector says it can do."""
    with h5py.File("a.h5", "w") as file:
        dset = create(file)
        flags = ctypes.c_uint64(0)
        results = []
        for kind in range(1, 12):
            for operation in range(4):
                results.append(tried(h5.H5VLquery_optional, dset.id.id, kind, operation, ctypes.byref(flags)))
                results.append(flags.value)
        return results


@pytest.mark.parametrize(
    "program", [asynchronous, asynchronous_without_event_set, optional_operations], ids=lambda p: p.__name__
)
def test_event_sets(twins, program):
    twins.agree(program)
