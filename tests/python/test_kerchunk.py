"""Sparse files through references to their chunks: kerchunk, zarr and VirtualiZarr, with python/vol_sparse_kerchunk.py.

In an environment of its own, build-support/python/kerchunk.txt.
"""

import json
import sys
import warnings
import zlib
from pathlib import Path

import h5py
import kerchunk.hdf
import numpy as np
import pytest
import readers
import xarray
import zarr
from documents import blocks, commands, matches
from harness import DIST, ROOT, native_environment, run_command, run_function, sparse_environment

sys.path.insert(0, str(DIST / "python"))
import vol_sparse_kerchunk as references_of

DOCUMENT = ROOT / "docs" / "python.md"
SHUFFLE_GZIP = {"shuffle": True, "compression": "gzip"}
PIPELINES = {
    "plain": {},
    "gzip": {"compression": "gzip"},
    "shuffled": {"shuffle": True},
    "shuffle-gzip": SHUFFLE_GZIP,
    "fletcher32": {"fletcher32": True},
    "shuffle-gzip-fletcher32": SHUFFLE_GZIP | {"fletcher32": True},
    "lzf": {"compression": "lzf"},
    "shuffle-lzf": {"shuffle": True, "compression": "lzf"},
}
TYPES = ["u1", "<u2", ">i4", "<f8", "<c16", "?"]
SHAPE, CHUNKS = (50, 37), (20, 16)


def values(random, dtype, share):
    data = random.integers(1, 100, SHAPE).astype(dtype)
    data[random.random(SHAPE) >= share] = 0
    return data


def write(path, seed):
    """Every filter with every type, thin and dense; and what kerchunk reads of any file."""
    random = np.random.default_rng(seed)
    expected = {}
    with h5py.File(path, "w", libver=["earliest", "latest"][seed % 2]) as file:
        for name, filters in PIPELINES.items():
            for dtype in map(np.dtype, TYPES):
                key = f"{name}/{dtype.str.strip('<>|')}"
                fill = 0 if dtype.kind in "bc" else int(random.integers(2))
                data = values(random, dtype, random.choice([0.02, 0.3, 1]))
                dset = file.create_dataset(
                    key,
                    SHAPE,
                    dtype,
                    chunks=CHUNKS,
                    maxshape=(None, SHAPE[1]),
                    fillvalue=fill or None,
                    **filters,
                )
                dset[:40] = data[:40]  # so that chunks are left out
                expected[key] = np.where(np.arange(50)[:, None] < 40, data, fill).astype(dtype)
        contiguous = file.create_dataset("contiguous", data=np.arange(1000.0))
        contiguous.attrs["units"] = "m"
        expected["contiguous"] = np.arange(1000.0)
        # The attribute is zarr's fill value, and that of HDF5 is 0.
        marked = file.create_dataset("marked", SHAPE, "<i4", chunks=CHUNKS)
        marked.attrs["_FillValue"] = np.int32(-9)
        marked[3, 3] = 5
        expected["marked"] = np.zeros(SHAPE, "<i4")
        expected["marked"][3, 3] = 5
    return expected


def write_masks(path):
    """Chunks that the program stored itself, under every mask; two of each dataset, the second of noise."""
    random = np.random.default_rng(2)
    expected = {}
    with h5py.File(path, "w") as file:
        for name, filters in {
            "gzip": {"compression": "gzip"},
            "shuffled": {"shuffle": True},
            "both": SHUFFLE_GZIP,
        }.items():
            for mask in range(2 ** len(filters)):
                data = np.where(random.random(2000) < 0.1, 7, 0).astype("<i4")
                data[1000:] = random.integers(0, 2**31, 1000)
                key = f"{name}{mask}"
                dset = file.create_dataset(key, (3000,), "<i4", chunks=(1000,), maxshape=(None,), **filters)
                for at in (0, 1000):
                    chunk, bit = data[at : at + 1000].tobytes(), 0
                    if "shuffle" in filters:
                        if not mask >> bit & 1:
                            chunk = np.frombuffer(chunk, "u1").reshape(-1, 4).T.tobytes()
                        bit += 1
                    if "compression" in filters and not mask >> bit & 1:
                        chunk = zlib.compress(chunk)
                    dset.id.write_direct_chunk((at,), chunk, mask)
                dset[2000:] = 3
                expected[key] = np.append(data, np.full(1000, 3, "<i4"))
    return expected


def opened(refs, path):
    """The zarr group of references, which go through JSON as a user's do."""
    path.write_text(json.dumps(refs))
    options = {"fo": str(path), "remote_protocol": "file"}
    return zarr.open_group("reference://", storage_options=options, mode="r", zarr_format=2)


def assert_reads(group, expected):
    for key, data in expected.items():
        found = group[key][...]
        assert found.dtype.newbyteorder("=") == data.dtype.newbyteorder("="), key  # pickled, it has ours
        np.testing.assert_array_equal(found, data, key)


@pytest.fixture(scope="module")
def sparse_file(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("sparse")
    path = folder / "sparse.h5"
    done = run_function(write, str(path), seed, cwd=folder, env=sparse_environment())
    return path, done.value


@pytest.mark.parametrize("inline", [0, 300])
def test_references(sparse_file, tmp_path, inline):
    path, expected = sparse_file
    refs = references_of.references(str(path), inline_threshold=inline)
    assert_reads(opened(refs, tmp_path / "refs.json"), expected)
    chunks = [
        ref for key, ref in refs["refs"].items() if key.startswith("shuffle-gzip/") and key[-1].isdigit()
    ]
    assert any(isinstance(ref, list) for ref in chunks)
    if inline == 0:
        assert all(isinstance(ref, list) for ref in chunks), "these need no copy of the data"


def test_under_the_connector_too(sparse_file, tmp_path):
    path, _ = sparse_file
    env = sparse_environment(PYTHONPATH=str(DIST / "python"))
    done = run_function(make_references, str(path), cwd=tmp_path, env=env)
    assert done.value == references_of.references(str(path))


def make_references(path):
    import vol_sparse_kerchunk

    with h5py.File(path) as file:  # through the connector
        assert "sparse" not in str(file["gzip/u1"]._filters)
    return vol_sparse_kerchunk.references(path)


def test_chunks_of_every_mask(tmp_path):
    path = tmp_path / "masks.h5"
    expected = run_function(write_masks, str(path), cwd=tmp_path, env=sparse_environment()).value
    refs = references_of.references(str(path), inline_threshold=0)
    assert_reads(opened(refs, tmp_path / "refs.json"), expected)


def test_of_a_program_without_the_filter(tmp_path):
    """It left blobs as they were, and appended chunks that are none."""
    path = tmp_path / "appended.h5"
    run_function(write, str(path), 1, cwd=tmp_path, env=sparse_environment())
    with h5py.File(path, "r+") as file:
        for name in PIPELINES:
            file[f"{name}/u2"][40:] = 9
    env = sparse_environment()
    expected = run_function(
        read_all, str(path), [f"{name}/u2" for name in PIPELINES], cwd=tmp_path, env=env
    ).value
    assert all((data[40:] == 9).all() for data in expected.values())
    refs = references_of.references(str(path), inline_threshold=0)
    assert_reads(opened(refs, tmp_path / "refs.json"), expected)


def read_all(path, names):
    with h5py.File(path) as file:
        return {name: file[name][...] for name in names}


@pytest.mark.parametrize("name", readers.OPTIONS)
def test_codec_on_every_encoding(tmp_path, seed, name):
    """Of every type, also those that zarr has no name for."""
    files = readers.write_files(tmp_path, seed)
    with references_of._natively(str(files[name])) as file:
        for case in readers.cases(seed):
            dset, data = file[case.name], readers.expected(case)
            codec = references_of._codec(dset)
            for i in range(dset.id.get_num_chunks()):
                info = dset.id.get_chunk_info(i)
                _, stored = dset.id.read_direct_chunk(info.chunk_offset)
                assert codec.understands(info.size, info.filter_mask)
                chunk = codec.decode(stored).view(case.dtype).reshape(case.chunks)
                inside = data[
                    tuple(slice(o, o + n) for o, n in zip(info.chunk_offset, case.chunks, strict=True))
                ]
                found = chunk[tuple(slice(n) for n in inside.shape)]
                assert found.tobytes() == inside.tobytes(), (case.name, info)


def test_codec_refuses_damage(sparse_file):
    path, _ = sparse_file
    with references_of._natively(str(path)) as file:
        for name in PIPELINES:
            dset = file[f"{name}/f8"]
            codec = references_of._codec(dset)
            stored = bytearray(dset.id.read_direct_chunk((0, 0))[1])
            codec.decode(bytes(stored))
            for at in range(4, len(stored), 5):  # without the magic, a chunk may be anything
                damaged = stored.copy()
                damaged[at] ^= 0x10
                try:
                    found = codec.decode(bytes(damaged))
                except (ValueError, IndexError, zlib.error):
                    continue
                # The last bits of what a codec makes may mean nothing.
                if found.tobytes() != codec.decode(bytes(stored)).tobytes():
                    # LZF expanded the damage to the length of a chunk, and what is left is no blob.
                    assert found.tobytes() == codec.undo_filters(bytes(damaged)), (name, at)
                    assert "lzf" in name
                    assert found[:4].tobytes() != b"SPCK", at
            with pytest.raises((ValueError, IndexError, zlib.error)):
                codec.decode(bytes(stored[: len(stored) // 2]))


@pytest.mark.parametrize("filters", [(), ((1, (4,)),), ((2, (8,)),), ((2, (8,)), (1, (4,)))], ids=str)
def test_what_begins_as_a_blob(filters):
    """It is one, and damaged, even where it is as long as the elements of a chunk; unless they were encoded so."""
    codec = references_of.SparseChunk(320, filters)
    chunk = b"SPCK" + bytes(315) + b"!"
    assert codec.decode(codec.encode(chunk)).tobytes() == chunk
    damaged = bytearray(references_of._dense_blob(bytes(280)))
    assert len(damaged) == 320
    damaged[300] ^= 1
    for number, parameters in filters:
        damaged = zlib.compress(damaged) if number == 1 else references_of._shuffle(damaged, *parameters)
    for stored in (chunk, damaged):
        with pytest.raises(ValueError, match="damaged"):
            codec.decode(bytes(stored))


def test_xarray(tmp_path):
    path = tmp_path / "x.h5"
    run_function(write_for_xarray, str(path), cwd=tmp_path, env=sparse_environment())
    (tmp_path / "x.json").write_text(json.dumps(references_of.references(str(path))))
    with xarray.open_dataset(str(tmp_path / "x.json"), engine="kerchunk") as found:
        assert found["counts"].sum() == 22
        assert found["counts"].dims == ("t", "x")


def write_for_xarray(path):
    with h5py.File(path, "w") as file:
        counts = file.create_dataset("counts", (100, 200), "<u2", chunks=(10, 200), compression="gzip")
        counts[::10, 0] = 1  # every chunk is stored: VirtualiZarr counts them
        counts[5, 3:9] = 2
        for axis, name in enumerate("tx"):
            scale = file.create_dataset(name, data=np.arange(counts.shape[axis]))
            scale.make_scale(name)
            counts.dims[axis].attach_scale(scale)


def test_virtualizarr(tmp_path):
    """It takes zarr's format 3, in which the codec has a name of its own."""
    from obspec_utils.registry import ObjectStoreRegistry
    from obstore.store import LocalStore
    from virtualizarr.parsers import KerchunkJSONParser

    path = tmp_path / "x.h5"
    run_function(write_for_xarray, str(path), cwd=tmp_path, env=sparse_environment())
    refs = references_of.references(str(path), url=f"file://{path}", inline_threshold=0)
    (tmp_path / "refs.json").write_text(json.dumps(refs))
    registry = ObjectStoreRegistry({"file://": LocalStore()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of codecs that are not in the specification
        store = KerchunkJSONParser()(url=f"file://{tmp_path}/refs.json", registry=registry)
        group = zarr.open_group(store, mode="r")
        found = group["counts"][...]
    expected = np.zeros((100, 200), "<u2")
    expected[::10, 0] = 1
    expected[5, 3:9] = 2
    np.testing.assert_array_equal(found, expected)


def test_others_stop_with_an_error(sparse_file, tmp_path):
    """Who knows nothing of sparse chunks gets no values, with the connector or without."""
    path, _ = sparse_file
    with pytest.raises(RuntimeError, match="33003"):
        kerchunk.hdf.SingleHdf5ToZarr(str(path), error="raise", inline_threshold=0).translate()
    refs = run_function(kerchunks_own, str(path), cwd=tmp_path, env=sparse_environment()).value
    group = opened(refs, tmp_path / "refs.json")
    np.testing.assert_array_equal(group["contiguous"][...], np.arange(1000.0))
    for name in ("plain", "gzip", "shuffle-gzip"):
        with pytest.raises(Exception, match="failed to fetch"):
            group[f"{name}/f8"][...]


def kerchunks_own(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of lzf
        return kerchunk.hdf.SingleHdf5ToZarr(path, inline_threshold=0).translate()


def test_the_document(tmp_path):
    """What docs/python.md shows of references."""
    python = Path(sys.executable).parent
    env = native_environment(PYTHONPATH=str(DIST / "python"), PATH=f"{python}:/usr/bin:/bin")
    shown = [b for b in blocks(DOCUMENT) if b.argument == "tests/python/test_kerchunk.py"]
    assert [b.language for b in shown] == ["python", "python", "console"]
    for name, block in zip(("write.py", "read.py"), shown, strict=False):
        (tmp_path / name).write_text("\n".join(block.lines))
    (tmp_path / "dist").symlink_to(DIST)
    for command in commands(shown[2]):
        done = run_command(["bash", "-c", command.text], tmp_path, env)
        assert matches(command.expected, done.stdout.splitlines()), done
