"""Every way h5py selects, natively and sparsely, with equal results and equal errors."""

import h5py
import numpy as np
import pytest
from harness import is_sparse

SHAPE, CHUNKS = (13, 22, 17), (4, 7, 5)


def numbers(shape, density=0.2, seed=0):
    random = np.random.default_rng(seed)
    return np.where(random.random(shape) < density, random.integers(1, 1000, shape), 0).astype("i4")


def tried(action):
    """The result, or the kind of exception: both must be equal."""
    try:
        return action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def create(file, name="data", data=None, **options):
    data = numbers(SHAPE) if data is None else data
    return file.create_dataset(name, data=data, chunks=CHUNKS[: data.ndim], **options)


READS = {
    "all": np.s_[...],
    "element": np.s_[3, 4, 5],
    "negative": np.s_[-1, -2, -3],
    "row": np.s_[2],
    "plane": np.s_[:, 3],
    "box": np.s_[1:9, 2:20, 3:15],
    "stride": np.s_[::3, 1::2, ::4],
    "across chunks": np.s_[3:5, 6:8, 4:6],
    "nothing": np.s_[5:5],
    "list": np.s_[[0, 3, 4, 12]],
    "list inside": np.s_[1:5, [0, 6, 7, 21], ::2],
    "one in a list": np.s_[:, :, [7]],
    "mask of an axis": np.s_[np.arange(13) % 3 == 0],
    "mask": numbers(SHAPE, 0.1, 5) > 0,
    "mask of nothing": np.zeros(SHAPE, bool),
    "mask of all": np.ones(SHAPE, bool),
    "multi block": np.s_[h5py.MultiBlockSlice(start=1, count=2, stride=5, block=3)],
    "outside": np.s_[13],
    "unordered list": np.s_[[4, 3]],
}


def read_selections():
    with h5py.File("read.h5", "w") as file:
        create(file)
    with h5py.File("read.h5") as file:
        return {name: tried(lambda s=s: file["data"][s]) for name, s in READS.items()}


def test_read(twins):
    twins.agree(read_selections)
    assert is_sparse(twins.sparse / "read.h5", "data")


def write_selections():
    """Each selection written into a dataset of its own, with elements and with a scalar."""
    results = {}
    with h5py.File("write.h5", "w") as file:
        for name, selection in READS.items():
            dset = create(file, name)
            shape = tried(lambda s=selection: dset[s].shape)
            if isinstance(shape, str):
                shape = ()
            results[name] = tried(lambda s=selection, d=dset, n=shape: d.__setitem__(s, numbers(n, 0.7, 1)))
            results[name, "read"] = dset[...]
            results[name, "scalar"] = tried(lambda s=selection, d=dset: d.__setitem__(s, -5))
            results[name, "scalar read"] = dset[...]
            results[name, "erase"] = tried(lambda s=selection, d=dset: d.__setitem__(s, 0))
            results[name, "erase read"] = dset[...]
    with h5py.File("write.h5") as file:
        results.update({(name, "again"): file[name][...] for name in READS})
    return results


def test_write(twins):
    twins.agree(write_selections)


def union_space(shape):
    """An irregular union, as H5Sselect_hyperslab makes it step by step."""
    space = h5py.h5s.create_simple(shape)
    space.select_hyperslab((0, 0, 0), (2, 3, 4))
    space.select_hyperslab((1, 2, 3), (5, 5, 5), op=h5py.h5s.SELECT_OR)
    space.select_hyperslab((3, 3, 3), (2, 2, 2), op=h5py.h5s.SELECT_NOTB)
    space.select_hyperslab((9, 20, 15), (3, 1, 2), (1, 1, 1), op=h5py.h5s.SELECT_OR)
    space.select_hyperslab((10, 0, 0), (1, 4, 3), (1, 5, 6), (1, 2, 3), op=h5py.h5s.SELECT_XOR)
    return space


def points_space(shape, seed, count=200):
    """Points in any order, some of them more than once."""
    space = h5py.h5s.create_simple(shape)
    points = np.random.default_rng(seed).integers(0, shape, (count, len(shape)), dtype="u8")
    space.select_elements(points)
    return space


def low_level():
    """Unions and points on both sides, in memory of other shape and rank, with selection offsets."""
    results = {}
    with h5py.File("low.h5", "w") as file:
        for name, make in {
            "union": union_space,
            "points": lambda shape: points_space(shape, 3),
            "few points": lambda shape: points_space(shape, 4, 1),
        }.items():
            dset = create(file, name)
            space = make(SHAPE)
            count = space.get_select_npoints()
            flat = h5py.h5s.create_simple((count,))
            out = np.full(count, -1, "i4")
            dset.id.read(flat, space, out)
            results[name, "read"] = out

            # Into a memory selection of the same count, scattered over an array of rank 2.
            memory = h5py.h5s.create_simple((count, 5))
            memory.select_hyperslab((0, 2), (count, 1))
            out = np.full((count, 5), -1, "i4")
            dset.id.read(memory, space, out)
            results[name, "read strided"] = out

            # Point selections in memory.
            memory = h5py.h5s.create_simple((count, 3))
            order = np.random.default_rng(6).permutation(count)
            memory.select_elements(np.stack([order, order % 3], axis=1).astype("u8"))
            out = np.full((count, 3), -1, "i4")
            dset.id.read(memory, space, out)
            results[name, "read points"] = out

            dset.id.write(flat, space, np.arange(1, count + 1, dtype="i4"))
            results[name, "written"] = dset[...]
            source = np.arange(count * 3, dtype="i4").reshape(count, 3)
            dset.id.write(memory, space, source)
            results[name, "written from points"] = dset[...]

            wrong = h5py.h5s.create_simple((count + 1,))
            results[name, "count"] = tried(
                lambda: dset.id.read(wrong, make(SHAPE), np.zeros(count + 1, "i4"))
            )
        dset = create(file, "none")
        none = h5py.h5s.create_simple(SHAPE)
        none.select_none()
        out = np.full(SHAPE, -1, "i4")
        dset.id.read(none, none, out)
        dset.id.write(none, none, out)
        results["none"] = out
        results["none written"] = dset[...]
        invalid = h5py.h5s.create_simple(SHAPE)
        invalid.select_hyperslab((10, 0, 0), (10, 1, 1))
        results["outside"] = tried(lambda: dset.id.read(h5py.h5s.create_simple((10,)), invalid, out))
    return results


def test_low_level_selections(twins):
    twins.agree(low_level)


class RandomSpaces:
    """Random selections of a dataset, with memory for as many elements, as HDF5's C functions make them."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.rank = int(self.random.integers(1, 5))
        longest = (200, 40, 14, 8)[self.rank - 1]
        self.shape = tuple(int(n) for n in self.random.integers(1, longest + 1, self.rank))
        self.chunks = tuple(int(self.random.integers(1, n + 1)) for n in self.shape)

    def slab(self, space, operator):
        shape = np.array(self.shape)
        start = self.random.integers(0, shape)
        block = self.random.integers(1, np.minimum(5, shape - start) + 1)
        stride = block + self.random.integers(0, 4, self.rank)
        count = self.random.integers(1, (shape - start - block) // stride + 2)
        space.select_hyperslab(*(tuple(map(int, n)) for n in (start, count, stride, block)), op=operator)

    def selection(self):
        space = h5py.h5s.create_simple(self.shape)
        kind = self.random.integers(6)
        if kind == 1:
            points = self.random.integers(0, self.shape, (self.random.integers(1, 20), self.rank))
            space.select_elements(points.astype("u8"))
        elif kind > 1:
            self.slab(space, h5py.h5s.SELECT_SET)
            operators = [h5py.h5s.SELECT_OR, h5py.h5s.SELECT_OR, h5py.h5s.SELECT_XOR, h5py.h5s.SELECT_NOTB]
            for _ in range(self.random.integers(1, 4) if kind > 3 else 0):
                self.slab(space, operators[self.random.integers(4)])
        return space

    def memory(self, count):
        """A space and an array that fits it."""
        kind = self.random.integers(4)
        if count == 0:
            space = h5py.h5s.create_simple((3,))
            space.select_none()
        elif kind == 0:
            space = h5py.h5s.create_simple((count,))
        elif kind == 1:
            space = h5py.h5s.create_simple((count + 7,))
            space.select_hyperslab((3,), (count,))
        elif kind == 2:
            space = h5py.h5s.create_simple((2 * count + 1, 3))
            space.select_hyperslab((1, 1), (count, 1), (2, 1))
        else:
            space = h5py.h5s.create_simple((count, 2))
            places = np.arange(count)
            space.select_elements(np.stack([places[::-1], places % 2], axis=1).astype("u8"))
        return space, np.zeros(space.shape, "i4")


def random_selections(seed, rounds):
    """What is read in each step, by the number of the case, which can be run again."""
    results = {}
    for case in range(rounds):
        spaces = RandomSpaces([seed, case])
        with h5py.File("random.h5", "w") as file:
            fill = -5 * int(spaces.random.integers(2))
            dset = file.create_dataset("data", spaces.shape, "i4", chunks=spaces.chunks, fillvalue=fill)
            for step in range(6):
                space = spaces.selection()
                memory, buffer = spaces.memory(space.get_select_npoints())
                buffer.flat = 1000 * step + np.arange(buffer.size)
                if step % 2 == 0:
                    dset.id.write(memory, space, buffer)
                else:
                    dset.id.read(memory, space, buffer)
                    results[case, step] = buffer
            results[case, "all"] = dset[...]
        with h5py.File("random.h5") as file:
            results[case, "again"] = file["data"][...]
    return results


def test_random_selections(twins, seed):
    twins.agree(random_selections, seed, 60)


def direct():
    """read_direct and write_direct with selections on both sides, of different shape and rank."""
    results = {}
    with h5py.File("direct.h5", "w") as file:
        dset = create(file)
        out = np.full((20, 30), -1, "i4")
        dset.read_direct(out, np.s_[2, 3:13, 2:17], np.s_[5:15, 10:25])
        results["plane"] = out
        out = np.full((40,), -1, "i4")
        dset.read_direct(out, np.s_[1, 0:20:2, 3], np.s_[0:40:4])
        results["stride"] = out
        out = np.full(SHAPE, -1, "i4")
        dset.read_direct(out)
        results["all"] = out
        out = np.full((7, 26), -1, "f8")
        dset.read_direct(out, np.s_[0:13, 5, 4], np.s_[3, 0:26:2])
        results["converted"] = out
        source = numbers((20, 30), 0.6, 9)
        dset.write_direct(source, np.s_[5:15, 10:25], np.s_[2, 3:13, 2:17])
        results["written"] = dset[...]
        dset.write_direct(source.astype("f4"), np.s_[0:13, 3], np.s_[:, 4, 4])
        results["written converted"] = dset[...]
        big = np.asfortranarray(numbers(SHAPE, 0.5, 11))
        dset[...] = big
        results["fortran"] = dset[...]
        dset[::2] = numbers((2 * SHAPE[0], *SHAPE[1:]), 0.5, 12)[: 2 * 7 : 2]
        results["strided source"] = dset[...]
    return results


def test_direct(twins):
    twins.agree(direct)


def broadcast():
    results = {}
    with h5py.File("broadcast.h5", "w") as file:
        dset = create(file)
        dset[2:6] = numbers(SHAPE[1:], 0.5, 1)
        results["plane"] = dset[...]
        dset[:, 3] = np.arange(17)
        results["row"] = dset[...]
        dset[...] = 4
        results["scalar"] = dset[...]
        dset[...] = 0
        results["zero"] = dset[...]
        results["wrong"] = tried(lambda: dset.__setitem__(np.s_[0:3], np.zeros((2, 22, 17))))
    return results


def test_broadcast(twins):
    twins.agree(broadcast)


def resize(grow):
    """Extents that grow and shrink along any dimension; what was cut off is fill when it comes back."""
    results = {}
    with h5py.File("resize.h5", "w") as file:
        dset = create(file, maxshape=(None, None, 40), fillvalue=3)
        for step, shape in enumerate(grow):
            results[step, "resize"] = tried(lambda s=shape: dset.resize(s))
            results[step] = dset[...]
            region = dset[-3:, -2:]
            dset[-3:, -2:] = numbers(region.shape, 0.5, step)
            results[step, "written"] = dset[...]
        results["shape"] = dset.shape
    with h5py.File("resize.h5", "r+") as file:
        dset = file["data"]
        results["again"] = dset[...]
        dset.resize(5, axis=0)
        dset.resize(20, axis=0)
        results["cut and grown"] = dset[...]
    with h5py.File("resize.h5") as file:
        results["at last"] = file["data"][...]
    return results


@pytest.mark.parametrize(
    "grow",
    [
        [(20, 22, 17), (20, 30, 40)],
        [(13, 5, 17), (13, 22, 17)],
        [(3, 3, 3), (9, 9, 9), (2, 9, 1), (13, 22, 17)],
        [(0, 22, 17), (13, 22, 17), (13, 22, 41)],
        [(4, 7, 5), (8, 14, 10), (5, 8, 6)],
    ],
)
def test_resize(twins, grow):
    twins.agree(resize, grow)
    assert is_sparse(twins.sparse / "resize.h5", "data")


def append():
    """Frame by frame, as a detector writes."""
    with h5py.File("append.h5", "w") as file:
        dset = file.create_dataset("data", (0, 64, 64), "u2", maxshape=(None, 64, 64), chunks=(1, 64, 64))
        for i in range(40):
            dset.resize(i + 1, axis=0)
            dset[i] = numbers((64, 64), 0.01, i)
            if i % 7 == 0:
                file.flush()
        return dset[...]


def test_append(twins):
    twins.agree(append)


def iterate():
    results = {}
    with h5py.File("iterate.h5", "w") as file:
        dset = create(file)
        results["chunks"] = [str(s) for s in dset.iter_chunks()]
        results["rows"] = [row.sum() for row in dset]
        results["len"] = len(dset), dset.size, dset.nbytes, dset.ndim
        results["array"] = np.asarray(dset)
        results["astype"] = dset.astype("f4")[2:4]
        results["fields"] = dset.chunks, dset.maxshape, dset.dtype, dset.fillvalue
    return results


def test_iterate(twins):
    twins.agree(iterate)
