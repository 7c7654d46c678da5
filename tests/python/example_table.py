"""The table of docs/examples.md. Run as a program, it measures the examples and writes their figures there."""

import json
import re
import statistics

from harness import DIST, ROOT, native_environment, run_command

EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.py") if path.stem != "compare")
DOCUMENT = ROOT / "docs" / "examples.md"
RUNS = 3

BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"


def run(example, folder):
    """Runs an example: its title, and for each way to store the seconds of its steps and the bytes of its files."""
    script = ROOT / "build-support" / "python-env"
    python = run_command([script, "examples"], ROOT, native_environment(), timeout=600).stdout.strip()
    env = native_environment(PYTHONPATH=str(DIST / "python"))
    done = run_command([f"{python}/bin/python", example, "--json"], folder, env)
    return json.loads(done.stdout)


def row(name, title, runs):
    """A row of the table, of runs of the same example."""
    steps = list(runs[0]["natively"][0])

    def figures(way):
        megabytes = runs[0][way][1] / 1e6
        times = [statistics.median(run[way][0][step] for run in runs) * 1000 for step in steps]
        return f"{megabytes:.2f}", " / ".join(f"{time:.0f}" for time in times)

    (native_size, native_times), (sparse_size, sparse_times) = figures("natively"), figures("vol-sparse")
    return (
        f"| [{title}](../examples/{name}) | {native_size} | {sparse_size} | {' / '.join(steps)} |"
        f" {native_times} | {sparse_times} |\n"
    )


def sizes():
    """What the document says: by the name of an example the megabytes natively and with vol-sparse."""
    rows = re.findall(
        r"^\| \[[^]]*\]\(\.\./examples/(\w+\.py)\) \| ([\d.]+) \| ([\d.]+) \|",
        DOCUMENT.read_text(),
        re.MULTILINE,
    )
    return {name: (float(native), float(sparse)) for name, native, sparse in rows}


def main():
    rows = []
    for example in EXAMPLES:
        measured = [run(example, ROOT) for _ in range(RUNS)]
        rows.append(row(example.name, measured[0]["title"], [m["runs"] for m in measured]))
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    head = "| | natively, MB | vol-sparse, MB | steps | natively, ms | vol-sparse, ms |\n|---|---:|---:|---|---|---|\n"
    after = rest.split(END)[1]
    DOCUMENT.write_text(before + BEGIN + head + "".join(rows) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
