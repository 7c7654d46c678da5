"""The works through h5py, as any program does them: dset[selection] = elements, and elements = dset[selection]."""

import h5py
import numpy as np
import parts
from clock import require_equal
from works import Blocks

# The same for all: what the connector keeps by default, too. With less, HDF5 would compress a chunk anew for every
# small write.
CACHE_BYTES = 64 << 20


def _options(work, storage):
    """How the dataset is created: the arguments of create_dataset."""
    match storage:
        case "contiguous":
            return {}
        case "chunked" | "sparse" | parts.TWO_THREADS | parts.TWO_PROCESSES:
            return {"chunks": work.chunk}
        case "small chunks":
            return {"chunks": work.small_chunk}
        case "gzip" | "lzf":
            return {"chunks": work.chunk, "compression": storage}
        case "bitshuffle+lz4":
            import hdf5plugin

            return {"chunks": work.chunk, **hdf5plugin.Bitshuffle(cname="lz4")}
        case "blosc2+zstd":
            import hdf5plugin

            return {
                "chunks": work.chunk,
                **hdf5plugin.Blosc2(cname="zstd", filters=hdf5plugin.Blosc2.SHUFFLE),
            }
    raise ValueError(storage)


class _Selected:
    """A union of blocks as HDF5 has it; h5py offers that in its low-level interface only."""

    def __init__(self, shape, step):
        self.file = h5py.h5s.create_simple(shape)
        self.file.select_none()
        for start, count in step.selection.blocks:
            self.file.select_hyperslab(start, count, op=h5py.h5s.SELECT_OR)
        self.memory = h5py.h5s.create_simple((step.elements.size,))


def _prepared(work, steps):
    return [
        _Selected(work.shape, step) if isinstance(step.selection, Blocks) else step.selection
        for step in steps
    ]


class Driver:
    """Selections of several blocks are made once, before anything is timed: they are the program's own work."""

    def __init__(self, work, storage, steps):
        self._work, self._steps = work, steps
        self._options = _options(work, storage)
        self._selections = _prepared(work, steps)

    def write(self, path, clock):
        work = self._work
        with clock.running(), h5py.File(path, "w", rdcc_nbytes=CACHE_BYTES) as file:
            dset = file.create_dataset("data", work.shape, work.dtype, **self._options)
            for step, selection in zip(self._steps, self._selections, strict=True):
                if isinstance(selection, _Selected):
                    dset.id.write(selection.memory, selection.file, step.elements)
                else:
                    dset[selection] = step.elements

    def read(self, path, clock):
        with clock.running():
            file = h5py.File(path, rdcc_nbytes=CACHE_BYTES)
            dset = file["data"]
        for step, selection in zip(self._steps, self._selections, strict=True):
            with clock.running():
                if isinstance(selection, _Selected):
                    got = np.empty(step.elements.shape, step.elements.dtype)
                    dset.id.read(selection.memory, selection.file, got)
                else:
                    got = dset[selection]
            require_equal(got, step.elements, step.selection)
        with clock.running():
            file.close()
