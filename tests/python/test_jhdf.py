"""jHDF, plain Java, with the filter of dist/java/jhdf: in a JVM that denies native code, on what the connector wrote."""

import golden
import h5py
import numpy as np
import pytest
import readers
from documents import JHDF
from harness import DIST, ROOT, native_environment, run_command, run_function, sparse_environment

READER = ROOT / "tests" / "java" / "ReadWithJhdf.java"


@pytest.fixture
def java():
    """The command of Java with jHDF and the filter."""
    [jar] = (DIST / "java" / "jhdf").glob("jhdf-filter-*.jar")
    assert any(JHDF.glob("jhdf-*.jar")), f"no jHDF in {JHDF}: run make dist"
    jdk = run_command([ROOT / "build-support" / "find-jdk"], ROOT, native_environment()).stdout.strip()
    return [f"{jdk}/bin/java", "-cp", f"{JHDF}/*:{jar}", "--illegal-native-access=deny"]


def read(java, paths, folder):
    """The bytes of all datasets of each file, and the messages of those that cannot be read."""
    done = run_command([*java, READER, folder, *paths], folder, native_environment())
    assert done.stderr == "", done
    data, failed = {path: {} for path in paths}, {}
    for line in done.stdout.splitlines():
        number, path, name, *message = line.split("\t")
        if number == "failed":
            failed[path, name] = message[0]
        else:
            data[path][name] = (folder / number).read_bytes()
    return data, failed


def as_jhdf_has_it(expected, dset):
    """jHDF takes what is not stored for zeros, whatever the fill value."""
    data = np.zeros_like(expected)
    for i in range(dset.id.get_num_chunks()):
        offset = dset.id.get_chunk_info(i).chunk_offset
        where = tuple(slice(at, at + n) for at, n in zip(offset, dset.chunks, strict=True))
        data[where] = expected[where]
    return data


def test_every_chunk(java, seed, tmp_path):
    files = {str(path) for path in readers.write_files(tmp_path, seed).values()}
    data, failed = read(java, files, tmp_path)
    assert not failed
    for path in files:
        others = []
        with h5py.File(path) as file:
            for case in readers.cases(seed):
                if case.name.startswith("opaque"):
                    continue  # jHDF reads no opaque types without a tag, such as h5py's
                elements = as_jhdf_has_it(readers.expected(case), file[case.name])
                assert data[path][case.name] == elements.tobytes(), (path, case.name)
                others += [case.name] * (elements.tobytes() != readers.expected(case).tobytes())
        assert "untouched" in others


def test_golden_files(java, tmp_path):
    data, failed = read(java, [str(path) for path in golden.FILES], tmp_path)
    assert not failed
    for path in golden.FILES:
        with h5py.File(path) as file:
            for case in golden.datasets(golden.version_of(path)):
                elements = as_jhdf_has_it(golden.expected(case), file[case.name])
                assert data[str(path)][case.name] == elements.tobytes(), (path, case.name)


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
    data, failed = read(java, [path], tmp_path)
    assert not data[path]
    assert "not a sparse chunk" in failed[path, "x"]
