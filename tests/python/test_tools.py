"""HDF5's own command-line tools: what test_tool_commands does not ask."""

import shutil
import subprocess

import h5py
import numpy as np
import pytest
from harness import ROOT, is_sparse, same, sparse_environment, tool, tools_folder, twins_dump

MEASURED = ROOT / "tests" / "data" / "focus2007n001335.hdf"
BANKS = ("bank1", "lowerbank", "upperbank", "merged")


def write_sample():
    random = np.random.default_rng(11)
    with h5py.File("sample.h5", "w") as file:
        group = file.create_group("entry")
        group.attrs["title"] = "sample"
        counts = np.where(random.random((30, 40)) < 0.1, random.integers(1, 99, (30, 40)), 0)
        dset = group.create_dataset("counts", data=counts.astype("i4"), chunks=(7, 9), maxshape=(None, 40))
        dset.attrs["units"] = "counts"
        dset.dims[0].label = "y"
        group.create_dataset(
            "gzip", data=counts.astype(">u2"), chunks=(10, 10), compression="gzip", shuffle=True
        )
        group.create_dataset("filled", (50,), "f8", chunks=(8,), fillvalue=-1.5)[10:20] = np.arange(10) / 3
        group.create_dataset("contiguous", data=np.arange(5))
        records = np.zeros(20, [("id", "<i4"), ("name", "S4"), ("weight", ">f4")])
        records[::6] = (3, b"abc", 0.5)
        group.create_dataset("records", data=records, chunks=(6,))
        file["link"] = h5py.SoftLink("/entry/counts")
        file["hard"] = file["entry/counts"]


@pytest.fixture
def sample(twins):
    twins.agree(write_sample)
    return twins


def test_h5ls_without_the_connector(sample):
    """A sparse dataset is then what it is: its shape, type and chunks are the program's."""
    listed = tool("h5ls", "-v", "sample.h5/entry/counts", cwd=sample.sparse, sparse=False).stdout
    assert "Dataset {30/Inf, 40/40}" in listed
    assert "Chunks:    {7, 9} 252 bytes" in listed
    assert "native int" in listed


def test_h5diff(sample):
    twins = sample
    for a, b in (("native", "sparse"), ("sparse", "native"), ("sparse", "sparse")):
        done = tool("h5diff", "-v", f"{a}/sample.h5", f"{b}/sample.h5", cwd=twins.native.parent, sparse=True)
        assert "0 differences found" in done.stdout
    twins.run_sparse(change_one)
    done = tool(
        "h5diff", "native/sample.h5", "sparse/sample.h5", cwd=twins.native.parent, sparse=True, check=False
    )
    assert done.status == 1, done
    assert "1 differences found" in done.stdout


def change_one():
    with h5py.File("sample.h5", "r+") as file:
        file["entry/counts"][29, 39] += 1


def remove_soft_link():
    with h5py.File("sample.h5", "r+") as file:
        del file["link"]


REPACKED = ("counts", "gzip", "filled", "records")


def contents(name):
    with h5py.File(name) as file:
        return {
            path: (dset[...], dset.dtype, dset.chunks, dset.maxshape, dset.fillvalue, dict(dset.attrs))
            for path, dset in ((f"entry/{n}", file["entry"][n]) for n in REPACKED)
        }


def test_h5repack_to_sparse_and_back(twins):
    """Native to sparse and back. h5repack copies datasets as they are stored unless told of two connectors."""
    twins.run_native(write_sample)
    twins.run_native(remove_soft_link)  # which h5repack cannot take from one connector to another
    shutil.copy(twins.native / "sample.h5", twins.sparse / "sample.h5")
    tool("h5repack", "--src-vol-name", "native", "sample.h5", "there.h5", cwd=twins.sparse, sparse=True)
    for name in REPACKED:
        assert is_sparse(twins.sparse / "there.h5", f"entry/{name}"), name
    tool(
        "h5repack", "--src-vol-name", "sparse", "--dst-vol-name", "native", "there.h5", "back.h5",
        cwd=twins.sparse, sparse=True, more_env={"HDF5_VOL_CONNECTOR": "native"},
    )  # fmt: skip
    for name in REPACKED:
        assert not is_sparse(twins.sparse / "back.h5", f"entry/{name}"), name
    tool("h5diff", "sample.h5", "back.h5", cwd=twins.sparse, sparse=False)
    native = twins.run_native(contents, "sample.h5").value
    assert same(twins.run_sparse(contents, "there.h5").value, native)
    assert same(twins.run_native(contents, str(twins.sparse / "back.h5")).value, native)


def test_h5repack_to_sparse_by_the_environment_alone(twins):
    """A wish for one dataset makes h5repack read and write them all."""
    twins.run_native(write_sample)
    source = twins.native / "sample.h5"
    tool("h5repack", "-l", "/entry/counts:CHUNK=7x9", source, "sample.h5", cwd=twins.sparse, sparse=True)
    for name in REPACKED:
        assert is_sparse(twins.sparse / "sample.h5", f"entry/{name}"), name
    twins_dump(twins, "sample.h5")


def write_scales():
    """A dimension scale: references between sparse datasets."""
    with h5py.File("scales.h5", "w") as file:
        dset = file.create_dataset("data", (30, 4), "f4", chunks=(7, 4))
        dset[3] = 3
        scale = file.create_dataset("scale", data=np.arange(30.0), chunks=(10,))
        scale.make_scale("y")
        dset.dims[0].attach_scale(scale)


def read_scales(name):
    with h5py.File(name) as file:
        dset = file["data"]
        return dset[...], dset.dims[0].keys(), dset.dims[0]["y"][...], dset.dims[0][0].name


def test_h5repack_keeps_dimension_scales(twins):
    # Not by h5dump: it prints the address in memory of what a reference points to, another one each time.
    twins.agree(write_scales)
    tool("h5repack", "scales.h5", "out.h5", cwd=twins.native, sparse=False)
    tool("h5repack", "scales.h5", "out.h5", cwd=twins.sparse, sparse=True)
    twins.agree(read_scales, "scales.h5")
    twins.agree(read_scales, "out.h5")


def test_h5copy_keeps_sparse_datasets_sparse(sample):
    tool(
        "h5copy",
        "-i",
        "sample.h5",
        "-o",
        "copy.h5",
        "-s",
        "/entry",
        "-d",
        "/e",
        cwd=sample.sparse,
        sparse=True,
    )
    for name in REPACKED:
        assert is_sparse(sample.sparse / "copy.h5", f"e/{name}"), name


def grow_while_watched():
    """A dataset that grows by two steps once h5watch watches it."""
    with h5py.File("growing.h5", "w", libver=("v110", "v114")) as file:
        dset = file.create_dataset("frames", (1, 4), "i4", chunks=(1, 4), maxshape=(None, 4))
        dset[0] = 1, 0, 0, 1
        file.swmr_mode = True
        options = ["--polling=1", "growing.h5/frames"]
        watch = subprocess.Popen([tools_folder() / "h5watch", *options], stdout=subprocess.PIPE)
        lines = [watch.stdout.readline() for _ in range(2)]
        for size in (3, 4):
            dset.resize((size, 4))
            dset[size - 1] = size, 0, 0, 9
            dset.flush()
            for line in watch.stdout:
                lines.append(line)
                if line.strip().endswith(b"9"):
                    break
        watch.terminate()
        return lines + watch.stdout.readlines(), watch.wait()


def test_h5watch(twins):
    lines, status = twins.agree(grow_while_watched)
    assert b"        (3,0) 4, 0, 0, 9\n" in lines
    assert status == 0


def test_measured_run(twins):
    """The neutron run, converted by h5repack: equal in the eyes of h5diff, h5dump and h5py."""
    if not MEASURED.exists():
        pytest.fail(f"{MEASURED} is missing from this checkout")
    shutil.copy(MEASURED, twins.native / "run.hdf")
    source = twins.native / "run.hdf"
    tool("h5repack", "--src-vol-name", "native", source, "run.hdf", cwd=twins.sparse, sparse=True)
    tool("h5diff", twins.native / "run.hdf", "run.hdf", cwd=twins.sparse, sparse=True)
    twins_dump(twins, "run.hdf")
    native = twins.agree(read_counts)
    assert native["bank1"] == (106950, 54147)
    for bank in BANKS:
        assert is_sparse(twins.sparse / "run.hdf", f"entry1/FOCUS/{bank}/counts"), bank


def read_counts():
    with h5py.File("run.hdf") as file:
        counts = {bank: file[f"entry1/FOCUS/{bank}/counts"][...] for bank in BANKS}
    return {bank: (values.size, int((values == 0).sum())) for bank, values in counts.items()}


def test_one_binary_for_tools_and_h5py(sample):
    """h5dump (HDF5 1.14) and h5py (1.14 or 2.0) load one and the same plug-in file."""
    plugins = sparse_environment()["HDF5_PLUGIN_PATH"]
    assert len(plugins.split(":")) == 1
    twins_dump(sample, "sample.h5")
