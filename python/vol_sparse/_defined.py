"""Which elements are defined, and erasing them."""

import h5py
import numpy as np

from . import _hdf5
from ._hdf5 import phil

_selections = h5py._hl.selections


def file_space(dset, selection):
    """The dataspace of a selection as h5py takes it, and what keeps it alive."""
    if selection is Ellipsis or (isinstance(selection, tuple) and selection == ()):
        return _hdf5.H5S_ALL, None
    if not isinstance(dset, h5py.Dataset):
        raise TypeError(f"an h5py.Dataset is needed, not {type(dset).__name__}")
    with phil:
        space = _selections.select(dset.shape, selection, dataset=dset).id
    return space.id, space


class Defined(_selections.Selection):
    """The defined elements of a dataset, as a selection: `dset[defined(dset)]` are their values, in one dimension.

    They come in row-major order.
    """

    @property
    def coordinates(self):
        """An array of one row for each element."""
        with phil:
            if self.nselect == 0:
                return np.empty((0, len(self.shape)), np.int64)
            if self.id.get_select_type() == h5py.h5s.SEL_POINTS:
                return self.id.get_select_elem_pointlist().astype(np.int64)
            blocks = self.id.get_select_hyper_blocklist().astype(np.int64)
        steps = np.append(np.cumprod(np.array(self.shape[:0:-1], np.int64))[::-1], 1)
        elements = np.empty(self.nselect, np.int64)
        filled = 0
        for first, last in blocks:
            block = sum(np.ix_(*((np.arange(a, b + 1)) * step for a, b, step in zip(first, last, steps))))
            elements[filled : filled + block.size] = block.ravel()
            filled += block.size
        elements.sort()
        return np.stack(np.unravel_index(elements, self.shape), axis=1)

    def __repr__(self):
        return f"<{self.nselect} defined elements of {self.shape}>"


def defined(dset, selection=...):
    """The defined elements of a dataset, all of them or those in a selection of h5py's."""
    space, _keep = file_space(dset, selection)
    return Defined(None, spaceid=_hdf5.get_defined(dset, space))


def erase(dset, selection):
    """Makes elements undefined: they read as the fill value. `erase(dset, ...)` erases all of them."""
    space, _keep = file_space(dset, selection)
    _hdf5.erase(dset, space)


def nnz(dset, selection=...):
    """How many elements are defined."""
    space, _keep = file_space(dset, selection)
    return _hdf5.get_num_defined(dset, space)


def density(dset, selection=...):
    """The share of elements that are defined, 0 to 1; 0 of nothing."""
    space, keep = file_space(dset, selection)
    total = dset.size if keep is None else keep.get_select_npoints()
    return _hdf5.get_num_defined(dset, space) / total if total else 0.0
