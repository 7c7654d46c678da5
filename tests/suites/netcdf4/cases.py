"""What netCDF4-python can do, as small programs: each makes the file at a path, and may return what it saw itself."""

import itertools

import cftime
import netCDF4
import numpy as np

CASES = {}

INTEGERS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")
FLOATS = ("f4", "f8")
POINT = np.dtype([("x", "f8"), ("n", "i4"), ("tag", "S6")])
NESTED = np.dtype([("at", POINT), ("row", "i2", (3,)), ("flag", "u1")])
CLOUDS = {"clear": 0, "cumulus": 1, "stratus": 2, "missing": 255}
COMPRESSIONS = {
    "zlib 1": {"compression": "zlib", "complevel": 1},
    "zlib 9": {"compression": "zlib", "complevel": 9},
    "zlib without shuffle": {"compression": "zlib", "shuffle": False},
    "fletcher32": {"fletcher32": True},
    "zlib fletcher32": {"compression": "zlib", "fletcher32": True},
    "szip nn": {"compression": "szip", "szip_coding": "nn", "szip_pixels_per_block": 8},
    "szip ec": {"compression": "szip", "szip_coding": "ec", "szip_pixels_per_block": 16},
    "zstd": {"compression": "zstd", "complevel": 3},
    "bzip2": {"compression": "bzip2", "complevel": 5},
    **{
        f"blosc_{codec}": {"compression": f"blosc_{codec}", "blosc_shuffle": 1}
        for codec in ("lz", "lz4", "zlib", "zstd")
    },
}


def case(*variants):
    """Adds a function to the cases, once for each variant, which it gets as its second argument."""

    def add(function):
        name = function.__name__.replace("_", " ")
        for variant in variants:
            CASES[f"{name}: {variant}"] = lambda path, variant=variant: function(path, variant)
        if not variants:
            CASES[name] = function
        return function

    return add


def numbers(shape, dtype="i4", density=0.1, seed=1):
    """Numbers most of which are 0."""
    random = np.random.default_rng(seed)
    values = random.integers(1, 100, shape) + (0.25 if np.dtype(dtype).kind == "f" else 0)
    return np.where(random.random(shape) < density, values, 0).astype(dtype)


def create(path, time=None, y=20, x=30, **options):
    """A new file with three dimensions, time being unlimited."""
    file = netCDF4.Dataset(path, "w", **options)
    for name, size in (("time", time), ("y", y), ("x", x)):
        file.createDimension(name, size)
    return file


# Types and their bytes


@case(*INTEGERS, *FLOATS, "S1")
def every_layout_of(path, dtype):
    with create(path) as file:
        data = numbers((4, 20, 30), "i1").astype(dtype)
        file.createVariable("contiguous", dtype, ("y", "x"), contiguous=True)[:] = data[0]
        file.createVariable("chunked", dtype, ("y", "x"), chunksizes=(7, 11))[:] = data[1]
        file.createVariable("unlimited", dtype, ("time", "y", "x"))[:] = data
        file.createVariable("scalar", dtype)[...] = data[2, 1, 0]
        file.createVariable("untouched", dtype, ("y", "x"), chunksizes=(7, 11))


@case("little", "big", "native")
def byte_order(path, endian):
    with create(path) as file:
        for dtype in ("i2", "u4", "i8", "f4", "f8"):
            variable = file.createVariable(dtype, dtype, ("time", "x"), endian=endian, fill_value=7)
            variable[0:3] = numbers((3, 30), dtype)
            variable[5] = numbers(30, dtype).astype(">" + dtype)


# Storage


@case(*COMPRESSIONS)
def compression(path, name):
    with create(path) as file:
        for dtype in ("i2", "f8"):
            options = {"chunksizes": (1, 8, 16), **COMPRESSIONS[name]}
            variable = file.createVariable(dtype, dtype, ("time", "y", "x"), **options)
            variable[0:3] = numbers((3, 20, 30), dtype)
            variable[4] = numbers((20, 30), dtype, density=1)


@case("BitGroom", "GranularBitRound", "BitRound")
def quantize(path, mode):
    with create(path) as file:
        for dtype in FLOATS:
            options = {"compression": "zlib", "significant_digits": 3, "quantize_mode": mode}
            variable = file.createVariable(dtype, dtype, ("time", "x"), **options)
            variable[0:4] = np.linspace(-1, 1000, 120).reshape(4, 30)


@case((1, 1), (3, 5), (20, 30), (20, 1), None)
def chunk_shape(path, shape):
    with create(path) as file:
        variable = file.createVariable("v", "f4", ("y", "x"), chunksizes=shape, compression="zlib")
        variable[:] = numbers((20, 30), "f4")
        variable[3:9, ::2] = 5


@case()
def chunk_cache(path):
    before = netCDF4.get_chunk_cache()
    netCDF4.set_chunk_cache(size=100_000, nelems=31, preemption=0.5)
    try:
        with create(path) as file:
            variable = file.createVariable("v", "i4", ("time", "x"), chunk_cache=50_000)
            variable.set_var_chunk_cache(size=20_000, nelems=7, preemption=0.25)
            variable[0:40] = numbers((40, 30))
            return variable.get_var_chunk_cache()
    finally:
        netCDF4.set_chunk_cache(*before)


@case()
def alignment(path):
    netCDF4.set_alignment(1, 4096)
    try:
        with create(path) as file:
            file.createVariable("v", "i4", ("time", "x"))[0:9] = numbers((9, 30))
            return netCDF4.get_alignment()
    finally:
        netCDF4.set_alignment(1, 1)


@case()
def few_elements_in_a_large_variable(path):
    with create(path, y=3000, x=2000) as file:
        variable = file.createVariable("v", "u2", ("time", "y", "x"), chunksizes=(1, 500, 500), fill_value=0)
        variable[2, 1234, 567] = 8
        variable[1, 2990:, 1990:] = 9
        variable[0, ::500, ::400] = 10
        return int(variable[:].sum()), variable.shape


# Dimensions


@case()
def append_records(path):
    with create(path) as file:
        variable = file.createVariable("v", "i4", ("time", "y", "x"), compression="zlib")
        for i in range(6):
            variable[i] = numbers((20, 30), seed=i)
        return variable.shape, len(file.dimensions["time"])


@case()
def leave_records_out(path):
    with create(path) as file:
        first = file.createVariable("first", "f8", ("time",))
        second = file.createVariable("second", "i4", ("time", "x"), fill_value=-5)
        first[40] = 2.5
        second[3] = numbers(30)
        return first[:].tolist(), second[:].tolist()


@case(("a",), ("a", "b"), ("a", "b", "c"))
def unlimited_dimensions(path, unlimited):
    with netCDF4.Dataset(path, "w") as file:
        for name in ("a", "b", "c"):
            file.createDimension(name, None if name in unlimited else 6)
        variable = file.createVariable("v", "i2", ("c", "a", "b"))
        variable[0:6, 0:2, 0:6] = numbers((6, 2, 6))
        variable[2, 4, 0:6] = 3
        if "b" in unlimited:
            variable[1, 1, 8] = 4
        return variable[:].tolist()


@case("a", "r+")
def append_mode(path, mode):
    with create(path) as file:
        file.createVariable("v", "i4", ("time", "x"), compression="zlib")[0:2] = numbers((2, 30))
    for i in range(3):
        with netCDF4.Dataset(path, mode) as file:
            file["v"][i + 2] = numbers(30, seed=i)
            file["v"][0, i::5] = -i
            file.createVariable(f"new{i}", "f4", ("x",))[:] = numbers(30, "f4", seed=i)
            file.history = f"opened {i}"


@case("NETCDF4", "NETCDF4_CLASSIC")
def file_format(path, name):
    with create(path, format=name) as file:
        file.createVariable("v", "f4", ("time", "y", "x"), compression="zlib")[0:3] = numbers(
            (3, 20, 30), "f4"
        )
        file.createVariable("t", "f8", ("time",))[:] = [0, 1, 2]
        return file.data_model, file.disk_format


# Values that stand for none


@case(None, 0, -99, False)
def fill_value(path, fill):
    with create(path) as file:
        for dtype in ("i2", "f4"):
            variable = file.createVariable(dtype, dtype, ("time", "x"), fill_value=fill, chunksizes=(2, 10))
            variable[0, 3:6] = [1, 2, 3]
            variable[4, :] = numbers(30, dtype)
            if fill is False:  # what was not written is anything then
                variable[:] = numbers((5, 30), dtype)


@case(np.nan, np.inf, -0.0)
def fill_value_of_floats(path, fill):
    with create(path) as file:
        variable = file.createVariable("v", "f8", ("time", "x"), fill_value=fill)
        variable[2, 4:9] = [0.0, -0.0, np.nan, np.inf, 1]
        return variable[:].mask.tolist()


@case()
def no_filling(path):
    with create(path) as file:
        file.set_fill_off()
        file.createVariable("v", "i4", ("time", "x"))[0:3] = numbers((3, 30))
        file.set_fill_on()
        file.createVariable("w", "i4", ("time", "x"))[1] = numbers(30)
        file["w"][0::2] = 4  # what was never written is anything


@case()
def masked_arrays(path):
    with create(path) as file:
        data = np.ma.masked_equal(numbers((3, 30), "f4"), 0)
        file.createVariable("default", "f4", ("time", "x"))[:] = data
        file.createVariable("own", "f4", ("time", "x"), fill_value=-1)[:] = data
        missing = file.createVariable("missing", "i4", ("time", "x"))
        missing.missing_value = np.int32(-9)
        missing[:] = data.astype("i4")
        limited = file.createVariable("limited", "i4", ("time", "x"))
        limited.valid_min, limited.valid_max = np.int32(5), np.int32(50)
        limited[:] = numbers((3, 30))
        return [v[:].mask.tolist() for v in file.variables.values()]


@case()
def scale_and_offset(path):
    with create(path) as file:
        packed = file.createVariable("packed", "i2", ("time", "x"), fill_value=-32768, compression="zlib")
        packed.scale_factor, packed.add_offset = 0.01, 20.0
        packed[0:3] = np.ma.masked_less(numbers((3, 30), "f8"), 1)
        unsigned = file.createVariable("unsigned", "i1", ("x",))
        unsigned._Unsigned = "true"
        unsigned[:] = numbers(30, "u1") + 150
        return packed[:].tolist(), unsigned[:].tolist()


# Strings and types of one's own


@case()
def strings(path):
    with create(path) as file:
        names = file.createVariable("names", str, ("time",))
        names[0] = "ä to ö"
        names[3:6] = np.array(["", "x" * 500, "b"], object)
        file.createVariable("table", str, ("y", "x"), chunksizes=(5, 5))[2:4, 3] = np.array(
            ["p", "q"], object
        )
        file.createVariable("scalar", str)[...] = "alone"
        filled = file.createVariable("filled", str, ("x",), fill_value="none")
        filled[1] = "some"
        return names[:].tolist()


@case("ascii", "utf-8")
def characters(path, encoding):
    with create(path) as file:
        file.createDimension("length", 8)
        variable = file.createVariable("v", "S1", ("time", "length"), compression="zlib")
        variable._Encoding = encoding
        variable[0:3] = np.array(
            ["abc", "", "é" if encoding == "utf-8" else "e"], "U8" if encoding == "utf-8" else "S8"
        )
        plain = file.createVariable("plain", "S1", ("y", "length"))
        plain[2:4] = netCDF4.stringtochar(np.array(["left", "right"], "S8"))
        return variable[:].tolist(), netCDF4.chartostring(plain[2:4]).tolist()


@case("POINT", "NESTED")
def compound(path, name):
    dtype = {"POINT": POINT, "NESTED": NESTED}[name]
    with create(path) as file:
        if name == "NESTED":
            file.createCompoundType(POINT, "point")
        own = file.createCompoundType(dtype, "own")
        data = np.zeros((3, 30), dtype)
        data[1, 4:6].view("u1")[:] = 65
        file.createVariable("unlimited", own, ("time", "x"))[:] = data
        file.createVariable("fixed", own, ("x",))[:] = data[1]
        file.createVariable("scalar", own)[...] = data[1, 4]
        file.createVariable("compressed", own, ("time", "x"), compression="zlib")[2] = data[1]


@case("c8", "c16")
def complex_numbers(path, dtype):
    with create(path, auto_complex=True) as file:
        variable = file.createVariable("v", dtype, ("time", "x"))
        variable[0:3] = numbers((3, 30), "f4") * (1 + 2j)
        return variable[:].tolist()


@case()
def enumeration(path):
    with create(path) as file:
        clouds = file.createEnumType("u1", "clouds", CLOUDS)
        variable = file.createVariable("v", clouds, ("time", "x"), fill_value=255)
        variable[0, 2:5] = [1, 2, 0]
        variable[2] = np.where(numbers(30) > 0, 1, 0)
        file.createVariable("compressed", clouds, ("x",), compression="zlib")[:] = 1
        try:
            variable[1, 0] = 77
        except ValueError as refused:
            return str(refused)


@case("i4", "f8")
def variable_length(path, dtype):
    with create(path) as file:
        ragged = file.createVLType(dtype, "ragged")
        variable = file.createVariable("v", ragged, ("time", "y"))
        for i, j in itertools.product(range(2), range(0, 20, 3)):
            variable[i, j] = np.arange(i + j, dtype=dtype)
        return [v.tolist() for v in variable[1] if v is not None]


# Names and what hangs on them


@case()
def groups(path):
    with create(path) as file:
        deep = file.createGroup("/a/b/c")
        deep.createDimension("z", None)
        deep.createVariable("v", "i4", ("z", "x"))[0:4] = numbers((4, 30))
        file.createVariable("/d/e", "f4", ("y",))[:] = numbers(20, "f4")
        point = file["a"].createCompoundType(POINT, "point")
        deep.createVariable("p", point, ("z",))
        deep["v"].units = "1"
        return [deep.path, file["/a/b/c/v"].shape, sorted(file.groups), file["a/b"].parent.name]


@case("before", "after")
def rename(path, when):
    with create(path) as file:
        for name in ("v", "w"):
            file.createVariable(name, "i4", ("time", "x"), compression="zlib")[0:2] = numbers((2, 30))
        file.createVariable("y", "f4", ("y",))[:] = np.arange(20)
        file.createGroup("old").setncattr("one", 1)
    with netCDF4.Dataset(path, "a") as file:
        if when == "before":
            file["v"][2] = numbers(30)
        file.renameVariable("v", "renamed")
        file.renameDimension("x", "longer")
        file.renameGroup("old", "new")
        file["new"].renameAttribute("one", "two")
        if when == "after":
            file["renamed"][2] = numbers(30)
        return sorted(file.variables), sorted(file.dimensions)


@case()
def attributes(path):
    with create(path) as file:
        variable = file.createVariable("v", "i4", ("time", "x"))
        for holder in (file, variable):
            for dtype in (*INTEGERS, *FLOATS):
                holder.setncattr(dtype, np.arange(3, dtype=dtype))
            holder.text, holder.unicode, holder.empty = "text", "häßlich", ""
            holder.setncattr_string("string", "one")
            holder.setncattr("strings", ["one", "two", "three"])
            holder.setncatts({"first": 1, "second": 2.5})
            holder.delncattr("first")
        variable[0] = numbers(30)
        variable.large = np.arange(9000)
        return variable.ncattrs(), file.ncattrs()


# Reading and writing in pieces

KEYS = (
    np.s_[:],
    np.s_[2],
    np.s_[..., 3],
    np.s_[1:7:3, ::4],
    np.s_[::-1, 5:1:-2],
    np.s_[[0, 3, 5], :, [1, 2, 8]],
    np.s_[np.arange(8) % 2 == 0, 4],
    np.s_[-1, -3:, -4:-1],
    np.s_[3:3],
)


@case(*range(len(KEYS)))
def selection(path, number):
    key = KEYS[number]
    with create(path) as file:
        variable = file.createVariable("v", "i4", ("time", "y", "x"), chunksizes=(2, 6, 7))
        variable[:] = numbers((8, 20, 30))
        seen = variable[key].tolist()
        variable[key] = 77
        return seen, variable[key].shape


@case()
def read_what_was_just_written(path):
    with create(path) as file:
        variable = file.createVariable("v", "i4", ("time", "x"), compression="zlib")
        variable[0:3] = numbers((3, 30))
        seen = [variable[:].tolist()]
        file.sync()
        with netCDF4.Dataset(path) as second:
            seen.append(second["v"][:].tolist())
            variable[1, ::3] = 4
            file.sync()
            seen.append(second["v"][:].tolist())
        return seen


# Files that are not files


@case("diskless", "persistent")
def in_memory(path, kind):
    with create(path, diskless=True, persist=kind == "persistent") as file:
        variable = file.createVariable("v", "i4", ("time", "x"), compression="zlib")
        variable[0:3] = numbers((3, 30))
        return variable[:].tolist()


@case()
def file_image(path):
    file = create("image", memory=1000)
    file.createVariable("v", "f4", ("time", "x"), chunksizes=(2, 10))[0:3] = numbers((3, 30), "f4")
    image = bytes(file.close())
    path.write_bytes(image)
    with netCDF4.Dataset("image", memory=image) as file:
        return file["v"][:].tolist()


@case()
def open_without_disk(path):
    with create(path) as file:
        file.createVariable("v", "i4", ("time", "x"))[0:3] = numbers((3, 30))
    with netCDF4.Dataset(path, "a", diskless=True, persist=True) as file:
        file["v"][3] = 5
    with netCDF4.Dataset(path, diskless=True) as file:
        return file["v"][:].tolist()


@case("aggregated", "by time")
def many_files(path, how):
    names = []
    for i in range(3):
        names.append(path.with_name(f"{path.stem}-{i}.nc") if i else path)
        with create(names[-1], format="NETCDF4_CLASSIC") as file:
            time = file.createVariable("time", "f8", ("time",))
            time.units, time.calendar = f"hours since 2000-01-0{i + 1}", "standard"
            time[0:4] = np.arange(4) * 6
            file.createVariable("v", "i4", ("time", "x"), compression="zlib")[0:4] = numbers((4, 30), seed=i)
    with netCDF4.MFDataset(names) as together:
        if how == "aggregated":
            return together["v"].shape, together["v"][2:11:3].tolist()
        return netCDF4.MFTime(together["time"])[:].tolist()


@case()
def dates(path):
    with create(path) as file:
        time = file.createVariable("time", "i4", ("time",))
        time.units, time.calendar = "hours since 1990-01-01", "noleap"
        dates = [cftime.DatetimeNoLeap(2000, 2, day) for day in (1, 2, 28)]
        time[:] = netCDF4.date2num(dates, time.units, time.calendar)
        return netCDF4.date2index(dates[1], time), str(netCDF4.num2date(time[:], time.units, time.calendar))
