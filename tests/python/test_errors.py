"""What goes wrong is said in a way that can be read, and the program goes on."""

import ctypes
import multiprocessing
import re
import shutil
import struct
import sys

import h5py
import numpy as np
import pytest
from c_hdf5 import h5
from harness import (
    configured,
    is_sparse,
    run_command,
    sparse_environment,
    tool,
)

CHUNK = (8, 8)
# Of the blob's header (docs/format.md): the first 16 bytes keep their meaning in every version.
CRC_AT, COVERED_FROM, VERSION_AT = 4, 8, 16
VERSION = 2
NEWEST_VERSION = 3  # that of packed values


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def all_said(error):
    """The error without what differs from process to process: HDF5 prints times, descriptors and addresses."""
    text = re.sub(r"time = [^,]*,|file descriptor = \d+|buf = 0x[0-9a-f]+", "…", str(error))
    return f"{type(error).__name__}: {text}"


def write_file(name="errors.h5"):
    random = np.random.default_rng(3)
    with h5py.File(name, "w") as file:
        data = np.where(random.random((32, 32)) < 0.2, random.integers(1, 99, (32, 32)), 0)
        file.create_dataset("entry/data", data=data.astype("i4"), chunks=CHUNK)
        file.create_dataset("entry/healthy", data=data.astype("i4"), chunks=CHUNK)


def read_all(name):
    """Reads a damaged dataset in many ways, and a healthy one after each."""
    results = {}
    with h5py.File(name) as file:
        dset, healthy = file["entry/data"], file["entry/healthy"][...]
        for what, selection in {
            "whole": np.s_[...],
            "in the chunk": np.s_[9, 9],
            "another chunk": np.s_[0:8, 0:8],
            "points": healthy > 0,
        }.items():
            try:
                results[what] = dset[selection]
            except Exception as error:
                results[what] = all_said(error)
            results[what, "healthy"] = bool((file["entry/healthy"][...] == healthy).all())
    return results


def damage(path, change):
    """Changes the stored blob of chunk (8, 8) as a plain native program can; returns the blob as it was."""
    with h5py.File(path, "r+") as file:
        dset = file["entry/data"].id
        mask, blob = dset.read_direct_chunk((8, 8))
        dset.write_direct_chunk((8, 8), change(bytes(blob)), mask)
    return blob


@pytest.fixture
def healthy(twins):
    """A sparse file that can be damaged."""
    twins.run_sparse(write_file)
    path = twins.sparse / "errors.h5"
    assert is_sparse(path, "entry/data")
    return path


def assert_readable_error(twins, path):
    """The chunk cannot be read, the message names where, everything else can."""
    results = twins.run_sparse(read_all, str(path))
    value = results.value
    for what in ("whole", "in the chunk", "points"):
        assert isinstance(value[what], str), f"{what}: {value[what]}"
        assert value[what].startswith("OSError"), value[what]
    said = value["in the chunk"] + results.stderr
    for name in (path.name, "/entry/data", "8, 8"):
        assert name in said.replace("8,8", "8, 8"), said
    assert isinstance(value["another chunk"], np.ndarray), value["another chunk"]
    assert all(value[what, "healthy"] for what in ("whole", "in the chunk", "another chunk", "points"))
    return said


@pytest.mark.parametrize("keep", [0, 1, 3, 15, 39, -9, -1])
def test_truncated_blob(twins, healthy, keep):
    damage(healthy, lambda blob: blob[:keep] if keep else b"\0")
    assert_readable_error(twins, healthy)


def flip(blob, bit):
    data = bytearray(blob)
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(data)


@pytest.mark.parametrize("where", ["magic", "crc", "length", "header", "middle", "last"])
def test_flipped_bit(twins, healthy, where):
    at = {"magic": 0, "crc": 40, "length": 70, "header": 8 * 28, "middle": 8 * 90, "last": -1}[where]
    damage(healthy, lambda blob: flip(blob, at if at >= 0 else 8 * len(blob) - 1))
    assert_readable_error(twins, healthy)


@pytest.mark.parametrize("junk", [b"", b"\xff" * 400, b"SPCK" + bytes(400), bytes(256)], ids=range(4))
def test_junk(twins, healthy, junk):
    damage(healthy, lambda blob: junk or blob + blob)
    assert_readable_error(twins, healthy)


def test_newer_version(twins, healthy):
    """A whole blob of a version to come: said to be newer, not damaged."""

    def newer(blob):
        data = bytearray(blob)
        data[VERSION_AT] = NEWEST_VERSION + 1
        struct.pack_into("<I", data, CRC_AT, crc32c(bytes(data[COVERED_FROM:])))
        return bytes(data)

    damage(healthy, newer)
    said = assert_readable_error(twins, healthy)
    assert f"version {NEWEST_VERSION + 1}" in said, said


def test_this_test_knows_the_format(twins, healthy):
    """Without a change the checksum worked out here is the stored one; otherwise the tests above prove nothing."""
    blob = bytes(damage(healthy, lambda blob: blob))
    assert struct.unpack_from("<I", blob, CRC_AT)[0] == crc32c(blob[COVERED_FROM:])
    assert blob[VERSION_AT] == VERSION
    assert isinstance(twins.run_sparse(read_all, str(healthy)).value["whole"], np.ndarray)


def test_tools_say_it_too(twins, healthy):
    damage(healthy, lambda blob: blob[:-1])
    done = tool("h5dump", "--enable-error-stack", "errors.h5", cwd=twins.sparse, sparse=True, check=False)
    assert done.status != 0
    assert "/entry/data" in done.stderr, done
    done = tool("h5dump", "-d", "/entry/healthy", "errors.h5", cwd=twins.sparse, sparse=True)


def write_over(name):
    """A damaged chunk can be replaced whole, but not changed in part."""
    results = {}
    with h5py.File(name, "r+") as file:
        dset = file["entry/data"]
        try:
            dset[9, 9] = 1
            file.flush()
            results["part"] = "written"
        except Exception as error:
            results["part"] = type(error).__name__
        dset[8:16, 8:16] = 5
        results["whole"] = dset[8:16, 8:16]
    return results


def test_damaged_chunk_can_be_replaced(twins, healthy):
    damage(healthy, lambda blob: flip(blob, 8 * 60))
    value = twins.run_sparse(write_over, str(healthy)).value
    assert value["part"] == "OSError"
    assert (value["whole"] == 5).all()
    assert isinstance(twins.run_sparse(read_all, str(healthy)).value["whole"], np.ndarray)


def create_file():
    """What a program meets that creates a file: an exception, or nothing. It goes on in either case."""
    said = []
    for _ in range(2):
        try:
            with h5py.File("created.h5", "w") as file:
                file.create_dataset("data", data=np.arange(100), chunks=(10,))
            said.append(None)
        except Exception as error:
            said.append(all_said(error))
    return said


def refused(twins, **env):
    """The program gets an OSError each time, and finds what is wrong in it or on standard error."""
    done = twins.run_sparse(create_file, more_env=env)
    assert all(s and s.startswith("OSError") for s in done.value), f"{done.value}\n{done}"
    return " ".join(done.value) + done.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"colour": "red"}, ["colour"]),
        ({"cache": "lots"}, ["cache", "lots"]),
        ({"layout": "round"}, ["layout", "round"]),
        ({"keep": ""}, ["keep"]),
        ({"codec": "zip9"}, ["codec", "zip9"]),
        ({"threads": "-1"}, ["threads", "-1"]),
    ],
    ids=str,
)
def test_configuration(twins, options, named):
    said = refused(twins, **configured(**options))
    assert all(name in said for name in named), said


@pytest.mark.parametrize(
    "options", [{"cache": "8MiB"}, {"codec": "none"}, {"threads": "1"}, {"keep": "written"}], ids=str
)
def test_good_configuration(twins, options):
    done = twins.run_sparse(create_file, more_env=configured(**options))
    assert done.value == [None, None], done
    assert is_sparse(twins.sparse / "created.h5", "data")


def test_bare_name_and_full_configuration_agree(twins):
    for value in ("sparse", "sparse under_vol=0;under_info={}"):
        assert twins.run_sparse(create_file, more_env={"HDF5_VOL_CONNECTOR": value}).value == [None, None]


def test_no_jdk(twins, tmp_path):
    """A wrong VOL_SPARSE_JAVA_HOME is an error that names it: no other JVM is taken in silence."""
    empty = tmp_path / "no jdk here"
    empty.mkdir()
    said = refused(twins, VOL_SPARSE_JAVA_HOME=str(empty))
    assert str(empty) in said, said
    assert not (twins.sparse / "created.h5").exists() or not h5py.is_hdf5(twins.sparse / "created.h5")


def test_bad_java_options(twins):
    said = refused(twins, VOL_SPARSE_JAVA_OPTIONS="--no-such-option")
    assert "--no-such-option" in said, said


def test_java_options_reach_the_jvm(twins):
    done = twins.run_sparse(
        create_file, more_env={"VOL_SPARSE_JAVA_OPTIONS": "-Xlog:gc:file=gc.log -Xmx200m"}
    )
    assert done.value == [None, None], done
    assert (twins.sparse / "gc.log").exists()


def test_missing_jars(twins, tmp_path):
    """A torn distribution says so."""
    plugins = tmp_path / "torn" / "lib" / "plugin"
    shutil.copytree(sparse_environment()["HDF5_PLUGIN_PATH"], plugins)
    said = refused(twins, HDF5_PLUGIN_PATH=str(plugins))
    assert "jar" in said, said


def not_hdf5():
    """Errors of the connector below come through as they are."""
    results = {}
    with open("text.h5", "w") as file:
        file.write("no HDF5 file")
    for what, action in {
        "missing": lambda: h5py.File("missing.h5"),
        "not HDF5": lambda: h5py.File("text.h5"),
        "directory": lambda: h5py.File("."),
        "exists": lambda: h5py.File("text.h5", "x"),
        "mode": lambda: h5py.File("/nowhere/file.h5", "w"),
    }.items():
        try:
            results[what] = repr(action())
        except Exception as error:
            results[what] = all_said(error)
    with h5py.File("file.h5", "w") as file:
        file.create_dataset("data", (10, 10), "i4", chunks=(3, 3))
        for what, action in {
            "no object": lambda: file["nothing"],
            "exists already": lambda: file.create_dataset("data", (3,), "f4"),
            "chunk too large": lambda: file.create_dataset("large", (3,), "f4", chunks=(5,)),
            "rank": lambda: file["data"][1, 2, 3],
            "text into numbers": lambda: file["data"].__setitem__(0, b"text"),
            "extent": lambda: file["data"].resize((20, 20)),
            "filter": lambda: file.create_dataset("f", (9,), "f4", chunks=(3,), compression=32000 - 1),
        }.items():
            try:
                results[what] = repr(action())
            except Exception as error:
                results[what] = all_said(error)
    with h5py.File("file.h5") as file:
        for what, action in {
            "read only": lambda: file["data"].__setitem__((0, 0), 1),
            "read only, all": lambda: file["data"].__setitem__(..., np.zeros((10, 10), "i4")),
            "read only, extent": lambda: file["data"].resize((5, 5)),
            "read only, new": lambda: file.create_dataset("new", (10,), "i4", chunks=(4,)),
        }.items():
            try:
                results[what] = repr(action())
            except Exception as error:
                results[what] = all_said(error)
        results["read"] = file["data"][...]
    return results


def test_errors_are_those_of_native(twins):
    twins.agree(not_hdf5)


FORK_BEFORE = """
import os
pid = os.fork()
if pid == 0:
    import h5py, numpy
    with h5py.File("child.h5", "w") as file:
        file.create_dataset("data", data=numpy.arange(10), chunks=(5,))
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""


def test_fork_before_first_use(twins):
    run_command([sys.executable, "-c", FORK_BEFORE], twins.sparse, sparse_environment())
    assert is_sparse(twins.sparse / "child.h5", "data")


def spawn(pool_size):
    with multiprocessing.get_context("spawn").Pool(pool_size) as pool:
        pool.map(write_part, range(pool_size))
    total = 0
    for i in range(pool_size):
        with h5py.File(f"part-{i}.h5") as file:
            total += int(file["data"][...].sum())
    return total


def write_part(i):
    with h5py.File(f"part-{i}.h5", "w") as file:
        file.create_dataset("data", (50, 50), "i4", chunks=(10, 10))[i] = i + 1


def test_spawned_workers(twins):
    twins.agree(spawn, 2)


def test_quiet(twins):
    """A program that works prints what it prints natively, and nothing more."""
    done = twins.run_sparse(create_file)
    assert (done.stdout, done.stderr) == ("", ""), done


def print_as_in_1_6():
    """How often HDF5 prints to a program that chose its printer by the functions of HDF5 1.6."""
    printed = []
    printer = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(lambda data: printed.append(data) or 0)
    h5.H5Eset_auto1(printer, None)
    with h5py.File("printed.h5", "w") as file:
        dset = file.create_dataset("data", (100, 100), "i4", chunks=(10, 10), compression="gzip")
        dset[5:50, 7] = 1
        dset[...].sum()
    return len(printed)


def test_what_is_no_error_is_not_printed(twins):
    twins.agree(print_as_in_1_6)
