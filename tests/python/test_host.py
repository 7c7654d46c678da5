"""The process stays the program's own: its signals, limits, environment, folder and streams are as they are natively."""

import contextlib
import ctypes
import faulthandler
import mmap
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import (
    DIST,
    ROOT,
    is_sparse,
    native_environment,
    run_command,
    sparse_environment,
    tools_folder,
)
from test_c_program import compiled

# What a JVM needs for itself: it turns faults in compiled code into exceptions, and suspends its threads by SIGSTKFLT,
# which nothing else uses.
OF_JAVA = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSTKFLT}

SIGNALS = [
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGPIPE,
    signal.SIGALRM,
    signal.SIGTERM,
    signal.SIGCHLD,
    signal.SIGPROF,
    signal.SIGXFSZ,
    signal.SIGXCPU,
    signal.SIGVTALRM,
    signal.SIGSTKFLT,
    signal.SIGRTMIN + 3,
]


# What use_hdf5 returns.
TOTAL = 1751


def use_hdf5(name="host.h5"):
    """A sparse file is made, written and read."""
    frame = np.zeros((64, 64), "u2")
    frame[3, 4:9] = 7
    with h5py.File(name, "w") as file:
        dset = file.create_dataset("frames", (50, 64, 64), "u2", chunks=(1, 64, 64))
        for i in range(len(dset)):
            dset[i] = frame
        dset[3, 4, 5] = 1
        return int(dset[...].sum())


# ---- signals


def caught_before_and_after():
    """Handlers that were set before HDF5 is used, and handlers that are set when it has been."""
    caught = []

    def handler(number, frame):
        caught.append(number)

    for number in SIGNALS[::2]:
        signal.signal(number, handler)
    total = use_hdf5()
    for number in SIGNALS[1::2]:
        signal.signal(number, handler)
    for _ in range(3):
        for number in SIGNALS:
            os.kill(os.getpid(), number)
            signal.raise_signal(number)
        total += use_hdf5()
    return caught, total, [signal.getsignal(number) is handler for number in SIGNALS]


def test_handlers_of_the_program(twins):
    twins.agree(caught_before_and_after)


def masks():
    """The signals that are blocked, ignored and caught, as the kernel sees them."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM})
    use_hdf5()
    lines = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
    hidden = sum(1 << number - 1 for number in OF_JAVA)
    return {name: int(lines[name], 16) & ~hidden for name in ("SigBlk", "SigIgn", "SigCgt")}


def test_masks(twins):
    twins.agree(masks)


def blocked_in_all_other_threads():
    """Of the signals that a program blocks in its own threads, the JVM's threads take none."""
    use_hdf5()
    results = []
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
        signal.pthread_sigmask(signal.SIG_BLOCK, {number})
        os.kill(os.getpid(), number)
        time.sleep(0.02)
        results.append((number in signal.sigpending(), signal.sigwait({number})))
    return results


def test_signals_that_are_waited_for(twins):
    alone = {"OPENBLAS_NUM_THREADS": "1"}  # threads of NumPy's would take the signals, natively, too
    native = twins.run_native(blocked_in_all_other_threads, env=native_environment(**alone))
    sparse = twins.run_sparse(blocked_in_all_other_threads, more_env=alone)
    assert native.value == sparse.value, sparse


def defaults(number):
    signal.signal(number, signal.SIG_DFL)
    use_hdf5()
    os.kill(os.getpid(), number)
    time.sleep(0.05)
    return "survived"


@pytest.mark.parametrize(
    "number",
    [n for n in SIGNALS if n not in OF_JAVA],
    ids=lambda n: signal.Signals(n).name if n < 32 else f"RT{n}",
)
def test_defaults_stay(twins, number):
    native = twins.run_native(defaults, number, check=False)
    sparse = twins.run_sparse(defaults, number, check=False)
    assert (native.status, native.value) == (sparse.status, sparse.value), sparse


def test_a_pipe_that_closes_ends_the_tool(twins):
    """As in "h5dump | head", and at once."""
    twins.run_sparse(use_hdf5)
    script = f'"{tools_folder() / "h5dump"}" host.h5 | head -n 3 >/dev/null; echo "${{PIPESTATUS[0]}}"'
    done = run_command(["bash", "-c", script], twins.sparse, sparse_environment())
    assert int(done.stdout) == 128 + signal.SIGPIPE, done


# ---- crashes of the program itself


def run_machine_code(code):
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()


def bus_error():
    with open("short", "w+b") as file:
        file.truncate(mmap.PAGESIZE)
        memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        file.truncate(0)
        memory[0]


CRASHES = {
    "SIGSEGV": lambda: ctypes.string_at(0),
    "SIGBUS": bus_error,
    "SIGFPE": lambda: run_machine_code(bytes.fromhex("31c031d2 31c9 f7f9 c3".replace(" ", ""))),
    "SIGILL": lambda: run_machine_code(bytes.fromhex("0f0bc3")),
    "SIGABRT": lambda: ctypes.CDLL(None).abort(),
    "SIGSEGV sent": lambda: os.kill(os.getpid(), signal.SIGSEGV),
}


def crash(kind, where, reported):
    if reported == "before":
        faulthandler.enable()
    use_hdf5()
    if reported == "after":
        faulthandler.enable()
    for _ in range(3):
        use_hdf5()
    if where == "main":
        CRASHES[kind]()
    elif where == "thread":
        thread = threading.Thread(target=CRASHES[kind])
        thread.start()
        thread.join()
    else:
        with h5py.File("host.h5") as file:
            file.visititems(lambda name, item: CRASHES[kind]())
    time.sleep(1)


@pytest.mark.parametrize("reported", ["never", "before", "after"])
@pytest.mark.parametrize("where", ["main", "thread", "callback"])
@pytest.mark.parametrize("kind", CRASHES)
def test_a_crash_of_the_program(twins, kind, where, reported):
    """It ends as it does natively, with what Python's faulthandler says of it, and leaves no report of a JVM."""
    native = twins.run_native(crash, kind, where, reported, check=False)
    sparse = twins.run_sparse(crash, kind, where, reported, check=False)
    assert sparse.status == native.status == -getattr(signal, kind.split()[0]), sparse
    assert sparse.stdout == "", sparse
    assert sparse.stderr.splitlines()[:1] == native.stderr.splitlines()[:1], sparse
    assert sparse.stderr.count("Fatal Python error") == (reported != "never"), sparse
    assert [path.name for path in twins.sparse.iterdir() if path.name not in ("host.h5", "short")] == []


@pytest.fixture(scope="module")
def probing(tmp_path_factory):
    return compiled(ROOT / "tests" / "c" / "signals.c", tmp_path_factory.mktemp("program") / "signals")


@pytest.mark.parametrize("part", ["probe", "chain", "fault", "null", "ignore"])
def test_handlers_in_c(twins, probing, part):
    """Programs that jump out of their handler of SIGSEGV, that call the one before, and that have none."""
    native = run_command([*probing, part], twins.native, native_environment(), check=False)
    sparse = run_command([*probing, part], twins.sparse, sparse_environment(), check=False)
    assert (sparse.status, sparse.stdout, sparse.stderr) == (native.status, native.stdout, native.stderr)
    assert is_sparse(twins.sparse / "signals.h5", "frames")


# ---- limits, environment, files


def locale_of_process():
    setlocale = ctypes.CDLL(None).setlocale
    setlocale.restype = ctypes.c_char_p
    return setlocale(6, None)


def surroundings():
    """All that a program can see of its process and that a guest could have changed."""
    before = (
        {number: resource.getrlimit(number) for number in range(16)},
        os.getcwd(),
        os.getpriority(os.PRIO_PROCESS, 0),
        locale_of_process(),
    )
    environment = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    use_hdf5()
    after = (
        {number: resource.getrlimit(number) for number in range(16)},
        os.getcwd(),
        os.getpriority(os.PRIO_PROCESS, 0),
        locale_of_process(),
    )
    same = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    names = []
    for at in range(10_000):
        if same[at] is None:
            break
        names.append(same[at])
    entries = [name for name in names if not name.startswith((b"HDF5_", b"PWD", b"_="))]
    return before == after, environment[0] == same[0], sorted(entries), sorted(os.listdir("."))


def test_surroundings(twins):
    twins.agree(surroundings)


def temporary_files():
    use_hdf5()
    with h5py.File("host.h5") as file:
        values = file["frames"][...]
        return sorted(os.listdir(os.environ["TMPDIR"])), int(values.sum())


def test_no_file_in_the_temporary_folder(twins, tmp_path):
    """While the program runs, nor after it. The JVM's own idea of that folder is /tmp, whatever TMPDIR says."""
    before = {path.name for path in Path("/tmp").glob(".java_pid*")}
    folder = tmp_path / "temporary"
    folder.mkdir()
    done = twins.run_sparse(shown_while_open, more_env={"TMPDIR": str(folder)})
    pid, seen = done.value
    assert not seen
    assert not any(str(pid) in name for name in {p.name for p in Path("/tmp").glob(".java_pid*")} - before)
    assert list(folder.iterdir()) == []


def shown_while_open():
    with h5py.File("host.h5", "w") as file:
        file.create_dataset("x", data=np.arange(4000.0) // 100, chunks=(400,))[...]
        pid = os.getpid()
        shown = [p.name for p in Path("/tmp").glob("*") if str(pid) in p.name]
        shown += [p.name for p in Path("/tmp/hsperfdata_root").glob(str(pid))]
        return pid, shown


@pytest.mark.parametrize("options", ["-Xmx1k", "-version", "--nonsense", "-verbose:gc -Xlog:all=info"])
@pytest.mark.parametrize("name", ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"])
def test_options_for_other_javas(twins, name, options):
    """They are for the Java programs of the user; the JVM of the plugin neither takes nor tells them."""
    done = twins.run_sparse(use_hdf5, more_env={name: options})
    assert done.value == TOTAL, done
    assert (done.stdout, done.stderr) == ("", ""), done


def with_limits(limits, stack=None, uid=None, working_directory=None):
    """Uses HDF5 under limits: the sum that was read, or the error; and whether the program can still go on."""
    if working_directory:
        os.mkdir(working_directory)
        os.chdir(working_directory)
        os.rmdir(f"../{working_directory}")
    folder = os.environ["RESULTS"]
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
    if uid is not None:
        os.setgid(uid)
        os.setuid(uid)
    results = []

    def work():
        for i in range(2):
            try:
                results.append(use_hdf5(f"{folder}/host{i}.h5"))
            except OSError as error:
                results.append(str(error))

    if stack:
        threading.stack_size(stack)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    else:
        work()
    for limit in limits:
        resource.setrlimit(limit, (resource.getrlimit(limit)[1],) * 2)
    return results, sum(range(10))


def assert_works_or_fails(done, *words, must_work=False):
    """Both attempts gave the sum, or an error of the connector that names what is short; nothing was printed."""
    results, alive = done.value
    assert alive == 45
    assert (done.stdout, done.stderr) == ("", ""), done
    works = [result == TOTAL for result in results]
    if must_work:
        assert all(works), done.value
    for result, right in zip(results, works, strict=True):
        if not right:
            assert "vol-sparse" in result, result
            assert any(word in result for word in words), result
    return all(works)


MIB = 1 << 20


@pytest.mark.parametrize("mib", [300, 500, 700, 800, 900, 1000, 1100, 1200, 1350, 1500, 1750, 2000, 3000])
def test_address_space(twins, tmp_path, mib):
    done = twins.run_sparse(with_limits, {resource.RLIMIT_AS: mib * MIB}, more_env={"RESULTS": str(tmp_path)})
    assert_works_or_fails(done, "address space", must_work=mib >= 1500)


@pytest.mark.parametrize("files", range(4, 24))
def test_open_files(twins, tmp_path, files):
    limits = {resource.RLIMIT_NOFILE: files}
    native = twins.run_native(
        with_limits, limits, cwd=twins.native, env=native_environment(RESULTS=str(tmp_path))
    )
    done = twins.run_sparse(with_limits, limits, more_env={"RESULTS": str(tmp_path)})
    if all(isinstance(result, int) for result in native.value[0]):
        assert_works_or_fails(done, "open files", must_work=files >= 20)
    else:
        assert done.value[1] == 45


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become another user")
@pytest.mark.parametrize("threads", [0, 1, 2, 4, 6, 8, 12, 64])
def test_threads_of_the_user(twins, tmp_path, threads):
    """A user's number of threads is limited. Nobody else has this number."""
    uid = 54_000 + os.getpid() % 1000
    for folder in (tmp_path, twins.sparse):
        os.chmod(folder, 0o777)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            with contextlib.suppress(PermissionError):
                os.chmod(parent, parent.stat().st_mode | 0o011)
    limits = {resource.RLIMIT_NPROC: threads}
    done = twins.run_sparse(with_limits, limits, None, uid, more_env={"RESULTS": str(tmp_path)})
    assert_works_or_fails(done, "thread", must_work=threads >= 64)


@pytest.mark.parametrize("kilobytes", [32, 48, 64, 96, 128, 192, 256, 1024])
def test_small_stack_of_the_first_thread(twins, tmp_path, kilobytes):
    done = twins.run_sparse(with_limits, {}, kilobytes * 1024, more_env={"RESULTS": str(tmp_path)})
    assert_works_or_fails(done, "stack", must_work=kilobytes >= 128)


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    return compiled(ROOT / "tests" / "c" / "stacks.c", tmp_path_factory.mktemp("program") / "stacks")


def stack_lines(twins, stacks, part, size, options=""):
    """What a part of tests/c/stacks.c says under the connector, as pairs."""
    env = sparse_environment(VOL_SPARSE_JAVA_OPTIONS=options)
    done = run_command([*stacks, part, size], twins.sparse, env)
    lines = [tuple(line.split(": ", 1)) for line in done.stdout.splitlines()]
    assert lines[-1] == ("main", "ok"), done
    return lines


@pytest.mark.parametrize("part", ["first", "later"])
@pytest.mark.parametrize("kilobytes", [32, 48, 64, 72, 80, 84, 88, 92, 96, 112, 128])
def test_small_stack_of_a_thread_in_c(twins, stacks, part, kilobytes):
    lines = stack_lines(twins, stacks, part, kilobytes)
    said = dict(lines)["thread"]
    assert said == "ok" if kilobytes >= 128 else said == "ok" or "of its stack is left" in said, lines


# A JVM that keeps more of the stack for native code has less left for Java. It tells so itself.
@pytest.mark.parametrize("options", ["", "-Xint", "-XX:StackShadowPages=20", "-XX:StackShadowPages=50 -Xint"])
def test_near_the_end_of_a_stack(twins, stacks, options):
    """Ever deeper recursion, and a call from each depth: an error at the worst; the call after it works."""
    lines = stack_lines(twins, stacks, "near", 24, options)
    deep = [said for when, said in lines if when.endswith("KiB")]
    assert len(deep) == 70
    assert all(said == "ok" or "of its stack is left" in said for said in deep), lines
    assert deep[1] == "ok" or "50" in options, lines
    assert deep[-1] != "ok", lines
    assert all(said == "ok" for when, said in lines if when == "again"), lines


@pytest.mark.parametrize("size", range(72_000, 120_000, 4_700))
@pytest.mark.parametrize("options", ["-Xint", "-XX:StackShadowPages=20 -Xint"])
def test_first_use_near_the_end_of_a_stack(twins, stacks, size, options):
    """Of no class of Java's the initialization fails there for good."""
    said = dict(stack_lines(twins, stacks, "cold", size, options))["thread"]
    assert said == "ok" or "stack" in said, said


@pytest.mark.parametrize("kilobytes", [128, 512])
def test_stacks_of_coroutines(twins, stacks, kilobytes):
    lines = stack_lines(twins, stacks, "coroutine", kilobytes)
    assert [when for when, _ in lines] == ["above", "below", "thread", "below", "main"]
    assert all(said == "ok" for _, said in lines), lines


def out_of_memory():
    """Holds on to ever more datasets until there is no memory for another one, and then goes on."""
    held, errors = [], []
    space, chunked = h5py.h5s.create_simple((64,)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    chunked.set_chunk((8,))
    with h5py.File("memory.h5", "w") as file:
        frames = file.create_dataset("frames", (4, 64, 64), "u2", chunks=(1, 64, 64))
        frames[1, 2, 3] = 5
        while len(errors) < 3:
            assert len(held) < 100_000
            try:
                name = f"x{len(held)}-{len(errors)}"
                held.append(h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_INT32, space, chunked))
            except ValueError as error:
                errors.append(str(error))
        count = len(held)
        held.clear()
        frames[2, 3, 4] = 6
        values = frames[1, 2, 3], frames[2, 3, 4], int(frames[...].sum())
    return errors, count, values, use_hdf5()


def test_out_of_memory(twins):
    """An error that says so, as often as it happens; the program lives on, and so does what it had written."""
    done = twins.run_sparse(out_of_memory, more_env={"VOL_SPARSE_JAVA_OPTIONS": "-Xmx12m -Xms12m -Xmn2m"})
    errors, count, values, total = done.value
    assert all("memory" in error for error in errors), errors
    assert count > 1000
    assert (values, total) == ((5, 6, 11), TOTAL)


def test_deleted_working_directory(twins, tmp_path):
    done = twins.run_sparse(with_limits, {}, None, None, "gone", more_env={"RESULTS": str(tmp_path)})
    assert_works_or_fails(done, must_work=True)


@pytest.mark.parametrize(
    "name", ["a b", "a#b", "a%b", "a%20b", "a:b", "[ab]", "a'b", "a;b", "a&b", "ä-€-漢", "a*b?"]
)
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("runtime", ["own", "another"])
def test_folder_of_the_distribution(twins, tmp_path, name, locale, runtime):
    """Wherever the distribution lies. With another JVM than its own it needs its jars."""
    if ":" in name:
        name = name.replace(":", "c:d")
    folder = tmp_path / name
    shutil.copytree(DIST, folder, symlinks=True, copy_function=os.link)
    env = {"HDF5_PLUGIN_PATH": str(folder / "lib" / "plugin"), "LC_ALL": locale}
    if runtime == "another":
        os.rename(folder / "runtime", tmp_path / "runtime")
        env["VOL_SPARSE_JAVA_HOME"] = str(tmp_path / "runtime")
    if ":" in name:
        # HDF5 takes a colon for the end of a folder of the path.
        os.symlink(folder / "lib" / "plugin", tmp_path / "plugin")
        env["HDF5_PLUGIN_PATH"] = str(tmp_path / "plugin")
    if ":" in name and runtime == "own":
        # No JVM works there. It would end the process.
        assert "a folder whose path has a colon" in refusal(twins, env)
        return
    done = twins.run_sparse(use_hdf5, more_env=env)
    assert done.value == TOTAL, done
    assert (done.stdout, done.stderr) == ("", ""), done
    assert is_sparse(twins.sparse / "host.h5", "frames")


def refused():
    try:
        return use_hdf5()
    except OSError as error:
        return str(error)


def refusal(twins, env):
    """The error of a program that cannot use the connector, and goes on."""
    done = twins.run_sparse(refused, more_env=env)
    assert (done.stdout, done.stderr) == ("", ""), done
    return done.value


def test_empty_environment(twins):
    """Only what turns the connector on."""
    done = subprocess.run(
        [sys.executable, "-c", "import test_host; print(test_host.use_hdf5())"],
        cwd=twins.sparse,
        env={k: v for k, v in sparse_environment().items() if k.startswith("HDF5_")}
        | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{TOTAL}\n", ""), done


@pytest.mark.parametrize("hidden", ["/proc", "/tmp", "/dev/shm", "/sys"])
def test_without_a_folder_of_the_system(twins, hidden):
    """A name space of its own in which a folder of the system is empty, and can only be read."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("unshare -m is not permitted here")
    work = ROOT / "build" / "test-host"
    work.mkdir(parents=True, exist_ok=True)
    script = f"""
        mount -t tmpfs -o ro none {hidden} && cd {work} &&
        exec "$0" -c 'import sys; sys.path.insert(0, sys.argv[1]); import test_host; print(test_host.use_hdf5("{hidden[1:].replace("/", "-")}.h5"))' "$1"
    """
    done = run_command(
        ["unshare", "-m", "bash", "-c", script, sys.executable, Path(__file__).parent],
        twins.sparse,
        sparse_environment(),
        check=False,
    )
    assert (done.status, done.stdout) == (0, f"{TOTAL}\n"), done
    # The JVM says so before it takes any option.
    unavoidable = "Can't detect primordial thread stack location - find_vma failed\n"
    assert done.stderr == (unavoidable if hidden == "/proc" else ""), done


# ---- the program's drivers and functions


class Network:
    """A file object that fails when it is told to."""

    def __init__(self, path):
        self.file = open(path, "rb")  # noqa: SIM115
        self.fails, self.calls_after_failure = False, 0

    def readinto(self, memory):
        if self.fails:
            self.calls_after_failure += 1
            raise ConnectionError("network gone")
        return self.file.readinto(memory)

    def __getattr__(self, name):
        return getattr(self.file, name)


def reads_of_a_failing_driver():
    use_hdf5()
    with h5py.File("filtered.h5", "w") as file:
        for name, options in {
            "gz": {"compression": "gzip"},
            "contiguous": {"chunks": None},
            "chunked": {},
        }.items():
            data = np.arange(4000).reshape(40, 100) % 7
            file.create_dataset(name, data=data, **({"chunks": (4, 100)} | options))
    results = []
    operations = [
        lambda dset: dset[...].sum(),
        lambda dset: dset[1].sum(),
        lambda dset: dset[..., 3].sum(),
        lambda dset: dset.id.get_storage_size() >= 0,
        lambda dset: dset.astype("f8")[2].sum(),
        lambda dset: dset.chunks and dset.id.get_num_chunks() >= 0,
        lambda dset: dset.chunks and dset.id.get_chunk_info(0).size >= 0,
        lambda dset: dset.chunks and len(dset.id.read_direct_chunk((0,) * dset.ndim)) == 2,
    ]
    for path, name in [("host.h5", "frames"), *(("filtered.h5", n) for n in ("gz", "contiguous", "chunked"))]:
        for operation in operations:
            network = Network(path)
            with h5py.File(network, "r") as file:
                dset = file[name]
                network.fails = True
                try:
                    results.append(operation(dset))
                except ConnectionError as error:
                    results.append(str(error))
                assert network.calls_after_failure <= 1
                network.fails = False
                results.append(operation(dset))
    return [str(result) for result in results]


def test_a_driver_that_fails(twins):
    """The program gets the exception of its own file object, and the driver is not asked again."""
    twins.agree(reads_of_a_failing_driver)


# ---- what does not fit together


def test_jars_of_another_version(twins, tmp_path):
    """The plugin cannot give its functions to a class that does not ask for them."""
    jdk = Path(run_command([ROOT / "build-support" / "find-jdk"], ROOT, native_environment()).stdout.strip())
    source = tmp_path / "Native.java"
    source.write_text("package io.github.volsparse.hdf5; final class Native {}")
    run_command([jdk / "bin" / "javac", "-d", tmp_path / "classes", source], tmp_path, native_environment())
    shutil.copytree(DIST, tmp_path / "dist", symlinks=True, copy_function=os.link)
    os.rename(tmp_path / "dist" / "runtime", tmp_path / "runtime")
    first = tmp_path / "dist" / "java" / "a.jar"
    run_command(
        [jdk / "bin" / "jar", "--create", "--file", first, "-C", tmp_path / "classes", "."],
        tmp_path,
        native_environment(),
    )
    env = {
        "HDF5_PLUGIN_PATH": str(tmp_path / "dist" / "lib" / "plugin"),
        "VOL_SPARSE_JAVA_HOME": str(tmp_path / "runtime"),
    }
    assert "are of different versions" in refusal(twins, env)


# ---- more copies of HDF5 than the connector has room for


def one_file_each(count):
    """Makes a file with each of so many copies of libhdf5; the errors of those that could not."""
    loaded = next(
        line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/libhdf5-" in line
    )
    for library in Path(loaded).parent.iterdir():
        os.symlink(library, library.name)
    errors = []
    for i in range(count):
        copy = f"./libhdf5-copy{i}.so"
        shutil.copy(loaded, copy)
        library = ctypes.CDLL(copy)
        library.H5Fcreate.restype = ctypes.c_int64
        library.H5Eset_auto2(ctypes.c_int64(0), None, None)
        file = library.H5Fcreate(f"{i}.h5".encode(), 2, ctypes.c_int64(0), ctypes.c_int64(0))
        if file < 0:
            with open("stack", "w+") as stream:
                descriptor = ctypes.CDLL(None).fdopen
                descriptor.restype = ctypes.c_void_p
                library.H5Eprint2(
                    ctypes.c_int64(0), ctypes.c_void_p(descriptor(os.dup(stream.fileno()), b"w"))
                )
                ctypes.CDLL(None).fflush(None)
                errors.append((i, Path("stack").read_text()))
        else:
            library.H5Fclose(ctypes.c_int64(file))
    return errors


def test_seventeen_libraries(twins):
    """There is room for sixteen; the next one gets an error that says so."""
    done = twins.run_sparse(one_file_each, 18, more_env={"LD_LIBRARY_PATH": "."})
    assert [number for number, _ in done.value] == [16, 17], done
    for _, error in done.value:
        assert "16 copies of libhdf5" in error, error
