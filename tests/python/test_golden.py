"""The golden files, of every version of the format: the connector and the filter read them, change them, and copy them."""

import shutil

import golden
import h5py
import numpy as np
import pytest
from harness import (
    filter_environment,
    native_environment,
    run_command,
    run_function,
    sparse_environment,
    tools_folder,
)

VERSIONS = (1, 2, 3)
# Of the filter's parameters, by the version of the format.
PARAMETERS = {1: 1, 2: 2, 3: 2}
# Other chunk shapes, by the number of dimensions.
RELAID = {1: "3000", 2: "7x30"}
WITH_FILTER = filter_environment()
READERS = {"connector": sparse_environment(), "filter": WITH_FILTER}


def read(path):
    """All datasets, at once and in parts."""
    data = {}
    with h5py.File(path) as file:
        for name, dset in file.items():
            data[name] = dset[...]
            data[name, "parts"] = np.concatenate([dset[i : i + 7] for i in range(0, min(len(dset), 70), 7)])
    return data


def is_changed(case):
    """Not those with filters of their own. A chunk that skipped them, and that HDF5 stores again through all filters, in
    the same size, keeps the filter mask it had: only the connector can read it then."""
    return not case.filters and len(case.shape) == 2


def change(path, version):
    """One element of each chunk."""
    with h5py.File(path, "r+") as file:
        for case in filter(is_changed, golden.datasets(version)):
            file[case.name][::16, ::12] = golden.noise(1, case.dtype, 11)[0]


def changed(case):
    data = golden.expected(case)
    if is_changed(case):
        data[::16, ::12] = golden.noise(1, case.dtype, 11)[0]
    return data


def assert_holds(got, path, expected):
    for case in golden.datasets(golden.version_of(path)):
        data = expected(case)
        whole, parts = got[case.name], got[case.name, "parts"].astype(data.dtype)
        assert whole.astype(data.dtype).tobytes() == data.tobytes(), case.name
        assert parts.tobytes() == data[: len(parts)].tobytes(), case.name


def copy():
    """By H5Ocopy, with neither connector nor filter."""
    with h5py.File("mine.h5") as file, h5py.File("copied.h5", "w") as copied:
        for name in file:
            file.copy(name, copied)


def versions(path):
    """The versions of the filter's parameters of all datasets."""
    with h5py.File(path) as file:
        return {dset.id.get_create_plist().get_filter(0)[2][0] for dset in file.values()}


def test_there_are_files_of_every_version():
    names = {f"v{version}-{writer}" for version in VERSIONS for writer in golden.WRITERS}
    assert {path.stem for path in golden.FILES} == names
    for path in golden.FILES:
        assert versions(path) == {PARAMETERS[golden.version_of(path)]}


@pytest.mark.parametrize("path", golden.FILES, ids=lambda path: path.stem)
def test_read(tmp_path, path):
    for env in READERS.values():
        got = run_function(read, str(path), cwd=tmp_path, env=env).value
        assert_holds(got, path, golden.expected)


@pytest.mark.parametrize("writer", READERS)
@pytest.mark.parametrize("path", golden.FILES, ids=lambda path: path.stem)
def test_change_and_copy(tmp_path, path, writer):
    """What is written into a file is of the file's own version, whoever writes; copies of it as well."""
    mine = tmp_path / "mine.h5"
    shutil.copy(path, mine)
    run_function(change, str(mine), golden.version_of(path), cwd=tmp_path, env=READERS[writer])
    tools = tools_folder()
    run_command([tools / "h5repack", "mine.h5", "repacked.h5"], tmp_path, WITH_FILTER)
    relaid = [
        word
        for case in golden.datasets(golden.version_of(path))
        for word in ("-l", f"{case.name}:CHUNK={RELAID[len(case.shape)]}")
    ]
    run_command([tools / "h5repack", *relaid, "mine.h5", "relaid.h5"], tmp_path, WITH_FILTER)
    run_function(copy, cwd=tmp_path, env=native_environment())
    for name in ("mine", "repacked", "relaid", "copied"):
        assert versions(tmp_path / f"{name}.h5") == {PARAMETERS[golden.version_of(path)]}
        for env in READERS.values():
            got = run_function(read, f"{name}.h5", cwd=tmp_path, env=env).value
            assert_holds(got, path, changed)


def test_a_program_that_does_the_same_makes_the_same_file(tmp_path):
    for writer in golden.WRITERS:
        if writer != "filter":
            for name in ("a.h5", "b.h5"):
                env = sparse_environment(**golden.configured(**golden.WRITERS[writer]))
                run_function(golden.create, name, cwd=tmp_path, env=env)
                run_function(golden.fill, name, cwd=tmp_path, env=env)
            assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
