"""HDF5's functions are declared in one place, by jextract, and called through what it made."""

import re

import pytest
from harness import ROOT

GENERATED = ROOT / "bindings/src/main/java/io/github/volsparse/hdf5/generated"
INCLUDES = ROOT / "bindings/src/main/jextract/includes.txt"

# What links C and Java by itself, and where it may stand: once for each direction.
LINKS = re.compile(r"\b(?:FunctionDescriptor|downcallHandle|upcallStub)\b|\bnative \w+ \w+\(")
LINKING = {"Native.java", "Words.java", "Entry.java"}

# A function of HDF5 by its name. The table of callbacks names those that calls are forwarded to, and a library is
# asked for its version before it is known to be the one.
BY_NAME = re.compile(r'(?:new Hdf5Function|\b(?:find|findOrThrow|symbol|address))\((?:\w+, )?"H5\w+"')
BY_NAME_IN = {
    "Hdf5Library.java": {
        'address(librarySymbols, "H5get_libversion"',
        'address(librarySymbols, "H5open"',
        'find("H5open"',
    }
}

# A result that is checked says whose it is.
CHECKED = re.compile(r'\b(?:check|nonZero|Id\.of)\(\s*"(\w+)",\s*hdf5_h\s*\.\s*(\w+)\(')


def sources():
    found = {file: file.read_text() for file in ROOT.glob("*/src/**/*.java") if file.parent != GENERATED}
    assert len(found) > 100
    return found


def words(texts):
    return set(re.findall(r"\w+", "\n".join(texts)))


def declarations(name, text):
    """What declares or looks up a function of HDF5 by hand in a source."""
    found = [] if name in LINKING else [match[0] for match in LINKS.finditer(text)]
    return found + [m[0] for m in BY_NAME.finditer(text) if m[0] not in BY_NAME_IN.get(name, ())]


@pytest.mark.parametrize(
    "text",
    [
        "LINKER.downcallHandle(address, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG))",
        'private static final Hdf5Function PCOPY = new Hdf5Function("H5Pcopy");',
        'long copy = Words.call(Words.find("H5Pcopy"), list, 0, 0, 0, 0, 0);',
        'library.findOrThrow("H5Pcopy")',
        "static native long copy(long list);",
    ],
)
def test_a_declaration_by_hand_is_found(text):
    assert declarations("Any.java", text)


def test_no_function_is_declared_by_hand():
    found = {str(file): d for file, text in sources().items() if (d := declarations(file.name, text))}
    assert not found


def test_results_are_checked_under_the_names_of_their_functions():
    pairs = [pair for text in sources().values() for pair in CHECKED.findall(text)]
    assert len(pairs) > 100
    assert [(said, called) for said, called in pairs if said != called] == []


def test_the_generated_classes_link_nothing():
    texts = {file.name: file.read_text() for file in GENERATED.glob("*.java")}
    assert {name for name, text in texts.items() if LINKS.search(text) or "MethodHandle" in text} == set()


def test_what_is_included_is_generated_and_used():
    included = re.findall(r"^--include-(\w+) (\w+)", INCLUDES.read_text(), re.M)
    names = {name for _, name in included}
    assert names - words(file.read_text() for file in GENERATED.glob("*.java")) == set()
    # A struct may be there for the one that contains it.
    members = {name for kind, name in included if kind in ("constant", "function", "var")}
    used = set(re.findall(r"\bhdf5_h\s*(?:\.|::)\s*(\w+)", "\n".join(sources().values())))
    assert members - used == set()
