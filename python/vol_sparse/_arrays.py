"""Sparse arrays out of sparse datasets and into them, with no dense array between."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, NamedTuple

import h5py
import numpy as np

from . import _hdf5
from ._defined import file_space
from ._hdf5 import phil

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike
    from scipy.sparse import csr_array, sparray

# Elements in one write: what selecting them takes stays below 100 MB.
WRITTEN_AT_ONCE = 1 << 19


class Coo(NamedTuple):
    """Elements by their coordinates.

    Attributes
    ----------
    coordinates : numpy.ndarray
        One row for each dimension, one column for each element; int64.
    values : numpy.ndarray
        The values of the elements, in the same order.
    shape : tuple of int
        The shape of the dataset.
    """

    coordinates: np.ndarray
    values: np.ndarray
    shape: tuple[int, ...]


def to_coo(dset: h5py.Dataset, selection: Any = ..., dtype: DTypeLike | None = None) -> Coo:
    """Read the defined elements of a dataset: their coordinates and their values.

    They come chunk by chunk, in row-major order within each. Memory is in proportion to their number.

    Parameters
    ----------
    dset : h5py.Dataset
        A sparse dataset.
    selection : optional
        What h5py takes in brackets: slices, indices, lists, a mask, or a tuple of these. Without it, the whole dataset.
    dtype : optional
        The type of the values; that of the dataset if it is not given.

    Returns
    -------
    Coo
        Coordinates are those in the dataset, whatever is selected.

    Raises
    ------
    NotSparseError
        If the dataset is not sparse, or was not opened through vol-sparse.
    """
    space, _keep = file_space(dset, selection)
    expected = _hdf5.get_num_defined(dset, space)
    dtype = np.dtype(dset.dtype if dtype is None else dtype)
    rank = len(dset.shape)
    coordinates = np.empty((rank, expected), np.int64)
    values = np.empty(expected, dtype)
    filled = 0

    def take(count, coordinates_at, values_at):
        nonlocal coordinates, values, filled
        if filled + count > values.size:  # somebody has written since they were counted
            room = 2 * (filled + count)
            coordinates = np.concatenate((coordinates, np.empty((rank, room), np.int64)), axis=1)
            values = np.concatenate((values, np.empty(room, dtype)))
        batch = np.ctypeslib.as_array(
            ctypes.cast(coordinates_at, ctypes.POINTER(ctypes.c_int64)), (count, rank)
        )
        coordinates[:, filled : filled + count] = batch.T
        ctypes.memmove(values[filled:].ctypes.data, values_at, count * dtype.itemsize)
        filled += count

    with phil:
        memory_type = h5py.h5t.py_create(dtype)
        _hdf5.iterate_defined(dset, space, memory_type.id, take)
    return Coo(coordinates[:, :filled], values[:filled], dset.shape)


def _matrix_shape(shape: tuple[int, ...], rows: int) -> tuple[int, int]:
    """The number of rows and columns when so many leading dimensions become rows and the others columns."""
    if not 0 <= rows <= len(shape):
        raise ValueError(
            f"rows={rows}: a dataset of {len(shape)} dimensions has 0 to {len(shape)} leading ones"
        )
    columns = int(np.prod(shape[rows:], dtype=object))
    return int(np.prod(shape[:rows], dtype=object)), columns


def _flat(coordinates: np.ndarray, shape: Any) -> np.ndarray:
    """Row-major positions; of no dimensions, 0."""
    position = np.zeros(coordinates.shape[1], np.int64)
    for along, length in zip(coordinates, shape):
        position *= length
        position += along
    return position


def to_scipy(
    dset: h5py.Dataset,
    selection: Any = ...,
    format: str = "coo",
    rows: int = 1,
    dtype: DTypeLike | None = None,
) -> sparray:
    """Read the defined elements of a dataset as a sparse array of SciPy, of two dimensions.

    With ``rows=1`` frames of pixels give a row for each frame.

    Parameters
    ----------
    dset : h5py.Dataset
        A sparse dataset.
    selection : optional
        What h5py takes in brackets: slices, indices, lists, a mask, or a tuple of these. Without it, the whole dataset.
    format : str, optional
        One of SciPy's formats: "coo", "csr", "csc" and others.
    rows : int, optional
        How many leading dimensions of the dataset become rows of the matrix; the others become columns.
    dtype : optional
        The type of the values; that of the dataset if it is not given.

    Returns
    -------
    scipy.sparse.sparray
        It has the shape of the whole dataset, whatever is selected.

    Raises
    ------
    NotSparseError
        If the dataset is not sparse, or was not opened through vol-sparse.
    ValueError
        If the dataset has fewer dimensions than `rows`.
    """
    from scipy.sparse import coo_array

    matrix_shape = _matrix_shape(dset.shape, rows)
    coordinates, values, shape = to_coo(dset, selection, dtype)
    row = _flat(coordinates[:rows], shape[:rows])
    column = _flat(coordinates[rows:], shape[rows:])
    del coordinates
    return coo_array((values, (row, column)), shape=matrix_shape).asformat(format)


def to_csr(
    dset: h5py.Dataset, selection: Any = ..., rows: int = 1, dtype: DTypeLike | None = None
) -> csr_array:
    """Read the defined elements of a dataset as a ``csr_array`` of SciPy.

    The same as ``to_scipy(dset, selection, "csr", rows, dtype)``.

    Parameters
    ----------
    dset : h5py.Dataset
        A sparse dataset.
    selection : optional
        What h5py takes in brackets: slices, indices, lists, a mask, or a tuple of these. Without it, the whole dataset.
    rows : int, optional
        How many leading dimensions of the dataset become rows of the matrix; the others become columns.
    dtype : optional
        The type of the values; that of the dataset if it is not given.

    Returns
    -------
    scipy.sparse.csr_array
    """
    return to_scipy(dset, selection, "csr", rows, dtype)


def from_coo(dset: h5py.Dataset, coordinates: ArrayLike, values: ArrayLike) -> None:
    """Write elements at their coordinates; the others stay as they are.

    Parameters
    ----------
    dset : h5py.Dataset
        Any dataset of h5py, sparse or not.
    coordinates : array_like of int
        One row for each dimension, as `to_coo` and ``numpy.nonzero`` give them. Of equal coordinates the last one
        counts.
    values : array_like
        A value for each column of `coordinates`.

    Raises
    ------
    TypeError
        If the coordinates are not integers, or `dset` is not an h5py dataset.
    ValueError
        If shapes do not fit, or coordinates are not within the dataset.
    """
    if not isinstance(dset, h5py.Dataset):
        raise TypeError(f"an h5py.Dataset is needed, not {type(dset).__name__}")
    shape = dset.shape
    coordinates = np.asarray(coordinates)
    values = np.asarray(values, None if dset.dtype.subdtype else dset.dtype)
    if coordinates.ndim != 2 or coordinates.shape != (len(shape), len(values)):
        raise ValueError(
            f"coordinates of shape {coordinates.shape} for {len(values)} values in {len(shape)} dimensions:"
            f" {(len(shape), len(values))} is needed"
        )
    if coordinates.dtype.kind not in "iu" and coordinates.size:
        raise TypeError(f"coordinates are integers, not {coordinates.dtype}")
    if coordinates.size and ((coordinates < 0).any() or (coordinates >= np.array(shape)[:, None]).any()):
        raise ValueError(f"some coordinates are not within the dataset's shape {shape}")
    order = _chunk_order(dset, coordinates)
    with phil:
        space = dset.id.get_space()
        memory_type = h5py.h5t.py_create(dset.dtype)
        for first in range(0, len(values), WRITTEN_AT_ONCE):
            batch = (
                slice(first, first + WRITTEN_AT_ONCE)
                if order is None
                else order[first : first + WRITTEN_AT_ONCE]
            )
            points = np.ascontiguousarray(coordinates[:, batch].T, np.uint64)
            space.select_elements(points)
            memory = h5py.h5s.create_simple((len(points),))
            dset.id.write(memory, space, np.ascontiguousarray(values[batch]), memory_type)


def _chunk_order(dset: h5py.Dataset, coordinates: np.ndarray) -> np.ndarray | None:
    """An order in which the elements of a chunk follow one another; None if they do so already."""
    if dset.chunks is None or coordinates.shape[1] <= WRITTEN_AT_ONCE:
        return None
    grid = [-(-length // chunk) for length, chunk in zip(dset.shape, dset.chunks)]
    chunk = _flat(coordinates // np.array(dset.chunks)[:, None], grid)
    return None if (chunk[1:] >= chunk[:-1]).all() else np.argsort(chunk, kind="stable")


def from_scipy(dset: h5py.Dataset, array: sparray, rows: int = 1) -> None:
    """Write the elements that a sparse array of SciPy stores; the others stay as they are.

    The reverse of `to_scipy`.

    Parameters
    ----------
    dset : h5py.Dataset
        Any dataset of h5py, sparse or not.
    array : scipy.sparse.sparray
        A sparse array or matrix of two dimensions. Entries of equal coordinates are summed.
    rows : int, optional
        How many leading dimensions of the dataset become rows of the matrix; the others become columns.

    Raises
    ------
    ValueError
        If the shape of the array is not that of the dataset with so many rows.
    """
    array = array.tocoo()
    if array.shape != _matrix_shape(dset.shape, rows):
        raise ValueError(
            f"an array of shape {array.shape} for a dataset of shape {dset.shape}, which with rows={rows} is"
            f" {_matrix_shape(dset.shape, rows)}"
        )
    array.sum_duplicates()
    coordinates = np.empty((len(dset.shape), array.nnz), np.int64)
    coordinates[:rows] = np.unravel_index(array.row, dset.shape[:rows]) if rows else 0
    coordinates[rows:] = np.unravel_index(array.col, dset.shape[rows:]) if rows < len(dset.shape) else 0
    from_coo(dset, coordinates, array.data)
