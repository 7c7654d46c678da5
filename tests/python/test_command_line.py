"""dist/bin/vol-sparse, started as a user does, on files that stock h5py wrote."""

import base64
import ctypes
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import time
import zlib
from pathlib import Path
from xml.etree import ElementTree

import corpus
import h5py
import numpy as np
import pytest
from c_hdf5 import h5, hid, variable
from h5py import h5d, h5o, h5p, h5s, h5t, h5z
from harness import (
    DIST,
    ROOT,
    configured,
    difference,
    is_sparse,
    native_environment,
    run_command,
    run_function,
    same,
    sparse_environment,
    tool,
)
from walk import Walker

# The fastest code is not worth its compiler where files are small.
ENVIRONMENT = {
    "VOL_SPARSE_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1",
    "VOL_SPARSE_HDF5": str(next(Path(h5py.__file__).parent.parent.glob("h5py.libs/libhdf5-*.so*"), "")),
}


def vol_sparse(*arguments, cwd, check=True, **more_env):
    """Runs the command line with the libhdf5 of the h5py under test."""
    env = native_environment(**(ENVIRONMENT | more_env))
    return run_command([DIST / "bin" / "vol-sparse", *arguments], cwd, env, check)


def write_sparse(folder, function, *arguments):
    run_function(function, *arguments, cwd=folder, env=sparse_environment())


def write_run(seed):
    """A dataset of each kind of storage, and one that stays native."""
    random = np.random.default_rng(seed)
    with h5py.File("run.h5", "w") as file:
        frames = file.create_dataset("entry/frames", (20, 30, 40), "u2", chunks=(1, 16, 40))
        frames[3, 5, 6:16] = 7
        frames[4] = random.integers(1, 9, (30, 40))
        frames[5] = random.integers(1, 9, (30, 40))
        file.flush()
        frames[5] = 0
        packed = file.create_dataset("packed", (50,), ">i4", chunks=(20,), compression="gzip", fillvalue=-1)
        packed[:20] = np.arange(20)
        # Its second chunk is full of values, and so goes through all filters.
        checked = file.create_dataset(
            "checked", (30,), "u1", chunks=(10,), compression="gzip", fletcher32=True
        )
        checked[3:15] = np.arange(1, 13)
        checked[5:] = 9
        checked[5:10] = 0
        file.create_dataset("native", data=np.arange(10.0))


@pytest.fixture(scope="module")
def run(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("a folder")
    write_sparse(folder, write_run, seed)
    return folder / "run.h5"


def test_env_sets_what_env_sh_sets(tmp_path):
    """Also from a path with blanks, through a link, and with a plug-in path that is there already."""
    moved = tmp_path / "it's another place"
    moved.mkdir()
    (moved / "dist").symlink_to(DIST)
    (tmp_path / "link").symlink_to(moved / "dist" / "bin" / "vol-sparse")
    script = 'eval "$(./link env -o keep=written)"; printf "%s\\n" "$HDF5_PLUGIN_PATH" "$HDF5_VOL_CONNECTOR"'
    done = run_command(["sh", "-c", script], tmp_path, native_environment(HDF5_PLUGIN_PATH="/other's"))
    folder = sparse_environment()["HDF5_PLUGIN_PATH"]
    assert done.stdout.splitlines() == [f"{folder}:/other's", "sparse keep=written"], done


def test_moved_and_read_only(tmp_path, run):
    """A copy elsewhere that nobody may write to."""
    moved = tmp_path / "it's moved"
    shutil.copytree(DIST, moved, symlinks=True)
    for path in [moved, *moved.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        env = native_environment(**ENVIRONMENT)
        done = run_command([moved / "bin" / "vol-sparse", "doctor", "--json"], tmp_path, env)
    finally:
        for path in [moved, *moved.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
    report = json.loads(done.stdout)
    assert report["good"], done
    verdicts = {check["what"]: (check["verdict"], check["text"]) for check in report["checks"]}
    assert verdicts["plugin"] == ("ok", f"{moved}/lib/plugin/libvol_sparse.so")
    assert h5py.version.hdf5_version in verdicts["HDF5"][1]
    assert verdicts["round trip"][0] == verdicts["connector"][0] == "ok"
    assert verdicts["environment"][0] == "note"


def test_doctor_says_what_to_do(tmp_path):
    done = vol_sparse(
        "doctor",
        cwd=tmp_path,
        check=False,
        VOL_SPARSE_HDF5="/none.so",
        HDF5_VOL_CONNECTOR="sparse",
        PATH="/usr/bin:/bin",
    )
    assert done.status == 1, done
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD")]
    assert len(bad) == 2, done
    assert "/none.so cannot be loaded" in bad[0]
    assert "--hdf5" in bad[0]
    assert "HDF5_PLUGIN_PATH does not contain" in bad[1]
    assert "vol-sparse env" in bad[1]


def test_without_java(tmp_path):
    """No Java, and one that is too old: a message, not what a shell says of a missing program."""
    old = tmp_path / "old" / "bin"
    old.mkdir(parents=True)
    (old / "java").write_text("#!/bin/sh\nexit 99\n")
    (old / "java").chmod(0o755)
    (old.parent / "release").write_text('JAVA_VERSION="17.0.1"\n')
    for home, reason in ((old.parent, "Java 17"), (tmp_path, "no Java in")):
        done = vol_sparse("env", cwd=tmp_path, check=False, VOL_SPARSE_JAVA_HOME=str(home))
        assert done.status == 1, done
        assert done.stdout == "", done
        assert f"{reason}" in done.stderr, done
        assert "VOL_SPARSE_JAVA_HOME" in done.stderr, done


def test_info(run):
    """What HDF5 and the values themselves say of a dataset, from the chunks alone."""
    done = vol_sparse("info", "--json", run.name, cwd=run.parent)
    infos = {info["name"]: info for info in json.loads(done.stdout)["datasets"]}
    assert list(infos) == ["/checked", "/native", "/packed", "/entry/frames"]
    with h5py.File(run) as file:
        for name, info in infos.items():
            assert info["shape"] == list(file[name].shape)
            assert info["stored_bytes"] == file[name].id.get_storage_size()
            assert info["dense_bytes"] == file[name].size * file[name].dtype.itemsize
    frames, packed = infos["/entry/frames"], infos["/packed"]
    assert not infos["/native"]["sparse"]
    assert infos["/native"]["type"] == "float64"
    assert frames["defined"] == 10 + 30 * 40
    assert frames["chunks"] == 40
    assert frames["chunk_shape"] == [1, 16, 40]
    assert frames["encodings"] == {"sparse": 2, "dense": 1, "empty": 2}
    assert packed["type"] == "int32 big-endian"
    assert packed["filters"] == ["deflate"]
    assert packed["defined"] == 20
    assert packed["estimated_gzip_bytes"] > 0
    text = vol_sparse("info", run.name, "/entry/frames", cwd=run.parent).stdout
    assert "1210 of 24000 elements (5.04 %)" in text


def damage(path, seed):
    """Changes a bit of a blob and of a chunk that is no blob, and cuts a blob off."""
    random = np.random.default_rng(seed)
    with h5py.File(path, "r+") as file:
        frames = file["entry/frames"].id
        mask, blob = frames.read_direct_chunk((4, 0, 0))
        changed = bytearray(blob)
        changed[random.integers(len(blob))] ^= 1 << random.integers(8)
        frames.write_direct_chunk((4, 0, 0), bytes(changed), mask)
        mask, blob = frames.read_direct_chunk((3, 0, 0))
        frames.write_direct_chunk((3, 0, 0), blob[:-4], mask)
        checked = file["checked"].id.get_chunk_info(1)
    content = bytearray(path.read_bytes())
    content[checked.byte_offset + random.integers(checked.size)] ^= 1 << random.integers(8)
    path.write_bytes(content)


def test_verify(run, tmp_path, seed):
    """Lists exactly what is damaged, of chunks stored by the sparse filter alone and through all filters."""
    shutil.copy(run, tmp_path / "good.h5")
    shutil.copy(run, tmp_path / "bad.h5")
    damage(tmp_path / "bad.h5", seed)
    with h5py.File(run) as file:
        frames = file["entry/frames"].id
        infos = map(frames.get_chunk_info, range(frames.get_num_chunks()))
        last = max(infos, key=lambda info: info.byte_offset)
    (tmp_path / "cut.h5").write_bytes(run.read_bytes()[: last.byte_offset + 5])
    (tmp_path / "no.h5").write_bytes(b"none")
    files = ("good.h5", "bad.h5", "cut.h5", "no.h5", "nofile.h5")
    done = vol_sparse("verify", "--json", *files, cwd=tmp_path, check=False)
    assert done.status == 1, done
    good, bad, cut, no, nofile = json.loads(done.stdout)["files"]
    assert (good["problem"], good["damaged"], good["unchecked"]) == (None, [], []), done
    assert good["chunks"] == 5 + 1 + 3
    damaged = {(found["dataset"], tuple(found["chunk"])) for found in bad["damaged"]}
    assert damaged == {("/entry/frames", (4, 0, 0)), ("/entry/frames", (3, 0, 0)), ("/checked", (10,))}, done
    assert "is cut off" in cut["problem"], done
    lost = [found for found in cut["damaged"] if "end of the file" in found["what"]]
    assert list(last.chunk_offset) in [found["chunk"] for found in lost], done
    assert no["problem"] == "cannot open no.h5: it is not an HDF5 file"
    assert "no file" in nofile["problem"], done
    done = vol_sparse("verify", "good.h5", cwd=tmp_path)
    assert done.stdout == "good.h5: ok (9 chunks in 4 datasets)\n"


def test_dump_chunk(run):
    """The fields are those of the blob that h5py reads, and the runs those of the values."""
    arguments = ("dump-chunk", run.name, "entry/frames", "3,15,39")
    shown = json.loads(vol_sparse(*arguments, "--json", "--blob", "blob", cwd=run.parent).stdout)
    with h5py.File(run) as file:
        _, blob = file["entry/frames"].id.read_direct_chunk((3, 0, 0))
    assert (run.parent / "blob").read_bytes() == blob
    assert tuple(shown["header"].values()) == struct.unpack_from("<IIQ4B5I", blob)
    assert shown["runs"] == [{"start": 5 * 40 + 6, "length": 10, "values": ["7"] * 10}]
    done = vol_sparse("dump-chunk", run.name, "checked", "0", cwd=run.parent)
    assert "3 to 9: 1 2 0 0 0 0 0" not in done.stdout, done
    assert "\n  3 to 4: 1 2\n" in done.stdout, done
    assert "00000000  53 50 43 4b" in done.stdout, done
    assert "2 of 10 elements defined, fill value 0" in done.stdout, done


def write_native(seed):
    random = np.random.default_rng(seed)
    thin = np.where(random.random((40, 100, 100)) < 0.01, random.integers(1, 99, (40, 100, 100)), 0)
    thin = thin.astype("u2")
    with h5py.File("native.h5", "w") as file:
        file.create_dataset("thin", data=thin, chunks=(1, 100, 100))
        file.create_dataset("contiguous", data=thin)
        file.create_dataset("packed", data=thin, chunks=(4, 100, 100), compression="gzip", shuffle=True)
        full = random.integers(0, 2**16, (40, 50, 50)).astype("u2")
        file.create_dataset("full", data=full, chunks=(1, 50, 50), compression="gzip")
        file.create_dataset("scaled", data=thin, chunks=(1, 100, 100), scaleoffset=7)
        file["words"] = ["some", "words"]


def test_advise(tmp_path, seed):
    """What is foretold from a sample is what the datasets take when they are sparse."""
    run_function(write_native, seed, cwd=tmp_path / "native", env=native_environment())
    write_sparse(tmp_path / "sparse", write_native, seed)
    done = vol_sparse("advise", "--json", "native/native.h5", cwd=tmp_path)
    advice = json.loads(done.stdout)
    foretold = {dataset["name"]: dataset for dataset in advice["datasets"]}
    gains = {name for name, dataset in foretold.items() if dataset["gains"]}
    assert gains - {"/packed"} == {"/thin", "/contiguous"}  # of that one it depends on the numbers drawn
    assert "scaleoffset" in foretold["/scaled"]["reason"]
    assert "variable length" in foretold["/words"]["reason"]
    assert advice["command"] == "vol-sparse convert --layout all native/native.h5 native-sparse.h5"
    with h5py.File(tmp_path / "sparse" / "native.h5") as file:
        for name in ("/thin", "/packed", "/full"):
            stored = file[name].id.get_storage_size()
            assert foretold[name]["sparse_bytes"] == pytest.approx(stored, rel=0.05), name


UNKNOWN_FILTER = 31999


def write_rare():
    """What the corpus of the tools has not, because not all of them can copy it."""
    with h5py.File("rare.h5", "w") as file:
        data = file.create_dataset("group/data", (9, 9), "i4", chunks=(4, 4))
        data[2] = 5
        h5o.set_comment(data.id, b"said of it")
        file["named"] = np.dtype([("a", "i4"), ("b", "f4")])
        for name in ("first of named", "second of named"):
            file.create_dataset(name, (5,), file["named"], chunks=(2,))[1] = (1, 2)
        file["first of named"].attrs.create("named", np.zeros(2, file["named"].dtype), dtype=file["named"])
        del file["named"]  # two datasets and an attribute use it still
        file["root"] = file["/"]
        file["soft"] = h5py.SoftLink("/group/data")
        file["däta"] = data
        file.create_dataset("outside", (4,), "i2", external=[(os.path.abspath("outside.raw"), 0, 8)])[:] = (
            1,
            2,
            3,
            4,
        )
        words = file.create_dataset("words", (5,), h5py.string_dtype(), chunks=(2,), fillvalue="a fill value")
        words[1::2] = "word"
        words[4] = ""
        file.create_dataset("lost", data=1)
        pair = np.dtype([("to", h5py.ref_dtype), ("region", h5py.regionref_dtype), ("n", "i2")])
        pairs = np.empty(3, pair)
        pairs[:] = (h5py.Reference(), h5py.RegionReference(), 0)
        pairs[1] = (data.ref, data.regionref[1:3, 2:5], 7)
        file.create_dataset("pairs", data=pairs, chunks=(2,))
        file.attrs.create("all", [file.ref, data.ref], dtype=h5py.ref_dtype)
        file.attrs.create("astray", file["lost"].ref, dtype=h5py.ref_dtype)
        del file["lost"]


def write_unreadable():
    """What h5py cannot read: references of HDF5 1.12 (to an object, a region, an attribute, and none), a codec."""
    with h5py.File("unreadable.h5", "w") as file:
        data = file.create_dataset("group/data", (9, 9), "i4", chunks=(4, 4))
        data.attrs["named"] = 3
        references = (ctypes.c_byte * 64 * 4)()
        h5.H5Rcreate_object(file.id.id, b"group/data", 0, references[0])
        space = data.id.get_space()
        space.select_hyperslab((1, 1), (2, 3))
        h5.H5Rcreate_region(file.id.id, b"group/data", space.id, 0, references[1])
        h5.H5Rcreate_attr(file.id.id, b"group/data", b"named", 0, references[2])
        any_reference = variable("H5T_STD_REF_g")
        four = h5s.create_simple((4,))
        made = hid.H5Dcreate2(file.id.id, b"any", any_reference, four.id, 0, 0, 0)
        h5.H5Dwrite(made, any_reference, 0, 0, 0, references)
        h5.H5Dclose(made)
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_chunk((10,))
        plist.set_filter(UNKNOWN_FILTER, h5z.FLAG_OPTIONAL, (1, 2))
        coded = h5d.create(file.id, b"coded", h5t.STD_U8LE, h5s.create_simple((20,)), plist)
        coded.write_direct_chunk((10,), b"who knows what", 0)


def dumped_references(path):
    out = tool("h5dump", "-d", "/any", path.name, cwd=path.parent, sparse=False).stdout
    found = [out.count(word) for word in ("/group/data", "REGION_TYPE BLOCK", "named", "NULL")]
    assert found == [3, 1, 1, 1], out
    return out.replace(path.name, "unreadable.h5")


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    run_function(corpus.write, cwd=folder, env=native_environment())
    run_function(write_rare, cwd=folder, env=native_environment())
    run_function(write_unreadable, cwd=folder, env=native_environment())
    shutil.copy(ROOT / "tests" / "data" / "focus2007n001335.hdf", folder / "measured.h5")
    return folder


@pytest.fixture(scope="module")
def walkers():
    """What a program finds in a native file, and what in a sparse one."""
    sparse = sparse_environment(**configured(layout="all"))
    with Walker(native_environment()) as native, Walker(sparse) as sparse:
        yield native, sparse


def without_astray(found):
    """A reference that led nowhere is null in a copy: the one difference."""
    *group, attributes = found["/"]
    found["/"] = (*group, [attribute for attribute in attributes if attribute[0] != "astray"])
    return found


FILES = ["all.h5", "latest.h5", "block.h5", "rare.h5", "measured.h5", "unreadable.h5"]


@pytest.mark.parametrize("name", FILES)
def test_convert(name, originals, walkers):
    """Sparse, and native again: a program finds all as it was; only the datasets' storage differs."""
    names = {"original": name, "sparse": f"sparse-{name}", "native": f"back-{name}"}
    original, sparse, native = (originals / file for file in names.values())
    done = vol_sparse("convert", "--json", "--layout", "all", original.name, sparse.name, cwd=originals)
    report = json.loads(done.stdout)
    lost = 1 if name == "rare.h5" else 0
    assert report["lost_references"] == lost, done
    assert ("points to nothing in the copy" in done.stderr) == bool(lost), done
    back = vol_sparse("convert", "--to", "native", "--json", sparse.name, native.name, cwd=originals)
    assert json.loads(back.stdout)["converted"] == report["converted"]
    assert not list(originals.glob("*.part*"))
    for path in report["converted"]:
        assert is_sparse(sparse, path), path
        assert not is_sparse(native, path), path
    if name == "unreadable.h5":
        assert dumped_references(original) == dumped_references(sparse) == dumped_references(native)
        with h5py.File(native) as file:
            assert file["coded"].id.read_direct_chunk((10,)) == (0, b"who knows what")
        return
    expected = without_astray(walkers[0](original))
    for found in map(without_astray, (walkers[1](sparse), walkers[0](native))):
        assert same(expected, found), difference(expected, found)
    if name == "block.h5":
        assert native.read_bytes()[:1024] == sparse.read_bytes()[:1024] == original.read_bytes()[:1024]
    if name == "rare.h5":
        check_rare(native)


def check_rare(path):
    """What a walk does not see."""
    assert '"said of it"' in tool("h5ls", "-v", f"{path.name}/group", cwd=path.parent, sparse=False).stdout
    with h5py.File(path) as file:
        kinds = [file[name].id.get_type() for name in ("first of named", "second of named")]
        assert kinds[0] == kinds[1]
        assert all(kind.committed() for kind in kinds)


def test_convert_is_all_or_nothing(run, tmp_path, seed):
    """What cannot be read is named, and leaves nothing behind; a file that is there stays."""
    shutil.copy(run, tmp_path / "bad.h5")
    damage(tmp_path / "bad.h5", seed)
    (tmp_path / "out.h5").write_bytes(b"precious")
    for arguments, words in (
        (("--to", "native", "bad.h5", "new.h5"), "/checked cannot be copied: "),
        (("--to", "native", "--force", "bad.h5", "out.h5"), "/checked cannot be copied: "),
        (("bad.h5", "out.h5"), "out.h5: exists already; --force replaces it"),
        (("-d", "/none", "bad.h5", "new.h5"), "/none in bad.h5 cannot be made sparse"),
        (("bad.h5", "no/folder/out.h5"), "folder"),
    ):
        done = vol_sparse("convert", *arguments, cwd=tmp_path, check=False)
        assert done.status == 1, done
        assert words in done.stderr, done
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.h5", "out.h5"]
    assert (tmp_path / "out.h5").read_bytes() == b"precious"
    vol_sparse("convert", "--to", "native", "-d", "entry/frames", "--force", run, "out.h5", cwd=tmp_path)
    assert not is_sparse(tmp_path / "out.h5", "entry/frames")
    assert is_sparse(tmp_path / "out.h5", "packed")


def write_many_chunks():
    with h5py.File("many.h5", "w") as file:
        file.create_dataset("data", data=np.arange(60_000), chunks=(2,))


def test_interrupted_conversion(tmp_path):
    """A signal ends it as a signal does, without a crash and without a trace. (Unless it is done before.)"""
    run_function(write_many_chunks, cwd=tmp_path, env=native_environment())
    command = [DIST / "bin" / "vol-sparse", "convert", "--quiet", "many.h5", "out.h5"]
    env = native_environment(**ENVIRONMENT)
    child = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while child.poll() is None and not list(tmp_path.glob("out.h5.part*")):
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    said, _ = child.communicate(timeout=60)
    assert said == b""
    assert child.returncode in (130, 0)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == (["many.h5", "out.h5"] if child.returncode == 0 else ["many.h5"])


def pixels(svg):
    """The indices of the colours in the picture inside an SVG."""
    (encoded,) = re.findall(r'href="data:image/png;base64,([^"]*)"', svg)
    png = base64.b64decode(encoded)
    width, height = struct.unpack_from(">II", png, 16)
    at, data = 8, b""
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        content = png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + content)
        data += content if kind == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(data), "u1").reshape(height, width + 1)
    return rows[:, 1:]


def test_map(run):
    """A pixel for each element: coloured where one is defined, the darker the more often."""
    summed = vol_sparse("map", run.name, "entry/frames", cwd=run.parent).stdout
    vol_sparse("map", "--frame", "3", "-o", "frame.svg", run.name, "entry/frames", cwd=run.parent)
    ElementTree.fromstring(summed)
    frame = pixels((run.parent / "frame.svg").read_text())
    often = pixels(summed)
    assert frame.shape == often.shape == (30, 40)
    assert (frame > 0).sum() == 10
    assert (frame[5, 6:16] > 0).all()
    assert (often > 0).all()
    assert often[5, 6:16].min() > often[0].max()
    done = vol_sparse("map", run.name, "entry/frames", "--frame", "20", cwd=run.parent, check=False)
    assert done.status == 1, done
    assert "there is no frame 20" in done.stderr, done


def test_wrong_usage_and_failures(run):
    (run.parent / "text.txt").write_text("no file of HDF5")
    for arguments, status, words in (
        (("info", "nofile.h5"), 1, "there is no file nofile.h5"),
        (("info", "text.txt"), 1, "text.txt: it is not an HDF5 file"),
        (("info", run.name, "/entry/none"), 1, "has no dataset /entry/none"),
        (("info",), 2, "Missing required parameter"),
    ):
        done = vol_sparse(*arguments, cwd=run.parent, check=False)
        assert done.status == status, done
        assert done.stdout == "", done
        assert words in done.stderr, done
        assert "Exception" not in done.stderr, done


def test_completion(tmp_path):
    script = f'source <("{DIST}/bin/vol-sparse" completion) && complete -p vol-sparse'
    done = run_command(["bash", "-c", script], tmp_path, native_environment())
    assert "vol-sparse" in done.stdout, done
    assert done.stderr == "", done
