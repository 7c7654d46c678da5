"""The figures in README.md: medians that docs/performance.md gives.

A row of README's table names what was measured by a link to a heading of performance.md, or is about the same as the row
above; the second column is the row of the table there, and the others are columns there.
make bench writes them, and so does this file as a program. It also draws them: docs/pictures/figures.svg.
"""

import math
import re
from xml.sax.saxutils import escape

from documents import anchor
from harness import ROOT

README, PERFORMANCE = ROOT / "README.md", ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "pictures" / "figures.svg"

STYLE = """<style>
  .back { fill: #ffffff } text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #1b2026 }
  .head { font-weight: bold } .soft { fill: #545d68 } .chunked { fill: #9aa2ab } .gzip { fill: #d9822b } .sparse { fill: #2b7fdb }
  @media (prefers-color-scheme: dark) {
    .back { fill: #14171b } text { fill: #e7eaee } .soft { fill: #a5aeb8 } .chunked { fill: #77808b }
  }
</style>
"""


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


def figures_of(readme):
    """What the table says: for each kind of data, for each storage, the numbers by column."""
    found, columns, kind = {}, None, None
    for line in readme.splitlines():
        if line.startswith("| | | file, MB"):
            columns = cells(line)[2:]
        elif not line.startswith("|"):
            columns = None
        elif columns and not line.startswith("|-"):
            what, storage, *values = cells(line)
            kind = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", what) or kind
            found.setdefault(kind, {})[storage] = dict(zip(columns, map(float, values), strict=True))
    return found


def chart(readme):
    """The table of README.md as bars, as an SVG document. The axes are logarithmic."""
    table = figures_of(readme)
    columns = list(next(iter(table.values()))["chunked"])
    left, top, row, group, panel, gap = 20, 74, 17, 26, 215, 45
    svg, y = [], top
    for number, column in enumerate(columns):
        x = left + 90 + number * (panel + gap)
        svg.append(f'<text class="head" x="{x}" y="30">{escape(column)}</text>')
    svg.append(f'<text class="soft" x="{left}" y="50">Bars are logarithmic, shorter is better.</text>')
    for kind, storages in table.items():
        svg.append(f'<text class="soft" x="{left}" y="{y + 10}">{escape(kind)}</text>')
        y += 18
        for storage, values in storages.items():
            svg.append(f'<text x="{left}" y="{y + 12}">{storage}</text>')
            for number, column in enumerate(columns):
                x = left + 90 + number * (panel + gap)
                numbers = [v[column] for kinds in table.values() for v in kinds.values()]
                low, high = math.log(min(numbers) / 2), math.log(max(numbers))
                width = (math.log(values[column]) - low) / (high - low) * (panel - 45)
                svg.append(
                    f'<rect class="{storage}" x="{x}" y="{y}" width="{width:.1f}" height="{row - 3}"/>'
                )
                svg.append(f'<text x="{x + width + 5:.1f}" y="{y + 12}">{values[column]:g}</text>')
            y += row
        y += group - row
    width, height = left + 90 + len(columns) * (panel + gap), y + 6
    title = "Size of the file and times to write and read, for chunks without a filter, gzip, and vol-sparse"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-labelledby="title">\n<title id="title">{title}</title>\n{STYLE}'
        f'<rect class="back" width="{width}" height="{height}"/>\n'
    )
    return head + "\n".join(svg) + "\n</svg>\n"


def update():
    """Writes the figures into README.md, and the chart of them."""
    readme = with_figures(README.read_text(encoding="utf-8"))
    README.write_text(readme, encoding="utf-8")
    CHART.write_text(chart(readme), encoding="utf-8")


if __name__ == "__main__":
    update()
