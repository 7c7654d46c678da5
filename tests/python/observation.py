"""What a program can observe of a dataset besides its elements, asked after every step of a random program.

Each question has a name, which stands in docs/compatibility.md with native's answer and ours. test_observation.py compares
the answers.
"""

import hashlib
import re
import zlib
from functools import cache

import h5py
import model
import numpy as np
from c_hdf5 import h5
from undo import filters_of, undone

H5F_OBJ = {"files": 1, "datasets": 2, "groups": 4, "datatypes": 8, "attributes": 16, "identifiers": 31}
H5F_OBJ_LOCAL = 32
ALL_FILES = 31  # in place of a file's identifier

# A chunk with fewer bytes than this may be as large raw as filtered. HDF5 then keeps a mask that is wrong.
SURELY_SMALLER_FILTERED = 200


def digest(data):
    return hashlib.sha1(bytes(data)).hexdigest()[:12]


def encoded(plist):
    """All properties of a list."""
    size = np.zeros(1, "u8")
    h5.H5Pencode2(plist.id, None, size, 0)
    data = np.zeros(int(size[0]), "u1")
    h5.H5Pencode2(plist.id, data, size, 0)
    # In the order of their names: they come in the order in which they were set. Filters are asked for by themselves:
    # here stands whatever name the file has for one, which is nowhere to be seen.
    names = "alloc_time_state|fill_value|dset_oh_minimize|efl|layout|pline|min dense attr"
    properties = re.split(rf"(?=(?:{names})\0)".encode(), data.tobytes()[:-1])
    return digest(b"".join(sorted(p for p in properties if not p.startswith(b"pline"))))


def error_of(attempt):
    """What a call says that fails."""
    try:
        attempt()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


class Dataset:
    """The questions about one dataset: each is a method, and its first line its name.

    A chunk is given where the dataset has one that holds something; others may not be stored.
    """

    def __init__(self, dset, chunk):
        self.dset, self.low, self.chunk = dset, dset.id, chunk
        # Of a mask, the bits of filters that there are: HDF5 keeps the others when a codec that would make a chunk
        # larger leaves it with the size it had.
        self.filters = (1 << len(filters_of(dset))) - 1
        # What LZF makes of a chunk depends on what the stack held before, natively: its table is there, and is not
        # cleared. It may be a byte more or less, or even leave the chunk as it is. But it must be one thing.
        self.is_lzf = h5py.h5z.FILTER_LZF in [number for number, *_ in filters_of(dset)]
        # HDF5 lists the wrong chunks where only one dimension is without limit, and is not the first.
        endless = [n is None for n in dset.maxshape or ()]
        self.is_named_rightly = sum(endless) != 1 or endless[0]

    # ---- all datasets

    def extent(self):
        """extent and its limits"""
        space = self.low.get_space()
        return (
            space.get_simple_extent_dims(),
            space.get_simple_extent_dims(True),
            space.get_simple_extent_type(),
        )

    def datatype(self):
        """datatype"""
        return digest(self.low.get_type().encode())

    def creation_list(self):
        """creation property list"""
        return encoded(self.low.get_create_plist())

    def creation_properties(self):
        """its layout, filters, times and options"""
        plist = self.low.get_create_plist()
        options = np.zeros(1, "u4")
        return (
            plist.get_layout(),
            [plist.get_filter(i) for i in range(plist.get_nfilters())],
            plist.get_alloc_time(),
            plist.get_fill_time(),
            plist.fill_value_defined(),
            error_of(lambda: h5.H5Pget_chunk_opts(plist.id, options)),
            int(options[0]),
            error_of(plist.get_chunk),
        )

    def access_list(self):
        """access property list"""
        plist = self.low.get_access_plist()
        return encoded(plist), plist.get_chunk_cache()

    def space_status(self):
        """space status"""
        return self.low.get_space_status()

    def storage_size(self):
        """storage size"""
        return self.low.get_storage_size()

    def offset(self):
        """offset"""
        return self.low.get_offset()

    def object_info(self):
        """type, links and attributes of the object"""
        info = h5py.h5o.get_info(self.low)
        return info.type, info.rc, h5py.h5a.get_num_attrs(self.low)

    def identifier(self):
        """identifier: type, references, name, file"""
        kind, count = h5py.h5i.get_type(self.low), h5py.h5i.get_ref(self.low)
        return kind, count, h5py.h5i.get_name(self.low), h5py.h5i.get_file_id(self.low).name

    # ---- chunks

    def is_chunked(self):
        return self.dset.chunks is not None

    def number_of_chunks(self):
        """number of chunks"""
        return self.low.get_num_chunks() if self.is_chunked() else error_of(self.low.get_num_chunks)

    def chunk_index_type(self):
        """chunk index type"""
        found = np.full(1, -1, "i4")
        said = error_of(lambda: h5.H5Dget_chunk_index_type(self.low.id, found))
        return said, int(found[0])

    def chunk_size_and_mask(self):
        """size and filter mask of a chunk"""
        if not self.chunk:
            return None
        size = np.zeros(1, "u8")
        h5.H5Dget_chunk_storage_size(self.low.id, np.array(self.chunk, "u8"), size)
        mask, data = self.low.read_direct_chunk(self.chunk)
        found = [int(size[0]), len(data), mask & self.filters]
        if self.is_named_rightly:
            info = self.low.get_chunk_info_by_coord(self.chunk)
            found += [info.size, info.filter_mask & self.filters]
        if self.is_lzf:
            assert len(set(found[:2] + found[3:4])) == len(set(found[2:3] + found[4:])) == 1, found
            return None
        return found

    def chunk_bytes(self):
        """bytes of a chunk"""
        if not self.chunk:
            return None
        mask, data = self.low.read_direct_chunk(self.chunk)
        return digest(undone(data, mask, filters_of(self.dset)) if self.is_lzf else data)

    def chunk_in_lists(self):
        """chunk in iteration and by index"""
        if not self.chunk or not self.is_named_rightly:
            return None
        iterated = []
        self.low.chunk_iter(iterated.append)
        indexed = [self.low.get_chunk_info(i) for i in range(self.low.get_num_chunks())]
        # Of all of them: in one order, and no two of one place.
        assert [i.chunk_offset for i in iterated] == [i.chunk_offset for i in indexed]
        assert len({i.chunk_offset for i in iterated}) == len(iterated)
        found = [i for i in iterated + indexed if i.chunk_offset == self.chunk]
        told = [(i.filter_mask & self.filters, i.size) for i in found]
        if self.is_lzf:
            assert len(set(told)) == 1, told
            return len(told)
        return told

    def chunk_address(self):
        """address of a chunk"""
        if not self.chunk or not self.is_named_rightly:
            return None
        return self.low.get_chunk_info_by_coord(self.chunk).byte_offset

    # ---- errors

    def beyond(self):
        """errors of elements beyond the extent"""
        space = self.low.get_space()
        rank = len(self.dset.shape)
        start = tuple(n + 1 for n in self.dset.shape)
        space.select_hyperslab(start, (1,) * rank)
        data = np.zeros((1,) * rank, self.dset.dtype)
        memory = h5py.h5s.create_simple(data.shape)
        kind = h5py.h5t.py_create(data.dtype, logical=True)
        return (
            error_of(lambda: self.low.read(memory, space, data, kind)),
            error_of(lambda: self.low.write(memory, space, data, kind)),
        )

    def refused_extents(self):
        """errors of extents that are not allowed"""
        shape = self.dset.shape
        if self.is_chunked():
            most = [n for n in self.dset.maxshape if n is not None]
            if not most:
                return None
            shape = tuple(n if n is None else n + 1 for n in self.dset.maxshape)
            shape = tuple(now if n is None else n for n, now in zip(shape, self.dset.shape, strict=True))
        return error_of(lambda: self.low.set_extent(shape))

    def refused_chunks(self):
        """errors of chunks that are not there"""
        shape = self.dset.shape
        chunks = self.dset.chunks or shape
        rank = len(shape)
        far = tuple((n // c + 2) * c for n, c in zip(shape, map(lambda c: max(1, c), chunks), strict=True))
        inside = tuple(int(c > 1) for c in chunks)
        size = np.zeros(1, "u8")
        said = [
            error_of(lambda: self.low.write_direct_chunk(far, b"x")),
            error_of(lambda: h5.H5Dread_chunk(self.low.id, 0, np.array(far, "u8"), size, size)),
            error_of(lambda: self.low.get_chunk_info(10**6)),
            error_of(lambda: h5.H5Dget_num_chunks(self.low.id, 1234, size)),
        ]
        if any(inside):
            said.append(error_of(lambda: self.low.write_direct_chunk(inside, b"x")))
        if not self.is_chunked():
            zeros = (0,) * rank
            said += [
                error_of(lambda: self.low.write_direct_chunk(zeros, b"x")),
                error_of(lambda: h5.H5Dread_chunk(self.low.id, 0, np.zeros(rank, "u8"), size, size)),
                error_of(lambda: self.low.get_chunk_info_by_coord(zeros)),
                error_of(lambda: self.low.chunk_iter(print)),
                error_of(lambda: h5.H5Dget_chunk_storage_size(self.low.id, np.zeros(rank, "u8"), size)),
            ]
        return said


@cache
def questions():
    """The methods of Dataset that are questions, by their names."""
    methods = (getattr(Dataset, name) for name in dir(Dataset) if not name.startswith("_"))
    return {method.__doc__: method for method in methods if method.__doc__}


# A question about the whole file.
OPEN_OBJECTS = "objects that are open"


def names():
    """The names of all questions."""
    return [*questions(), OPEN_OBJECTS]


class Observer(model.Program):
    """A random program that asks."""

    def run(self, steps):
        """Takes the steps; returns its log, and what it saw: a list of (step, "dataset: question", answer)."""
        self.seen = []
        return super().run(steps), self.seen

    def after(self, known, what):
        line = super().after(known, what)
        dset = self.handle(known)
        subject = Dataset(dset, self.chunk_with_something(known, dset))
        for name, method in questions().items():
            self.seen.append((len(self.log), f"{known.name}: {name}", method(subject)))
        self.seen.append((len(self.log), f"{known.name}: {OPEN_OBJECTS}", self.open_objects()))
        return line

    def open_objects(self):
        """How many are open: those opened through this file's identifier, those of the file, those of all files."""
        here = self.file.id.id
        found = [(name, h5.H5Fget_obj_count(here, kind | H5F_OBJ_LOCAL)) for name, kind in H5F_OBJ.items()]
        found += [(name, h5.H5Fget_obj_count(here, kind)) for name, kind in H5F_OBJ.items()]
        return found + [(name, h5.H5Fget_obj_count(ALL_FILES, kind)) for name, kind in H5F_OBJ.items()]

    def chunk_with_something(self, known, dset):
        """A chunk of which the extent shows more than fill values; None if there is none at hand."""
        if dset.chunks is None or 0 in dset.shape:
            return None
        offset = self.chunk_of(dset)
        part = self.look(
            dset,
            tuple(slice(o, min(n, o + c)) for o, c, n in zip(offset, dset.chunks, dset.shape, strict=True)),
        )
        fills = known.fill, np.zeros((), dset.dtype)
        is_empty = part.tobytes() in [np.full(part.shape, fill, dset.dtype).tobytes() for fill in fills]
        return None if is_empty else offset

    def write_chunk(self):
        """A chunk of the program's own, under masks that skip none or all of the filters."""
        known = self.any_dataset()
        dset = self.handle(known)
        if dset.chunks is None or 0 in dset.shape:
            return f"{known.name} has no chunks"
        offset = self.chunk_of(dset)
        data = self.values(known, dset.dtype, dset.chunks).tobytes()
        skips = self.chance(0.5)
        plist = dset.id.get_create_plist()
        ids = [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]
        mask = 0
        if (self.is_edge(dset, offset) and self.chunk_options(plist)) or not ids:
            pass  # no filter touches it
        elif skips and len(data) >= SURELY_SMALLER_FILTERED:
            mask = [(1 << len(ids)) - 1, 2**32 - 1][int(self.random.integers(2))]
        elif ids == [h5py.h5z.FILTER_DEFLATE]:
            data = zlib.compress(data, 6)
        else:
            return f"{known.name} not stored as chunk"
        try:
            before = dset.id.get_chunk_info_by_coord(offset)
        except (RuntimeError, ValueError):
            before = None
        bits = (1 << len(ids)) - 1  # see Dataset.filters
        if before and before.size == len(data) and (before.filter_mask ^ mask) & bits:
            # The native connector would keep the mask. Where nothing is stored, both say so or neither looks.
            return f"{known.name} chunk {offset} has that size already"
        dset.id.write_direct_chunk(offset, data, mask)
        # The native connector remembers the chunk with its former mask as long as the dataset is open.
        self.close_all(known)
        return self.after(known, f"write chunk {offset} mask {mask}")


def run(seed, steps, name="observed.h5"):
    """Runs a program; returns its log and its answers."""
    return Observer(seed, name).run(steps)
