"""Files that hold a little of everything, for HDF5's command-line tools: the same script writes native and sparse twins."""

import shutil

import h5py
import numpy as np
from c_hdf5 import h5
from h5py import h5d, h5p, h5s, h5t


def write():
    """All files of the corpus, in the current folder."""
    _write_sources()
    _write_everything()
    _write_virtual()
    _write_sides()
    _write_latest()
    _write_family()
    _write_user_block()
    _write_input_of_h5import()


def _thin(shape, share, dtype, seed):
    """Counts of which only a share is not zero."""
    random = np.random.default_rng(seed)
    return np.where(random.random(shape) < share, random.integers(1, 99, shape), 0).astype(dtype)


def _write_sources():
    with h5py.File("source.h5", "w") as file:
        for i in range(3):
            file.create_dataset(f"part{i}", data=_thin((20,), 0.2, "i4", i), chunks=(6,))
        file.create_group("target").attrs["note"] = "reached by an external link"


def _write_everything():
    with h5py.File("all.h5", "w") as file:
        _write_attributes(file)
        _write_layouts(file.create_group("layouts", track_order=True))
        _write_types(file.create_group("types"))
        _write_links(file)


def _write_attributes(file):
    file.attrs["title"] = "a little of everything"
    file.attrs["numbers"] = np.arange(6, dtype=">i2").reshape(2, 3)
    file.attrs["ratio"] = 0.25
    file.attrs["fixed"] = np.bytes_(b"fixed")
    file.attrs["record"] = np.array((1, 2.5), [("a", "i4"), ("b", "f8")])
    file.attrs["nothing"] = h5py.Empty("f4")
    file.attrs["names"] = ["x", "yy", "zzz"]
    group = file.create_group("attributes", track_order=True)
    for name in ("third", "first", "second"):
        group.attrs[name] = name
    for i in range(12):
        group.attrs[f"many{i}"] = i


def _write_layouts(group):
    counts = group.create_dataset(
        "counts", data=_thin((30, 40), 0.1, "i4", 1), chunks=(7, 9), maxshape=(None, 40)
    )
    counts.attrs["units"] = "counts"
    group.create_dataset(
        "gzip", data=_thin((30, 40), 0.1, ">u2", 2), chunks=(10, 10), compression=6, shuffle=True
    )
    group.create_dataset("fletcher", data=np.arange(50) / 8, chunks=(16,), fletcher32=True)
    group.create_dataset("dense", data=np.arange(1, 101, dtype="u1"), chunks=(33,))
    frames = group.create_dataset("frames", (5, 6, 8), "u2", chunks=(1, 6, 8), maxshape=(None, None, None))
    frames[1, 2:4, 3:6] = 7
    frames[4, 5, 7] = 65535
    group.create_dataset("rank4", data=_thin((3, 4, 5, 6), 0.05, "i1", 3), chunks=(2, 2, 5, 3))
    group.create_dataset("partly", (50,), "f8", chunks=(8,), fillvalue=-1.5)[10:20] = np.arange(10) / 3
    group.create_dataset("untouched", (9, 9), "i2", chunks=(4, 4), fillvalue=7)
    group.create_dataset("filled", data=np.full((12,), 5, "i4"), chunks=(5,), fillvalue=5)
    group.create_dataset("zeros", data=np.zeros((12,), "i4"), chunks=(5,))
    group.create_dataset("grown", (10,), "f4", chunks=(4,), maxshape=(None,), fillvalue=2.5)[3] = 1
    group["grown"].resize((17,))
    group.create_dataset("empty", (0, 4), "i4", chunks=(2, 4), maxshape=(None, 4))
    group.create_dataset("scaled", data=np.arange(40, dtype="i4"), chunks=(10,), scaleoffset=0)
    group.create_dataset("contiguous", data=_thin((12, 11), 0.3, "i8", 4))
    group.create_dataset("reserved", (8,), "i4", fillvalue=3)
    group.create_dataset("scalar", data=3.25)
    group.create_dataset("null", data=h5py.Empty("i4"))
    compact = h5p.create(h5p.DATASET_CREATE)
    compact.set_layout(h5d.COMPACT)
    h5d.create(group.id, b"compact", h5t.STD_I16BE, h5s.create_simple((6,)), compact).write(
        h5s.ALL, h5s.ALL, np.arange(6, dtype="i2")
    )
    for name, allocation in (("early", h5d.ALLOC_TIME_EARLY), ("late", h5d.ALLOC_TIME_LATE)):
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_chunk((4,))
        plist.set_alloc_time(allocation)
        plist.set_fill_time(h5d.FILL_TIME_ALLOC)
        plist.set_fill_value(np.array(9, "i4"))
        h5d.create(group.id, name.encode(), h5t.STD_I32LE, h5s.create_simple((10,)), plist)
        group[name][2:4] = 1, 2
    scale = group.create_dataset("y", data=np.arange(30.0), chunks=(10,))
    scale.make_scale("the y axis")
    counts.dims[0].attach_scale(scale)
    counts.dims[1].label = "x"


def _write_types(group):
    def create(name, values, chunks=(4,), **more):
        group.create_dataset(name, data=values, chunks=chunks, **more)

    steps = np.array([0, 0, 1, 0, 0, 2, 3, 0, 0, 0])
    for name in ("i1", "u1", "<i2", ">u4", "<i8", ">i8", "<f2", "<f4", ">f8", "g", "<c8", ">c16"):
        create(name.replace("<", "little ").replace(">", "big "), steps.astype(name))
    create("bool", steps > 0)
    create("enum", steps.astype("u1"), dtype=h5py.enum_dtype({"OFF": 0, "ON": 1, "AUTO": 2, "LOST": 3}, "u1"))
    create("special", np.array([0, -0.0, np.nan, np.inf, -np.inf, 1e-300]))
    create("opaque", np.array([b"\0\0\0", b"abc", b"\0\0\0", b"\xff\0x"], "V3"))
    create("fixed", np.array([b"", b"ab", b"", b"abcde"], "S5"))
    words = [text.encode() for text in ("", "ä", "", "xyz")]
    create("utf8", np.array(words, h5py.string_dtype("utf-8", 6)))
    create("strings", np.array(["", "of any", "", "length"], object), dtype=h5py.string_dtype())
    create("lists", np.array([np.arange(i) for i in range(4)], object), dtype=h5py.vlen_dtype("i4"))
    inner = np.dtype([("x", "<f4"), ("y", ">i2")])
    record = np.dtype([("id", "<i4"), ("name", "S4"), ("at", inner), ("grid", "<u2", (2, 3)), ("odd", "?")])
    records = np.zeros(12, record)
    records[::5] = (3, b"abc", (0.5, -2), np.arange(6).reshape(2, 3), True)
    create("records", records)
    group.create_dataset("array", (6,), "(2,2)i4", chunks=(4,))[1] = [[1, 2], [3, 4]]
    bits = h5t.STD_B16LE.copy()
    h5.H5Tset_precision(bits.id, 9)
    h5.H5Tset_offset(bits.id, 3)
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_chunk((4,))
    h5d.create(group.id, b"bits", bits, h5s.create_simple((10,)), plist).write(
        h5s.ALL, h5s.ALL, (steps << 3).astype("u2"), bits
    )
    group["named"] = record
    group["committed"] = np.dtype("<f4")
    group["named"].attrs["about"] = "a committed type"
    group.create_dataset("of named", (6,), group["named"], chunks=(4,))[2] = records[0]
    counts, gzip = group.file["layouts/counts"], group.file["layouts/gzip"]
    references = group.create_dataset("references", (3,), h5py.ref_dtype, chunks=(2,))
    references[:] = [counts.ref, gzip.ref, counts.ref]
    group.create_dataset("reference", (1,), h5py.ref_dtype)[0] = counts.ref
    regions = group.create_dataset("regions", (2,), h5py.regionref_dtype)
    regions[:] = [counts.regionref[3:5, ::7], gzip.regionref[1, 2:4]]


def _write_links(file):
    links = file.create_group("links")
    links["hard"] = file["layouts/counts"]
    links["up"] = file["links"]
    links["soft"] = h5py.SoftLink("/layouts/counts")
    links["dangling"] = h5py.SoftLink("/nowhere")
    links["outside"] = h5py.ExternalLink("source.h5", "/target")
    links["outside data"] = h5py.ExternalLink("source.h5", "/part1")
    links["lost"] = h5py.ExternalLink("no.h5", "/x")


def _write_virtual():
    """Apart from the references: h5repack 1.14.5 crashes over a file that holds both."""
    with h5py.File("virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((4, 20), "i4")
        for i in range(3):
            layout[i] = h5py.VirtualSource("source.h5", f"part{i}", (20,))
        file.create_virtual_dataset("virtual", layout, fillvalue=-1)


def _write_sides():
    """Two files for h5diff, left and right, that differ in every way it tells apart; right2 equals right, and all2 all."""
    left = {
        "same": np.arange(20),
        "ints": _thin((10, 12), 0.2, "i4", 5),
        "floats": np.array([0, 1, 1e-3, 100.0, np.nan, 0, 5, -5]),
        "records": np.zeros(5, [("a", "i4"), ("b", "S3")]),
        "words": np.array([b"", b"one", b"two"], "S4"),
        "shape": np.zeros((4, 4), "i2"),
        "type": np.arange(5, dtype="i4"),
        "kind": np.arange(5, dtype="i4"),
        "fill and value": np.zeros(8, "i4"),
        "fill and fill": np.zeros(8, "i4"),
        "unsigned": np.array([0, 250, 3], "u1"),
    }
    right = {name: values.copy() for name, values in left.items()}
    right["ints"][2:4, 5] += 3
    right["ints"][9, 11] += 1
    right["floats"] += np.array([0, 1e-4, 1e-9, 1, 0, 1e-12, 0, 0])
    right["records"][3] = (1, b"x")
    right["words"][1] = b"eins"
    right["shape"] = np.zeros((4, 5), "i2")
    right["type"] = right["type"].astype("i8")
    right["kind"] = right["kind"].astype("f4")
    right["fill and value"][6] = 1
    right["unsigned"][0] = 255
    for side, all_values in (("left", left), ("right", right)):
        with h5py.File(f"{side}.h5", "w") as file:
            group = file.create_group("entry")
            for name, values in all_values.items():
                chunks = tuple(max(1, n // 2) for n in values.shape)
                group.create_dataset(name, data=values, chunks=chunks).attrs["side"] = side
            group.create_dataset("chunks", data=np.arange(30), chunks=(7 if side == "left" else 11,))
            group.create_dataset("fills", (6,), "i2", chunks=(3,), fillvalue=1 if side == "left" else 2)
            written = group.create_dataset("written", (6,), "i2", chunks=(3,), fillvalue=4)
            filled = group.create_dataset("filled", (6,), "i2", chunks=(3,), fillvalue=4)
            if side == "right":
                written[...] = 4
            filled[...] = 4 if side == "left" else 3
            group.create_group(f"only {side}")
            group["link"] = h5py.SoftLink(f"/entry/{'ints' if side == 'left' else 'floats'}")
            group["way"] = h5py.SoftLink("/entry/ints")
    shutil.copy("right.h5", "right2.h5")
    shutil.copy("all.h5", "all2.h5")


def _write_latest():
    """The newest format the tools know, each kind of chunk index; copied also while open, its status flags set."""
    with h5py.File("latest.h5", "w", libver=("v110", "v114")) as file:
        file.create_dataset("single", data=_thin((9,), 0.6, "i4", 6), chunks=(9,))
        file.create_dataset("fixed", data=_thin((10, 10), 0.1, "i4", 7), chunks=(4, 4), maxshape=(20, 20))
        file.create_dataset(
            "extensible", data=_thin((10, 10), 0.1, "f4", 8), chunks=(3, 10), maxshape=(None, 10)
        )
        file.create_dataset("tree", data=_thin((10, 10), 0.1, "u2", 9), chunks=(4, 4), maxshape=(None, None))
        early = h5p.create(h5p.DATASET_CREATE)
        early.set_chunk((4,))
        early.set_alloc_time(h5d.ALLOC_TIME_EARLY)
        h5d.create(file.id, b"implicit", h5t.STD_I32LE, h5s.create_simple((10,)), early)
        file["implicit"][3] = 3
        file.create_dataset("contiguous", data=np.arange(10))
        file.flush()
        file.swmr_mode = True
        file["fixed"][0, 0] = 42
        file.flush()
        shutil.copy("latest.h5", "flagged.h5")


def _write_family():
    with h5py.File("family%d.h5", "w", driver="family", memb_size=3000) as file:
        file.create_dataset("counts", data=_thin((30, 40), 0.2, "i4", 10), chunks=(7, 9))
        file.create_dataset("contiguous", data=np.arange(500))


def _write_user_block():
    with open("user.txt", "w") as text:
        text.write("what a user keeps in front of the file\n" * 20)
    with h5py.File("block.h5", "w", userblock_size=1024) as file:
        file.create_dataset("counts", data=_thin((30, 40), 0.1, "i4", 11), chunks=(7, 9))
    with open("block.h5", "r+b") as file:
        file.write(b"in front\n")


def _write_input_of_h5import():
    values = _thin((6, 8), 0.3, "i4", 12)
    values.tofile("binary.in")
    np.savetxt("text.in", values, "%d")
    with open("words.in", "w") as text:
        text.write("one\ntwo\n\nfour\n")

    def configure(name, **settings):
        with open(name, "w") as text:
            text.writelines(f"{key.replace('_', '-')} {value}\n" for key, value in settings.items())

    shape = {"RANK": 2, "DIMENSION_SIZES": "6 8"}
    chunked = {"CHUNKED_DIMENSION_SIZES": "4 4"}
    output = {"OUTPUT_CLASS": "IN", "OUTPUT_SIZE": 32}
    binary = {"INPUT_CLASS": "IN", "INPUT_SIZE": 32, **shape}
    text = {"INPUT_CLASS": "TEXTIN", "INPUT_SIZE": 32, **shape}
    configure("binary.conf", PATH="a/binary", **binary, **output)
    configure("chunked.conf", PATH="a/chunked", **binary, **output, **chunked)
    configure(
        "gzip.conf", PATH="a/gzip", **binary, OUTPUT_CLASS="FP", OUTPUT_SIZE=64, OUTPUT_ARCHITECTURE="IEEE",
        OUTPUT_BYTE_ORDER="BE", **chunked, COMPRESSION_TYPE="GZIP", COMPRESSION_PARAM=3,
    )  # fmt: skip
    configure("grow.conf", PATH="a/grow", **text, **output, **chunked, MAXIMUM_DIMENSIONS="-1 8")
    configure("text.conf", PATH="text", **text, **output)
    configure("words.conf", PATH="words", INPUT_CLASS="STR", RANK=1, DIMENSION_SIZES=4)
