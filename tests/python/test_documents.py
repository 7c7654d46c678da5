"""README.md and docs/*.md: what they show is what happens. documents.py says what a document may hold."""

import re

import documents
import figures
import pytest
from documents import DOCUMENTS, DocumentError
from harness import ROOT


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.stem)
def test_commands_and_outputs(document, tmp_path):
    folder = tmp_path / "reader"
    folder.mkdir()
    documents.run(document, folder)


def anchors(document):
    """The names GitHub gives to the headings of a document."""
    text = re.sub(
        r"^(```|~~~).*?^\1", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return {documents.anchor(h) for h in re.findall(r"^#+ +(.*?) *$", text, flags=re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.stem)
def test_links_lead_somewhere(document):
    missing = []
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = document.parent / name if name else document
            if not path.exists() or (anchor and anchor not in anchors(path)):
                missing.append(f"{document.relative_to(ROOT)}:{number}: {target}")
    assert not missing, "links to nothing:\n" + "\n".join(missing)


def test_figures_of_the_readme_are_those_of_the_measurements():
    readme = figures.README.read_text(encoding="utf-8")
    assert readme.count("| sparse |") > 1
    assert readme == figures.with_figures(readme), "tests/python/figures.py writes them"
    assert len(figures.figures_of(readme)) > 2
    assert figures.CHART.read_text(encoding="utf-8") == figures.chart(readme), (
        "tests/python/figures.py draws it"
    )


def test_readme_leads_to_every_page():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [d.name for d in DOCUMENTS[1:] if f"(docs/{d.name})" not in readme]
    assert not missing, f"README.md has no link to {', '.join(missing)}"


def run_text(tmp_path, text):
    """Runs a document of this text."""
    document = tmp_path / "text.md"
    document.write_text(text, encoding="utf-8")
    folder = tmp_path / "reader"
    folder.mkdir()
    documents.run(document, folder)


RIGHT = """\
# A document

<!-- file: sub/greet.sh -->
```sh
echo "hello $1"
```

```console
$ cd sub && name=world
$ sh greet.sh $name
hello world
$ for i in 1 2; do
>     echo $i; echo error >&2
> done
1
error
2
error
$ printf 'first\\n2\\nlast, at 3:00'
first
...
last, at ...
$ cat
$ (exit 3)  # exits with 3
$ if true; then  # exits with 2
bash: ...syntax error...
$ python3 -c 'import h5py, numpy, scipy, lz4, pyroaring; print(h5py.version.version)'
3.16.0
$ env | grep -c -e HDF5 -e VOL  # exits with 1
0
$ basename $(pwd)
sub
```

<!-- file: version.c -->
```c
#include <hdf5.h>
#include <stdio.h>

int main(void) {
    unsigned major, minor, release;
    H5get_libversion(&major, &minor, &release);
    printf("HDF5 %u.%u\\n", major, minor);
}
```

```console
$ cd .. && h5cc version.c -o version && ./version
HDF5 ...
$ h5dump --version
h5dump: Version ...
$ javac --version
javac ...
$ ls dist/env.sh
dist/env.sh
```

```text
$ false
```

1. An item

       and a text that belongs to it
"""


def test_a_right_document_passes(tmp_path):
    run_text(tmp_path, RIGHT)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("```console\n$ true\n$ echo a\nb\n```", 3, "it printed:\n    a\nthe document says:\n    b"),
        ("```console\n$ echo a\n```", 2, "the document says:\n    (nothing)"),
        ("```console\n$ true\na\n```", 2, "it printed:\n    (nothing)"),
        ("```console\n$ echo ab\na\n```", 2, "it printed:\n    ab"),
        ("```console\n$ echo a; false\na\n```", 2, "exit status 1, not 0"),
        ("```console\n$ true  # exits with 1\n```", 2, "exit status 0, not 1"),
        ("```console\n$ exit 0\n```", 2, "the shell ended"),
        ("```console\ntrue\n```", 2, "begins with a command"),
        ("```console\n```", 1, "no command"),
        ("```console\n$ true\n", 1, "no end"),
        ("\n```sh\ntrue\n```", 2, "neither console nor text"),
        ("```\ntrue\n```", 1, "neither console nor text"),
        ("Do:\n\n    true\n", 3, "an indented block"),
        ("<!-- file: x.py -->\n\n```python\n```", 2, "a block must follow"),
        ("<!-- run by: tests/python/test_none.py -->\n```console\n$ true\n```", 2, "there is no"),
        ("<!-- run by: tests/python/test_bench.py -->\n```console\n$ true\n```", 2, "does not read text.md"),
    ],
)
def test_a_wrong_document_fails(tmp_path, text, line, message):
    with pytest.raises(DocumentError) as failure:
        run_text(tmp_path, text)
    assert str(failure.value).startswith(f"text.md:{line}: ")
    assert message in str(failure.value)
