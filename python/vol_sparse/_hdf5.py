"""The operations on defined elements, called in the libhdf5 that h5py itself uses.

The wheels of h5py carry a libhdf5 of their own, under a name of its own. A symbol looked up in one of h5py's extension
modules is found in the libraries this module was linked with, whatever their names.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Callable

import h5py

# An attribute, not an import: Debian's h5py is a package under another name, and an import would load it twice.
phil = h5py._objects.phil

H5S_ALL = 0
NO_VALUES = -1

# The number of the filter of sparse datasets.
FILTER = 33003


class NotSparseError(ValueError):
    """The dataset is not sparse, or its file was not opened through vol-sparse."""


class _OptionalArguments(ctypes.Structure):
    _fields_ = (("op_type", ctypes.c_int), ("args", ctypes.c_void_p))


class _GetDefined(ctypes.Structure):
    _fields_ = (("file_space_id", ctypes.c_int64), ("space_id", ctypes.c_int64))


class _GetNumDefined(ctypes.Structure):
    _fields_ = (("file_space_id", ctypes.c_int64), ("count", ctypes.c_uint64))


class _Erase(ctypes.Structure):
    _fields_ = (("file_space_id", ctypes.c_int64),)


_Operator = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class _IterateDefined(ctypes.Structure):
    _fields_ = (
        ("file_space_id", ctypes.c_int64),
        ("mem_type_id", ctypes.c_int64),
        ("op", _Operator),
        ("op_data", ctypes.c_void_p),
        ("op_result", ctypes.c_int),
    )


class _ErrorEntry(ctypes.Structure):
    _fields_ = (
        ("cls_id", ctypes.c_int64),
        ("maj_num", ctypes.c_int64),
        ("min_num", ctypes.c_int64),
        ("line", ctypes.c_uint),
        ("func_name", ctypes.c_char_p),
        ("file_name", ctypes.c_char_p),
        ("desc", ctypes.c_char_p),
    )


_ErrorWalk = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint, ctypes.POINTER(_ErrorEntry), ctypes.c_void_p)

_SUBCLASS_DATASET = 4  # H5VL_SUBCLS_DATASET
_QUERY_SUPPORTED = 1  # H5VL_OPT_QUERY_SUPPORTED
_WALK_UPWARD = 0  # H5E_WALK_UPWARD
_P_DEFAULT = _E_DEFAULT = _ES_NONE = 0

# How the connector begins to say that it does not know of defined elements.
_NOT_SPARSE = ("vol-sparse: the dataset is not sparse", "vol-sparse: a virtual dataset")

_FUNCTIONS = {
    "H5VLfind_opt_operation": (ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)),
    "H5VLquery_optional": (ctypes.c_int64, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_uint64)),
    "H5VLdataset_optional_op": (
        ctypes.c_char_p,
        ctypes.c_char_p,
        ctypes.c_uint,
        ctypes.c_int64,
        ctypes.POINTER(_OptionalArguments),
        ctypes.c_int64,
        ctypes.c_int64,
    ),
    "H5Ewalk2": (ctypes.c_int64, ctypes.c_int, _ErrorWalk, ctypes.c_void_p),
    "H5Eget_auto2": (ctypes.c_int64, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_void_p)),
    "H5Eset_auto2": (ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p),
}


@cache
def library() -> ctypes.CDLL:
    """Give the libhdf5 of h5py, with the types of the functions that are called here."""
    loaded = ctypes.CDLL(h5py.defs.__file__)  # the one module that is linked to it in every build of h5py
    for name, arguments in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.argtypes = arguments
        function.restype = ctypes.c_int
    return loaded


class _Quiet:
    """Keeps HDF5 from printing its errors, which become exceptions."""

    def __enter__(self) -> None:
        self._function, self._data = ctypes.c_void_p(), ctypes.c_void_p()
        library().H5Eget_auto2(_E_DEFAULT, self._function, self._data)
        library().H5Eset_auto2(_E_DEFAULT, None, None)

    def __exit__(self, *_: object) -> None:
        library().H5Eset_auto2(_E_DEFAULT, self._function, self._data)


def _last_error() -> str:
    """What HDF5 says of the last call: its innermost entry, and those of vol-sparse."""
    messages = []

    def take(_, entry, __):
        text = (entry.contents.desc or b"").decode(errors="replace")
        function = (entry.contents.func_name or b"").decode(errors="replace")
        if not messages or function.startswith("sparse_"):
            messages.append(text)
        return 0

    library().H5Ewalk2(_E_DEFAULT, _WALK_UPWARD, _ErrorWalk(take), None)
    return "; ".join(messages) or "HDF5 does not say why"


def _operation(dset: h5py.Dataset, name: bytes) -> int:
    """The value of an operation, if the dataset's connector has it."""
    value, flags = ctypes.c_int(), ctypes.c_uint64()
    with _Quiet():
        found = library().H5VLfind_opt_operation(_SUBCLASS_DATASET, name, value) >= 0
        known = found and library().H5VLquery_optional(dset.id.id, _SUBCLASS_DATASET, value, flags) >= 0
    if not known or not flags.value & _QUERY_SUPPORTED:
        raise NotSparseError(
            f"{dset.name!r} in {dset.file.filename!r} was not opened through vol-sparse: which elements are defined is"
            " known with HDF5_VOL_CONNECTOR=sparse and HDF5_PLUGIN_PATH set before h5py is imported"
        )
    return value.value


def _call(dset: h5py.Dataset, name: bytes, arguments: ctypes.Structure, dxpl: int = _P_DEFAULT) -> None:
    if not isinstance(dset, h5py.Dataset):
        raise TypeError(f"an h5py.Dataset is needed, not {type(dset).__name__}")
    if not dset.id.valid:
        raise ValueError("the dataset is closed")
    with phil:
        optional = _OptionalArguments(
            _operation(dset, name), ctypes.cast(ctypes.pointer(arguments), ctypes.c_void_p)
        )
        with _Quiet():
            status = library().H5VLdataset_optional_op(
                __file__.encode(), name, 0, dset.id.id, optional, dxpl, _ES_NONE
            )
            failure = _last_error() if status < 0 else None
    if failure is not None:
        raise _exception_type(failure)(f"{dset.name!r} in {dset.file.filename!r}: {failure}")


def _exception_type(failure: str) -> type[Exception]:
    if failure.startswith(_NOT_SPARSE):
        return NotSparseError
    if failure.startswith("vol-sparse: ") and "internal error" not in failure:
        return ValueError  # the connector refused the arguments
    return OSError


def get_defined(dset: h5py.Dataset, file_space: int) -> h5py.h5s.SpaceID:
    """Give a new dataspace with the defined elements of another selected."""
    arguments = _GetDefined(file_space, -1)
    _call(dset, b"vol-sparse.get_defined", arguments)
    return h5py.h5s.SpaceID(arguments.space_id)


def get_num_defined(dset: h5py.Dataset, file_space: int) -> int:
    """Count the defined elements in a dataspace."""
    arguments = _GetNumDefined(file_space, 0)
    _call(dset, b"vol-sparse.get_num_defined", arguments)
    return arguments.count


def erase(dset: h5py.Dataset, file_space: int) -> None:
    """Make the elements in a dataspace undefined."""
    _call(dset, b"vol-sparse.erase", _Erase(file_space))


def iterate_defined(
    dset: h5py.Dataset, file_space: int, memory_type: int, take: Callable[[int, int, int], None]
) -> None:
    """Call a function with each batch of defined elements.

    Parameters
    ----------
    dset : h5py.Dataset
        The dataset.
    file_space : int
        The identifier of a dataspace, or `H5S_ALL`.
    memory_type : int
        The identifier of the type of the values.
    take : callable
        Gets the number of elements, the address of their coordinates (int64, an element's beside each other) and the
        address of their values. What it raises ends the iteration, and is raised again here.
    """
    raised = []

    def operator(count, coordinates, values, _):
        try:
            take(count, coordinates, values)
        except BaseException as exception:
            raised.append(exception)
            return 1
        return 0

    arguments = _IterateDefined(file_space, memory_type, _Operator(operator), None, 0)
    _call(dset, b"vol-sparse.iterate_defined", arguments)
    if raised:
        raise raised[0]
