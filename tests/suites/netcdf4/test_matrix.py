"""Each case of cases.py here, as the environment says, and in a native process: both see the same in both files."""

import os
from pathlib import Path

import h5py
import netCDF4
import pytest
from cases import CASES, create, numbers
from dump import by_h5py, by_netcdf4
from native import NativeProcess

CONNECTOR = os.environ.get("HDF5_VOL_CONNECTOR", "")
SPARSE_FILTER = 33003


@pytest.fixture(scope="session")
def native():
    process = NativeProcess(Path(netCDF4.__file__).parent / "plugins")
    yield process
    process.close()


def run_case(name, path):
    """What the case saw, and then what is in its file; a case that works in memory leaves none."""
    seen = CASES[name](path)
    return seen, dumps(path) if path.exists() else None


def dumps(path):
    return {"netCDF4": by_netcdf4(path), "h5py": by_h5py(path)}


def contents(dump):
    """A dump without how things are stored, which a program without the connector sees as it is."""
    if isinstance(dump, dict):
        return {name: contents(value) for name, value in dump.items() if name not in ("filters", "chunks")}
    return tuple(map(contents, dump)) if isinstance(dump, tuple) else dump


@pytest.mark.parametrize("name", CASES)
def test_case(name, native, tmp_path):
    here, there = tmp_path / "here.nc", tmp_path / "there.nc"
    seen, dump = native.call(run_case, name, there)
    assert run_case(name, here) == (seen, dump)
    if dump:
        assert dumps(there) == dump
        assert contents(native.call(dumps, here)) == contents(dump)


def sparse_variables(path):
    with h5py.File(path) as file:
        plists = {name: dataset.id.get_create_plist() for name, dataset in file.items()}
    return {n for n, p in plists.items() if p.get_nfilters() and p.get_filter(0)[0] == SPARSE_FILTER}


def test_what_is_stored_sparsely(native, tmp_path):
    path = tmp_path / "here.nc"
    with create(path) as file:
        file.createVariable("contiguous", "i4", ("y", "x"), contiguous=True)[:] = numbers((20, 30))
        file.createVariable("chunked", "i4", ("y", "x"), chunksizes=(5, 5))[:] = numbers((20, 30))
        file.createVariable("compressed", "i4", ("time", "x"), compression="zlib")[0:2] = numbers((2, 30))
        file.createVariable("zstd", "i4", ("time", "x"), compression="zstd")[0:2] = numbers((2, 30))
    # A dimension is a dataset, too.
    chunked = {"chunked", "compressed", "time"} if CONNECTOR else set()
    contiguous = {"contiguous", "y", "x"} if "layout=all" in CONNECTOR else set()
    assert native.call(sparse_variables, path) == chunked | contiguous
