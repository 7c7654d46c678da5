"""The filter alone: programs without the connector read sparse datasets, and write what the connector reads."""

import re
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5s
from harness import (
    filter_environment,
    is_sparse,
    run_command,
    run_function,
    sparse_environment,
    stored_bytes,
    tools_folder,
)

FILTERS = [{}, {"compression": "gzip", "shuffle": True}, {"fletcher32": True}]


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


def write_growing():
    """A dataset for each pipeline."""
    with h5py.File("filter.h5", "w") as f:
        for i, options in enumerate(FILTERS):
            shape, most = (9, 60, 50), (None, None, 50)
            dset = f.create_dataset(
                f"x{i}", shape, "i4", chunks=(2, 40, 30), maxshape=most, fillvalue=-1, **options
            )
            dset[2, 10:20, 5:9] = np.arange(40).reshape(10, 4)
            dset[5] = np.arange(3000).reshape(60, 50)


def read_all(*names):
    """The datasets of files, by file and name."""
    data = {}
    for name in names:
        with h5py.File(name) as f:
            data |= {f"{name} {path}": dset[()] for path, dset in f.items()}
    return data


def assert_same(got, wanted):
    assert got.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_array_equal(got[name], wanted[name], err_msg=name)


def append_only(asks):
    if asks:
        assert h5py.h5z.filter_avail(33003)
    with h5py.File("filter.h5", "r+") as f:
        for dset in f.values():
            dset.resize((11, 60, 50))
            dset[10, 1] = 5


@pytest.mark.parametrize("asks", [True, False])
def test_programs_that_only_write(tmp_path, asks):
    """HDF5 loads the filter when it is asked for it, not when it only writes; both are right, one is sparse."""
    run_function(write_growing, cwd=tmp_path, env=sparse_environment())
    run_function(append_only, asks, cwd=tmp_path, env=filter_environment())
    with h5py.File(tmp_path / "filter.h5") as f:
        info = f["x0"].id.get_chunk_info_by_coord((10, 0, 0))
        assert info.size < 1000 if asks else info.size == 2 * 40 * 30 * 4
    data = np.full((11, 60, 50), -1, "i4")
    data[:9] = expected()
    data[10, 1] = 5
    wanted = {f"filter.h5 x{i}": data for i in range(len(FILTERS))}
    assert_same(run_function(read_all, "filter.h5", cwd=tmp_path, env=sparse_environment()).value, wanted)


def grow():
    """Programs that never heard of sparse datasets: one grows a dataset, one copies it, one makes its like."""
    with h5py.File("filter.h5", "r+") as f:
        for i in range(len(FILTERS)):
            dset = f[f"x{i}"]
            dset.resize((12, 60, 50))
            dset[9:11, 50:, 40:] = 21
            dset[11] = np.arange(3000).reshape(60, 50)
            dset.resize((12, 55, 50))
            if i > 0:
                # HDF5 writes beyond its buffer where its cache holds chunks and a filter leaves it a smaller one.
                f.flush()
                dset.id.close()
                dset = f[f"x{i}"]
            f.copy(dset, f"copied{i}")
            f[f"copied{i}"][0, 0] = 31
            plist = dset.id.get_create_plist()
            like = h5d.create(f.id, f"like{i}".encode(), dset.id.get_type(), dset.id.get_space(), plist)
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
    return {
        f"{name}{i}": v
        for name, v in (("x", x), ("copied", copied), ("like", like))
        for i in range(len(FILTERS))
    }


def grow_again():
    """And back to the connector, which changes a little of each."""
    with h5py.File("filter.h5", "r+") as f:
        for dset in f.values():
            dset.resize((13, 60, 50))
            dset[:, 54:56, 7] = 51


def test_what_native_programs_make_is_sparse_and_right(tmp_path):
    filter_alone, connector = filter_environment(), sparse_environment()
    run_function(write_growing, cwd=tmp_path, env=connector)
    run_function(grow, cwd=tmp_path, env=filter_alone)
    run_command([tools_folder() / "h5repack", "filter.h5", "repacked.h5"], tmp_path, filter_alone)
    relaid = ["-l", "CHUNK=3x20x50"]
    run_command([tools_folder() / "h5repack", *relaid, "filter.h5", "relaid.h5"], tmp_path, filter_alone)
    files = ("filter.h5", "repacked.h5", "relaid.h5")
    for name in files:
        for path, data in grown().items():
            assert is_sparse(tmp_path / name, path)
            assert stored_bytes(tmp_path / name, path) < data.nbytes
    wanted = {f"{name} {path}": data for name in files for path, data in grown().items()}
    for env in (filter_alone, connector):
        assert_same(run_function(read_all, *files, cwd=tmp_path, env=env).value, wanted)

    run_function(grow_again, cwd=tmp_path, env=connector)
    wanted = {}
    for path, data in grown().items():
        larger = wanted[f"filter.h5 {path}"] = np.full((13, 60, 50), -1, "i4")
        larger[:12, :55] = data
        larger[:, 54:56, 7] = 51
    assert_same(run_function(read_all, "filter.h5", cwd=tmp_path, env=filter_alone).value, wanted)


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
    wanted = {f"detector.h5 {path}": data for path, data in aggregated().items()}
    for env in (filter_environment(), sparse_environment()):
        assert_same(run_function(read_all, "detector.h5", cwd=tmp_path, env=env).value, wanted)
        dump = ["h5dump", "-d", "growing", "-y", "-w", "1", "-o", "values.txt", "detector.h5"]
        run_command([tools_folder() / dump[0], *dump[1:]], tmp_path, env)
        dumped = np.array(re.findall(r"\d+", (tmp_path / "values.txt").read_text()), "u2")
        np.testing.assert_array_equal(dumped, aggregated()["growing"].ravel())
