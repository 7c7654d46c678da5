"""Another process without the connector, in which functions can be called. HDF5 finds the filter there, no more."""

import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DIST = Path(os.environ.get("VOL_SPARSE_DIST", ROOT / "dist"))


class NativeProcess:
    def __init__(self, filters):
        """Filters is the folder of netCDF4's own filters."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("HDF5_")}
        env["HDF5_PLUGIN_PATH"] = f"{DIST / 'lib' / 'filter'}:{filters}"
        command = [sys.executable, __file__]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def call(self, function, *args):
        """Calls a function of an importable module."""
        pickle.dump((function, args), self.process.stdin)
        self.process.stdin.flush()
        value, failure = pickle.load(self.process.stdout)
        assert failure is None, f"in the native process: {failure}"
        return value

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0, "the native process did not end well"


def main():
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    while True:
        try:
            function, args = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer = function(*args), None
        except Exception:
            answer = None, traceback.format_exc()
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    main()
