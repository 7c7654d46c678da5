"""What was flushed is there, whatever ends the program; and a program does not see how that is done."""

import ctypes
import os
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest
from harness import (
    DIST,
    ROOT,
    Twins,
    configured,
    native_environment,
    run_command,
    run_function,
    sparse_environment,
)

CHECK = ROOT / "tests" / "durable" / "check.py"

# Files are read, and brought in order, without it.
DURABLE = configured(durable="process")


class DurableTwins(Twins):
    """Twins of which the sparse one keeps what is flushed."""

    def run_sparse(self, function, *args, **options):
        return super().run_sparse(function, *args, more_env=DURABLE, **options)


@pytest.fixture
def twins(tmp_path):
    return DurableTwins(tmp_path)


# ---- states and kills ----


@pytest.mark.parametrize(("what", "count"), [("states", 12), ("machine", 12), ("kills", 2)])
def test_nothing_flushed_is_lost(tmp_path, seed, what, count):
    done = run_command(
        [sys.executable, CHECK, what, "--count", count, "--seed", 10 + seed % 100000],
        tmp_path,
        native_environment(),
        check=False,
        timeout=600,
    )
    assert done.status == 0, done


def test_that_the_check_finds_faults(tmp_path):
    """Natively it finds them: it is no check that finds nothing."""
    done = run_command(
        [sys.executable, CHECK, "states", "rewrite", "--count", 20, "--native"],
        tmp_path,
        native_environment(),
        check=False,
    )
    assert done.status == 1, done
    assert "wrong values" in done.stdout, done


# ---- a file that waits for its journal ----


def rewritten_and_killed(when):
    """Ends in the midst of a flush, at a call of the system."""
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"])
    with h5py.File("x.h5", "w") as file:
        dset = file.create_dataset("x", (20, 30, 30), "u2", chunks=(1, 30, 30))
        dset[...] = 1
        file.flush()
        dset[...] = np.arange(18000).reshape(20, 30, 30) % 50
        disk.disk_fail(f"{when},100000,5,x.h5".encode())  # of the file itself
        try:
            file.flush()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)


def preload(folder):
    library = folder / "disk.so"
    source = ROOT / "tests" / "c" / "disk.c"
    run_command(
        ["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"], folder, os.environ
    )
    return {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder)}


@pytest.fixture
def marked(tmp_path):
    """A file whose program died after the mark, when a first part of the journal was applied."""
    env = sparse_environment(**preload(tmp_path), **DURABLE)
    done = run_function(rewritten_and_killed, -2, cwd=tmp_path, env=env, check=False)
    assert done.status == -signal.SIGKILL, done
    path = tmp_path / "x.h5"
    assert path.read_bytes()[:4] == b"\x89VSJ"
    return path


def values(name):
    with h5py.File(name, "r") as file:
        return file["x"][...]


def is_whole(found):
    return np.array_equal(found, np.arange(18000).reshape(20, 30, 30) % 50)


def stock(**more):
    return native_environment(HDF5_PLUGIN_PATH=str(DIST / "lib" / "filter"), **more)


def test_a_program_without_the_connector_refuses_it(marked):
    done = run_function(values, "x.h5", cwd=marked.parent, env=stock(), check=False)
    assert "file signature not found" in done.stderr, done


def test_an_open_for_reading_applies_the_journal(marked):
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=sparse_environment()).value)
    assert not (marked.parent / "x.h5.journal").exists()
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=stock()).value)


def accessible_and_appended(name):
    before = h5py.is_hdf5(name)
    with h5py.File(name, "r+") as file:
        file["y"] = 7
    return before


def test_an_open_for_writing_applies_the_journal(marked):
    assert run_function(accessible_and_appended, "x.h5", cwd=marked.parent, env=sparse_environment()).value
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=stock()).value)


def test_recover(marked):
    command = [DIST / "bin" / "vol-sparse", "recover", "x.h5"]
    first = run_command(command, marked.parent, native_environment())
    assert "its journal was applied" in first.stdout
    assert "is in order\n" in run_command(command, marked.parent, native_environment()).stdout
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=stock()).value)


def test_by_another_name(marked):
    (marked.parent / "other.h5").symlink_to("x.h5")
    assert is_whole(run_function(values, "other.h5", cwd=marked.parent, env=sparse_environment()).value)


def test_moved_with_its_journal(marked):
    moved = marked.parent / "moved"
    moved.mkdir()
    for name in ("x.h5", "x.h5.journal"):
        (marked.parent / name).rename(moved / name)
    assert is_whole(run_function(values, "x.h5", cwd=moved, env=sparse_environment()).value)


def message_of(name):
    try:
        values(name)
    except OSError as e:
        return str(e)


def test_without_its_journal(marked):
    journal = marked.parent / "x.h5.journal"
    kept = journal.read_bytes()
    journal.unlink()
    said = run_function(message_of, "x.h5", cwd=marked.parent, env=sparse_environment()).value
    assert "x.h5.journal is missing" in said
    journal.write_bytes(kept[:-100])
    said = run_function(message_of, "x.h5", cwd=marked.parent, env=sparse_environment()).value
    assert "x.h5.journal" in said
    for place in (20, 30, 600, len(kept) - 30):
        damaged = bytearray(kept)
        damaged[place] ^= 1
        if place == 600:
            continue  # bytes of the file: those have no checksum
        journal.write_bytes(damaged)
        said = run_function(message_of, "x.h5", cwd=marked.parent, env=sparse_environment()).value
        assert "x.h5.journal" in said, place
    journal.write_bytes(kept)
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=sparse_environment()).value)


def plain(name):
    with h5py.File(name, "w") as file:
        file["x"] = np.full(10, 3)


def test_another_files_journal(marked):
    """A journal that stands beside a file that does not wait for it is never applied."""
    run_function(plain, "x.h5", cwd=marked.parent, env=native_environment())
    content = marked.read_bytes()
    assert (run_function(values, "x.h5", cwd=marked.parent, env=sparse_environment()).value == 3).all()
    assert marked.read_bytes() == content
    run_command([DIST / "bin" / "vol-sparse", "recover", "x.h5"], marked.parent, native_environment())
    assert marked.read_bytes() == content
    assert not (marked.parent / "x.h5.journal").exists()


def rewritten_beside(name):
    with h5py.File(name, "r+") as file:
        file["x"][...] = 4
        try:
            file.flush()
        except OSError as e:
            return str(e)
        return None


def test_somebody_elses_file_in_the_way(tmp_path):
    run_function(plain, "x.h5", cwd=tmp_path, env=native_environment())
    (tmp_path / "x.h5.journal").write_text("my diary of the beam time")
    done = run_function(
        rewritten_beside, "x.h5", cwd=tmp_path, env=sparse_environment(**DURABLE), check=False
    )
    assert "x.h5.journal is in the way" in str(done.value) + done.stderr
    assert (tmp_path / "x.h5.journal").read_text() == "my diary of the beam time"
    assert (run_function(values, "x.h5", cwd=tmp_path, env=stock()).value == 3).all()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_no_journal(tmp_path):
    run_function(plain, "x.h5", cwd=tmp_path, env=native_environment())
    tmp_path.chmod(0o555)
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import h5py; f = h5py.File('x.h5', 'r+'); f['x'][...] = 4; f.flush(); f.close()",
            ],
            cwd=tmp_path,
            env=sparse_environment(**DURABLE),
        )
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 0
    assert (run_function(values, "x.h5", cwd=tmp_path, env=stock()).value == 4).all()


# ---- faults ----


def flushed_under_faults(how, again):
    """A flush fails, and a later one does not."""
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"])
    failures = 0
    with h5py.File("x.h5", "w") as file:
        dset = file.create_dataset("x", (20, 60, 60), "u2", chunks=(1, 60, 60))
        for i in range(20):
            dset[i] = i
        file.flush()
        disk.disk_fail(how.encode())
        try:
            for i in range(20):
                dset[i] = np.arange(3600).reshape(60, 60) % (i + 3)
            file.flush()
        except (OSError, RuntimeError):
            failures += 1
        disk.disk_fail(b"-1,0,0")
        if not again:
            os.kill(os.getpid(), signal.SIGKILL)
        for i in range(20):
            dset[i] = np.arange(3600).reshape(60, 60) % (i + 3)
        file.flush()
    return failures


@pytest.mark.parametrize("error", [5, 28])
@pytest.mark.parametrize("suffix", ["x.h5", ".journal"])
@pytest.mark.parametrize("call", [0, 1, 2, 5, 20])
def test_a_failing_call(tmp_path, call, suffix, error):
    env = sparse_environment(**preload(tmp_path), **DURABLE)
    how = f"{call},3,{error},{suffix}"
    run_function(flushed_under_faults, how, True, cwd=tmp_path, env=env)
    found = run_function(values, "x.h5", cwd=tmp_path, env=stock()).value
    assert all(np.array_equal(found[i], np.arange(3600).reshape(60, 60) % (i + 3)) for i in range(20))
    assert not (tmp_path / "x.h5.journal").exists()


@pytest.mark.parametrize("suffix", ["x.h5", ".journal"])
@pytest.mark.parametrize("call", [0, 1, 2, 5, 20])
def test_a_failing_call_and_a_kill(tmp_path, call, suffix):
    """What is left is what was flushed before, or, where the flush did not fail after all, what was flushed then."""
    env = sparse_environment(**preload(tmp_path), **DURABLE)
    run_function(flushed_under_faults, f"{call},100000,5,{suffix}", False, cwd=tmp_path, env=env, check=False)
    found = run_function(values, "x.h5", cwd=tmp_path, env=sparse_environment()).value
    old = all((found[i] == i).all() for i in range(20))
    new = all(np.array_equal(found[i], np.arange(3600).reshape(60, 60) % (i + 3)) for i in range(20))
    assert old or new


# ---- as natively ----


def questions(libver):
    """What a program may ask of a file that is open for writing."""
    said = []
    with h5py.File("x.h5", "w", libver=libver, userblock_size=512) as file:
        dset = file.create_dataset("x", data=np.arange(1000), chunks=(100,), maxshape=(None,), compression=1)
        file.flush()
        dset[:] = 5
        file.create_group("g")
        plist = file.id.get_access_plist()
        said += [file.driver, plist.get_driver() == h5py.h5fd.SEC2, plist.get_fclose_degree()]
        said += [os.readlink(f"/proc/self/fd/{file.id.get_vfd_handle()}").endswith("x.h5")]
        with h5py.File("x.h5", "r+", libver=libver) as second:
            said += [
                second == file,
                second.id.get_filesize() == file.id.get_filesize(),
                (second["x"][...] == 5).all(),
            ]
            second["x"][3] = 6
        said += [dset[3], h5py.is_hdf5("x.h5")]
        with h5py.File("y.h5", "w") as other:
            other["link"] = h5py.ExternalLink("x.h5", "/x")
            said += [other["link"][3]]
            other["link"][4] = 9
            layout = h5py.VirtualLayout((1000,), "i8")
            layout[:] = h5py.VirtualSource("x.h5", "x", (1000,))
            other.create_virtual_dataset("v", layout)
            said += [list(other["v"][:6])]
        with h5py.File("y.h5", "r") as other:
            said += [other["link"][4], list(other["v"][:6]), other.driver]
        said += [dset[4]]
        file.flush()
    with h5py.File("y.h5", "r+") as other:
        other["link"][5] = 11
    with h5py.File("x.h5", "r") as file:
        said += [file.driver, list(file["x"][:7]), list(file)]
    try:
        with h5py.File("x.h5", "r"), h5py.File("x.h5", "r+"):
            said += ["both"]
    except OSError as e:
        said += ["refused" if "read-only" in str(e) else str(e)]
    return said


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_questions(twins, libver):
    twins.agree(questions, libver)


def image():
    with h5py.File("x.h5", "w") as file:
        dset = file.create_dataset("x", data=np.arange(1000), chunks=(100,))
        file.flush()
        dset[:] = 5
        file.flush()
        found = file.id.get_file_image()
    with h5py.File.in_memory(found) if hasattr(h5py.File, "in_memory") else opened_image(found) as file:
        return file["x"][...]


def opened_image(found):
    import io

    return h5py.File(io.BytesIO(found), "r")


def test_file_image(twins):
    twins.agree(image)


def sizes():
    """The file gets shorter, longer, and shorter again."""
    said = []
    with h5py.File("x.h5", "w") as file:
        for i in range(5):
            file.create_dataset(f"d{i}", data=np.arange(20000) + i)
        file.flush()
        said.append(os.path.getsize("x.h5"))
        for i in (4, 3):
            del file[f"d{i}"]
        file.flush()
        said += [os.path.getsize("x.h5"), file.id.get_filesize()]
        file.create_dataset("e", (30000,), "i4", fillvalue=7)
        file.create_dataset("early", (3000,), "i4")
        file.flush()
        del file["d2"], file["e"]
        file["f"] = 3
        said += [file.id.get_filesize()]
    said.append(os.path.getsize("x.h5"))
    with h5py.File("x.h5", "r") as file:
        said += [file[name][...] for name in sorted(file)]
    return said


def test_sizes(twins):
    twins.agree(sizes)


DRIVERS = [
    {"driver": "core"},
    {"driver": "core", "backing_store": False},
    {"driver": "stdio"},
    {"driver": "split"},
]


def with_driver(options):
    with h5py.File("x.h5", "w", **options) as file:
        dset = file.create_dataset("x", data=np.arange(100), chunks=(10,))
        file.flush()
        dset[:] = 5
        said = [file.driver, (dset[...] == 5).all()]
    if options.get("backing_store", True):
        with h5py.File("x.h5", "r", **{k: v for k, v in options.items() if k == "driver"}) as file:
            said += [file["x"][...], file.driver]
    return said


@pytest.mark.parametrize("options", DRIVERS, ids=str)
def test_other_drivers(twins, options):
    twins.agree(with_driver, options)


def swmr():
    file = h5py.File("x.h5", "w", libver="latest")
    dset = file.create_dataset("x", (4, 50), "i4", chunks=(1, 50), maxshape=(None, 50))
    file.flush()
    dset[...] = 3
    file.swmr_mode = True
    dset[0] = 4
    dset.flush()
    code = "import h5py; f = h5py.File('x.h5', 'r', swmr=True); print(f['x'][:, 0].tolist())"
    env = {k: v for k, v in os.environ.items()}
    seen = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True).stdout
    file.close()
    with h5py.File("x.h5", "r") as file:
        return seen, file["x"][...], sorted(os.listdir("."))[-1]


def test_swmr_on_an_open_file(twins):
    twins.agree(swmr)


def locked():
    with h5py.File("x.h5", "w") as file:
        file["x"] = 1
        file.flush()
        file["x"][()] = 2
        file.flush()
        code = "import h5py\ntry:\n    h5py.File('x.h5', 'r')\nexcept OSError as e:\n    print(e)"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout


def test_locks(twins):
    twins.agree(locked)


def moved_while_open():
    with h5py.File("x.h5", "w") as file:
        dset = file.create_dataset("x", (4, 500, 500), "i4", chunks=(1, 500, 500), compression=1)
        dset[...] = 1
        file.flush()
        dset[...] = np.arange(1000000).reshape(4, 500, 500)
        os.rename("x.h5", "z.h5")
        file.flush()
        dset[...] = 3
        os.unlink("z.h5")
        dset[...] = np.arange(1000000).reshape(4, 500, 500) % 7
        file.flush()
        return sorted(os.listdir(".")), int(dset[3, 3, 3])


def test_moved_while_open(twins):
    native = twins.run_native(moved_while_open).value
    sparse = twins.run_sparse(moved_while_open).value
    assert native[1] == sparse[1]
    assert [n for n in sparse[0] if "result" not in n] == [n for n in native[0] if "result" not in n] == []


def forked():
    """A child reads what its parent holds; the parent has all the same what it writes."""
    with h5py.File("x.h5", "w") as file:
        dset = file.create_dataset("x", (4, 500, 500), "i4", chunks=(1, 500, 500), compression=1)
        small = file.create_dataset("s", data=np.arange(100))
        dset[...] = 1
        file.flush()
        dset[...] = np.arange(1000000).reshape(4, 500, 500) % 1000
        small[:] = 8
        file.create_group("g")
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            found = int(dset[3].sum()), int(small[...].sum()), list(file)
            os.write(write, repr(found).encode())
            file.close()
            os._exit(0)
        os.close(write)
        said = os.read(read, 1000).decode()
        status = os.waitpid(child, 0)[1]
        dset[2] = 4
    with h5py.File("x.h5", "r") as file:
        return said, status, file["x"][...], file["s"][...], list(file)


def test_fork(twins):
    twins.agree(forked)


def test_off_and_power(tmp_path):
    for durable in ("off", "power", "process"):
        env = sparse_environment(**configured(durable=durable))
        assert run_function(sizes, cwd=tmp_path / durable, env=env).value
