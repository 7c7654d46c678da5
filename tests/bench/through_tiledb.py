"""The works in a sparse array of TileDB, through its Python package: coordinates and values."""

import numpy as np
import tiledb
from clock import require_equal
from works import Blocks


class Driver:
    def __init__(self, work, storage, steps):
        self._work, self._steps = work, steps

    def _cells(self, step):
        """Rows, columns and values of the defined pixels of a call, and its frame."""
        if isinstance(step.selection, Blocks):
            blocks = step.selection.blocks
            rows = np.repeat([y for (_, y, _), _ in blocks], [n for _, (_, _, n) in blocks])
            columns = np.concatenate([np.arange(x, x + n) for (_, _, x), (_, _, n) in blocks])
            return blocks[0][0][0], rows, columns, step.elements
        frame, row_part, column_part = step.selection
        rows, columns = np.nonzero(step.elements)
        return (
            frame,
            rows + (row_part.start or 0),
            columns + (column_part.start or 0),
            step.elements[rows, columns],
        )

    def _create(self, path):
        frames, height, width = self._work.shape
        dims = [
            tiledb.Dim("frame", domain=(0, frames - 1), tile=1, dtype=np.uint32),
            tiledb.Dim("row", domain=(0, height - 1), tile=height, dtype=np.uint16),
            tiledb.Dim("column", domain=(0, width - 1), tile=width, dtype=np.uint16),
        ]
        schema = tiledb.ArraySchema(
            domain=tiledb.Domain(*dims), attrs=[tiledb.Attr("value", dtype=self._work.dtype)], sparse=True
        )
        tiledb.Array.create(path, schema)

    def write(self, path, clock):
        with clock.running():
            self._create(path)
            cells = [self._cells(step) for step in self._steps]
            frames = np.concatenate([np.full(values.size, frame) for frame, _, _, values in cells])
            rows, columns, values = (np.concatenate(parts) for parts in list(zip(*cells, strict=True))[1:])
            with tiledb.open(path, "w") as array:
                array[frames, rows, columns] = values

    def read(self, path, clock):
        with clock.running():
            array = tiledb.open(path)
        for step in self._steps:
            with clock.running():
                got = self._read(array, step)
            require_equal(got, step.elements, step.selection)
        with clock.running():
            array.close()

    def _read(self, array, step):
        if isinstance(step.selection, Blocks):
            return array[step.selection.blocks[0][0][0]]["value"]
        cells = array[step.selection]
        selection = step.selection if isinstance(step.selection, tuple) else (step.selection,)
        starts = [part.start or 0 if isinstance(part, slice) else part for part in selection]
        shape = [
            len(range(*part.indices(length))) if isinstance(part, slice) else 1
            for part, length in zip(selection, self._work.shape, strict=True)
        ]
        got = np.zeros(shape, self._work.dtype)
        where = (
            cells[name].astype(np.int64) - at
            for name, at in zip(("frame", "row", "column"), starts, strict=True)
        )
        got[tuple(where)] = cells["value"]
        return got.reshape(step.elements.shape)
