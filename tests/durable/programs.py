"""Random programs that write and flush, and what their files hold after each flush.

A program is a list of steps, made of a kind and a seed. The same steps change a file and a model of it, so what is to
be in the file is known without reading one.
"""

import random
import zlib
from dataclasses import dataclass

import h5py
import numpy as np

SHAPE = (40, 50)
KINDS = [
    "append",
    "rewrite",
    "regions",
    "several",
    "resize",
    "objects",
    "mixed",
]
FORMATS = [None, "latest"]


@dataclass
class Step:
    """One thing that a program does."""

    action: str
    name: str = ""
    place: int = 0
    value: int = 0

    def random(self):
        return np.random.default_rng(self.value)


def frame(rng, share):
    data = np.zeros(SHAPE, "u2")
    count = int(data.size * share)
    data.reshape(-1)[rng.choice(data.size, count, replace=False)] = rng.integers(1, 2000, count)
    return data


def steps_of(kind, seed, length=40):
    """The steps of a program. It makes its datasets and flushes first, and flushes now and then."""
    draw = random.Random(f"{kind} {seed}")
    steps = [Step("dataset", "a", 6, draw.randrange(1 << 30))]
    if kind in ("several", "objects", "mixed"):
        steps += [
            Step("gzip", "b", 6, draw.randrange(1 << 30)),
            Step("contiguous", "c", 0, draw.randrange(1 << 30)),
        ]
    steps += [Step("fill", name, i, draw.randrange(1 << 30)) for name in "abc" for i in range(4)]
    steps.append(Step("flush"))
    made = 0
    for _ in range(length):
        value = draw.randrange(1 << 30)
        name = draw.choice("abc" if kind in ("several", "objects", "mixed") else "a")
        if kind == "append":
            action = "append"
        elif kind == "rewrite" or kind == "several":
            action = "fill"
        elif kind == "regions":
            action = draw.choice(["region", "region", "point"])
        elif kind == "resize":
            action = draw.choice(["append", "append", "shrink", "fill"])
        elif kind == "objects":
            action = draw.choice(["group", "attribute", "delete", "fill", "attribute", "new"])
        else:
            action = draw.choice(
                [
                    "append",
                    "fill",
                    "region",
                    "point",
                    "shrink",
                    "group",
                    "attribute",
                    "delete",
                    "new",
                    "string",
                ]
            )
        if action in ("group", "new"):
            made += 1
            name = f"made{made}"
        if action == "delete":
            name = f"made{draw.randint(1, made)}" if made else "made0"
        steps.append(Step(action, name, draw.randrange(1 << 20), value))
        if draw.random() < 0.15:
            steps.append(Step(draw.choice(["flush", "flush", "flush", "flush dataset", "reopen"])))
    steps.append(Step("close"))
    return steps


class Model:
    """What the file holds."""

    def __init__(self):
        self.data = {}
        self.attributes = {}

    def digest(self):
        return digest(self.data, self.attributes)

    def apply(self, step):
        data = self.data
        rng = step.random()
        if step.action in ("dataset", "gzip"):
            data[step.name] = np.zeros((step.place, *SHAPE), "u2")
        elif step.action == "contiguous":
            data[step.name] = np.zeros((4, *SHAPE), "u2")
        elif step.action == "new":
            data[step.name] = frame(rng, 0.3)
        elif step.action == "group":
            data[step.name] = None
        elif step.action == "delete":
            data.pop(step.name, None)
        elif step.action == "attribute":
            self.attributes[f"attribute{step.place % 12}"] = rng.integers(0, 9, 1 + step.value % 30)
        elif step.action == "string":
            self.attributes["string"] = "x" * (step.value % 200)
        elif step.name in data and data[step.name] is not None:
            self.change(step, data, rng)

    def change(self, step, data, rng):
        array = data[step.name]
        if step.action == "append" and step.name != "c":
            data[step.name] = np.concatenate([array, frame(rng, rng.uniform(0.01, 0.4))[None]])
        elif step.action == "shrink" and step.name != "c" and len(array) > 2:
            data[step.name] = array[: len(array) - 1 - step.place % 2]
        elif step.action == "fill":
            array[step.place % len(array)] = frame(rng, rng.uniform(0.01, 0.6))
        elif step.action == "region":
            y, x = step.place % 30, step.value % 40
            array[step.place % len(array), y : y + 9, x : x + 8] = rng.integers(0, 99, (9, 8))
        elif step.action == "point":
            array[step.place % len(array), step.place % 40, step.value % 50] = step.value % 999


def digest(data, attributes):
    """A number for the contents of a file: any two that differ have different ones."""
    crc = 0
    for name in sorted(data):
        value = data[name]
        crc = zlib.crc32(
            repr((name, None if value is None else (value.shape, value.dtype.str))).encode(), crc
        )
        if value is not None:
            crc = zlib.crc32(np.ascontiguousarray(value).tobytes(), crc)
    for name in sorted(attributes):
        value = attributes[name]
        crc = zlib.crc32(repr((name, value if isinstance(value, str) else value.tolist())).encode(), crc)
    return crc


def read(path):
    """The same number of a file, as HDF5 reads it."""
    with h5py.File(path, "r") as file:
        data = {name: item[...] if isinstance(item, h5py.Dataset) else None for name, item in file.items()}
        return digest(data, dict(file.attrs))


def digests(kind, seed):
    """What the file holds after each flush, in the order of the flushes."""
    model, found = Model(), []
    for step in steps_of(kind, seed):
        model.apply(step)
        if step.action in ("flush", "flush dataset", "reopen", "close"):
            found.append(model.digest())
    return found


def run(path, kind, seed, libver, mark):
    """Runs a program. mark is called with a text before and after each flush, which has a number.

    Every second program keeps its datasets open, so that changed chunks wait in memory for the flush.
    """
    model, flushes, kept = Model(), 0, {}
    file = h5py.File(path, "w", libver=libver)
    for step in steps_of(kind, seed):
        model.apply(step)
        if step.action in ("flush", "flush dataset", "reopen", "close"):
            mark(f"before {flushes}")
            if step.action == "flush":
                file.flush()
            elif step.action == "flush dataset":
                file["a"].flush()
            else:
                file.close()
            mark(f"after {flushes}")
            if step.action == "reopen":
                kept = {}
                file = h5py.File(path, "r+", libver=libver)
            flushes += 1
        else:
            act(file, step, model)
            if seed % 2 and step.name in file:
                kept[step.name] = file[step.name]


def act(file, step, model):
    """Does to the file what the step did to the model."""
    name, rng = step.name, step.random()
    if step.action == "dataset":
        file.create_dataset(name, (step.place, *SHAPE), "u2", chunks=(1, *SHAPE), maxshape=(None, *SHAPE))
    elif step.action == "gzip":
        file.create_dataset(
            name, (step.place, *SHAPE), "u2", chunks=(2, 20, 25), maxshape=(None, *SHAPE), compression="gzip"
        )
    elif step.action == "contiguous":
        file.create_dataset(name, (4, *SHAPE), "u2")
    elif step.action == "new":
        file.create_dataset(name, data=model.data[name], chunks=(20, 25) if step.value % 2 else None)
    elif step.action == "group":
        file.create_group(name)
    elif step.action == "delete":
        if name in file:
            del file[name]
    elif step.action in ("attribute", "string"):
        key = "string" if step.action == "string" else f"attribute{step.place % 12}"
        file.attrs[key] = model.attributes[key]
    elif name in file and isinstance(file[name], h5py.Dataset):
        change(file[name], step, model.data[name], rng)


def change(dset, step, array, rng):
    if dset.shape != array.shape:
        dset.resize(len(array), 0)
    if step.action == "append" and step.name != "c":
        dset[-1] = array[-1]
    elif step.action == "fill":
        dset[step.place % len(array)] = array[step.place % len(array)]
    elif step.action == "region":
        y, x = step.place % 30, step.value % 40
        i = step.place % len(array)
        dset[i, y : y + 9, x : x + 8] = array[i, y : y + 9, x : x + 8]
    elif step.action == "point":
        dset[step.place % len(array), step.place % 40, step.value % 50] = step.value % 999
