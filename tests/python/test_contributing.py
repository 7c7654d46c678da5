"""docs/contributing.md: its commands do their work in this checkout, and what it names is there."""

import os
import re
import sys
from pathlib import Path

from documents import Shell, blocks, commands, matches
from harness import ROOT, native_environment, run_command

DOCUMENT = ROOT / "docs" / "contributing.md"


def test_commands(tmp_path):
    home = {"HOME": os.environ["HOME"]}  # with Maven's repository
    with Shell(ROOT, tmp_path, **home) as shell:
        for block in blocks(DOCUMENT):
            for command in commands(block) if block.language == "console" else ():
                status, printed = shell.run(command.text)
                assert status == command.status, f"{command.text}\n{printed}"
                assert matches(command.expected, printed), f"{command.text}\n{printed}"


def test_the_example_is_a_test(tmp_path):
    [block] = [b for b in blocks(DOCUMENT) if b.directive == "file"]
    example = tmp_path / Path(block.argument).name
    example.write_text("\n".join(block.lines))
    tests = ROOT / "tests" / "python"
    env = native_environment(PYTHONPATH=f"{tests}:{tmp_path}")
    options = ["-q", "-c", tests / "pytest.ini", "-p", "conftest"]
    done = run_command([sys.executable, "-m", "pytest", *options, example], tmp_path, env)
    assert "1 passed" in done.stdout, done


def test_the_targets_of_make_are_there():
    targets = set(re.findall(r"`make (\w+)`", DOCUMENT.read_text()))
    assert targets >= {"dist", "test", "lint"}
    for target in targets:
        run_command(["make", "-n", target], ROOT, native_environment())


def test_files_and_folders_are_there():
    names = re.findall(r"`([\w./*-]+/[\w.*-]*|[\w-]+\.(?:py|toml|xml))`", DOCUMENT.read_text())
    folders = re.findall(r"^\| `([\w-]+)` \|", DOCUMENT.read_text(), flags=re.MULTILINE)
    assert len(names) > 10
    assert "connector" in folders
    made = ("build/", "dist/", "target/release")
    missing = [n for n in names + folders if n not in made and not list(ROOT.glob(n.rstrip("/")))]
    assert not missing
