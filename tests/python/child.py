"""Calls a function of a test module: child.py MODULE FUNCTION RESULT, with its pickled arguments on stdin."""

import importlib
import os
import pickle
import sys

if __name__ == "__main__":
    _, module, name, result = sys.argv
    args = pickle.load(sys.stdin.buffer)
    value = getattr(importlib.import_module(module), name)(*args)
    with open(result + ".part", "wb") as file:
        pickle.dump(value, file)
    os.rename(result + ".part", result)
