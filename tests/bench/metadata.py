"""A program that is all metadata: groups, with an attribute each."""

import h5py
import numpy as np


class Driver:
    def __init__(self, groups):
        self._groups = groups

    def write(self, path, clock):
        with clock.running(), h5py.File(path, "w") as file:
            for i in range(self._groups):
                group = file.create_group(f"run{i // 100}/step{i}")
                group.attrs["temperature"] = i

    def read(self, path, clock):
        with clock.running(), h5py.File(path) as file:
            total = 0
            for run in file.values():
                for step in run.values():
                    total += int(step.attrs["temperature"])
        if total != np.arange(self._groups).sum():
            raise AssertionError("the attributes are not those written")
