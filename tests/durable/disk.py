"""What a program did to the files of a folder, and the states the files were in.

tests/c/disk.c, which is preloaded into the program, writes the record.
"""

import random
from dataclasses import dataclass

PAGE = 4096


@dataclass
class Call:
    """A call of the operating system, or a mark of the program's."""

    operation: str
    offset: int
    name: str
    data: bytes


def calls(record):
    """The calls of a record."""
    found = []
    with open(record, "rb") as file:
        while line := file.readline():
            operation, offset, length, name = line.decode().rstrip("\n").split(" ", 3)
            found.append(Call(operation, int(offset), name, file.read(int(length))))
    return found


def change(files, call):
    """Does to files in memory what a call does."""
    if call.operation == "create":
        files.setdefault(call.name, bytearray())
    elif call.operation == "truncate":
        data = files[call.name]
        del data[call.offset :]
        data.extend(bytes(call.offset - len(data)))
    elif call.operation == "unlink":
        files.pop(call.name, None)
    elif call.operation == "write":
        data = files.setdefault(call.name, bytearray())
        data.extend(bytes(max(0, call.offset - len(data))))
        data[call.offset : call.offset + len(call.data)] = call.data


def pages(call):
    """A write as writes that each lie within one page."""
    at = 0
    while at < len(call.data):
        size = min(len(call.data) - at, PAGE - (call.offset + at) % PAGE)
        yield Call(call.operation, call.offset + at, call.name, call.data[at : at + size])
        at += size


class Allowed:
    """What may be in the file, as far as the program has come."""

    def __init__(self, digests):
        self.digests = digests
        self.done = -1
        self.next = -1

    def note(self, mark):
        word, number = mark.split()
        if word == "before":
            self.next = int(number)
        else:
            self.done = self.next = int(number)

    def now(self):
        """None while nothing was flushed."""
        return None if self.done < 0 else {self.digests[self.done], self.digests[self.next]}


def states_of_process(record, digests, torn=True):
    """The files before each call that changes them, and in the midst of those that write several pages.

    Yields copies of the files, and what may be in them.
    """
    files, allowed = {}, Allowed(digests)
    for call in calls(record):
        if call.operation == "mark":
            allowed.note(call.name)
            continue
        if allowed.now() is not None and call.operation != "sync":
            yield dict(files), allowed.now()
            parts = list(pages(call)) if torn and call.operation == "write" else []
            if len(parts) > 1:
                midst = {name: bytearray(data) for name, data in files.items()}
                for part in parts[: random.Random(len(call.data) + call.offset).randrange(1, len(parts))]:
                    change(midst, part)
                yield midst, allowed.now()
        change(files, call)
    yield dict(files), allowed.now()


class Disk:
    """What a disk is sure to hold, and what it may hold besides.

    A write may be there page by page. A file's name is there, or gone, for sure once its folder was synchronised.
    """

    def __init__(self):
        self.files, self.names = {}, {}  # contents by number, numbers by name: for sure
        self.current, self.waiting = {}, []  # numbers by name, as programs see it; what is not for sure

    def call(self, call):
        if call.operation == "create" and call.name in self.current:
            return
        if call.operation == "create":
            self.current[call.name] = len(self.files)
            self.files[len(self.files)] = bytearray()
        number = self.current.get(call.name)
        if call.operation == "unlink":
            del self.current[call.name]
        if call.operation == "sync":
            is_folder = call.name == "."
            for change in self.waiting:
                if change[0].operation in ("create", "unlink") if is_folder else self.is_of(change, number):
                    do(self.files, self.names, change)
            self.waiting = [
                change
                for change in self.waiting
                if not (
                    change[0].operation in ("create", "unlink") if is_folder else self.is_of(change, number)
                )
            ]
            return
        self.waiting += [(part, number) for part in (pages(call) if call.operation == "write" else [call])]

    @staticmethod
    def is_of(change, number):
        return change[1] == number and change[0].operation not in ("create", "unlink")

    def after_failure(self, draw):
        """What may be there when the machine starts again."""
        files = {number: bytearray(data) for number, data in self.files.items()}
        names = dict(self.names)
        share = draw.choice([0, 0.1, 0.5, 0.9, 1])
        for change in self.waiting:
            if draw.random() < share:
                do(files, names, change)
        return {name: files[number] for name, number in names.items()}


def do(files, names, waiting):
    """Does to files and names what a call does to the file of a number."""
    call, number = waiting
    if call.operation == "create":
        names[call.name] = number
    elif call.operation == "unlink":
        if names.get(call.name) == number:
            del names[call.name]
    else:
        change({call.name: files[number]}, call)


def states_of_machine(record, digests, draw, per_call=2):
    """What a disk may hold when the machine fails: of what was not synchronised any part, in any order."""
    held, allowed = Disk(), Allowed(digests)
    for call in calls(record):
        if call.operation == "mark":
            allowed.note(call.name)
            continue
        held.call(call)
        if allowed.now() is not None:
            for _ in range(per_call):
                yield held.after_failure(draw), allowed.now()
