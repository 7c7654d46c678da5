"""The filter alone: programs without the connector read sparse datasets, and write what the connector reads."""

import re
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5s
from harness import (
    DIST,
    is_sparse,
    native_environment,
    run_command,
    run_function,
    sparse_environment,
    stored_bytes,
    tools_folder,
)

FILTERS = [{}, {"compression": "gzip", "shuffle": True}, {"fletcher32": True}]


def filter_environment():
    """The environment of a user who has the filter plugin and no connector."""
    return native_environment(HDF5_PLUGIN_PATH=str(DIST / "lib" / "filter"))


def expected():
    data = np.full((9, 60, 50), -1, "i4")
    data[2, 10:20, 5:9] = np.arange(40).reshape(10, 4)
    data[5] = np.arange(3000).reshape(60, 50)
    return data


def write(options):
    with h5py.File("filter.h5", "w") as f:
        dset = f.create_dataset("x", (9, 60, 50), "i4", chunks=(2, 40, 30), fillvalue=-1, **options)
        dset[2, 10:20, 5:9] = np.arange(40).reshape(10, 4)
        dset[5] = np.arange(3000).reshape(60, 50)


def read():
    with h5py.File("filter.h5") as f:
        return f["x"][()]


def append():
    with h5py.File("filter.h5", "r+") as f:
        f["x"][7, ::3, ::2] = 11
        f["x"][5, 0, 0] = 12


@pytest.mark.parametrize("options", FILTERS)
def test_programs_without_the_connector_read_and_append(tmp_path, options):
    run_function(write, options, cwd=tmp_path, env=sparse_environment())
    np.testing.assert_array_equal(
        run_function(read, cwd=tmp_path, env=filter_environment()).value, expected()
    )
    run_function(append, cwd=tmp_path, env=filter_environment())
    after = expected()
    after[7, ::3, ::2] = 11
    after[5, 0, 0] = 12
    np.testing.assert_array_equal(run_function(read, cwd=tmp_path, env=filter_environment()).value, after)
    np.testing.assert_array_equal(run_function(read, cwd=tmp_path, env=sparse_environment()).value, after)


def append_only(asks):
    if asks:
        assert h5py.h5z.filter_avail(33003)
    with h5py.File("filter.h5", "r+") as f:
        f["x"].resize((11, 60, 50))
        f["x"][10, 1] = 5


@pytest.mark.parametrize("asks", [True, False])
def test_programs_that_only_write(tmp_path, asks):
    """HDF5 loads the filter when it is asked for it, not when it only writes; both are right, one is sparse."""
    run_function(write_growing, {}, cwd=tmp_path, env=sparse_environment())
    run_function(append_only, asks, cwd=tmp_path, env=filter_environment())
    with h5py.File(tmp_path / "filter.h5") as f:
        size = f["x"].id.get_chunk_info_by_coord((10, 0, 0)).size
        assert size < 1000 if asks else size == 2 * 40 * 30 * 4
    wanted = np.full((11, 60, 50), -1, "i4")
    wanted[:9] = expected()
    wanted[10, 1] = 5
    for env in (filter_environment(), sparse_environment()):
        assert_same(run_function(read_all, "filter.h5", cwd=tmp_path, env=env).value, {"x": wanted})


def grow():
    """Programs that never heard of sparse datasets: one grows a dataset, one copies it, one makes its like."""
    with h5py.File("filter.h5", "r+") as f:
        f["x"].resize((12, 60, 50))
        f["x"][9:11, 50:, 40:] = 21
        f["x"][11] = np.arange(3000).reshape(60, 50)
        f["x"].resize((12, 55, 50))
        f.copy("x", "copied")
        f["copied"][0, 0] = 31
        like = h5d.create(
            f.id, b"like", f["x"].id.get_type(), f["x"].id.get_space(), f["x"].id.get_create_plist()
        )
        h5py.Dataset(like)[3:5, 10:20] = 41


def grown():
    data = np.full((12, 60, 50), -1, "i4")
    data[:9] = expected()
    data[9:11, 50:, 40:] = 21
    data[11] = np.arange(3000).reshape(60, 50)
    x = data[:, :55]
    copied, like = x.copy(), np.full_like(x, -1)
    copied[0, 0] = 31
    like[3:5, 10:20] = 41
    return {"x": x, "copied": copied, "like": like}


def grow_again():
    """And back to the connector, which changes a little of each."""
    with h5py.File("filter.h5", "r+") as f:
        for dset in f.values():
            dset.resize((13, 60, 50))
            dset[:, 54:56, 7] = 51


def read_all(name):
    with h5py.File(name) as f:
        return {path: dset[()] for path, dset in f.items()}


@pytest.mark.parametrize("options", FILTERS)
def test_what_native_programs_make_is_sparse_and_right(tmp_path, options):
    filter_alone, connector = filter_environment(), sparse_environment()
    run_function(write_growing, options, cwd=tmp_path, env=connector)
    run_function(grow, cwd=tmp_path, env=filter_alone)
    run_command([tools_folder() / "h5repack", "filter.h5", "repacked.h5"], tmp_path, filter_alone)
    relaid = ["-l", "CHUNK=3x20x50"]
    run_command([tools_folder() / "h5repack", *relaid, "filter.h5", "relaid.h5"], tmp_path, filter_alone)
    wanted = grown()
    for name in ("filter.h5", "repacked.h5", "relaid.h5"):
        for env in (filter_alone, connector):
            assert_same(run_function(read_all, name, cwd=tmp_path, env=env).value, wanted)
        for path in wanted:
            assert is_sparse(tmp_path / name, path)
            assert stored_bytes(tmp_path / name, path) < wanted[path].nbytes
    run_function(grow_again, cwd=tmp_path, env=connector)
    for path, data in wanted.items():
        wanted[path] = np.full((13, 60, 50), -1, "i4")
        wanted[path][:12, :55] = data
        wanted[path][:, 54:56, 7] = 51
    assert_same(run_function(read_all, "filter.h5", cwd=tmp_path, env=filter_alone).value, wanted)


def write_growing(options):
    with h5py.File("filter.h5", "w") as f:
        shape, most = (9, 60, 50), (None, None, 50)
        dset = f.create_dataset("x", shape, "i4", chunks=(2, 40, 30), maxshape=most, fillvalue=-1, **options)
        dset[2, 10:20, 5:9] = np.arange(40).reshape(10, 4)
        dset[5] = np.arange(3000).reshape(60, 50)


def assert_same(got, wanted):
    assert got.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_array_equal(got[name], wanted[name], err_msg=name)


# A detector of modules, each with a process and a file of its own; the last one missed the last frames.
MODULES, FRAMES, ROWS, COLUMNS = 4, 12, 16, 24


def frames_of(module):
    return FRAMES if module < MODULES - 1 else FRAMES - 2


def hits(module):
    """Photons of a module, frame by frame."""
    random = np.random.default_rng(module)
    shape = (frames_of(module), ROWS, COLUMNS)
    return np.where(random.random(shape) < 0.02, random.integers(1, 9, shape), 0).astype("u2")


def write_module(module):
    with h5py.File(f"module-{module}.h5", "w") as f:
        most = (None, ROWS, COLUMNS)
        dset = f.create_dataset("data", (0, ROWS, COLUMNS), "u2", chunks=(1, ROWS, COLUMNS), maxshape=most)
        for i, frame in enumerate(hits(module)):
            dset.resize(i + 1, 0)
            dset[i] = frame
            f.flush()


def aggregate():
    """The three ways to put modules together: side by side, growing with their frames, and by a numbered name."""
    with h5py.File("detector.h5", "w") as f:
        layout = h5py.VirtualLayout((FRAMES, MODULES * ROWS, COLUMNS), "u2")
        for i in range(MODULES):
            shape = (frames_of(i), ROWS, COLUMNS)
            layout[: shape[0], i * ROWS : (i + 1) * ROWS] = h5py.VirtualSource(
                f"module-{i}.h5", "data", shape
            )
        f.create_virtual_dataset("fixed", layout, fillvalue=999)

        space = h5s.create_simple((0, MODULES * ROWS, COLUMNS), (h5s.UNLIMITED, MODULES * ROWS, COLUMNS))
        source = h5s.create_simple((0, ROWS, COLUMNS), (h5s.UNLIMITED, ROWS, COLUMNS))
        source.select_hyperslab((0, 0, 0), (1, 1, 1), (1, 1, 1), (h5s.UNLIMITED, ROWS, COLUMNS))
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_fill_value(np.array(999, "u2"))
        for i in range(MODULES):
            space.select_hyperslab((0, i * ROWS, 0), (1, 1, 1), (1, 1, 1), (h5s.UNLIMITED, ROWS, COLUMNS))
            plist.set_virtual(space, f"module-{i}.h5".encode(), b"data", source)
        h5d.create(f.id, b"growing", h5py.h5t.STD_U16LE, space, plist)

        space = h5s.create_simple((0, ROWS, COLUMNS), (h5s.UNLIMITED, ROWS, COLUMNS))
        space.select_hyperslab((0, 0, 0), (h5s.UNLIMITED, 1, 1), (1, 1, 1), (1, ROWS, COLUMNS))
        first = h5s.create_simple((FRAMES, ROWS, COLUMNS))
        first.select_hyperslab((0, 0, 0), (1, ROWS, COLUMNS))
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_virtual(space, b"module-%b.h5", b"data", first)
        h5d.create(f.id, b"numbered", h5py.h5t.STD_U16LE, space, plist)


def aggregated():
    fixed = np.full((FRAMES, MODULES * ROWS, COLUMNS), 999, "u2")
    for i in range(MODULES):
        fixed[: frames_of(i), i * ROWS : (i + 1) * ROWS] = hits(i)
    return {"fixed": fixed, "growing": fixed, "numbered": np.stack([hits(i)[0] for i in range(MODULES)])}


def test_virtual_datasets_over_modules_written_at_once(tmp_path):
    with ThreadPoolExecutor(MODULES) as processes:
        env = sparse_environment()
        list(processes.map(lambda i: run_function(write_module, i, cwd=tmp_path, env=env), range(MODULES)))
    for i in range(MODULES):
        assert is_sparse(tmp_path / f"module-{i}.h5", "data")
        assert stored_bytes(tmp_path / f"module-{i}.h5", "data") < hits(i).nbytes / 3
    run_function(aggregate, cwd=tmp_path, env=filter_environment())
    wanted = aggregated()
    for env in (filter_environment(), sparse_environment()):
        assert_same(run_function(read_all, "detector.h5", cwd=tmp_path, env=env).value, wanted)
        for path, data in wanted.items():
            dump = [tools_folder() / "h5dump", "-d", path, "-y", "-w", "1", "-o", "values.txt", "detector.h5"]
            run_command(dump, tmp_path, env)
            values = np.array(re.findall(r"\d+", (tmp_path / "values.txt").read_text()), "u2")
            np.testing.assert_array_equal(values, data.ravel(), err_msg=path)
