"""What the filters of programs do to a chunk, undone by hand."""

import zlib

import h5py
import numpy as np


def undone(data, mask, filters):
    """A chunk without what its filters did to it; mask says which of them skipped it, the first in bit 0.

    The filters are as h5py's creation lists have them: (number, flags, parameters, name).
    """
    for i, (number, _, parameters, _) in reversed(list(enumerate(filters))):
        if mask >> i & 1:
            continue
        if number == h5py.h5z.FILTER_DEFLATE:
            data = zlib.decompress(data)
        elif number == h5py.h5z.FILTER_SHUFFLE:
            data = _unshuffled(data, parameters[0])
        elif number == h5py.h5z.FILTER_FLETCHER32:
            data = data[:-4]
        else:
            assert number == h5py.h5z.FILTER_LZF
            data = _lzf_expanded(data)
    return data


def filters_of(dset):
    """The filters of a dataset."""
    plist = dset.id.get_create_plist()
    return [plist.get_filter(i) for i in range(plist.get_nfilters())]


def _unshuffled(data, size):
    whole = len(data) // size
    planes = np.frombuffer(data, "u1", whole * size).reshape(size, whole)
    return planes.T.tobytes() + data[whole * size :]


def _lzf_expanded(data):
    out, at = bytearray(), 0
    while at < len(data):
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        length, offset = control >> 5, (control & 31) << 8
        if length == 7:
            length += data[at]
            at += 1
        offset += data[at] + 1
        at += 1
        for _ in range(length + 2):
            out.append(out[-offset])
    return bytes(out)
