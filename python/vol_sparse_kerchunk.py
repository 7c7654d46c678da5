"""Sparse datasets of vol-sparse in zarr: references to their chunks, for kerchunk, and the codec that reads them.

    refs = vol_sparse_kerchunk.references("run.h5")

Needs neither the connector nor the filter, and works beside both. It may be imported at any time. The codec needs
NumPy, numcodecs, pyroaring, lz4 and google-crc32c; making references needs h5py and kerchunk, too.
"""

import asyncio
import ctypes
import struct
import zlib
from contextlib import contextmanager
from dataclasses import dataclass

import google_crc32c
import lz4.block
import numcodecs.abc
import numcodecs.registry
import numpy as np
from numcodecs.compat import ensure_bytes, ndarray_copy
from pyroaring import BitMap

__all__ = ["SparseChunk", "references"]

SPARSE_FILTER = 33003
DEFLATE, SHUFFLE, FLETCHER32, LZF = 1, 2, 3, 32000

_MAGIC = b"SPCK"
_HEADER = struct.Struct("<4sIQ4B5I")
_EMPTY, _SPARSE, _DENSE = range(3)
_PACKED = 3
_BLOCK_BYTES = 512


def _align(offset):
    return (offset + 7) // 8 * 8


# ---- blobs, as docs/format.md describes them


def _is_blob(data):
    """Whether these bytes are a blob, and a whole one."""
    if len(data) < _HEADER.size or data[:4] != _MAGIC:
        return False
    crc, length = struct.unpack_from("<IQ", data, 4)
    return length == len(data) and crc == google_crc32c.value(bytes(data[8:]))


def _unpack(section, size, count):
    """The bytes of packed values: all blocks of one width at a time."""
    if size not in (1, 2, 4, 8):
        raise ValueError(f"a sparse chunk with packed values of {size} bytes")
    word, lanes, bits = np.dtype(f"<u{size}"), 8 // size, 8 * size
    blocks = -(-count * size // _BLOCK_BYTES)
    start = 8 + _align(blocks)
    if len(section) < start or any(section[size:8]) or any(section[8 + blocks : start]):
        raise ValueError("a sparse chunk with packed values that are damaged")
    descriptors = np.frombuffer(section, "u1", blocks, 8)
    widths, own = descriptors & 127, descriptors >> 7
    if np.any((2 * widths.astype("i4") > bits) & (descriptors != bits)):
        raise ValueError("a sparse chunk with packed values of a width that is none")
    rows_of = np.array([0] + [-(-64 // (bits // w)) for w in range(1, bits + 1)])
    lengths = rows_of[widths] + own
    ends = np.cumsum(lengths)
    if start + 8 * int(ends[-1]) != len(section):
        raise ValueError("a sparse chunk with packed values of another length")
    words = np.frombuffer(section, "<u8", -1, start) if len(section) > start else np.empty(0, "<u8")
    bases = np.full(blocks, int.from_bytes(section[:size], "little"), "<u8")
    bases[own == 1] = words[(ends - lengths)[own == 1]]
    bases[widths == bits] = 0
    values = np.empty((blocks, 64, lanes), word)
    for width in np.unique(widths):
        which = np.flatnonzero(widths == width)
        most = (1 << bits) - (1 << int(width))
        if np.any(bases[which] > np.uint64(most)):
            raise ValueError("a sparse chunk with packed values that exceed their bits")
        rows = int(rows_of[width])
        first = (ends - rows)[which]
        packed = words[first[:, None] + np.arange(rows)].view(word).reshape(len(which), rows, lanes)
        unpacked = np.empty((len(which), 64, lanes), word)
        unpacked[...] = bases[which].astype(word)[:, None, None]
        for i in range(bits // int(width) if width else 0):
            part = unpacked[:, i * rows : (i + 1) * rows]
            part += (packed[:, : part.shape[1]] >> word.type(i * width)) & word.type((1 << int(width)) - 1)
        values[which] = unpacked
    return values.reshape(-1)[:count].tobytes()


def _decode_blob(blob, chunk_bytes):
    """All elements of a chunk. Which chunk of which dataset a blob belongs to is not known here, and not checked."""
    _, _, _, version, encoding, flags, coding, size, elements, defined, length, reserved = (
        _HEADER.unpack_from(blob)
    )
    if version not in (1, 2, 3):
        raise ValueError(f"a sparse chunk of version {version}: a newer vol_sparse_kerchunk reads it")
    known_flags = 3 if version == 1 else 7
    if encoding > _DENSE or flags > known_flags or coding > 3 or (version == 1 and reserved):
        raise ValueError("a sparse chunk with contents that its version does not have")
    if (coding == _PACKED) != (version == 3):
        raise ValueError("a sparse chunk with values that its version does not have")
    if elements * size != chunk_bytes:
        raise ValueError(
            f"a sparse chunk of {elements * size} bytes in a dataset with chunks of {chunk_bytes}"
        )

    fill = blob[40 : 40 + size] if flags & 2 else bytes(size)
    selection = _align(40 + size) if flags & 2 else 40
    values = blob[_align(selection + length) :]
    count = elements if encoding == _DENSE else defined
    if coding == _PACKED:
        values = _unpack(values, size, count)
    elif coding:
        values = lz4.block.decompress(values, uncompressed_size=count * size)
    if len(values) != count * size:
        raise ValueError(f"a sparse chunk with {len(values)} bytes of values, not {count * size}")
    values = np.frombuffer(values, "u1")
    values = values.reshape(size, count).T if coding == 2 else values.reshape(count, size)
    if encoding == _DENSE:
        return np.ascontiguousarray(values).reshape(-1)

    chunk = np.zeros((elements, size), "u1")
    if any(fill):
        chunk[:] = np.frombuffer(fill, "u1")
    if encoding == _SPARSE:
        positions = np.frombuffer(BitMap.deserialize(blob[selection : selection + length]).to_array(), "u4")
        if len(positions) != count or positions[-1] >= elements:
            raise ValueError("a sparse chunk with positions that are not in it")
        # Elements in one piece are put there several times as fast.
        whole = f"u{size}" if size in (1, 2, 4, 8) else f"V{size}"
        chunk.view(whole)[positions] = np.ascontiguousarray(values).view(whole)
    return chunk.reshape(-1)


def _empty_blob(size, elements, fill):
    """A blob in which nothing is defined."""
    stored = fill + bytes(_align(40 + size) - 40 - size) if any(fill) else b""
    return _blob(_EMPTY, 2 * any(fill), size, elements, 0, stored)


def _dense_blob(chunk):
    """A blob of all the bytes of a chunk."""
    return _blob(_DENSE, 0, 1, len(chunk), len(chunk), chunk)


def _blob(encoding, flags, size, elements, defined, sections):
    rest = struct.pack("<Q4B5I", 40 + len(sections), 1, encoding, flags, 0, size, elements, defined, 0, 0)
    rest += sections
    return _MAGIC + struct.pack("<I", google_crc32c.value(rest)) + rest


# ---- the filters that may follow


def _undo_shuffle(data, size):
    whole = len(data) // size * size
    return np.frombuffer(data[:whole], "u1").reshape(size, -1).T.tobytes() + data[whole:]


def _shuffle(data, size):
    whole = len(data) // size * size
    return np.frombuffer(data[:whole], "u1").reshape(-1, size).T.tobytes() + data[whole:]


def _undo_fletcher32(data):
    data, stored = data[:-4], data[-4:]
    words = np.frombuffer(data + b"\0" * (len(data) % 2), ">u2").astype(np.uint64)
    low = high = 0
    for start in range(0, len(words), 1 << 20):
        part = words[start : start + (1 << 20)]
        high += len(part) * low + int((part * np.arange(len(part), 0, -1, dtype=np.uint64)).sum())
        low += int(part.sum())
        low, high = low % 65535, high % 65535
    at_hand = struct.unpack("<HH", stored)
    # Sums that HDF5 leaves at 65535 are 0 as well.
    if (at_hand[0] % 65535, at_hand[1] % 65535) != (low, high):
        raise ValueError("a chunk with a wrong Fletcher checksum")
    return data


def _undo_lzf(data, most):
    out, at = bytearray(), 0
    while at < len(data):
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        count = control >> 5
        if count == 7:
            count += data[at]
            at += 1
        start = len(out) - ((control & 31) << 8) - data[at] - 1
        at += 1
        if start < 0:
            raise ValueError("a chunk that LZF cannot expand")
        for i in range(start, start + count + 2):
            out.append(out[i])
        if len(out) > most:
            raise ValueError("a chunk that LZF expands beyond its size")
    return bytes(out)


class SparseChunk(numcodecs.abc.Codec):
    """The chunks of a sparse dataset, for numcodecs; registered as "vol_sparse".

    chunk_bytes: the bytes of a chunk with all its elements.
    filters: the dataset's filters behind the sparse one, in their order: pairs of number and parameters.
    """

    codec_id = "vol_sparse"

    def __init__(self, chunk_bytes, filters=()):
        self.chunk_bytes = int(chunk_bytes)
        self.filters = [[int(number), [int(p) for p in parameters]] for number, parameters in filters]
        for number, _ in self.filters:
            if number not in (DEFLATE, SHUFFLE, FLETCHER32, LZF):
                raise ValueError(
                    f"filter {number} behind the sparse one: vol_sparse_kerchunk does not know it"
                )

    def _keeps_length(self):
        """Whether a chunk that went through the filters may be as long as one that did not."""
        return all(number == SHUFFLE for number, _ in self.filters)

    def _is_plain(self, length):
        """Whether a chunk of this length that is no blob has its elements as they are."""
        return length == self.chunk_bytes and (not self.filters or not self._keeps_length())

    def undo_filters(self, data, mask=0):
        """What the filters behind the sparse one made of a chunk; `mask` says which were skipped, the first in bit 0."""
        for index in reversed(range(len(self.filters))):
            number, parameters = self.filters[index]
            if mask >> index & 1:
                continue
            if number == DEFLATE:
                data = zlib.decompress(data)
            elif number == SHUFFLE:
                data = _undo_shuffle(data, parameters[0])
            elif number == FLETCHER32:
                data = _undo_fletcher32(data)
            else:
                data = _undo_lzf(data, 2 * self.chunk_bytes + 64)  # as large as a blob can be
        return data

    def understands(self, length, mask):
        """Whether `decode` finds out by itself which filters made a chunk of this length under this mask.

        `mask` says which filters of the dataset's were skipped; the sparse one is the first, in bit 0.
        """
        if not mask & 1:
            return True  # a blob, which is known by its checksum
        skipped, every = mask >> 1 & (1 << len(self.filters)) - 1, (1 << len(self.filters)) - 1
        if skipped == every:
            return self._is_plain(length)
        return skipped == 0 and not self._is_plain(length)

    def decode_masked(self, data, mask):
        """The elements of a chunk whose mask is known."""
        data = self.undo_filters(bytes(data), mask >> 1)
        if mask & 1:
            return np.frombuffer(data, "u1")
        if not _is_blob(data):
            raise ValueError("a sparse chunk that is damaged")
        return _decode_blob(data, self.chunk_bytes)

    def decode(self, buf, out=None):
        data = ensure_bytes(buf)
        chunk = self._of_blob(data)
        if chunk is None:
            if not self._is_plain(len(data)) and data[:4] != _MAGIC:
                data = self.undo_filters(data)
            # Not even of a chunk's length: a damaged blob may have it.
            if data[:4] == _MAGIC:
                raise ValueError("a sparse chunk that is damaged")
            if len(data) != self.chunk_bytes:
                raise ValueError(
                    f"a chunk of {len(data)} bytes that is no sparse one, not {self.chunk_bytes}"
                )
            chunk = np.frombuffer(data, "u1")
        return ndarray_copy(chunk, out)

    def _of_blob(self, data):
        """The elements of a blob, whichever of the filters it went through; None if it is none."""
        if _is_blob(data):
            return _decode_blob(data, self.chunk_bytes)
        # HDF5 skips a filter that fails, such as a codec that would make the chunk larger.
        for mask in range((1 << len(self.filters)) - 1):
            try:
                blob = self.undo_filters(data, mask)
            except (ValueError, IndexError, zlib.error):
                continue
            if _is_blob(blob):
                return _decode_blob(blob, self.chunk_bytes)
        return None

    def encode(self, buf):
        """The elements as they are, past all filters: what `decode` understands, but not sparse."""
        data = ensure_bytes(buf)
        if data[:4] == _MAGIC:  # `decode` would take them for a damaged blob
            return _dense_blob(data)
        if self.filters and self._keeps_length():
            for _, parameters in self.filters:
                data = _shuffle(data, parameters[0])
        return data


numcodecs.registry.register_codec(SparseChunk)


try:
    from zarr.abc.codec import BytesBytesCodec
    from zarr.registry import register_codec
except ImportError:  # no zarr, or one of version 2, which asks numcodecs
    pass
else:
    NAME_IN_ZARR = "numcodecs." + SparseChunk.codec_id

    @dataclass(frozen=True)
    class ZarrSparseChunk(BytesBytesCodec):
        """The same codec for zarr's format 3, under the name that codecs of numcodecs have there."""

        chunk_bytes: int
        filters: tuple = ()

        is_fixed_size = False

        @classmethod
        def from_dict(cls, data):
            return cls(**data["configuration"])

        def to_dict(self):
            filters = [list(pair) for pair in self.filters]
            return {
                "name": NAME_IN_ZARR,
                "configuration": {"chunk_bytes": self.chunk_bytes, "filters": filters},
            }

        def _codec(self):
            return SparseChunk(self.chunk_bytes, self.filters)

        async def _decode_single(self, chunk_data, chunk_spec):
            chunk = await asyncio.to_thread(self._codec().decode, chunk_data.to_bytes())
            return chunk_spec.prototype.buffer.from_array_like(chunk)

        async def _encode_single(self, chunk_data, chunk_spec):
            return chunk_spec.prototype.buffer.from_bytes(self._codec().encode(chunk_data.to_bytes()))

        def compute_encoded_size(self, input_byte_length, chunk_spec):
            return input_byte_length

    register_codec(NAME_IN_ZARR, ZarrSparseChunk)


# ---- references


@contextmanager
def _natively(file):
    """An h5py.File of a path or a file-like object, opened by HDF5's own connector: chunks as they are stored."""
    import h5py

    fapl = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    fapl.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
    library = ctypes.CDLL(
        h5py.defs.__file__
    )  # the one module that is linked to libhdf5 in every build of h5py
    if hasattr(library, "H5VLget_connector_id_by_value"):
        hid = ctypes.c_int64
        library.H5VLget_connector_id_by_value.argtypes, library.H5VLget_connector_id_by_value.restype = (
            (ctypes.c_int,),
            hid,
        )
        library.H5Pset_vol.argtypes = hid, hid, ctypes.c_void_p
        library.H5VLclose.argtypes = (hid,)
        native = library.H5VLget_connector_id_by_value(0)
        try:
            if native < 0 or library.H5Pset_vol(fapl.id, native, None) < 0:
                raise OSError("HDF5's own connector is not to be had")
        finally:
            library.H5VLclose(native)
    name = file
    if not isinstance(file, str | bytes):
        fapl.set_fileobj_driver(h5py.h5fd.fileobj_driver, file)
        name = repr(file)
    name = name.encode() if isinstance(name, str) else name
    with h5py.File(h5py.h5f.open(name, h5py.h5f.ACC_RDONLY, fapl)) as opened:
        yield opened


def _codec(dataset):
    """The codec of a dataset; None if it is not sparse."""
    plist = dataset.id.get_create_plist()
    filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
    if not filters or filters[0][0] != SPARSE_FILTER:
        return None
    chunk_bytes = int(np.prod(dataset.chunks, dtype=object)) * dataset.id.get_type().get_size()
    return SparseChunk(chunk_bytes, [(number, parameters) for number, _, parameters, _ in filters[1:]])


def _translator_class():
    """kerchunk's own, which learns of sparse datasets here."""
    from kerchunk.hdf import SingleHdf5ToZarr

    class SparseHdf5ToZarr(SingleHdf5ToZarr):
        def _decode_filters(self, h5obj):
            codec = _codec(h5obj)
            return super()._decode_filters(h5obj) if codec is None else [codec]

        def _storage_info_and_adj_filters(self, dset, filters):
            if not filters or not isinstance(filters[0], SparseChunk):
                return super()._storage_info_and_adj_filters(dset, filters)
            (codec,) = filters
            found = {}
            # kerchunk takes the checksum for the last four bytes of every chunk.
            checksum = 4 if dset.fletcher32 else 0

            def add(info):
                key = tuple(a // b for a, b in zip(info.chunk_offset, dset.chunks, strict=True))
                if codec.understands(info.size, info.filter_mask):
                    found[key] = {"offset": info.byte_offset, "size": info.size + checksum}
                else:
                    mask, data = dset.id.read_direct_chunk(info.chunk_offset)
                    found[key] = {"data": codec.encode(codec.decode_masked(data, mask))}

            # Not in h5py's iteration, in which the dataset must not be read.
            infos = []
            dset.id.chunk_iter(infos.append)
            for info in infos:
                add(info)
            self._fill_the_rest(dset, found)
            return found

        def _fill_the_rest(self, dset, found):
            """Chunks that are not stored, where zarr's fill value is to be another one than HDF5's."""
            if "_FillValue" not in dset.attrs:
                return
            fill = np.asarray(dset.fillvalue, dset.dtype)
            if np.asarray(dset.attrs["_FillValue"]).astype(dset.dtype).tobytes() == fill.tobytes():
                return
            grid = [-(-length // chunk) for length, chunk in zip(dset.shape, dset.chunks, strict=True)]
            blob = _empty_blob(dset.dtype.itemsize, int(np.prod(dset.chunks, dtype=object)), fill.tobytes())
            if np.prod(grid, dtype=object) > MOST_INLINE:
                raise ValueError(
                    f"{dset.name}: its attribute _FillValue is not its fill value, and of so many chunks"
                    " those that are not stored cannot be told to zarr one by one"
                )
            for key in np.ndindex(*grid):
                found.setdefault(key, {"data": blob})

    return SparseHdf5ToZarr


# Chunks that are not stored but written out in the references.
MOST_INLINE = 1_000_000


def references(file, url=None, storage_options=None, **options):
    """References to the chunks of an HDF5 file, for fsspec's reference file system: what kerchunk makes of any file.

    Its sparse datasets are read with the codec "vol_sparse"; all others are kerchunk's. `file` is a path, or a URL
    that fsspec opens with `storage_options`; the references lead to `url` if it is another. More options are those of
    kerchunk.hdf.SingleHdf5ToZarr; an error is raised, unless they say otherwise.
    """
    import fsspec

    options = {"error": "raise"} | options
    with fsspec.open(file, "rb", **(storage_options or {})) as opened, _natively(opened) as h5:
        translator = _translator_class()(h5, url=file, storage_options=storage_options, **options)
        try:
            if url is not None:
                translator._uri = url
            return translator.translate()
        finally:
            translator.close()
