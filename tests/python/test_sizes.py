"""How large files become: the promises for the paper's model problem, and which datasets are sparse at all."""

import sys

import h5py
import numpy as np
import pytest
from harness import (
    ROOT,
    configured,
    is_sparse,
    native_environment,
    run_command,
    sparse_environment,
    stored_bytes,
)

DEMO = ROOT / "tests" / "demo"


@pytest.mark.parametrize(("problem", "most", "least_factor"), [("clusters", 1.03, 15.4), ("roi", 1.02, 6.2)])
def test_model_problem(twins, problem, most, least_factor):
    """The whole stack of 268 MB, as the demo writes it."""
    done = run_command(
        [sys.executable, DEMO / "write_frames.py", "frames.h5", problem], twins.sparse, sparse_environment()
    )
    written = int(done.stdout)
    path = twins.sparse / "frames.h5"
    size = path.stat().st_size
    assert size <= most * written, f"{size} bytes for {written} bytes of pixels"
    assert 128 * 1024 * 1024 * 2 / size >= least_factor
    run_command(
        [sys.executable, DEMO / "compare_frames.py", problem, "frames.h5"], twins.sparse, sparse_environment()
    )
    path.unlink()


def write_dense_frames():
    """Ordinary frames, mostly zeros, written whole."""
    random = np.random.default_rng(1)
    with h5py.File("frames.h5", "w") as file:
        dset = file.create_dataset("data", (8, 512, 512), "u2", chunks=(1, 512, 512))
        for i in range(8):
            frame = np.zeros((512, 512), "u2")
            photons = random.integers(0, frame.size, 1000)
            frame.flat[photons] = random.integers(1, 1 << 16, 1000)
            dset[i] = frame
    with h5py.File("frames.h5") as file:
        return file["data"][...]


def test_dense_frame_of_mostly_zeros_becomes_sparse(twins):
    twins.agree(write_dense_frames)
    assert is_sparse(twins.sparse / "frames.h5", "data")
    # 1000 pixels of 2 bytes, and 2 bytes or a little more for the position of each.
    assert stored_bytes(twins.sparse / "frames.h5", "data") <= 8 * 1000 * 5


def write_nothing():
    with h5py.File("empty.h5", "w") as file:
        file.create_dataset("never written", (64, 256, 256), "f8", chunks=(1, 256, 256))
        dset = file.create_dataset("zeros written", (64, 256, 256), "f8", chunks=(1, 256, 256))
        for i in range(64):
            dset[i] = np.zeros((256, 256))
        dset = file.create_dataset("fill written", (64, 256), "i4", chunks=(1, 256), fillvalue=-7)
        dset[...] = -7
        return [file[name][...].sum() for name in file]


def test_chunks_without_content_are_not_stored(twins):
    """But for the first one written: programs tell by a dataset's storage whether it was ever written."""
    twins.agree(write_nothing)
    with h5py.File(twins.sparse / "empty.h5") as file:
        assert {name: dset.id.get_num_chunks() for name, dset in file.items()} == {
            "fill written": 1,
            "never written": 0,
            "zeros written": 1,
        }


def write_early():
    """What HDF5 says of storage that is allocated with the dataset, or with the first write at the latest."""
    seen = {}
    with h5py.File("early.h5", "w") as file:
        for time in (h5py.h5d.ALLOC_TIME_EARLY, h5py.h5d.ALLOC_TIME_LATE, h5py.h5d.ALLOC_TIME_INCR):
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_chunk((100,))
            plist.set_alloc_time(time)
            space = h5py.h5s.create_simple((1000,))
            dset = h5py.h5d.create(file.id, str(time).encode(), h5py.h5t.NATIVE_INT32, space, plist)
            seen[time] = [dset.get_space_status(), dset.get_storage_size() > 0]
            dset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.zeros(1000, "i4"))
            seen[time] += [dset.get_storage_size() > 0]
            if time != h5py.h5d.ALLOC_TIME_INCR:
                seen[time] += [dset.get_space_status()]
    return seen


def test_storage_is_allocated_when_the_program_says(twins):
    twins.agree(write_early)


def write_dense_and_compressible():
    """A picture: no element is the fill value, and neighbours are much alike."""
    rows, columns = np.mgrid[:256, :256]
    picture = (1000 + 300 * np.sin(rows / 30) * np.cos(columns / 40)).astype("<u2")
    with h5py.File("picture.h5", "w") as file:
        for options in (
            {"compression": "gzip"},
            {"compression": "gzip", "shuffle": True},
            {"compression": "lzf"},
        ):
            name = "-".join(options) + options["compression"]
            file.create_dataset(name, data=np.stack([picture] * 3), chunks=(1, 256, 256), **options)
        return {name: dset[()] for name, dset in file.items()}


def test_dense_chunks_are_compressed_as_the_program_wants(twins):
    for name in twins.agree(write_dense_and_compressible):
        native, sparse = (
            stored_bytes(folder / "picture.h5", name) for folder in (twins.native, twins.sparse)
        )
        assert sparse <= 1.02 * native, name


def write_dense_noise():
    """No element to leave out, and nothing to compress."""
    with h5py.File("noise.h5", "w") as file:
        data = np.random.default_rng(2).integers(1, 1 << 32, (32, 4096), dtype="u4")
        file.create_dataset("data", data=data, chunks=(4, 4096))
        return file["data"][...]


def test_dense_chunks_cost_no_more_than_a_header(twins):
    twins.agree(write_dense_noise)
    assert stored_bytes(twins.sparse / "noise.h5", "data") <= 32 * 4096 * 4 + 8 * 64


def write_layouts():
    """One dataset of each kind that HDF5 knows; returned as read back."""
    with h5py.File("layouts.h5", "w") as file:
        numbers = np.arange(40, dtype="i4").reshape(8, 5)
        file.create_dataset("chunked", data=numbers, chunks=(2, 5))
        file.create_dataset("contiguous", data=numbers)
        file.create_dataset("scalar", data=5)
        file["empty"] = h5py.Empty("f4")
        file.create_dataset("text", (4,), h5py.string_dtype(), chunks=(2,))[1] = "variable length"
        file.create_dataset("reference", (2,), h5py.ref_dtype, chunks=(2,))[0] = file["chunked"].ref
        file.create_dataset("fixed text", data=np.array([b"ab", b"", b"c"]), chunks=(2,))
        file.create_dataset("vlen", (2,), h5py.vlen_dtype("i4"), chunks=(1,))[0] = [1, 2]
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((4,))
        h5py.h5d.create(file.id, b"compact", h5py.h5t.NATIVE_INT16, space, compact).write(
            h5py.h5s.ALL, h5py.h5s.ALL, np.arange(4, dtype="i2")
        )
        layout = h5py.VirtualLayout((5,), "i4")
        layout[:] = h5py.VirtualSource(file["chunked"])[3]
        file.create_virtual_dataset("virtual", layout)
    with h5py.File("layouts.h5") as file:
        return {
            name: dset[()].tolist()
            for name, dset in file.items()
            if dset.shape is not None and name != "reference"
        } | {"referenced": file[file["reference"][0]].name}


def test_what_qualifies(twins):
    twins.agree(write_layouts)
    sparse = {"chunked", "fixed text"}
    with h5py.File(twins.sparse / "layouts.h5") as file:
        names = list(file)
    assert {n for n in names if is_sparse(twins.sparse / "layouts.h5", n)} == sparse


def test_layout_all_makes_contiguous_datasets_sparse(twins):
    twins.run_sparse(write_layouts, more_env=configured(layout="all"))
    assert is_sparse(twins.sparse / "layouts.h5", "contiguous")
    assert not is_sparse(twins.sparse / "layouts.h5", "text")


def test_native_file_stays_native(twins):
    """An existing native dataset passes through: read, written, never converted."""
    twins.run_native(write_layouts)
    path = twins.native / "layouts.h5"
    twins.run_sparse(overwrite, str(path))
    assert not is_sparse(path, "chunked")
    with h5py.File(path) as file:
        assert file["chunked"][1].tolist() == [5, 6, 77, 8, 9]


def overwrite(path):
    with h5py.File(path, "r+") as file:
        file["chunked"][1, 2] = 77


def test_demo(tmp_path):
    """make demo's script, whole."""
    env = native_environment(VOL_SPARSE_DEMO_H5PY=h5py.version.version)
    done = run_command([DEMO / "run", tmp_path], ROOT, env, timeout=200)
    assert done.stderr == "", done
