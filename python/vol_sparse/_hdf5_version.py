"""Which HDF5 h5py has, told from h5py's files alone: an HDF5 that is too old prints errors when it starts.

Run as a program, it prints one line if the h5py of this Python is too old, and nothing else. env.sh and the doctor run it
so, with whatever ``python3`` there is; it needs nothing but the standard library.
"""

import importlib.util
import re
import sys
from pathlib import Path

# The version of the library's interface, which its file is named by: 310 is HDF5 1.14, 320 HDF5 2.
_OLDEST = 310
_NAMES = {100: "1.8.16", 101: "1.10", 103: "1.10", 200: "1.12"}
_LINKED = re.compile(rb"libhdf5(?:_serial|_openmpi|_mpich)?(?:-[0-9a-f]+)?\.so\.(\d+)")


def too_old(spec) -> "str | None":
    """Say what to do if an h5py is too old.

    Parameters
    ----------
    spec : importlib.machinery.ModuleSpec or None
        Where h5py is, as ``importlib.util.find_spec`` tells; None if it is nowhere.

    Returns
    -------
    str or None
        One line; None if h5py is new enough, or if its files do not tell.
    """
    if spec is None or not spec.origin:
        return None
    folder = Path(spec.origin).parent
    # In Debian the modules of h5py are beside the package, in one for each build of HDF5.
    modules = sorted(folder.glob("**/defs.*.so")) or sorted(folder.glob("../h5py*/**/defs.*.so"))
    for module in modules:
        found = [int(number) for number in _LINKED.findall(module.read_bytes())]
        if found and max(found) < _OLDEST:
            version = _NAMES.get(max(found), "older than 1.14")
            return (
                f"vol-sparse: the h5py in {folder} has HDF5 {version}, and vol-sparse needs 1.14 or newer: "
                "make an environment (python3 -m venv) and install h5py there with pip"
            )
    return None


def main() -> None:
    """Print what to do, if there is something to do."""
    del sys.path[0]  # the folder of this file
    message = too_old(importlib.util.find_spec("h5py"))
    if message:
        print(message, file=sys.stderr)


if __name__ == "__main__":
    main()
