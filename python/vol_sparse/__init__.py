"""Sparse datasets of vol-sparse in h5py: which elements are defined, erasing them, and sparse arrays out of them."""

# What h5py must find in the environment is set before anything below imports it.
from ._environment import prepare, require_hdf5

prepare()
require_hdf5()

from ._arrays import Coo, from_coo, from_scipy, to_coo, to_csr, to_scipy
from ._defined import Defined, defined, density, erase, nnz
from ._hdf5 import NotSparseError

__all__ = [
    "Coo",
    "Defined",
    "NotSparseError",
    "defined",
    "density",
    "erase",
    "from_coo",
    "from_scipy",
    "nnz",
    "to_coo",
    "to_csr",
    "to_scipy",
]
