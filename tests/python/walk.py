"""All that a file holds, as a value to compare: links, objects, attributes, properties and elements.

A process for many files, so that a comparison costs no start of a program:

    with Walker(environment) as walker:
        walker("/path/to/file.h5")
"""

import pickle
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
from h5py import h5d, h5o, h5r, h5s, h5t, h5z

FAMILY_MEMBER = re.compile(r"\d+(?=\.h5$)")


def walk(path):
    """What a file holds; the first member of a family stands for all."""
    path, options = Path(path), {}
    if not h5py.is_hdf5(path):
        return "no HDF5 file"
    if path.name.endswith("0.h5"):
        path, options = (
            path.with_name(FAMILY_MEMBER.sub("%d", path.name)),
            {"driver": "family", "memb_size": 0},
        )
    with h5py.File(path, **options) as file:
        plist = file.id.get_create_plist()
        found = {"user block": plist.get_userblock(), "space": plist.get_file_space_strategy()}
        _walk_group(file, found, {h5o.get_info(file.id).addr: "/"})
    return found


def _plain(name):
    """A name without the address that h5copy gives what only references lead to."""
    return re.sub(r"(~obj_pointed_by_)\d+", r"\1#", name)


def _walk_group(group, found, seen):
    plist = group.id.get_create_plist()
    names = [_plain(name) for name in group]
    found[_plain(group.name)] = ("group", plist.get_link_creation_order(), names, _attributes(group))
    for name in group:
        link = group.get(name, getlink=True)
        path = _plain(f"{group.name}/{name}")
        if not isinstance(link, h5py.HardLink):
            found[path] = (type(link).__name__, link.path, getattr(link, "filename", None))
            continue
        item = group[name]
        address = h5o.get_info(item.id).addr
        if address in seen:
            found[path] = ("the same as", seen[address])
            continue
        seen[address] = path
        if isinstance(item, h5py.Group):
            _walk_group(item, found, seen)
        elif isinstance(item, h5py.Datatype):
            found[path] = ("type", item.id.encode(), _attributes(item))
        else:
            found[path] = _dataset(item)


def _attributes(item):
    """In the order of their creation, where that is kept."""
    return [
        (name, item.attrs.get_id(name).get_type().encode(), _values(item, item.attrs[name]))
        for name in item.attrs
    ]


def _dataset(dset):
    plist = dset.id.get_create_plist()
    kind = dset.id.get_type()
    found = {
        "type": (kind.encode(), kind.committed()),
        "shape": (dset.shape, dset.maxshape, dset.chunks),
        "layout": plist.get_layout(),
        "filters": [_filter(plist.get_filter(i)) for i in range(plist.get_nfilters())],
        "times": (plist.get_alloc_time(), plist.get_fill_time(), plist.get_obj_track_times()),
        "fill value": plist.fill_value_defined(),
        "attributes": _attributes(dset),
        "values": _elements(dset, kind),
    }
    if plist.get_layout() == h5d.VIRTUAL:
        found["sources"] = [plist.get_virtual_filename(i) for i in range(plist.get_virtual_count())]
    if dset.shape and not dset.dtype.hasobject:
        found["fill"] = dset.fillvalue
    return found


def _filter(description):
    """Of scaleoffset only what was asked for: HDF5 leaves the rest of its parameters to chance."""
    number, flags, values, name = description
    return number, flags, values[:2] if number == h5z.FILTER_SCALEOFFSET else values, name


def _elements(dset, kind):
    """In the file's type without its gaps; what points elsewhere as h5py reads it."""
    if dset.shape is None or dset.dtype.hasobject:
        return _values(dset, dset[()])
    if isinstance(kind, h5t.TypeCompoundID):
        kind = kind.copy()
        kind.pack()
    values = np.empty(dset.shape, f"V{kind.get_size()}")
    dset.id.read(h5s.ALL, h5s.ALL, values, kind)
    return values


def _values(item, values):
    """References as what they point to: they themselves are addresses."""
    if isinstance(values, h5py.Reference):
        return _target(item, values) if values else None
    if isinstance(values, h5py.Empty):
        return "empty", values.dtype
    if isinstance(values, np.ndarray) and values.dtype.hasobject and values.dtype.names is None:
        return [_values(item, value) for value in values.ravel()]
    if isinstance(values, np.ndarray | np.void) and values.dtype.names and values.dtype.hasobject:
        return [(name, _values(item, values[name])) for name in values.dtype.names]
    return values


def _target(item, reference):
    try:
        name = _plain(item.file[reference].name)
    except (KeyError, ValueError):
        return "astray"  # h5copy leaves such ones
    if isinstance(reference, h5py.RegionReference):
        space = h5r.get_region(reference, item.id)
        return name, space.get_select_bounds(), space.get_select_npoints()
    return name


class Walker:
    """Walks files in a process with an environment of its own."""

    def __init__(self, environment):
        self._child = subprocess.Popen(
            [sys.executable, __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __call__(self, path):
        pickle.dump(str(path), self._child.stdin)
        self._child.stdin.flush()
        found = pickle.load(self._child.stdout)
        if isinstance(found, Exception):
            raise found
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.stdin.close()
        self._child.wait()
        self._child.stdout.close()


def _serve():
    while True:
        try:
            path = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            found = walk(path)
        except Exception as error:
            found = AssertionError(f"{path}: {type(error).__name__}: {error}")
        pickle.dump(found, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
