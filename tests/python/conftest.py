import importlib.util
import os
import random

# The process of the tests is native, so that it can look at what is stored; before h5py is imported.
for _name in [n for n in os.environ if n.startswith(("HDF5_", "VOL_SPARSE_JAVA"))]:
    del os.environ[_name]
# One seed for all workers, another in each run; VOL_SPARSE_SEED repeats a run.
os.environ.setdefault("VOL_SPARSE_SEED", str(random.SystemRandom().randrange(1 << 31)))

import h5py
import pytest
from harness import Twins

# It has an environment of its own, which has all that it imports.
collect_ignore = [] if importlib.util.find_spec("kerchunk") else ["test_kerchunk.py"]
# Of the MPIs one has h5py, and one the subfiling driver.
for _name, _test in ("openmpi", "test_h5py_mpi.py"), ("subfiling", "test_subfiling.py"):
    if os.environ.get("VOL_SPARSE_MPI") != _name:
        collect_ignore.append(_test)


def pytest_report_header():
    return [
        f"h5py {h5py.version.version}, HDF5 {h5py.version.hdf5_version}",
        f"VOL_SPARSE_SEED={os.environ['VOL_SPARSE_SEED']}",
    ]


@pytest.fixture(scope="session")
def seed():
    """The seed of the random tests of this run."""
    return int(os.environ["VOL_SPARSE_SEED"])


@pytest.fixture
def twins(tmp_path):
    """Two folders and the means to run a program in both, natively and sparsely."""
    return Twins(tmp_path)
