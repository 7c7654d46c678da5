"""Functions of HDF5 that h5py does not offer, called in the libhdf5 that h5py itself uses.

    h5.H5Dflush(dset.id)

Identifiers are integers, as h5py's low-level objects have them in `.id`. An argument may be an integer (of any width
HDF5 has: each travels in a register or a word of its own), bytes, an array or a ctypes object. What returns an
identifier is asked for it by `h5.hid.H5...`. A negative result is an OSError.
"""

import ctypes
from functools import cache

import numpy as np

P_DEFAULT = S_ALL = ES_NONE = 0
WAIT_FOREVER = 2**64 - 1


@cache
def library():
    """The libhdf5 that is loaded."""
    with open("/proc/self/maps") as maps:
        (path,) = {line.split()[-1] for line in maps if "/libhdf5-" in line}
    return ctypes.CDLL(path)


def variable(name):
    """An identifier that HDF5 keeps in a variable, such as H5T_NATIVE_INT_g."""
    return ctypes.c_int64.in_dll(library(), name).value


def _argument(value):
    if value is None or isinstance(value, bytes | ctypes._SimpleCData | ctypes.Structure | ctypes.Array):
        return value
    if isinstance(value, np.ndarray):
        return ctypes.c_void_p(value.ctypes.data)
    if isinstance(value, int | np.integer):
        return ctypes.c_int64(value) if value < 2**63 else ctypes.c_uint64(value)
    return value


class _Caller:
    def __init__(self, result):
        self._result = result

    def __getattr__(self, name):
        function = getattr(library(), name)

        def call(*arguments):
            function.restype = self._result
            result = function(*map(_argument, arguments))
            if result < 0:
                raise OSError(f"{name} failed")
            return result

        return call


hid = _Caller(ctypes.c_int64)
h5 = _Caller(ctypes.c_int)
