"""What is stored of a dataset, in figures."""

from __future__ import annotations

from dataclasses import dataclass

import h5py
import numpy as np

from . import _hdf5
from ._hdf5 import NotSparseError, phil

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_KIBI = 1024


@dataclass(frozen=True)
class Info:
    """What a dataset is, and what is stored of it.

    Attributes
    ----------
    name : str or None
        The path of the dataset in its file.
    shape : tuple of int
        Its extent.
    dtype : numpy.dtype
        The type of its elements.
    chunks : tuple of int or None
        Its chunk shape; None if it has none.
    sparse : bool
        Whether it is stored sparsely.
    defined : int or None
        The number of defined elements; None if the dataset is not sparse, or was not opened through vol-sparse.
    size : int
        The number of elements.
    dense_bytes : int
        What the elements take in memory.
    stored_bytes : int
        What they take in the file.
    """

    name: str | None
    shape: tuple[int, ...]
    dtype: np.dtype
    chunks: tuple[int, ...] | None
    sparse: bool
    defined: int | None
    size: int
    dense_bytes: int
    stored_bytes: int

    @property
    def density(self) -> float | None:
        """The share of elements that are defined, 0 to 1; None if it is not known."""
        if self.defined is None:
            return None
        return self.defined / self.size if self.size else 0.0

    @property
    def factor(self) -> float:
        """How many times as large the elements are in memory as in the file; infinite if nothing is stored."""
        return self.dense_bytes / self.stored_bytes if self.stored_bytes else float("inf")

    def __str__(self) -> str:
        kind = "sparse" if self.sparse else "not sparse"
        known = "" if self.defined is None else f", {self.defined} of {self.size} elements defined"
        return (
            f"{self.name}: {self.shape} {self.dtype}, {kind}{known}; {_in_words(self.stored_bytes)} in the file,"
            f" {_in_words(self.dense_bytes)} in memory"
        )


def is_sparse(dset: h5py.Dataset) -> bool:
    """Tell whether a dataset is stored sparsely.

    Parameters
    ----------
    dset : h5py.Dataset
        The dataset, opened through vol-sparse or natively.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `dset` is not an h5py dataset.
    """
    return _count(dset, of_nothing=True) is not None or _has_filter(dset)


def info(dset: h5py.Dataset) -> Info:
    """Tell what is stored of a dataset.

    What was written and not flushed yet counts as defined, but takes no bytes in the file.

    Parameters
    ----------
    dset : h5py.Dataset
        The dataset, sparse or not.

    Returns
    -------
    Info

    Raises
    ------
    TypeError
        If `dset` is not an h5py dataset.
    """
    count = _count(dset, of_nothing=False)
    with phil:
        stored = dset.id.get_storage_size()
    return Info(
        name=dset.name,
        shape=dset.shape,
        dtype=dset.dtype,
        chunks=dset.chunks,
        sparse=count is not None or _has_filter(dset),
        defined=count,
        size=dset.size,
        dense_bytes=dset.size * dset.dtype.itemsize,
        stored_bytes=stored,
    )


def _count(dset: h5py.Dataset, of_nothing: bool) -> int | None:
    """The number of defined elements, or 0; None where the connector does not know them."""
    if not isinstance(dset, h5py.Dataset):
        raise TypeError(f"an h5py.Dataset is needed, not {type(dset).__name__}")
    with phil:
        space = dset.id.get_space()
        if of_nothing:
            space.select_none()
        try:
            return _hdf5.get_num_defined(dset, space.id)
        except NotSparseError:
            return None


def _has_filter(dset: h5py.Dataset) -> bool:
    """Whether the filter is there to see: it is where the file was opened without the connector."""
    with phil:
        creation = dset.id.get_create_plist()
        return creation.get_nfilters() > 0 and creation.get_filter(0)[0] == _hdf5.FILTER


def _in_words(size: float) -> str:
    unit = 0
    while size >= _KIBI and unit < len(_UNITS) - 1:
        size /= _KIBI
        unit += 1
    return f"{size:.3g} {_UNITS[unit]}" if unit else f"{size} B"
