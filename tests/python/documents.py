"""The documents as programs: README.md and docs/*.md as blocks, and a shell that runs them.

A document is run in one bash session and one empty folder, its blocks in order. `dist` is a link in that folder, and
`jhdf`, to the jars of jHDF and what it needs.

- A block after `<!-- file: NAME -->` is written to the file NAME.
- In a `console` block `$ ` begins a command and `> ` continues it; the lines after are exactly what it prints, output
  and errors together. `...` stands for anything, several lines, too. A command must succeed, unless it ends with a
  comment such as `# exits with 3`.
- A `text` block is read by people only.
- A block after `<!-- run by: tests/python/test_x.py -->` is run by that test, for it cannot run here.

There is no other kind of block.
"""

import contextlib
import os
import re
import secrets
import selectors
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness import DIST, ROOT, native_environment, run_command, tools_folder

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# The build leaves jHDF there.
JHDF = ROOT / "jhdf-filter" / "target" / "jhdf"

# A command that takes longer hangs.
COMMAND_SECONDS = 120


@dataclass
class Block:
    """A fenced block: the line of its opening fence, its language, and what the comment above it says."""

    document: Path
    line: int
    language: str
    directive: str | None
    argument: str | None
    lines: list


@dataclass
class Command:
    """A command of a console block, the line where it stands, and what it must do."""

    line: int
    text: str
    expected: list
    status: int


class DocumentError(AssertionError):
    """What is wrong at a line of a document."""

    def __init__(self, document, line, message):
        name = document.relative_to(ROOT) if document.is_relative_to(ROOT) else document.name
        super().__init__(f"{name}:{line}: {message}")


def blocks(document):
    """All blocks of a document, in order."""
    found, above, previous = [], None, ""
    lines = document.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        line, number = lines[at], at + 1
        fence = re.fullmatch(r"( *)(`{3,}|~{3,})\s*(\S*).*", line)
        if fence:
            indent, mark, language = fence.groups()
            body = []
            at += 1
            while at < len(lines) and lines[at].strip() != mark:
                body.append(lines[at].removeprefix(indent))
                at += 1
            if at == len(lines):
                raise DocumentError(document, number, "this block has no end")
            directive, argument = above or (None, None)
            found.append(Block(document, number, language, directive, argument, body))
            above = None
        elif comment := re.fullmatch(r"<!-- (file|run by): *(\S+) -->", line.strip()):
            above = comment.groups()
        elif above:
            raise DocumentError(document, number, f"a block must follow <!-- {above[0]}: {above[1]} -->")
        elif (
            line.startswith("    ")
            and not lines[at - 1].strip()
            and not re.match(r" |[-*] |\d+\. ", previous)
        ):
            raise DocumentError(
                document, number, "an indented block is not run: make it ```console or ```text"
            )
        if line.strip():
            previous = line
        at += 1
    return found


def commands(block):
    """The commands of a console block."""
    found = []
    for number, line in enumerate(block.lines, block.line + 1):
        if line.startswith("$ "):
            found.append(Command(number, line[2:], [], 0))
        elif not found:
            raise DocumentError(block.document, number, "a console block begins with a command, after '$ '")
        elif (line == ">" or line.startswith("> ")) and not found[-1].expected:
            found[-1].text += "\n" + line[2:]
        else:
            found[-1].expected.append(line)
    if not found:
        raise DocumentError(block.document, block.line, "no command in this console block")
    for command in found:
        exits = re.search(r"# exits with (\d+)\s*$", command.text)
        command.status = int(exits[1]) if exits else 0
    return found


def anchor(heading):
    """The name that GitHub gives to a heading."""
    words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def matches(expected, got):
    """Whether lines are as expected, `...` being anything. Blanks at line ends and empty lines at the end are nothing."""
    expected, got = ("\n".join(line.rstrip() for line in lines).rstrip("\n") for lines in (expected, got))
    first, *others = expected.split("...")
    if not others:
        return got == first
    at = len(first)
    for part in others[:-1]:
        found = got.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return got.startswith(first) and got.endswith(others[-1]) and at + len(others[-1]) <= len(got)


def run(document, folder, mine=None, **more):
    """Does what a document says, in an empty folder.

    mine is the test that calls it and has its own blocks run as well; more is for the environment of the shell.
    """
    (folder / "dist").symlink_to(DIST)
    (folder / "jhdf").symlink_to(JHDF)
    tools = folder.parent / f"{folder.name}-tools"
    tools.mkdir()
    with Shell(folder, tools, **more) as shell:
        for block in blocks(document):
            if block.directive == "file":
                path = folder / block.argument
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(f"{line}\n" for line in block.lines), encoding="utf-8")
            elif block.directive == "run by" and block.argument != mine:
                _check_it_is_run(block)
            elif block.language == "console":
                for command in commands(block):
                    _run(shell, document, command)
            elif block.language != "text":
                kind = f"```{block.language}"
                raise DocumentError(
                    document, block.line, f"{kind} is neither console nor text, nor a file, nor run by a test"
                )


def _run(shell, document, command):
    status, got = shell.run(command.text)
    if status is None:
        happened = "the shell ended" if shell.ended else f"it hung for {COMMAND_SECONDS} s"
        raise DocumentError(document, command.line, _report(command, f"{happened}; it had printed", got))
    if status != command.status:
        why = f"exit status {status}, not {command.status}; it printed"
        raise DocumentError(document, command.line, _report(command, why, got))
    if not matches(command.expected, got):
        raise DocumentError(document, command.line, _report(command, "it printed", got))


def _report(command, why, got):
    def indented(lines):
        return "".join(f"\n    {line}" for line in lines) or "\n    (nothing)"

    return f"$ {command.text}\n{why}:{indented(got)}\nthe document says:{indented(command.expected)}"


def _check_it_is_run(block):
    """The named test is there and reads the document."""
    test = ROOT / block.argument
    if not test.is_file():
        raise DocumentError(block.document, block.line, f"there is no {block.argument}")
    if block.document.name not in test.read_text(encoding="utf-8"):
        raise DocumentError(
            block.document, block.line, f"{block.argument} does not read {block.document.name}"
        )


class Shell:
    """A bash session in a folder, with the environment of someone who has Python, h5py, HDF5 and a JDK, and no more.

    A second folder receives h5cc, and is the home directory.
    """

    def __init__(self, folder, tools, **more):
        self.ended = False
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=_environment(tools) | more,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # The shell and what it left in the background.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def run(self, command):
        """Exit status and lines printed; the status is None where the shell ended or the command hangs."""
        mark = secrets.token_hex(16)
        script = f"eval {shlex.quote(command)} </dev/null\nprintf '\\n%s %d\\n' {mark} $?\n"
        self._process.stdin.write(script.encode())
        self._process.stdin.flush()
        printed = self._read_until(re.compile(rf"\n{mark} (\d+)\n$".encode()))
        end = re.search(rf"\n{mark} (\d+)\n$".encode(), printed)
        text = (printed[: end.start()] if end else printed).decode(errors="replace")
        return int(end[1]) if end else None, text.splitlines()

    def _read_until(self, end):
        printed, stop = b"", time.monotonic() + COMMAND_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not end.search(printed[-64:]) and selector.select(stop - time.monotonic()):
                piece = self._process.stdout.read1()
                self.ended = not piece
                if self.ended:
                    break
                printed += piece
        return printed


@cache
def _python():
    return Path(_printed_by("python-env", "documents")) / "bin"


@cache
def _jdk():
    return Path(_printed_by("find-jdk")) / "bin"


def _printed_by(script, *args):
    done = run_command([ROOT / "build-support" / script, *args], ROOT, native_environment(), timeout=600)
    return done.stdout.strip()


def _environment(tools):
    _make_h5cc(tools)
    path = [_python(), tools_folder(), tools, _jdk(), "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        "PATH": ":".join(map(str, path)),
        "HOME": str(tools),
        "LC_ALL": "C.UTF-8",
        # What a terminal shows: lines in the order in which they are printed.
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _make_h5cc(folder):
    """HDF5's compiler command, where the HDF5 of the tests is not the system's: that has no working one."""
    include = Path(_printed_by("hdf5-tools", "--include"))
    root = include.parents[3]
    if root == Path("/"):
        return
    libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
    flags = [
        f"-I{include}",
        f"-L{libraries / 'hdf5' / 'serial'}",
        f"-Wl,--dynamic-linker={root / 'usr' / 'lib64' / 'ld-linux-x86-64.so.2'}",
        f"-Wl,--disable-new-dtags,-rpath={libraries}:{libraries / 'hdf5' / 'serial'}",
        "-Wl,--unresolved-symbols=ignore-in-shared-libs",
        "-lhdf5",
    ]
    script = folder / "h5cc"
    script.write_text(f'#!/bin/sh\nexec cc "$@" {shlex.join(flags)}\n')
    script.chmod(0o755)
