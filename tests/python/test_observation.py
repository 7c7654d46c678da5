"""All that a program can observe of a dataset, after random operations, natively and under the connector.

VOL_SPARSE_SEED=... repeats a run.
"""

import re

import observation
import pytest
from harness import ROOT, configured

PROGRAMS = 4
STEPS = 300
MODES = {
    "sparse": {},
    "layout-all": configured(layout="all"),
    "written": configured(keep="written", cache="1000"),
}

IMPLICIT, FIXED_ARRAY = 2, 3  # H5D_chunk_index_t


def _of_chunks(relation):
    """A relation of numbers; where HDF5 refuses to answer, it does so in the same words."""
    return lambda native, sparse: native == sparse if isinstance(native, str) else relation(native, sparse)


# What may differ, and how: reviewed, each with its reason. Whatever is not here is the same.
ACCEPTED = {
    "storage size": (
        lambda native, sparse: native > 0 or sparse == 0,
        "it is what the chunks take in the file: sparse ones take less, a few of them more, and those of nothing but"
        " fill values nothing",
    ),
    "space status": (
        lambda native, sparse: native >= sparse,
        "chunks of nothing but fill values are not stored",
    ),
    "offset": (
        lambda native, sparse: sparse is None or native is not None,
        "a contiguous dataset that is stored in chunks (layout=all) lies at no one place; others lie where there is room",
    ),
    "number of chunks": (
        _of_chunks(lambda native, sparse: sparse <= native or native > 0),
        "chunks of nothing but fill values are not stored; but where a cut goes through one that HDF5 has in its chunk"
        " cache, because it was read, HDF5 stores it, natively too, and the caches differ",
    ),
    "chunk index type": (
        lambda native, sparse: native == sparse or (native[1], sparse[1]) == (IMPLICIT, FIXED_ARRAY),
        "the index without entries, of datasets allocated early, is for chunks of one size",
    ),
    "address of a chunk": (
        lambda native, sparse: (native is None) == (sparse is None),
        "chunks lie elsewhere, and those whose bytes are not what the program's filters make have HDF5's highest address",
    ),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("program", range(PROGRAMS))
def test_answers(twins, seed, program, mode):
    ours = [seed, program, list(MODES).index(mode)]
    log, native = twins.run_native(observation.run, ours, STEPS, timeout=300).value
    sparse_log, sparse = twins.run_sparse(
        observation.run, ours, STEPS, more_env=MODES[mode], timeout=300
    ).value
    assert len(log) == len(sparse_log)
    for (step, subject, then), (now_step, now_subject, now) in zip(native, sparse, strict=True):
        assert (step, subject) == (now_step, now_subject)
        question = subject.partition(": ")[2]
        related = ACCEPTED[question][0] if question in ACCEPTED else lambda a, b: a == b
        if not related(then, now):
            before = "\n".join(log[max(0, step - 12) : step + 1])
            raise AssertionError(
                f"VOL_SPARSE_SEED={seed}\nafter these steps:\n{before}\n{subject}\nnative: {then}\nsparse: {now}"
            )
    assert log == sparse_log


def test_every_question_is_answered(twins):
    """By a program that stores chunks: not every random one does."""
    _, native = twins.run_native(observation.run, [1, 0, 0], STEPS, timeout=300).value
    answered = {subject.partition(": ")[2] for _, subject, answer in native if answer is not None}
    # Few datasets are contiguous.
    assert answered | {"offset"} == set(observation.names())


def table():
    """The rows of the table in docs/compatibility.md."""
    text = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    [section] = re.findall(r"^## What can be observed\n(.*?)^## ", text, flags=re.MULTILINE | re.DOTALL)
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line[:1] == "|"
    ]
    return rows[2:]


def test_the_document_has_all_questions():
    asked = [row[0] for row in table() if row[-1] == "`test_observation`"]
    assert sorted(asked) == sorted(observation.names())
    differ = [row[0] for row in table() if row[-1] == "`test_observation`" and row[3] != "the same"]
    assert sorted(differ) == sorted(ACCEPTED)
