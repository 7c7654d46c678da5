"""Children of fork(): with files of their own, with what they inherited, and what becomes of their parent."""

import atexit
import ctypes
import gc
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import forks
import h5py
import numpy as np
import pytest
from forks import Child, in_child
from harness import (
    DIST,
    ROOT,
    TIMEOUT_SECONDS,
    assert_same_text,
    is_sparse,
    native_environment,
    run_command,
    sparse_environment,
)
from test_c_program import compiled

OF_ALL_KINDS = "kinds.h5"


def make_file_of_all_kinds():
    """A file with what a program may hold open, sparse and not."""
    with h5py.File("source.h5", "w") as file:
        file["source"] = np.arange(30).reshape(3, 10)
    layout = h5py.VirtualLayout((3, 10), "i8")
    layout[...] = h5py.VirtualSource("source.h5", "source", (3, 10))
    with h5py.File(OF_ALL_KINDS, "w") as file:
        file.create_dataset("sparse", data=np.arange(400).reshape(20, 20) % 7, chunks=(5, 5))
        file.create_dataset(
            "gzip", data=np.arange(400).reshape(20, 20) % 3, chunks=(5, 5), compression="gzip"
        )
        file.create_dataset("strings", data=np.array([b"a", b"", b"abc"]), chunks=(2,))
        file["contiguous"] = np.arange(10)
        file["scalar"] = 3.5
        file["type"] = np.dtype([("a", "i4"), ("b", "f8")])
        file.create_dataset("of type", (9,), dtype=file["type"], chunks=(3,))
        file.create_virtual_dataset("virtual", layout)
        file.create_group("group").create_group("inner")
        file["group"].attrs["unit"] = "mm"
        file["group/link"] = h5py.SoftLink("/sparse")
        file["sparse"].attrs["scale"] = [1, 2, 3]


NAMES = ["sparse", "gzip", "strings", "contiguous", "scalar", "of type", "virtual"]


class Held:
    """What a program holds open of that file."""

    def __init__(self, mode):
        self.file = h5py.File(OF_ALL_KINDS, mode)
        self.datasets = {name: self.file[name] for name in NAMES}
        self.same = self.file["sparse"]
        self.group = self.file["group"]
        self.type = self.file["type"]
        self.attribute = h5py.h5a.open(self.group.id, b"unit")
        self.values = {name: dset[()] for name, dset in self.datasets.items()}


# ---- letting go


def close_all(held):
    for dset in held.datasets.values():
        dset.id._close()
    held.attribute._close()
    held.group.id._close()
    held.type.id._close()
    held.file.close()


def close_file(held):
    held.file.close()


def close_only_the_file(held):
    held.file.id.close()


def drop(held):
    held.__dict__.clear()
    gc.collect()


def leave(held):
    pass


LETTING_GO = {f.__name__: f for f in (close_all, close_file, close_only_the_file, drop, leave)}


def let_go(how, mode, exits):
    """A child lets go of what it inherited; the parent goes on."""
    make_file_of_all_kinds()
    held = Held(mode)
    pid = os.fork()
    if pid == 0:
        signal.alarm(forks.SECONDS)
        LETTING_GO[how](held)
        if exits:
            atexit._run_exitfuncs()
            ctypes.CDLL(None).exit(0)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if mode == "r+":
        held.datasets["sparse"][3:5] = 77
        held.file["more"] = 1
    values = {name: dset[()] for name, dset in held.datasets.items()}
    held.file.close()
    with h5py.File(OF_ALL_KINDS) as file:
        return status, values, {name: file[name][()] for name in NAMES}, sorted(file)


@pytest.mark.parametrize("exits", [False, True], ids=["_exit", "exit"])
@pytest.mark.parametrize("mode", ["r", "r+"])
@pytest.mark.parametrize("how", LETTING_GO)
def test_letting_go(twins, how, mode, exits):
    assert twins.agree(let_go, how, mode, exits)[0] == 0
    sparse = twins.run_sparse(let_go, how, mode, exits)
    assert (sparse.stdout, sparse.stderr) == ("", ""), sparse


# ---- files of the child's own


def write_and_read(name):
    with h5py.File(name, "w") as file:
        dset = file.create_dataset("x", (100, 100), "f4", chunks=(10, 10))
        dset[::7, 3] = np.arange(15)
        dset[50] = 2
    with h5py.File(name, "r+") as file:
        file["x"][99, 99] = 1
        return file["x"][...]


def own_files():
    make_file_of_all_kinds()
    held = Held("r")
    first = in_child(write_and_read, "first.h5")
    second = in_child(write_and_read, "second.h5")
    mine = write_and_read("mine.h5")
    several = [Child(write_and_read, f"{i}.h5") for i in range(4)]
    return first, second, mine, [child.result() for child in several], held.datasets["sparse"][()]


def test_own_files(twins):
    twins.agree(own_files)
    for name in ("first.h5", "second.h5", "mine.h5", "3.h5"):
        assert is_sparse(twins.sparse / name, "x")


# ---- what was inherited


def look_at(held):
    """Reads everything through what was inherited, and opens more through it."""
    return (
        {name: dset[()] for name, dset in held.datasets.items()},
        held.same[3:9, [1, 5]],
        held.file["group/link"][2],
        held.file["sparse"].attrs["scale"],
        held.group.attrs["unit"],
        sorted(held.group),
        str(held.type.dtype),
        held.datasets["of type"]["a"],
        [dset.chunks for dset in held.datasets.values()],
        [dset.name for dset in held.datasets.values()],
        held.datasets["virtual"].virtual_sources()[0].file_name,
        held.datasets["gzip"].id.get_num_chunks(),
        held.datasets["sparse"].parent.name,
        held.group["inner"].name,
        held.file.mode,
    )


def look_and_let_go(held, how):
    result = look_at(held)
    LETTING_GO[how](held)
    return result


def inherited(mode):
    make_file_of_all_kinds()
    held = Held(mode)
    results = [in_child(look_at, held)]
    results += [in_child(look_and_let_go, held, how) for how in LETTING_GO]
    return [*results, look_at(held)]


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_inherited(twins, mode):
    twins.agree(inherited, mode)


def unwritten(held, dset, rounds):
    """Reads in children what the parent has not flushed, between writes of the parent."""
    results = []
    for i in range(rounds):
        dset[i::7] = i + 1
        held["other"][i] = i
        results.append(in_child(lambda: (dset[...], held["other"][...])))
    return results


def inherited_unwritten(threads):
    """Data that the parent holds in memory are the child's as well."""
    stop = threading.Event()

    def work(name):
        with h5py.File(name, "w") as file:
            busy = file.create_dataset("x", (1000,), "i4", chunks=(100,))
            i = 0
            while not stop.is_set():
                i += 1
                busy[i % 1000] = i
                busy[...]

    workers = [threading.Thread(target=work, args=(f"busy{i}.h5",)) for i in range(threads)]
    for worker in workers:
        worker.start()
    with h5py.File("unwritten.h5", "w") as file:
        dset = file.create_dataset("x", (1000,), "i4", chunks=(100,))
        file.create_dataset("other", (1000,), "f8", chunks=(300,))
        results = unwritten(file, dset, 5)
    stop.set()
    for worker in workers:
        worker.join()
    with h5py.File("unwritten.h5") as file:
        return results, file["x"][...], file["other"][...]


@pytest.mark.parametrize("threads", [0, 2])
def test_inherited_unwritten(twins, threads):
    twins.agree(inherited_unwritten, threads)


def handed_over():
    """A process ends as soon as it has forked: its child goes on with its files, as a daemon does."""
    read, write = os.pipe()
    if os.fork() == 0:
        file = h5py.File("handed.h5", "w")
        dset = file.create_dataset("x", (1000,), "i4", chunks=(100,))
        dset[:50] = 1
        if os.fork() != 0:
            os._exit(0)
        signal.alarm(forks.SECONDS)
        dset[40:300:3] = 2
        file.create_dataset("more", data=np.arange(20), chunks=(5,))
        file.close()
        os.write(write, b"done")
        os._exit(0)
    os.close(write)
    assert os.wait()[1] == 0
    assert os.read(read, 10) == b"done"
    with h5py.File("handed.h5") as file:
        return file["x"][...], file["more"][...]


def test_a_daemon_goes_on(twins):
    twins.agree(handed_over)


@pytest.fixture(scope="module")
def forking(tmp_path_factory):
    return compiled(
        ROOT / "tests" / "c" / "forks.c", tmp_path_factory.mktemp("program") / "forks", ("cc", "-pthread")
    )


@pytest.mark.parametrize("part", ["alone", "ended", "flushed"])
def test_a_program_in_c(twins, forking, part):
    native = run_command([*forking, part], twins.native, native_environment())
    sparse = run_command([*forking, part], twins.sparse, sparse_environment())
    assert_same_text(native.stdout, sparse.stdout)
    assert sparse.stderr == ""


@pytest.mark.parametrize("part", ["threads", "visitor"])
def test_a_program_in_c_that_may_be_inside_hdf5(twins, forking, part):
    """What is unwritten is not written then, and the child is told so. All else is as ever."""
    native = run_command([*forking, part], twins.native, native_environment())
    sparse = run_command([*forking, part], twins.sparse, sparse_environment())
    lines = sparse.stdout.splitlines()
    unread = "child: read -1, sum 0"
    assert lines.count(unread) == 3, sparse
    assert [line for line in lines if line != unread] == [
        line for line in native.stdout.splitlines() if not line.startswith("child: read")
    ]
    assert sparse.stderr.count('dataset "/x" in file "parent.h5"') == 3, sparse
    assert "Flush the file before the fork" in sparse.stderr


# ---- children of children


def grandchild(uses):
    """What a child of a child can do; the child itself uses HDF5, or does not."""
    make_file_of_all_kinds()
    held = Held("r")

    def child():
        if uses:
            held.datasets["sparse"][()]
        said = []
        try:
            said.append(in_child(look_at, held)[0]["sparse"].sum())
        except forks.ChildFailed as failure:
            said.append(str(failure).splitlines()[-1])
        said += [in_child(LETTING_GO[how], held) for how in LETTING_GO]
        return said

    return in_child(child)


def test_a_grandchild_of_a_child_that_does_nothing(twins):
    twins.agree(grandchild, False)


def test_a_grandchild_of_a_child_that_works(twins):
    said, *let_go_of = twins.run_sparse(grandchild, True).value
    assert "a third JVM cannot start" in said, said
    assert "forkserver" in said, said
    assert let_go_of == [None] * len(LETTING_GO)


# ---- other JVMs


def refused_in_child():
    make_file_of_all_kinds()
    held = Held("r+")

    def work():
        try:
            return str(held.datasets["sparse"][()].sum())
        except Exception as error:
            return str(error)

    return (
        in_child(work),
        [in_child(LETTING_GO[how], held) for how in LETTING_GO],
        look_at(held)[0]["sparse"].sum(),
    )


def find_jdk():
    return run_command([ROOT / "build-support" / "find-jdk"], ROOT, native_environment()).stdout.strip()


def test_another_jvm(twins):
    """It has no second set of libraries; the distribution's own runtime has."""
    env = {"VOL_SPARSE_JAVA_HOME": find_jdk()}
    said, let_go_of, total = twins.run_sparse(refused_in_child, more_env=env).value
    assert "lib-fork1" in said, said
    assert "forkserver" in said, said
    assert let_go_of == [None] * len(LETTING_GO)
    assert total == int(twins.run_native(refused_in_child).value[0])
    env = {"VOL_SPARSE_JAVA_HOME": str(DIST / "runtime")}
    assert twins.run_sparse(refused_in_child, more_env=env).value[0] == str(total)


def with_a_jvm_of_its_own(libjvm):
    """A host that started a JVM itself, as a Java program has one, and forks."""

    class Option(ctypes.Structure):
        _fields_ = [("text", ctypes.c_char_p), ("extra", ctypes.c_void_p)]

    class Arguments(ctypes.Structure):
        _fields_ = [
            ("version", ctypes.c_int32), ("count", ctypes.c_int32),
            ("options", ctypes.POINTER(Option)), ("ignore", ctypes.c_uint8),
        ]  # fmt: skip

    library = ctypes.CDLL(libjvm, mode=ctypes.RTLD_GLOBAL)
    options = (Option * 2)(Option(b"-Xrs", None), Option(b"-Xmx128m", None))
    arguments = Arguments(0x000A0000, len(options), options, 0)
    vm, env = ctypes.c_void_p(), ctypes.c_void_p()
    assert library.JNI_CreateJavaVM(ctypes.byref(vm), ctypes.byref(env), ctypes.byref(arguments)) == 0
    make_file_of_all_kinds()
    held = Held("r")
    return in_child(look_at, held), in_child(write_and_read, "own.h5"), look_at(held)


def test_a_host_with_its_own_jvm(twins):
    """Its child gets a JVM of the distribution's."""
    libjvm = f"{find_jdk()}/lib/server/libjvm.so"
    native = twins.run_native(with_a_jvm_of_its_own, libjvm)
    sparse = twins.run_sparse(with_a_jvm_of_its_own, libjvm)
    assert str(native.value) == str(sparse.value)


def loaded_after_the_fork(libjvm):
    """The JVM of the parent is found by a connector that was loaded in the child."""
    library = ctypes.CDLL(libjvm, mode=ctypes.RTLD_GLOBAL)
    arguments = (ctypes.c_int64 * 4)(0x000A0000, 0, 0, 0)
    vm, env = ctypes.c_void_p(), ctypes.c_void_p()
    assert library.JNI_CreateJavaVM(ctypes.byref(vm), ctypes.byref(env), ctypes.byref(arguments)) == 0
    return in_child(write_and_read, "own.h5")


def test_a_connector_that_is_loaded_in_the_child(twins):
    twins.agree(loaded_after_the_fork, f"{find_jdk()}/lib/server/libjvm.so")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("runtime", ["own", "another"])
def test_folder_that_is_not_ascii(twins, tmp_path, locale, runtime):
    folder = tmp_path / "ä-€-漢"
    shutil.copytree(DIST, folder, symlinks=True, copy_function=os.link)
    env = {"HDF5_PLUGIN_PATH": str(folder / "lib" / "plugin"), "LC_ALL": locale}
    if runtime == "another":
        os.rename(folder / "runtime", tmp_path / "ö")
        env["VOL_SPARSE_JAVA_HOME"] = str(tmp_path / "ö")
    assert twins.run_sparse(own_files, more_env=env).stderr == ""


def two_libraries():
    """A program with two libhdf5 uses each before the fork, and each in the child."""
    loaded = next(
        line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/libhdf5-" in line
    )
    for library in Path(loaded).parent.iterdir():
        os.symlink(library, library.name)
    shutil.copy(loaded, "./libhdf5-copy.so")
    library = ctypes.CDLL("./libhdf5-copy.so")
    library.H5Fopen.restype = ctypes.c_int64
    library.H5Fcreate.restype = ctypes.c_int64

    def create(name):
        file = library.H5Fcreate(name, 2, ctypes.c_int64(0), ctypes.c_int64(0))
        return file > 0 and library.H5Fclose(ctypes.c_int64(file)) >= 0

    held = library.H5Fcreate(b"held.h5", 2, ctypes.c_int64(0), ctypes.c_int64(0))
    mine = write_and_read("mine.h5")
    child = in_child(lambda: (create(b"child.h5"), write_and_read("child1.h5"), create(b"child2.h5")))
    closes = in_child(lambda: library.H5Fclose(ctypes.c_int64(held)))
    return mine, child, closes, create(b"parent.h5"), library.H5Fclose(ctypes.c_int64(held))


def test_two_libraries(twins):
    native = twins.run_native(two_libraries, env=native_environment(LD_LIBRARY_PATH="."))
    sparse = twins.run_sparse(two_libraries, more_env={"LD_LIBRARY_PATH": "."})
    assert str(sparse.value) == str(native.value)


# ---- a guest in the child


def dispositions():
    """What the process does about each signal: as Linux tells it, and as Python does."""
    lines = Path("/proc/self/status").read_text().splitlines()
    shown = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Sig")}
    return shown


def signals_of_child():
    handled = []
    signal.signal(signal.SIGUSR1, lambda number, frame: handled.append(number))
    write_and_read("mine.h5")

    def work(uses):
        before = dispositions()
        if uses:
            write_and_read("child.h5")
        os.kill(os.getpid(), signal.SIGUSR1)
        after = dispositions()
        return handled, before["SigIgn"], after["SigIgn"], after["SigBlk"], locale_of_process()

    return in_child(work, False), in_child(work, True)


def locale_of_process():
    setlocale = ctypes.CDLL(None).setlocale
    setlocale.restype = ctypes.c_char_p
    return setlocale(6, None)


def test_signals_of_the_child(twins):
    twins.agree(signals_of_child)


CRASHES = {
    "SIGSEGV": lambda: ctypes.string_at(0),
    "SIGABRT": lambda: ctypes.CDLL(None).abort(),
    "SIGPIPE": lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL) and os.kill(os.getpid(), signal.SIGPIPE),
    "SIGUSR2": lambda: os.kill(os.getpid(), signal.SIGUSR2),
    "SIGSTKFLT": lambda: os.kill(os.getpid(), signal.SIGSTKFLT),
}


def crash_of_child(kind, uses, handler):
    """How a child ends; with a handler of faults that Python sets, before or after."""
    import faulthandler

    if handler == "before":
        faulthandler.enable()
    write_and_read("mine.h5")
    pid = os.fork()
    if pid == 0:
        signal.alarm(forks.SECONDS)
        if handler == "after":
            faulthandler.enable()
        if uses:
            write_and_read("child.h5")
        CRASHES[kind]()
        os._exit(0)
    return os.waitpid(pid, 0)[1] & 0x7F


@pytest.mark.parametrize("handler", ["never", "before", "after"])
@pytest.mark.parametrize("uses", [False, True], ids=["unused", "used"])
@pytest.mark.parametrize("kind", CRASHES)
def test_a_crash_of_the_child(twins, kind, uses, handler):
    if kind == "SIGSTKFLT" and uses:
        pytest.skip("the signal that the JVM has for itself, in parents as well")
    native = twins.run_native(crash_of_child, kind, uses, handler)
    sparse = twins.run_sparse(crash_of_child, kind, uses, handler)
    assert native.value == sparse.value != 0
    assert native.stderr.splitlines()[:1] == sparse.stderr.splitlines()[:1]


# ---- other ways to start processes


def in_pool(method):
    make_file_of_all_kinds()
    held = Held("r+")
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.map(write_and_read, ["a.h5", "b.h5", "c.h5"])
    return results, look_at(held)


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_pool(twins, method):
    twins.agree(in_pool, method)


def subprocesses():
    make_file_of_all_kinds()
    held = Held("r+")
    held.datasets["sparse"][3] = 5
    script = f"import h5py; print(h5py.File({OF_ALL_KINDS!r}, locking=False)['contiguous'][()].sum())"
    results = [
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True, text=True, timeout=TIMEOUT_SECONDS, **options
        ).stdout
        for options in ({}, {"close_fds": False}, {"preexec_fn": os.getpid}, {"start_new_session": True})
    ]  # fmt: skip
    return results, os.popen("echo a").read(), os.system("exit 3"), look_at(held)


def test_subprocesses(twins):
    twins.agree(subprocesses)


# ---- under load


class Busy:
    """A parent at work: in HDF5, in Java's garbage collector and in its compiler, on threads of its own."""

    def __init__(self, seed):
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(seed + i,)) for i in range(3)]
        self.failed = []

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        assert not self.failed, self.failed

    def work(self, seed):
        """Writes, and reads in small pieces, which makes garbage; and always other methods are used."""
        chosen = random.Random(seed)
        try:
            with h5py.File(f"busy{seed}.h5", "w", libver="latest") as file:
                dset = file.create_dataset("x", (40, 64, 64), "u2", chunks=(1, 64, 64))
                expected = np.zeros(dset.shape, dset.dtype)
                while not self.stop.is_set():
                    i, j, k = (chosen.randrange(n) for n in dset.shape)
                    value = chosen.randrange(100)
                    kind = chosen.randrange(4)
                    if kind == 0:
                        dset[i, j, k] = expected[i, j, k] = value
                    elif kind == 1:
                        dset[i, j:, :k] = value
                        expected[i, j:, :k] = value
                    elif kind == 2:
                        assert (dset[i : i + 3, j] == expected[i : i + 3, j]).all()
                    else:
                        file.flush()
                        assert (dset[i] == expected[i]).all()
        except BaseException as error:
            self.failed.append(repr(error))


def read_shared(dset, rows):
    return dset[rows]


def stress_forks(count, seed):
    """Forks from a busy parent. The children do one thing or another, up to four at a time."""
    chosen = random.Random(seed)
    counts = {"own": 0, "inherited": 0, "unwritten": 0, "closed": 0, "nothing": 0}
    children = []

    def finish(left):
        while len(children) > left:
            child, wanted = children.pop(0)
            result = child.result()
            assert wanted is None or (result == wanted).all(), (counts, seed)

    with Busy(seed), h5py.File("shared.h5", "w") as file:
        dset = file.create_dataset("x", (100, 100), "i4", chunks=(10, 100))
        expected = np.zeros(dset.shape, dset.dtype)
        for i in range(count):
            kind = chosen.choice(list(counts))
            counts[kind] += 1
            if kind == "own":
                children.append((Child(write_and_read, f"child{i % 4}-{seed}.h5"), None))
            elif kind in ("closed", "nothing"):
                children.append((Child(file.close if kind == "closed" else int), None))
            else:
                if kind == "unwritten":
                    finish(0)  # others would read what is being changed
                    row = chosen.randrange(100)
                    dset[row, ::3] = expected[row, ::3] = i
                children.append((Child(read_shared, dset, slice(0, 100, 7)), expected[::7].copy()))
            finish(3)
        finish(0)
        assert (dset[...] == expected).all()
    return counts


def test_forks_from_a_busy_parent(twins, seed):
    done = twins.run_sparse(stress_forks, 100, seed, timeout=280)
    assert sum(done.value.values()) == 100, done


def pool_of_four(mode, seed):
    """Rounds of a pool whose workers use files of their own, what they inherited, or what was not written."""
    global shared
    values = np.random.default_rng(seed).integers(0, 3, (40, 200))
    with h5py.File("shared.h5", "w") as file:
        shared = file.create_dataset("x", values.shape, "i4", chunks=(4, 200))
        for i in range(3):
            shared[i::3] = values[i::3] + i
            values[i::3] += i
            if mode != "unwritten":
                file.flush()
            work = write_and_read if mode == "own" else read_row
            tasks = [f"{i}-{j}.h5" if mode == "own" else j for j in range(12)]
            with multiprocessing.get_context("fork").Pool(4) as pool:
                results = pool.map_async(work, tasks, chunksize=1).get(forks.SECONDS)
            if mode != "own":
                assert all((row == shared[j]).all() for j, row in enumerate(results)), (mode, seed)
        assert (shared[...] == values).all()
    return results


def read_row(number):
    return shared[number]


@pytest.mark.parametrize("mode", ["own", "inherited", "unwritten"])
def test_pool_of_four(twins, mode, seed):
    twins.agree(pool_of_four, mode, seed)


# ---- the second set of libraries


def second_runtime(runtime):
    return run_command(
        [sys.executable, ROOT / "build-support" / "second-runtime", runtime, find_jdk()],
        runtime,
        native_environment(),
        check=False,
    )


def dynamic_names(library):
    done = run_command(
        ["readelf", "--dynamic", "--version-info", "--wide", library], ROOT, native_environment()
    )
    return done.stdout


def test_the_copies_know_one_another_only():
    copies = DIST / "runtime" / "lib-fork1"
    libraries = [*copies.glob("*.so"), copies / "server" / "libjvm.so"]
    own = {path.name for path in libraries} - {"liblz4-java.so"}
    for library in libraries:
        said = dynamic_names(library)
        assert not [name for name in own if f"[{name}]" in said or f" {name} " in said], (library, said)
        assert "SUNWprivate_1.1" not in said, library
        symbols = run_command(["nm", "-D", "--undefined-only", library], ROOT, native_environment()).stdout
        assert "setlocale" not in symbols, library
        assert b"This is a changed copy of a library of OpenJDK" in library.read_bytes(), library
    notice = (copies / "NOTICE").read_text()
    assert "GNU General Public License" in notice
    assert "Source: https://" in notice


def test_unknown_libraries_are_refused(tmp_path):
    """The build fails, and says at which library, where a JDK is another than the one that is known."""
    shutil.copytree(
        DIST / "runtime" / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("*.aot", "*.jsa", "modules")
    )
    assert second_runtime(tmp_path).status == 0
    os.rename(tmp_path / "lib" / "libzip.so", tmp_path / "lib" / "libzap.so")
    done = second_runtime(tmp_path)
    assert done.status == 1
    assert "libzap.so has the name" in done.stderr, done
    os.remove(tmp_path / "lib" / "libzap.so")
    shutil.copy(tmp_path / "lib-fork1" / "libjava.so", tmp_path / "lib" / "libjava.so")
    done = second_runtime(tmp_path)
    assert done.status == 1
    assert "libjava.so" in done.stderr, done
