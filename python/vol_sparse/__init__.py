"""Sparse datasets of vol-sparse in h5py: which elements are defined, erasing them, and sparse arrays out of them.

Import this package before h5py: the import tells HDF5 where the connector is.
"""

# What h5py must find in the environment is set before anything below imports it.
from ._environment import prepare, require_hdf5

prepare()
require_hdf5()

from ._arrays import Coo, from_coo, from_scipy, to_coo, to_csr, to_scipy
from ._defined import Defined, defined, density, erase, nnz
from ._hdf5 import NotSparseError
from ._info import Info, info, is_sparse
from ._show import Report, show
from ._version import __version__

__all__ = [
    "Coo",
    "Defined",
    "Info",
    "NotSparseError",
    "Report",
    "__version__",
    "defined",
    "density",
    "erase",
    "from_coo",
    "from_scipy",
    "info",
    "is_sparse",
    "nnz",
    "show",
    "to_coo",
    "to_csr",
    "to_scipy",
]
