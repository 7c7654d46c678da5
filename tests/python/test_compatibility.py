"""docs/compatibility.md names every call of the dataset interface, and tests that are there and use it."""

import re
from pathlib import Path

import pytest
from harness import ROOT, native_environment, run_command

# What is not there, and tested for how that shows.
TESTED_LIMITS = ("programs without connector and filter",)
LEVELS = {"full", "native way", "forwarded", "not supported", "–"}

# How h5py spells what a test does not call by its name in C.
SPELLINGS = {
    "H5Dcreate1": ["create_dataset"],
    "H5Dcreate2": ["create_dataset"],
    "H5Dcreate_anon": ["create_dataset(None"],
    "H5Dopen1": ["file["],
    "H5Dopen2": ["file["],
    "H5Dclose": [".id.close()"],
    "H5Dwrite": ["] ="],
    "H5Dread": ["[...]"],
    "H5Dextend": [".resize("],
    "H5Dset_extent": [".resize("],
    "H5Dget_space": ["get_space()", "H5Dget_space"],
    "H5Dget_type": [".dtype"],
    "H5Dget_access_plist": ["get_access_plist", "H5Dget_access_plist", "rdcc"],
    "H5Dget_offset": ["test_alignment"],
    "H5Dget_chunk_index_type": ["h5format_convert"],
    "H5Dformat_convert": ["h5format_convert"],
    "H5Dget_create_plist": ["get_create_plist"],
    "H5Dread_chunk": ["read_direct_chunk"],
    "H5Dwrite_chunk": ["write_direct_chunk"],
    "H5Dchunk_iter": ["chunk_iter"],
    "H5Dget_chunk_storage_size": ["read_direct_chunk"],
    "H5Oflush": [".flush()"],
    "H5Orefresh": [".refresh()"],
    "H5Dflush": [".flush()"],
    "H5Drefresh": [".refresh()"],
}


def rows():
    """The rows of the tables that name tests: calls, level, remarks, tests."""
    for line in (ROOT / "docs" / "compatibility.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] not in ("calls", "interface", "---"):
            yield cells


def names(text):
    return re.findall("`([^`]+)`", text)


def test_file(name):
    """The file of a test by its name in the document; "compare" are the suites of other projects."""
    if name == "compare":
        return ROOT / "tests" / "suites" / "accepted.toml"
    found = [*(ROOT / "tests" / "python").glob(f"{name}.py"), *(ROOT / "tests" / "src").rglob(f"{name}.java")]
    assert len(found) == 1, f"docs/compatibility.md names {name}: {found}"
    return found[0]


test_file.__test__ = False


def dataset_calls():
    done = run_command(
        [ROOT / "build-support" / "hdf5-tools", "--include"], ROOT, native_environment(), timeout=600
    )
    header = (Path(done.stdout.strip()) / "H5Dpublic.h").read_text()
    declared = set(re.findall(r"^H5_DLL\w* .*?\b(H5D\w+)\(", header, re.MULTILINE))
    assert len(declared) > 40
    return declared


def test_every_call_has_a_level():
    named = {name for cells in rows() for name in names(cells[0]) if name.startswith("H5D")}
    assert dataset_calls() == named


@pytest.mark.parametrize("cells", list(rows()), ids=lambda cells: cells[0][:60])
def test_level_and_tests(cells):
    calls, level, _, tests = cells
    assert level in LEVELS
    assert bool(tests) == (level not in ("–", "not supported") or calls in TESTED_LIMITS)
    text = "".join(test_file(name).read_text() for name in names(tests))
    for call in names(calls):
        if re.fullmatch("H5[DO][a-z]\\w+", call) and tests:
            short = call.removeprefix("H5D").removeprefix("H5O")
            spelled = [call, f".{short}(", *SPELLINGS.get(call, [])]
            assert any(way in text for way in spelled), f"{call} in none of {tests}"
