"""What was flushed is there, whatever ends the program; and a program does not see how that is done."""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import zlib

import h5py
import mpi
import numpy as np
import pytest
from harness import (
    DIST,
    ROOT,
    configured,
    filter_environment,
    native_environment,
    run_command,
    run_function,
    sparse_environment,
)

CHECK = ROOT / "tests" / "durable" / "check.py"


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
    env = sparse_environment(**preload(tmp_path))
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


def test_a_program_without_the_connector_refuses_it(marked):
    done = run_function(values, "x.h5", cwd=marked.parent, env=filter_environment(), check=False)
    assert "file signature not found" in done.stderr, done


@pytest.mark.parametrize("durable", ["process", "off"])
def test_an_open_for_reading_applies_the_journal(marked, durable):
    env = sparse_environment(**configured(durable=durable))
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=env).value)
    assert not (marked.parent / "x.h5.journal").exists()
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=filter_environment()).value)


def accessible_and_appended(name):
    before = h5py.is_hdf5(name)
    with h5py.File(name, "r+") as file:
        file["y"] = 7
    return before


def test_an_open_for_writing_applies_the_journal(marked):
    assert run_function(accessible_and_appended, "x.h5", cwd=marked.parent, env=sparse_environment()).value
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=filter_environment()).value)


def test_recover(marked):
    command = [DIST / "bin" / "vol-sparse", "recover", "x.h5"]
    first = run_command(command, marked.parent, native_environment())
    assert "its journal was applied" in first.stdout
    assert "is in order\n" in run_command(command, marked.parent, native_environment()).stdout
    assert is_whole(run_function(values, "x.h5", cwd=marked.parent, env=filter_environment()).value)


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
    done = run_function(rewritten_beside, "x.h5", cwd=tmp_path, env=sparse_environment(), check=False)
    assert "x.h5.journal is in the way" in str(done.value) + done.stderr
    assert (tmp_path / "x.h5.journal").read_text() == "my diary of the beam time"
    assert (run_function(values, "x.h5", cwd=tmp_path, env=filter_environment()).value == 3).all()


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
            env=sparse_environment(),
        )
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 0
    assert (run_function(values, "x.h5", cwd=tmp_path, env=filter_environment()).value == 4).all()


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
    env = sparse_environment(**preload(tmp_path))
    how = f"{call},3,{error},{suffix}"
    run_function(flushed_under_faults, how, True, cwd=tmp_path, env=env)
    found = run_function(values, "x.h5", cwd=tmp_path, env=filter_environment()).value
    assert all(np.array_equal(found[i], np.arange(3600).reshape(60, 60) % (i + 3)) for i in range(20))
    assert not (tmp_path / "x.h5.journal").exists()


@pytest.mark.parametrize("suffix", ["x.h5", ".journal"])
@pytest.mark.parametrize("call", [0, 1, 2, 5, 20])
def test_a_failing_call_and_a_kill(tmp_path, call, suffix):
    """What is left is what was flushed before, or, where the flush did not fail after all, what was flushed then."""
    env = sparse_environment(**preload(tmp_path))
    run_function(flushed_under_faults, f"{call},100000,5,{suffix}", False, cwd=tmp_path, env=env, check=False)
    found = run_function(values, "x.h5", cwd=tmp_path, env=sparse_environment()).value
    old = all((found[i] == i).all() for i in range(20))
    new = all(np.array_equal(found[i], np.arange(3600).reshape(60, 60) % (i + 3)) for i in range(20))
    assert old or new


KINDS_OF_CHUNKS = {
    "sparse": {},
    "gzip": {"compression": 1},
    "native": {"scaleoffset": 0},
    "whole": {"chunks": None},
}


def flushed_again(kind, how, new):
    """Elements are written once, while calls fail. Says which of the writes and of two flushes failed."""
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"])
    failed = []

    def tried(name, action):
        try:
            action()
        except (OSError, RuntimeError):
            failed.append(name)

    with h5py.File("x.h5", "w") as file:
        options = {"chunks": (1, 60, 60)} | KINDS_OF_CHUNKS[kind]
        dset = file.create_dataset("x", (20, 60, 60), "u2", **options)
        if not new:
            dset[...] = np.arange(20)[:, None, None]
        file.flush()
        disk.disk_fail(how.encode())
        for i in range(20):
            tried("write", lambda i=i: dset.write_direct(frame_of(i), dest_sel=np.s_[i]))
        tried("flush", file.flush)
        disk.disk_fail(b"-1,0,0")
        tried("second flush", file.flush)
        whole = all(np.array_equal(dset[i], frame_of(i)) for i in range(20))
        print(failed, whole, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


def frame_of(i):
    return (np.arange(3600, dtype="u2").reshape(60, 60) * 7) % (i + 3)


# An error of 0 is a write of half the bytes.
@pytest.mark.parametrize("new", [True, False], ids=["new", "rewritten"])
@pytest.mark.parametrize("kind", KINDS_OF_CHUNKS)
@pytest.mark.parametrize("error", [5, 28, 0])
def test_what_could_not_be_written_is_written_later(tmp_path, kind, error, new):
    """HDF5 forgets to index chunks it could not write at first: it never knows of these."""
    for suffix in ("x.h5", ".journal"):
        for call, count in ((0, 1), (1, 3), (2, 100000), (7, 1)):
            env = sparse_environment(**preload(tmp_path))
            args = kind, f"{call},{count},{error},{suffix}", new
            done = run_function(flushed_again, *args, cwd=tmp_path, env=env, check=False)
            allowed = ["[] True"] if error == 0 else ["[] True", "['flush'] True"]
            assert done.stdout.strip() in allowed, (suffix, call, count, done)
            found = run_function(values, "x.h5", cwd=tmp_path, env=filter_environment()).value
            assert all(np.array_equal(found[i], frame_of(i)) for i in range(20)), (suffix, call, count)
            (tmp_path / "x.h5").unlink()


def more_than_can_be_held():
    """A disk that takes nothing any more is an error before memory runs out; what was flushed stays."""
    disk = ctypes.CDLL(os.environ["LD_PRELOAD"])
    with h5py.File("x.h5", "w") as file:
        dset = file.create_dataset("x", data=np.arange(18000).reshape(20, 30, 30) % 50)
        file.flush()
        disk.disk_fail(b"0,10000000,28,")
        random = np.random.default_rng(1)
        try:
            for i in range(100):
                file.create_dataset(f"more{i}", data=random.integers(0, 256, 1 << 20, "u1"))
                dset[i % 20] = 0
        except (OSError, RuntimeError) as e:
            print("failed", i, e, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


def test_more_than_can_be_held(tmp_path):
    env = sparse_environment(**preload(tmp_path))
    done = run_function(more_than_can_be_held, cwd=tmp_path, env=env, check=False)
    word, number = done.stdout.split()[:2]
    assert word == "failed", done
    assert int(number) < 10, done
    assert is_whole(run_function(values, "x.h5", cwd=tmp_path, env=filter_environment()).value)


# ---- programs that read the file past HDF5 ----


def stored(data):
    """A chunk as gzip makes it, always of the same size."""
    return zlib.compress(data.tobytes(), 0)


def addresses(options):
    """What is at the addresses that HDF5 gives is what it reads there; it was rewritten, and not flushed."""
    said = []
    with h5py.File("x.h5", "w", **options) as file, open("x.h5", "rb") as raw:

        def at(address, size):
            raw.seek(0)  # nothing of before
            return os.pread(raw.fileno(), size, address)

        chunks = {"shape": (8, 40, 40), "dtype": "u2", "chunks": (1, 40, 40)}
        native = file.create_dataset("n", **chunks, scaleoffset=0)
        direct = file.create_dataset("d", **chunks, compression=9)
        group = file.create_group("g")
        for turn in range(1, 4):
            for i in range(8):
                data = np.arange(1600, dtype="u2").reshape(40, 40) % (turn * 10 + i)
                native[i] = data
                direct.id.write_direct_chunk((i, 0, 0), stored(data))
            group.attrs["turn"] = turn

            def visit(info, dset):
                said.append(
                    at(info.byte_offset, info.size) == dset.id.read_direct_chunk(info.chunk_offset)[1]
                )

            for dset in (native, direct):
                if turn == 1:
                    dset.id.chunk_iter(lambda info, dset=dset: visit(info, dset))
                for i in range(8):
                    visit(dset.id.get_chunk_info(i) if turn == 2 else by_place(dset, (i, 0, 0)), dset)
            if turn == 2:
                known = by_place(direct, (3, 0, 0))
                direct.id.write_direct_chunk((3, 0, 0), stored(np.full((40, 40), 7, "u2")))
                handle = file.id.get_vfd_handle()
                said.append(
                    os.pread(handle, known.size, known.byte_offset) == stored(np.full((40, 40), 7, "u2"))
                )
            file.flush()
            native[0] = 5
            native.id.chunk_iter(lambda info: visit(info, native))
    with h5py.File("x.h5", "r") as file:
        return said, file["n"][...], file["d"][...], file["g"].attrs["turn"]


def by_place(dset, offset):
    return dset.id.get_chunk_info_by_coord(offset)


PLACES = [{}, {"userblock_size": 1024}, {"libver": "latest"}]


@pytest.mark.parametrize("options", PLACES, ids=str)
def test_addresses_of_chunks(twins, options):
    said = twins.agree(addresses, options)[0]
    assert len(said) == 2 * 8 * 4 + 1 + 3 * 8
    assert all(said)


def offsets(options):
    """A program maps a contiguous dataset into memory, while HDF5 writes it as well."""
    said = []
    with h5py.File("x.h5", "w", **options) as file:
        # More than HDF5 holds of contiguous datasets: it writes these at once.
        whole = np.arange(200000, dtype="i4")
        dset, other = file.create_dataset("x", data=whole), file.create_dataset("y", data=whole)
        file.flush()
        dset[...], other[...] = whole * 2, whole * 3
        mapped = np.memmap("x.h5", "i4", "r+", dset.id.get_offset(), whole.shape)
        said.append(mapped.copy())
        dset[...] = whole * 4
        said.append(mapped.copy())
        mapped[1000:100000] = 11
        said.append(dset[...])
        file.flush()
        dset[...], other[...] = whole * 5, whole * 6
        mapped[50:60000] = 12
        said.append(dset[...])
        mapped.flush()
        del file["y"]
        file.flush()
        dset[:100000] = whole[:100000] + 1
        said.append(mapped.copy())
        mapped[20:60] = 13
    with h5py.File("x.h5", "r") as file:
        return said, file["x"][...]


@pytest.mark.parametrize("options", PLACES, ids=str)
def test_offsets(twins, options):
    twins.agree(offsets, options)


def other_readers():
    """After a flush, a copy of the file is a file."""
    with h5py.File("x.h5", "w") as file:
        dset = file.create_dataset("x", (20, 30, 30), "u2", chunks=(1, 30, 30))
        for value in range(3):
            dset[...] = value
            file.attrs["value"] = value
            file.flush()
            shutil.copyfile("x.h5", f"copy{value}.h5")
    return [values(f"copy{value}.h5") for value in range(3)]


def test_a_copy_after_a_flush(twins):
    twins.agree(other_readers)


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
        said += [file.id.fileno]
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


# Nothing of these is kept, and there is no journal.
DRIVERS = [
    {"driver": "family", "memb_size": 4096},
    {"driver": "core"},
    {"driver": "core", "backing_store": False},
    {"driver": "stdio"},
    {"driver": "split"},
]


def with_driver(options):
    name = "x%d.h5" if options["driver"] == "family" else "x.h5"
    with h5py.File(name, "w", **options) as file:
        dset = file.create_dataset("x", data=np.arange(1000))
        file.flush()
        dset[:] = 5
        said = [file.driver, (dset[...] == 5).all()]
        file.flush()
        dset[:] = 6
        said += [sorted(n for n in os.listdir() if "result" not in n)]
    if options.get("backing_store", True):
        with h5py.File(name, "r", **{k: v for k, v in options.items() if k != "backing_store"}) as file:
            said += [file["x"][...], file.driver]
    return said


@pytest.mark.parametrize("options", DRIVERS, ids=str)
def test_other_drivers(twins, options):
    twins.agree(with_driver, options)


def test_mpi(tmp_path):
    """The MPI driver's files have no journal."""
    program = mpi.compiled(ROOT / "tests" / "c" / "parallel.c", tmp_path / "parallel")
    work = tmp_path / "work"
    work.mkdir()
    record = tmp_path / "record"
    env = sparse_environment(
        **preload(tmp_path)
        | {"DISK_FOLDER": str(work), "DISK_RECORD": str(record), **configured(parallel="sparse")}
    )
    done = mpi.on_ranks(1, [program, "frames"], work, env)
    assert "frames: right" in done.stdout, done
    names = {
        line.split(b" ", 3)[3] for line in record.read_bytes().split(b"\n") if line.startswith(b"create ")
    }
    assert b"frames.h5" in names
    assert not any(name.endswith(b".journal") for name in names)


KEPT = [
    {"userblock_size": 2048},
    {"fs_strategy": "page", "fs_page_size": 4096, "page_buf_size": 1 << 20},
    {"fs_strategy": "page", "fs_persist": True, "libver": "latest"},
    {"fs_strategy": "fsm", "fs_persist": True},
    {"libver": ("v110", "v110")},
]


def killed(options):
    """Is killed between two flushes, when it has written more than any cache holds."""
    with h5py.File("x.h5", "w", **options) as file:
        dset = file.create_dataset("x", (20, 30, 30), "u2", chunks=(1, 30, 30), scaleoffset=0)
        dset[...] = np.arange(18000).reshape(20, 30, 30) % 50
        for i in range(40):
            file[f"g{i}/d"] = np.full(5000, i)
        file.flush()
        dset[...] = 77
        for i in range(40):
            file[f"g{i}"].attrs["a"] = np.arange(1000 + i)
            file[f"g{i}/d"][...] = 78
            if i % 3 == 0:
                del file[f"g{i}/d"]
        file["more"] = np.arange(1 << 20)
        os.kill(os.getpid(), signal.SIGKILL)


def all_values(name):
    with h5py.File(name, "r") as file:
        return (
            file["x"][...],
            [(int(file[f"g{i}/d"][...].sum()), dict(file[f"g{i}"].attrs)) for i in range(40)],
            "more" in file,
        )


@pytest.mark.parametrize("options", KEPT, ids=str)
def test_kinds_of_files(tmp_path, options):
    done = run_function(killed, options, cwd=tmp_path, env=sparse_environment(), check=False)
    assert done.status == -signal.SIGKILL, done
    found = run_function(all_values, "x.h5", cwd=tmp_path, env=filter_environment()).value
    assert is_whole(found[0])
    assert found[1:] == ([(5000 * i, {}) for i in range(40)], False)


def flushed_together():
    """The flush of one dataset is a flush of all that the file has."""
    with h5py.File("x.h5", "w") as file:
        first = file.create_dataset("first", (4, 50), "i4", chunks=(1, 50))
        dset = file.create_dataset("x", (20, 30, 30), "u2", chunks=(1, 30, 30))
        first[...] = dset[...] = 1
        file.flush()
        first[...] = 2
        dset[...] = np.arange(18000).reshape(20, 30, 30) % 50
        first.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_flush_of_one_dataset(tmp_path):
    run_function(flushed_together, cwd=tmp_path, env=sparse_environment(), check=False)
    assert is_whole(run_function(values, "x.h5", cwd=tmp_path, env=filter_environment()).value)


def many_files():
    """More files than there are descriptors for journals."""
    files = [h5py.File("f0.h5", "w")]
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 60, 4096))
    files += [h5py.File(f"f{i}.h5", "w") for i in range(1, 45)]
    for value in range(3):
        for i, file in enumerate(files):
            if value == 0:
                file["x"] = np.zeros(200000, "u1")
            file["x"][...] = value + i
        for file in files:
            file.flush()
    for file in files:
        file.close()
    return [values(f"f{i}.h5").tobytes() for i in range(45)]


def test_more_files_than_descriptors(twins):
    twins.agree(many_files)


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
