"""The filter alone: programs without the connector read sparse datasets, and write what the connector reads."""

import h5py
import numpy as np
import pytest
from harness import DIST, native_environment, run_function, sparse_environment

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


def read_virtually():
    layout = h5py.VirtualLayout((9, 60, 50), "i4")
    layout[:] = h5py.VirtualSource("filter.h5", "x", (9, 60, 50))
    with h5py.File("virtual.h5", "w") as f:
        f.create_virtual_dataset("v", layout, fillvalue=0)
        return f["v"][()]


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


def test_a_virtual_dataset_reads_sparse_sources_by_the_filter_alone(tmp_path):
    run_function(write, {}, cwd=tmp_path, env=sparse_environment())
    np.testing.assert_array_equal(
        run_function(read_virtually, cwd=tmp_path, env=filter_environment()).value, expected()
    )
