"""jHDF, plain Java, with the filter of dist/java/jhdf: in a JVM that denies native code, on what the connector wrote."""

import documents
import h5py
import numpy as np
import pytest
import readers
from harness import DIST, ROOT, native_environment, run_command, run_function, sparse_environment

READER = ROOT / "tests" / "java" / "ReadWithJhdf.java"
# jHDF and what it needs; the build leaves them there.
JHDF = ROOT / "jhdf-filter" / "target" / "jhdf"


@pytest.fixture(scope="module")
def java():
    """The command of Java with jHDF and the filter."""
    [jar] = (DIST / "java" / "jhdf").glob("jhdf-filter-*.jar")
    assert any(JHDF.glob("jhdf-*.jar")), f"no jHDF in {JHDF}: run make dist"
    jdk = run_command([ROOT / "build-support" / "find-jdk"], ROOT, native_environment()).stdout.strip()
    return [f"{jdk}/bin/java", "-cp", f"{JHDF}/*:{jar}", "--illegal-native-access=deny"]


@pytest.fixture(scope="module")
def files(tmp_path_factory, seed):
    return readers.write_files(tmp_path_factory.mktemp("files"), seed)


def read(java, path, folder):
    """The bytes of all datasets, and the messages of those that cannot be read."""
    done = run_command([*java, READER, path, folder], folder, native_environment())
    assert done.stderr == "", done
    data, failed = {}, {}
    for line in done.stdout.splitlines():
        number, name, *message = line.split("\t")
        if number == "failed":
            failed[name] = message[0]
        else:
            data[name] = (folder / number).read_bytes()
    return data, failed


def as_jhdf_has_it(case, dset):
    """jHDF takes what is not stored for zeros, whatever the fill value."""
    data = np.zeros_like(readers.expected(case))
    for i in range(dset.id.get_num_chunks()):
        offset = dset.id.get_chunk_info(i).chunk_offset
        where = tuple(slice(at, at + n) for at, n in zip(offset, dset.chunks, strict=True))
        data[where] = readers.expected(case)[where]
    return data


@pytest.mark.parametrize("name", readers.OPTIONS)
def test_every_chunk(java, files, seed, tmp_path, name):
    data, failed = read(java, files[name], tmp_path)
    assert not failed
    others = []
    with h5py.File(files[name]) as file:
        for case in readers.cases(seed):
            if case.name.startswith("opaque"):
                continue  # jHDF reads no opaque types without a tag, such as h5py's
            expected = as_jhdf_has_it(case, file[case.name])
            assert data[case.name] == expected.tobytes(), case.name
            others += [case.name] * (expected.tobytes() != readers.expected(case).tobytes())
    assert "untouched" in others


def test_the_example_of_the_document(java, tmp_path):
    (tmp_path / "jhdf").symlink_to(JHDF)
    documents.run(ROOT / "docs" / "filter.md", tmp_path, "tests/python/test_jhdf.py")


def write_without_the_filter(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (40, 30), "i4", chunks=(10, 30))[5:15, 3] = 7


def append_without_the_filter(path):
    with h5py.File(path, "r+") as file:
        file["x"][30:38] = 5


def test_a_chunk_that_holds_no_blob_is_an_error(java, tmp_path):
    """Its mask says so, but jHDF does not look."""
    path = str(tmp_path / "appended.h5")
    run_function(write_without_the_filter, path, cwd=tmp_path, env=sparse_environment())
    run_function(append_without_the_filter, path, cwd=tmp_path, env=native_environment())
    data, failed = read(java, path, tmp_path)
    assert not data
    assert "no sparse chunk" in failed["x"]
