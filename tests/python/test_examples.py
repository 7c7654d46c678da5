"""examples/: each runs in both ways with the same results, and its files take what docs/examples.md says."""

import example_table
import pytest


@pytest.mark.parametrize("example", example_table.EXAMPLES, ids=lambda path: path.stem)
def test_example(example, tmp_path):
    runs = example_table.run(example, tmp_path)["runs"]
    (_, native), (_, sparse) = runs["natively"], runs["vol-sparse"]
    assert sparse * 10 < native
    expected = example_table.sizes()[example.name]
    assert (native / 1e6, sparse / 1e6) == pytest.approx(expected, rel=0.05, abs=0.01)
    assert list(tmp_path.iterdir()) == []


def test_the_table_has_every_example():
    assert list(example_table.sizes()) == [example.name for example in example_table.EXAMPLES]
    assert len(example_table.EXAMPLES) == 5
