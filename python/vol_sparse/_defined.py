"""Which elements are defined, and erasing them."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from . import _hdf5
from ._hdf5 import phil

_selections = h5py._hl.selections


def file_space(dset: h5py.Dataset, selection: Any) -> tuple[int, Any]:
    """Give the identifier of the dataspace of a selection as h5py takes it, and what keeps it alive."""
    if selection is Ellipsis or (isinstance(selection, tuple) and selection == ()):
        return _hdf5.H5S_ALL, None
    if not isinstance(dset, h5py.Dataset):
        raise TypeError(f"an h5py.Dataset is needed, not {type(dset).__name__}")
    with phil:
        space = _selections.select(dset.shape, selection, dataset=dset).id
    return space.id, space


class Defined(_selections.Selection):
    """The defined elements of a dataset, as a selection.

    ``dset[defined(dset)]`` are their values, in one dimension and in row-major order. It stays what it is when the
    dataset changes.
    """

    @property
    def coordinates(self) -> np.ndarray:
        """The coordinates of the elements: int64, a row for each element, a column for each dimension."""
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

    def __repr__(self) -> str:
        return f"<{self.nselect} defined elements of {self.shape}>"


def defined(dset: h5py.Dataset, selection: Any = ...) -> Defined:
    """Select the defined elements of a dataset.

    Parameters
    ----------
    dset : h5py.Dataset
        A sparse dataset.
    selection : optional
        What h5py takes in brackets: slices, indices, lists, a mask, or a tuple of these. Without it, the whole dataset.

    Returns
    -------
    Defined
        A selection, with which h5py reads and writes.

    Raises
    ------
    NotSparseError
        If the dataset is not sparse, or was not opened through vol-sparse.
    """
    space, _keep = file_space(dset, selection)
    return Defined(None, spaceid=_hdf5.get_defined(dset, space))


def erase(dset: h5py.Dataset, selection: Any) -> None:
    """Make elements undefined: they read as the fill value, and take no room once the file is flushed.

    Parameters
    ----------
    dset : h5py.Dataset
        A sparse dataset, open for writing.
    selection
        What h5py takes in brackets; ``...`` erases all elements.

    Raises
    ------
    NotSparseError
        If the dataset is not sparse, or was not opened through vol-sparse.
    """
    space, _keep = file_space(dset, selection)
    _hdf5.erase(dset, space)


def nnz(dset: h5py.Dataset, selection: Any = ...) -> int:
    """Count the defined elements.

    Parameters
    ----------
    dset : h5py.Dataset
        A sparse dataset.
    selection : optional
        What h5py takes in brackets: slices, indices, lists, a mask, or a tuple of these. Without it, the whole dataset.

    Returns
    -------
    int

    Raises
    ------
    NotSparseError
        If the dataset is not sparse, or was not opened through vol-sparse.
    """
    space, _keep = file_space(dset, selection)
    return _hdf5.get_num_defined(dset, space)


def density(dset: h5py.Dataset, selection: Any = ...) -> float:
    """Tell which share of the elements is defined.

    Parameters
    ----------
    dset : h5py.Dataset
        A sparse dataset.
    selection : optional
        What h5py takes in brackets: slices, indices, lists, a mask, or a tuple of these. Without it, the whole dataset.

    Returns
    -------
    float
        0 to 1; 0 if nothing is selected.

    Raises
    ------
    NotSparseError
        If the dataset is not sparse, or was not opened through vol-sparse.
    """
    space, keep = file_space(dset, selection)
    total = dset.size if keep is None else keep.get_select_npoints()
    return _hdf5.get_num_defined(dset, space) / total if total else 0.0
