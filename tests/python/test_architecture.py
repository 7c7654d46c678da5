"""Imports point one way: the tables of packages in docs/architecture.md say which, and hold no circle."""

import re
from collections import defaultdict

import pytest
from harness import ROOT, native_environment, run_command

PAGE = ROOT / "docs/architecture.md"
JAVA = "src/main/java/io/github/volsparse"

# The folder of each table's packages, by the module that the table follows.
TABLES = {"connector": ROOT / "connector" / JAVA, "tool": ROOT / "tool" / JAVA / "tool"}

COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
NAME = re.compile(r"\bio\.github\.volsparse\.(tool\.)?(\w+)")


def table(module):
    """The rows after a module's head: each package, and those that it may import."""
    lines = PAGE.read_text().split(f"\n**`{module}`** ", 1)[1].splitlines()
    rows = {}
    for line in lines:
        if line.startswith("| `"):
            package, _, imports = line.strip("|").split("|")
            rows[package.strip(" `")] = set(re.findall(r"`(\w+)`", imports))
        elif rows:
            break
    return rows


def imports(package, text):
    """The packages that a source of one package names, in its code."""
    code = COMMENT.sub("", text)
    named = {"bindings" if m[2] == "hdf5" and not m[1] else m[2] for m in NAME.finditer(code)}
    return named - {package}


@pytest.fixture(params=TABLES)
def module(request):
    return request.param


@pytest.fixture
def found(module, tmp_path):
    """Each package of a module, and those that it imports."""
    folders = [TABLES[module]]
    if module == "connector":
        run_command([ROOT / "build-support/callbacks", "java", tmp_path], tmp_path, native_environment())
        folders.append(tmp_path / "io/github/volsparse")
    packages = defaultdict(set)
    for folder in folders:
        for file in folder.glob("*/*.java"):
            packages[file.parent.name] |= imports(file.parent.name, file.read_text())
    return dict(packages)


def test_a_name_in_code_is_an_import():
    text = """
        package io.github.volsparse.stored;
        import static io.github.volsparse.hdf5.generated.hdf5_h.H5S_ALL;
        import io.github.volsparse.hdf5.generated.H5VL_info_t;
        import io.github.volsparse.format.*;
        import io.github.volsparse.tool.hdf5.H5;
        // io.github.volsparse.dataset.SparseDataset
        /** {@link io.github.volsparse.dataset.SparseDataset} */
        class A { io.github.volsparse.cache.B b; String s = "io.github.volsparse.vol.Entry"; }
    """
    assert imports("stored", text) == {"bindings", "format", "hdf5", "cache"}


def test_packages_import_what_the_table_says(module, found):
    assert found == table(module)


def test_imports_point_down_the_table(module, found):
    rows = list(table(module))
    upwards = {
        (package, other) for package in rows for other in found[package] & set(rows[: rows.index(package)])
    }
    assert upwards == set()
