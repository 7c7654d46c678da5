"""``python -m vol_sparse``: the command line of this package, the same as ``vol-sparse``."""

import os
import sys
from pathlib import Path

from ._environment import before, distribution


def main() -> None:
    """Become the command line, in the environment that this process was started with."""
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    # It asks the python3 on PATH for its libhdf5: let that be the one this package is installed for.
    folder = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", os.defpath)])
    program = str(distribution() / "bin" / "vol-sparse")
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
