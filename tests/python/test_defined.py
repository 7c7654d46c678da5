"""The Python package: which elements are defined, erasing them, and sparse arrays, held against a model in NumPy."""

import itertools
import os
import random
import sys
import zlib

import h5py
import numpy as np
import pytest
import test_swmr
from harness import (
    DIST,
    ROOT,
    configured,
    filter_environment,
    native_environment,
    run_command,
    run_function,
    sparse_environment,
    stored_bytes,
)

WITH_PACKAGE = {"PYTHONPATH": f"{DIST / 'python'}:{ROOT / 'tests' / 'python'}"}
COMPOUND = np.dtype([("a", "<u2"), ("b", ">f4"), ("c", "u1", (2,))])
TYPES = ["u1", "<i4", ">f8", "S5", "V7", COMPOUND, np.dtype(("<i2", (3,)))]


def different(elements, fill):
    """Which elements have other bytes than the fill value."""
    size = fill.nbytes
    bytes_of = np.ascontiguousarray(elements).view(np.uint8).reshape(-1, size)
    return (bytes_of != np.frombuffer(fill.tobytes(), np.uint8)).any(axis=1)


class Model:
    """A dataset of one dimension or more, all of it in memory, and which elements of it are defined."""

    def __init__(self, rng, file, written):
        self.rng, self.written = rng, written
        self.dtype = np.dtype(rng.choice(TYPES))
        self.base = self.dtype.base
        self.inner = self.dtype.shape
        rank = rng.randint(1, 4)
        self.shape = tuple(rng.randint(1, 40 if rank < 3 else 9) for _ in range(rank))
        chunks = tuple(rng.randint(1, n) for n in self.shape)
        fill = None if self.inner or rng.random() < 0.5 else self.elements(1)[0]
        self.fill = np.zeros(self.inner, self.base) if fill is None else np.array(fill, self.base)
        options = rng.choice([{}, {"compression": "gzip"}])
        self.dset = file.create_dataset(
            "data", self.shape, self.dtype, chunks=chunks, maxshape=(None,) * rank, fillvalue=fill, **options
        )
        self.values = self.filled(self.shape)
        self.mask = np.zeros(self.shape, bool)

    def filled(self, shape):
        values = np.empty((*shape, *self.inner), self.base)
        values[...] = self.fill
        return values

    def elements(self, count):
        """Random elements; some of them equal the fill value, once there is one."""
        size = count * self.dtype.itemsize
        random_bytes = self.rng.randbytes(size)
        if self.base.kind == "S":
            random_bytes = random_bytes.replace(b"\0", b"x")  # where a fill value would end
        values = np.frombuffer(random_bytes, self.base).reshape(count, *self.inner).copy()
        if hasattr(self, "fill"):
            for i in range(count):
                if self.rng.random() < 0.3:
                    values[i] = self.fill
        return values

    def region(self):
        """A selection, as h5py takes it, and the same as a mask."""
        kind = self.rng.choice(["box", "box", "steps", "mask", "all"])
        if kind == "mask":
            mask = np.array([self.rng.random() < 0.1 for _ in range(self.values[..., None].size)])[
                : int(np.prod(self.shape))
            ].reshape(self.shape)
            return mask, mask
        slices = []
        for n in self.shape:
            first, last = sorted((self.rng.randint(0, n), self.rng.randint(0, n)))
            slices.append(slice(first, last, self.rng.randint(2, 3) if kind == "steps" else 1))
        selection = ... if kind == "all" else tuple(slices)
        mask = np.zeros(self.shape, bool)
        mask[selection] = True
        return selection, mask

    def step(self, dset):
        action = self.rng.choice(["write", "write", "write", "erase", "resize", "flush", "one"])
        if action == "write":
            selection, mask = self.region()
            values = self.elements(int(mask.sum()))
            if self.written:
                self.mask |= mask
            self.values[mask] = values
            if mask.any():
                dset[selection] = values if selection is mask else self.values[selection]
        elif action == "one":
            place = tuple(self.rng.randrange(n) for n in self.shape)
            self.values[place] = self.elements(1)[0]
            self.mask[place] = True
            dset[place] = self.values[place]
        elif action == "erase":
            import vol_sparse

            selection, mask = self.region()
            vol_sparse.erase(dset, selection)
            self.mask &= ~mask
            self.values[mask] = self.fill
        elif action == "resize":
            # HDF5 rewrites a chunk that it cuts, and then counts as written what differs from the fill value.
            least = 0 if self.written else -4
            shape = tuple(max(1, n + self.rng.randint(least, 4)) for n in self.shape)
            kept = tuple(slice(0, min(a, b)) for a, b in zip(self.shape, shape, strict=True))
            values, mask = self.filled(shape), np.zeros(shape, bool)
            values[kept], mask[kept] = self.values[kept], self.mask[kept]
            self.values, self.mask, self.shape = values, mask, shape
            dset.resize(shape)
        elif action == "flush":
            dset.file.flush()
        if not self.written:
            self.mask = different(self.values, self.fill).reshape(self.shape)

    def check(self, dset):
        import vol_sparse

        selection, inside = self.region()
        for where, mask in ((..., self.mask), (selection, self.mask & inside)):
            expected = np.argwhere(mask)
            assert vol_sparse.nnz(dset, where) == len(expected)
            found = vol_sparse.defined(dset, where)
            assert found.nselect == len(expected)
            assert found.shape == self.shape
            assert np.array_equal(found.coordinates, expected)
            if len(expected):
                assert dset[found].tobytes() == self.values[mask].tobytes()
            coo = vol_sparse.to_coo(dset, where)
            order = np.lexsort(coo.coordinates[::-1])
            assert np.array_equal(coo.coordinates[:, order].T, expected)
            assert coo.values[order].tobytes() == self.values[mask].tobytes()
        total = inside.sum()
        assert vol_sparse.density(dset, selection) == ((self.mask & inside).sum() / total if total else 0)
        assert dset[...].tobytes() == self.values.tobytes()


def random_datasets(seed, written, count):
    """Returns how many elements were looked at, and the case that fails with its number, to be run again."""
    seen = 0
    for number in range(count):
        rng = random.Random(f"{seed} {written} {number}")
        try:
            with h5py.File("random.h5", "w", libver=rng.choice(["earliest", "latest"])) as file:
                model = Model(rng, file, written)
                other = file["data"]
                for _ in range(rng.randint(1, 8)):
                    model.step(rng.choice([model.dset, other]))
                    if rng.random() < 0.4:
                        model.check(other)
                model.check(model.dset)
                seen += int(model.mask.sum())
            with h5py.File("random.h5") as file:
                model.check(file["data"])
        except Exception as exception:
            raise AssertionError(f"case {number} of seed {seed}, written={written}") from exception
    return seen


@pytest.mark.parametrize("keep", ["nonfill", "written"])
def test_random(twins, seed, keep):
    more = WITH_PACKAGE | configured(keep=keep)
    assert twins.run_sparse(random_datasets, seed, keep == "written", 60, more_env=more).value > 1000


def huge():
    import vol_sparse

    n = 10**5
    rng = np.random.default_rng(1)
    places = rng.integers(0, n, (3, 300))
    with h5py.File("huge.h5", "w") as file:
        dset = file.create_dataset("data", (n, n, n), "i8", chunks=(100, 100, 100))
        vol_sparse.from_coo(dset, places, np.arange(1, 301))
        found = vol_sparse.defined(dset)
        assert found.nselect == vol_sparse.nnz(dset) == 300
        assert vol_sparse.density(dset) == 300 / 1e15
        order = np.lexsort(places[::-1])
        assert np.array_equal(found.coordinates.T, places[:, order])
        assert np.array_equal(dset[found], order + 1)

        # An irregular selection of nearly everything, moved by the selection's offset.
        space = dset.id.get_space()
        space.select_hyperslab((0, 0, 0), (n // 2, n, n - 7))
        space.select_hyperslab((n // 2 - 5, 3, 0), (n // 2, n - 3, n - 9), op=h5py.h5s.SELECT_OR)
        a, b, c = places
        for offset in (0, 4):
            space.offset_simple((offset, 0, offset))
            inside = (a >= offset) & (a < n // 2 + offset) & (c >= offset) & (c < n - 7 + offset)
            inside |= (
                (a >= n // 2 - 5 + offset)
                & (a < n - 5 + offset)
                & (b >= 3)
                & (c >= offset)
                & (c < n - 9 + offset)
            )
            irregular = vol_sparse.Defined(None, spaceid=space)
            assert vol_sparse.nnz(dset, irregular) == inside.sum() > 200
        vol_sparse.erase(dset, np.s_[:, : n // 2])
        assert vol_sparse.nnz(dset) == (places[1] >= n // 2).sum()
        vol_sparse.erase(dset, ...)
        assert vol_sparse.nnz(dset) == 0
        assert vol_sparse.defined(dset).id.get_select_type() == h5py.h5s.SEL_NONE


def test_huge_extent(twins):
    """10^15 elements, of which 300 are defined."""
    twins.run_sparse(huge, more_env=WITH_PACKAGE)


def one_unlimited_dimension():
    import vol_sparse

    rng = np.random.default_rng(2)
    with h5py.File("unlimited.h5", "w", libver="latest") as file:
        for name, maxshape in (("last", (30, 40, None)), ("middle", (30, None, 50)), ("only", (30, 40, 50))):
            dset = file.create_dataset(name, (30, 40, 50), "u2", chunks=(4, 7, 3), maxshape=maxshape)
            values = (rng.random((30, 40, 50)) < 0.002).astype("u2")
            dset[...] = values
            file.flush()
            assert vol_sparse.nnz(dset) == values.sum()
            assert np.array_equal(vol_sparse.defined(dset).coordinates, np.argwhere(values))
            dset[:, :3, :] = 0
            values[:, :3, :] = 0
            assert np.array_equal(vol_sparse.defined(dset).coordinates, np.argwhere(values))


def test_one_unlimited_dimension(twins):
    """Where HDF5 lists the wrong chunks: if the dimension is not the first."""
    twins.run_sparse(one_unlimited_dimension, more_env=WITH_PACKAGE)


def forms():
    import vol_sparse

    made = []
    with h5py.File("forms.h5", "w") as file:
        dset = file.create_dataset("data", (40, 60, 60), "u2", chunks=(1, 60, 60))
        made.append(vol_sparse.defined(dset).id.get_select_type())
        dset[3:9, 10:30, 10:30] = 1
        block = vol_sparse.defined(dset)
        made.append(block.id.get_select_type())
        assert block.id.is_regular_hyperslab()
        assert block.nselect == 6 * 20 * 20
        dset[:, 50:, 50:] = 2
        blocks = vol_sparse.defined(dset)
        made.append(blocks.id.get_select_type())
        dset[:, ::3, ::3] = 3
        made.append(vol_sparse.defined(dset).id.get_select_type())
        assert np.array_equal(vol_sparse.defined(dset).coordinates, np.argwhere(dset[...]))
        dset[...] = 1
        made.append(vol_sparse.defined(dset).id.get_select_type())
        assert vol_sparse.density(dset) == 1
    return made


def test_kinds_of_selection(twins):
    """Blocks where elements come in blocks, points where they lie scattered."""
    h5s = h5py.h5s
    made = twins.run_sparse(forms, more_env=WITH_PACKAGE).value
    assert made == [h5s.SEL_NONE, h5s.SEL_HYPERSLABS, h5s.SEL_HYPERSLABS, h5s.SEL_POINTS, h5s.SEL_HYPERSLABS]


def written_fill_values():
    import vol_sparse

    with h5py.File("written.h5", "w") as file:
        dset = file.create_dataset("counts", (100, 50), "i4", chunks=(10, 50), fillvalue=-1)
        dset[5, 10:20] = -1
        dset[5, 15] = 3
        assert vol_sparse.nnz(dset) == 10
        vol_sparse.erase(dset, np.s_[5, 12:16])
    with h5py.File("written.h5", "r+") as file:
        dset = file["counts"]
        assert np.array_equal(vol_sparse.defined(dset).coordinates[:, 1], [10, 11, 16, 17, 18, 19])
        assert np.array_equal(vol_sparse.to_coo(dset).values, [-1] * 6)
        assert (dset[...] == -1).all()
        vol_sparse.erase(dset, np.s_[5])
        assert vol_sparse.nnz(dset) == 0


def test_written_fill_values(twins):
    twins.run_sparse(written_fill_values, more_env=WITH_PACKAGE | configured(keep="written"))


def erase_most():
    import vol_sparse

    with h5py.File("erased.h5", "w") as file:
        dset = file.create_dataset("frames", (20, 100, 100), "u2", chunks=(1, 100, 100))
        dset[...] = np.random.default_rng(3).integers(1, 60000, (20, 100, 100))
    before = stored_bytes_natively()
    with h5py.File("erased.h5", "r+") as file:
        vol_sparse.erase(file["frames"], np.s_[1:])
        assert vol_sparse.nnz(file["frames"]) == 10000
    with h5py.File("erased.h5") as file:
        assert not file["frames"][1:].any()
        assert file["frames"][0].all()
    return before


def stored_bytes_natively():
    code = "import harness; print(harness.stored_bytes('erased.h5', 'frames'))"
    done = run_command([sys.executable, "-c", code], ".", native_environment(**WITH_PACKAGE))
    return int(done.stdout)


def test_erased_chunks_take_no_room(twins):
    before = twins.run_sparse(erase_most, more_env=WITH_PACKAGE).value
    assert before > 20 * 20000 * 0.9
    assert stored_bytes(twins.sparse / "erased.h5", "frames") < before / 20 + 19 * 64


def follow_defined():
    """What a reader under SWMR saw: the numbers of frames, each with all that is defined in them."""
    import vol_sparse

    test_swmr.wait_for("ready")
    lengths = []
    with h5py.File("swmr.h5", "r", swmr=True) as file:
        frames = file["frames"]
        for round in itertools.count():
            last = os.path.exists("done")
            frames.refresh()
            lengths.append(len(frames))
            values = np.stack([test_swmr.frame(i) for i in range(len(frames))])
            assert np.array_equal(vol_sparse.defined(frames).coordinates, np.argwhere(values))
            assert vol_sparse.to_coo(frames).values.sum() == values.sum()
            test_swmr.tell(f"round {round}")
            if last:
                break
    test_swmr.tell("finished")
    return lengths


def test_swmr_reader(twins):
    environment = sparse_environment(**WITH_PACKAGE)
    arguments = (test_swmr.append, (3, "dataset"), follow_defined, environment, environment)
    lengths = test_swmr.both(twins.sparse, *arguments)
    assert lengths[-1] == test_swmr.FRAMES
    assert len(set(lengths)) > 3


def create_for_others():
    with h5py.File("others.h5", "w") as file:
        for name, options in (("plain", {}), ("gzip", {"compression": "gzip"})):
            dset = file.create_dataset(name, (50, 40), "i2", chunks=(10, 20), fillvalue=-1, **options)
            dset[0, :5] = 3, -1, -1, -1, 3
        # A chunk that the program compresses itself.
        elements = np.full((10, 20), -1, "i2")
        elements[4, 5] = 7
        dset.id.write_direct_chunk((20, 20), zlib.compress(elements.tobytes()))


def write_with_the_filter_alone():
    with h5py.File("others.h5", "r+") as file:
        for dset in (file["plain"], file["gzip"]):
            dset[1, 30:35] = 8, -1, -1, -1, 8
            dset[40, ::3] = 9


def defined_by_others():
    import vol_sparse

    with h5py.File("others.h5") as file:
        return {name: vol_sparse.defined(dset).coordinates.tolist() for name, dset in file.items()}


@pytest.mark.parametrize("keep", ["nonfill", "written"])
def test_what_others_wrote(twins, keep):
    """Direct chunk I/O, and programs without the connector: what differs from the fill value is defined."""
    more = WITH_PACKAGE | configured(keep=keep)
    twins.run_sparse(create_for_others, more_env=more)
    run_function(write_with_the_filter_alone, cwd=twins.sparse, env=filter_environment())
    first = [[0, i] for i in range(5) if keep == "written" or i in (0, 4)]
    expected = [*first, [1, 30], [1, 34], *([40, i] for i in range(0, 40, 3))]
    found = twins.run_sparse(defined_by_others, more_env=more).value
    assert found == {"plain": expected, "gzip": sorted([*expected, [24, 25]])}


def values_in_another_type():
    import vol_sparse

    with h5py.File("types.h5", "w") as file:
        dset = file.create_dataset("data", (300, 400), COMPOUND, chunks=(30, 40))
        dset[7, 3] = (1, 2.5, (3, 4))
        dset[200:, 100:] = np.array((5, 6.5, (7, 8)), COMPOUND)
        part = vol_sparse.to_coo(dset, dtype=[("b", "f8"), ("z", "i2")])
        assert part.values.dtype.names == ("b", "z")
        assert not part.values["z"].any()
        assert part.values["b"].tolist() == [2.5] + 30000 * [6.5]
        floats = file.create_dataset("counts", data=np.eye(5, dtype=">i2"), chunks=(2, 2))
        assert np.array_equal(vol_sparse.to_coo(floats, dtype="f4").values, np.ones(5, "f4"))
        with pytest.raises(ValueError, match="cannot convert"):
            vol_sparse.to_coo(floats, dtype="S3")


def many_in_a_chunk():
    import vol_sparse

    rng = np.random.default_rng(5)
    values = rng.integers(0, 60000, (500, 600), "u2") * (rng.random((500, 600)) < 0.9).astype("u2")
    large = np.zeros(200, "V70001")
    large[7:190] = [rng.bytes(70000) + b"x" for _ in range(183)]
    with h5py.File("many.h5", "w") as file:
        dset = file.create_dataset("data", data=values, chunks=(400, 500))
        for dtype in (None, "f8"):
            coo = vol_sparse.to_coo(dset, np.s_[1:499], dtype=dtype)
            order = np.lexsort(coo.coordinates[::-1])
            expected = np.argwhere(values[1:499]) + np.array([1, 0])
            assert np.array_equal(coo.coordinates[:, order].T, expected)
            assert np.array_equal(coo.values[order], values[tuple(expected.T)].astype(dtype or "u2"))
        dset = file.create_dataset("large", data=large, chunks=(150,))
        coo = vol_sparse.to_coo(dset)
        assert np.array_equal(coo.coordinates[0], np.arange(7, 190))
        assert coo.values.tobytes() == large[7:190].tobytes()


def test_chunks_of_many_batches(twins):
    twins.run_sparse(many_in_a_chunk, more_env=WITH_PACKAGE)


def test_values_in_another_type(twins):
    twins.run_sparse(values_in_another_type, more_env=WITH_PACKAGE)


def create_for_errors(sparse):
    with h5py.File("errors.h5", "w") as file:
        file.create_dataset("chunked", (10, 10), "i4", chunks=(5, 5))[3, 4] = 1
        file.create_dataset("contiguous", data=np.arange(10))
        layout = h5py.VirtualLayout((10, 10), "i4")
        layout[...] = h5py.VirtualSource("errors.h5", "chunked", (10, 10))
        file.create_virtual_dataset("virtual", layout)
        if sparse:
            return vol_sparse_errors(file)
    return None


def message(call, *arguments):
    try:
        call(*arguments)
    except Exception as exception:
        return f"{type(exception).__name__}: {exception}"
    return "nothing raised"


def vol_sparse_errors(file):
    import vol_sparse
    from h5py._hl.selections import Selection

    dset = file["chunked"]
    beyond = dset.id.get_space()
    beyond.select_hyperslab((5, 5), (5, 5))
    beyond.offset_simple((1, 1))
    other = h5py.h5s.create_simple((20, 20))
    messages = {
        "contiguous": message(vol_sparse.nnz, file["contiguous"]),
        "virtual": message(vol_sparse.defined, file["virtual"]),
        "group": message(vol_sparse.nnz, file),
        "extent": message(vol_sparse.nnz, dset, np.s_[11]),
        "beyond": message(vol_sparse.erase, dset, Selection(None, spaceid=beyond)),
        "other": message(lambda: vol_sparse._hdf5.get_num_defined(dset, other.id)),
        "coordinates": message(vol_sparse.from_coo, dset, [[3], [10]], [1]),
        "count": message(vol_sparse.from_coo, dset, [[3], [4]], [1, 2]),
    }

    def stop(*_):
        raise KeyError("enough")

    messages["raised"] = message(lambda: vol_sparse._hdf5.iterate_defined(dset, 0, -1, stop))
    with h5py.File("readonly.h5", "w") as writable:
        writable.create_dataset("data", (10,), "i4", chunks=(5,))[3] = 1
    with h5py.File("readonly.h5") as readonly:
        messages["readonly"] = message(vol_sparse.erase, readonly["data"], ...)
        assert vol_sparse.nnz(readonly["data"]) == 1
        closed = readonly["data"]
    messages["closed"] = message(vol_sparse.nnz, closed)
    return messages


def native_dataset():
    import vol_sparse

    with h5py.File("errors.h5") as file:
        return message(vol_sparse.nnz, file["chunked"])


def test_errors(twins):
    said = twins.run_sparse(create_for_errors, True, more_env=WITH_PACKAGE).value
    expected = {
        "contiguous": "NotSparseError: '/contiguous' in 'errors.h5': vol-sparse: the dataset is not sparse",
        "virtual": "NotSparseError: '/virtual' in 'errors.h5': vol-sparse: a virtual dataset",
        "group": "TypeError: an h5py.Dataset is needed",
        "extent": "IndexError: ",
        "beyond": "ValueError: '/chunked' in 'errors.h5': vol-sparse: the file selection reaches beyond",
        "other": "ValueError: '/chunked' in 'errors.h5': vol-sparse: the file selection has a dataspace of extent [20, 20]",
        "coordinates": "ValueError: some coordinates are not within the dataset's shape (10, 10)",
        "count": "ValueError: coordinates of shape (2, 1) for 2 values",
        "raised": "KeyError: 'enough'",
        "readonly": "OSError: '/data' in 'readonly.h5': ",
        "closed": "ValueError: the dataset is closed",
    }
    assert said.keys() == expected.keys()
    for case, start in expected.items():
        assert said[case].startswith(start), f"{case}: {said[case]}"
    assert "no write intent" in said["readonly"], said["readonly"]


def test_native_datasets(twins):
    """Without the connector, and through it."""
    twins.run_native(create_for_errors, False)
    env = native_environment(HDF5_VOL_CONNECTOR="native", **WITH_PACKAGE)
    said = twins.run_native(native_dataset, env=env).value
    assert said.startswith("NotSparseError: '/chunked' in 'errors.h5' was not opened through vol-sparse"), (
        said
    )
    said = twins.run_sparse(native_dataset, cwd=twins.native, more_env=WITH_PACKAGE).value
    assert said.startswith(
        "NotSparseError: '/chunked' in 'errors.h5': vol-sparse: the dataset is not sparse"
    ), said


def with_scipy():
    import scipy.sparse
    import vol_sparse

    rng = np.random.default_rng(4)
    matrix = scipy.sparse.random_array((500, 400), density=0.01, format="csr", rng=rng, dtype="f4")
    with h5py.File("scipy.h5", "w") as file:
        dset = file.create_dataset("matrix", (500, 400), "f4", chunks=(64, 64))
        vol_sparse.from_scipy(dset, matrix)
        assert (dset[...] == matrix.toarray()).all()
        back = vol_sparse.to_csr(dset)
        assert back.format == "csr"
        assert (back != matrix).nnz == 0
        assert back.dtype == matrix.dtype
        assert (vol_sparse.to_scipy(dset, np.s_[100:200], "csc")[100:200].toarray() == dset[100:200]).all()

        frames = file.create_dataset("frames", (20, 25, 400), "f4", chunks=(3, 10, 400))
        vol_sparse.from_scipy(frames, matrix, rows=2)
        assert (frames[...] == matrix.toarray().reshape(20, 25, 400)).all()
        flat = vol_sparse.to_csr(frames)
        assert flat.shape == (20, 10000)
        assert (flat.toarray() == frames[...].reshape(20, 10000)).all()
        assert vol_sparse.to_scipy(frames, rows=0).shape == (1, 200000)
        assert vol_sparse.to_scipy(frames, rows=3).shape == (200000, 1)
        for bad in (4, -1):
            assert message(vol_sparse.to_csr, frames, ..., bad).startswith("ValueError: rows=")
        assert message(vol_sparse.from_scipy, frames, matrix).startswith(
            "ValueError: an array of shape (500, 400)"
        )

        # Many elements, unordered and some of them twice: written in several calls, the last value counts.
        count = 3 * vol_sparse._arrays.WRITTEN_AT_ONCE // 2
        places = rng.integers(0, 2000, (2, count))
        values = rng.integers(1, 1000, count, dtype="u2")
        many = file.create_dataset("many", (2000, 2000), "u2", chunks=(500, 500))
        vol_sparse.from_coo(many, places, values)
        expected = np.zeros((2000, 2000), "u2")
        last = {}
        for position, value in zip((places[0] * 2000 + places[1]).tolist(), values.tolist(), strict=True):
            last[position] = value
        expected.ravel()[list(last.keys())] = list(last.values())
        assert (many[...] == expected).all()
        assert vol_sparse.nnz(many) == np.count_nonzero(expected)


def test_scipy(twins):
    done = run_command(
        [ROOT / "build-support" / "python-env", "documents"], ROOT, native_environment(), timeout=600
    )
    code = "import test_defined; test_defined.with_scipy()"
    environment = sparse_environment(**WITH_PACKAGE)
    run_command([f"{done.stdout.strip()}/bin/python", "-c", code], twins.sparse, environment)
