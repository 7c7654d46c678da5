"""The figures in README.md: medians that docs/performance.md gives.

A row of README's table names what was measured by a link to a heading of performance.md, or is about the same as the row
above; the second column is the row of the table there, and the others are columns there.
make bench writes them, and so does this file as a program.
"""

import re

from documents import anchor
from harness import ROOT

README, PERFORMANCE = ROOT / "README.md", ROOT / "docs" / "performance.md"


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def measured():
    """The tables of performance.md: by heading, row and column."""
    tables, heading, columns = {}, None, None
    for line in PERFORMANCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading, columns = anchor(line.lstrip("# ")), None
        elif line.startswith("|") and columns is None:
            columns = cells(line)[1:]
        elif line.startswith("|") and not line.startswith("| ---"):
            name, *values = cells(line)
            tables.setdefault(heading, {})[name] = dict(zip(columns, values, strict=True))
        elif not line.startswith("|"):
            columns = None
    return tables


def with_figures(readme):
    """The text of README.md with the figures of performance.md in its table."""
    tables, table, columns, lines = measured(), None, None, []
    for line in readme.splitlines():
        link = re.search(r"^\|.*\]\(docs/performance.md#([^)]*)\)", line)
        if link:
            table = tables[link[1]]
        if line.startswith("|") and not line.startswith("|-") and (table is None or columns is None):
            columns = cells(line)[2:]
        if line.startswith("|") and table is not None:
            what, row, *_ = cells(line)
            # The median; the spread is in parentheses.
            medians = [table[row][column].split(" (")[0] for column in columns]
            line = f"| {' | '.join([what, row, *medians])} |"
        elif not line.startswith("|"):
            table = columns = None
        lines.append(line)
    return "\n".join(lines) + "\n"


def update():
    """Writes the figures into README.md."""
    README.write_text(with_figures(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    update()
