"""HDF5's functions are declared in one place, by jextract, and called through what it made."""

import re

import pytest
from harness import ROOT, native_environment, run_command

GENERATED = ROOT / "bindings/src/main/java/io/github/volsparse/hdf5/generated"
HEADERS = ROOT / "bindings/src/main/jextract/hdf5-for-java.h"
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


def places(text):
    """Sizes and offsets that a generated class has, as expressions of C with their values."""
    inside = []  # the classes a line is inside of: name, offset, fields
    for line in text.splitlines():
        if m := re.match(r" *public (?:static )?final class (\w+) ", line):
            # A struct inside another one is a field of it, of the same name.
            offset = inside[-1][1] + inside[-1][2][m[1]] if inside else 0
            inside.append((m[1], offset, {}))
        elif m := re.match(r" *public static long (?:(\w+)\$offset|sizeof)\(\) \{ return (\d+); \}", line):
            path = [name for name, _, _ in inside]
            if m[1]:
                inside[-1][2][m[1]] = int(m[2])
                yield [*path, m[1]], inside[-1][1] + int(m[2])
            elif len(path) == 1:
                yield path, int(m[2])
        elif line.strip() == "}" and inside:
            inside.pop()


def claims():
    """What the generated classes say of HDF5's headers, as assertions of C."""
    kinds = {name: kind for kind, name in re.findall(r"^--include-(\w+) (\w+)", INCLUDES.read_text(), re.M)}
    for file in GENERATED.glob("*.java"):
        text = file.read_text()
        for name, value in re.findall(r"public static final \w+ (\w+) = (-?\d+)L?;", text):
            yield f"{name} == {value}"
        for path, value in places(text) if "$offset" in text else ():
            struct = f"struct {path[0]}" if kinds[path[0]] == "struct" else path[0]
            member = ".".join(path[1:]).replace("super_.", "super.").removesuffix("_")
            yield (f"offsetof({struct}, {member})" if member else f"sizeof({struct})") + f" == {value}"


def checked_by_a_compiler(folder, assertions):
    include = run_command(
        [ROOT / "build-support" / "hdf5-tools", "--include"], ROOT, native_environment()
    ).stdout.strip()
    source = folder / "claims.c"
    lines = [f'#include "{HEADERS}"', "#include <stddef.h>"]
    # Some constants call H5open() first.
    lines += [line for macro in ("H5OPEN", "H5CHECK") for line in (f"#undef {macro}", f"#define {macro}")]
    source.write_text("\n".join([*lines, *(f'_Static_assert({a}, "{a}");' for a in assertions), ""]))
    return run_command(
        ["cc", "-fsyntax-only", "-isystem", include, source], folder, native_environment(), check=False
    )


def test_numbers_are_those_of_the_headers(tmp_path):
    said = sorted(claims())
    assert len(said) > 300
    done = checked_by_a_compiler(tmp_path, said)
    assert done.status == 0, done.stderr


def test_a_wrong_number_is_found(tmp_path):
    done = checked_by_a_compiler(tmp_path, ["offsetof(struct H5VL_loc_params_t, loc_data) == 4"])
    assert "loc_data" in done.stderr
