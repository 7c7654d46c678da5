"""Nothing is lost: however a program ends, what it closed or flushed is there in the next one."""

import os
import signal
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import is_sparse

KEPT = []  # what a program never closes


def frame(i):
    data = np.zeros((100, 100), "u2")
    data[i % 100, ::7] = i + 1
    return data


def fill(file, name="data"):
    dset = file.create_dataset(name, (20, 100, 100), "u2", chunks=(1, 100, 100))
    for i in range(20):
        dset[i] = frame(i)
    return dset


def expected(frames=20):
    return np.stack([frame(i) if i < frames else np.zeros((100, 100), "u2") for i in range(20)])


def never_closed():
    KEPT.append(fill(h5py.File("life.h5", "w")))


def never_closed_and_exit():
    KEPT.append(fill(h5py.File("life.h5", "w")))
    sys.exit(3)


def never_closed_and_fails():
    KEPT.append(fill(h5py.File("life.h5", "w")))
    raise RuntimeError("something else went wrong")


def dataset_outlives_file():
    file = h5py.File("life.h5", "w")
    KEPT.append(fill(file))
    file.close()


def only_low_level():
    """No h5py.File, so that nothing but HDF5's own exit handler closes it; and the file closes weakly."""
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fclose_degree(h5py.h5f.CLOSE_WEAK)
    file = h5py.h5f.create(b"life.h5", h5py.h5f.ACC_TRUNC, fapl=access)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((1, 100, 100))
    space = h5py.h5s.create_simple((20, 100, 100))
    dset = h5py.h5d.create(file, b"data", h5py.h5t.STD_U16LE, space, plist)
    dset.write(h5py.h5s.ALL, h5py.h5s.ALL, expected())
    KEPT.extend([file, dset])
    h5py.h5i.inc_ref(dset)
    h5py.h5i.inc_ref(file)


def flushed_then_gone():
    file = h5py.File("life.h5", "w")
    fill(file)
    file.flush()
    os._exit(3)


def dataset_flushed_then_gone():
    file = h5py.File("life.h5", "w")
    fill(file).flush()
    file.flush()
    os._exit(3)


def flushed_then_killed():
    file = h5py.File("life.h5", "w")
    fill(file)
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def closed_then_killed():
    with h5py.File("life.h5", "w") as file:
        fill(file)
    os.kill(os.getpid(), signal.SIGKILL)


def garbage_collected():
    """Handles dropped one by one, in any order."""
    file = h5py.File("life.h5", "w")
    dset = fill(file)
    del file
    del dset


def read_life():
    with h5py.File("life.h5") as file:
        return file["data"][...]


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (never_closed, 0),
        (never_closed_and_exit, 3),
        (never_closed_and_fails, 1),
        (dataset_outlives_file, 0),
        (only_low_level, 0),
        (flushed_then_gone, 3),
        (dataset_flushed_then_gone, 3),
        (flushed_then_killed, -signal.SIGKILL),
        (closed_then_killed, -signal.SIGKILL),
        (garbage_collected, 0),
    ],
)
def test_how_a_program_ends(twins, program, status):
    done = twins.run_sparse(program, check=False)
    assert done.status == status, done
    # A file that was not closed may still be marked as open for writing; HDF5 minds it for new formats only.
    value = twins.run_sparse(read_life).value
    assert np.array_equal(value, expected()), done
    assert is_sparse(twins.sparse / "life.h5", "data")


def interrupted():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    KEPT.append(fill(h5py.File("life.h5", "w")))
    print("written", flush=True)
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return "KeyboardInterrupt"


def test_interrupt_stays_with_the_program(twins):
    """A JVM in the process takes neither Ctrl-C nor SIGTERM from the program."""
    assert twins.run_sparse(interrupted).value == "KeyboardInterrupt"
    assert np.array_equal(twins.run_sparse(read_life).value, expected())


def terminated():
    KEPT.append(fill(h5py.File("life.h5", "w")))
    signal.raise_signal(signal.SIGTERM)


def test_sigterm_ends_the_program_at_once(twins):
    assert twins.run_sparse(terminated, check=False).status == -signal.SIGTERM


def deep_recursion():
    """C code that takes some megabytes of the main thread's stack, as any program may."""
    with h5py.File("life.h5", "w") as file:
        fill(file)
        nested = []
        for _ in range(20_000):
            nested = [nested]
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(1_000_000)
        length = len(repr(nested))
        sys.setrecursionlimit(limit)
        for _ in range(20_000):
            nested = nested[0]
        return length


def test_the_main_thread_keeps_its_stack(twins):
    """A JVM that is started on it takes all but the first megabyte unless told not to."""
    twins.agree(deep_recursion)


def priorities():
    """The priority of the program's main thread, and those of the JVM's second compiler."""
    with h5py.File("life.h5", "w") as file:
        fill(file)
    compilers = []
    for thread in Path("/proc/self/task").iterdir():
        if (thread / "comm").read_text().startswith("C2 Compiler"):
            compilers.append(os.getpriority(os.PRIO_PROCESS, int(thread.name)))
    return os.getpriority(os.PRIO_PROCESS, 0), compilers


def test_the_compiler_leaves_time_to_the_program(twins):
    (main, no_compiler), (same, compilers) = (
        twins.run_native(priorities).value,
        twins.run_sparse(priorities).value,
    )
    assert (main, no_compiler) == (same, [])
    assert compilers
    assert all(priority > main for priority in compilers)


def many_handles():
    """Two handles of one dataset, and one file opened twice, see each other's writes at once."""
    results = {}
    with h5py.File("life.h5", "w") as file:
        one = fill(file)
        two = file["data"]
        file["link"] = file["data"]
        three = file["link"]
        one[3, 5] = 9
        results["two"] = two[3, 5]
        three[3, 6] = 8
        results["one"] = one[3, 6]
        again = h5py.File("life.h5", "r+")
        four = again["data"]
        results["four"] = four[3, 5:7]
        four[4] = 0
        results["after"] = one[4]
        again.close()
        one[5] = 5
        results["two again"] = two[5]
        del two
        one[6] = 6
        results["three"] = three[6]
    with h5py.File("life.h5") as file:
        results["all"] = file["data"][...]
    return results


def test_handles_share_one_state(twins):
    twins.agree(many_handles)


def reopened():
    """Written in many sittings."""
    with h5py.File("life.h5", "w") as file:
        fill(file)
    for i in range(0, 20, 3):
        with h5py.File("life.h5", "a") as file:
            file["data"][i, 10:20, 10:20] = i
            file["data"][i + 1 : i + 2] = 0
    with h5py.File("life.h5") as file:
        return file["data"][...]


def test_reopened(twins):
    twins.agree(reopened)


def delete_and_create_again():
    with h5py.File("life.h5", "w") as file:
        for i in range(5):
            fill(file)[3] = i
            if i < 4:
                del file["data"]
        file.move("data", "moved")
        fill(file)
        return file["moved"][...], file["data"][...]


def test_delete_and_create_again(twins):
    twins.agree(delete_and_create_again)


def dropped_while_open():
    """A dataset whose last link is gone lives as long as its handle."""
    with h5py.File("life.h5", "w") as file:
        dset = fill(file)
        del file["data"]
        dset[2] = 2
        return dset[...]


def test_dropped_while_open(twins):
    twins.agree(dropped_while_open)


def many_files():
    """More datasets than any cache holds, written in turn."""
    files = [h5py.File(f"many-{i}.h5", "w") for i in range(6)]
    dsets = [
        f.create_dataset(f"d{j}", (16, 128, 128), "f4", chunks=(1, 128, 128)) for f in files for j in range(4)
    ]
    for i in range(16):
        for k, dset in enumerate(dsets):
            dset[i, k : k + 3, ::9] = i * 100 + k
    for file in files:
        file.close()
    sums = []
    for i in range(6):
        with h5py.File(f"many-{i}.h5") as file:
            sums += [dset[...].sum(dtype="f8") for dset in file.values()]
    return sums


def test_small_cache(twins):
    native = twins.run_native(many_files).value
    env = {"HDF5_VOL_CONNECTOR": "sparse under_vol=0;under_info={};cache=1MiB"}
    assert twins.run_sparse(many_files, more_env=env).value == native


def in_memory():
    """The core driver, kept in memory only, and as a file image."""
    with h5py.File("image.h5", "w", driver="core", backing_store=False) as file:
        fill(file)
        file.flush()
        image = file.id.get_file_image()
        values = file["data"][...]
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fapl_core(backing_store=False)
    access.set_file_image(image)
    with h5py.File(h5py.h5f.open(b"another.h5", h5py.h5f.ACC_RDONLY, fapl=access)) as file:
        return values, file["data"][...]


def test_in_memory(twins):
    twins.agree(in_memory)
