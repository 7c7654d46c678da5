"""The same elements to and from a plain file: what moving the bytes alone takes."""

import numpy as np
from clock import require_equal


class Driver:
    def __init__(self, work, storage, steps):
        self._steps = steps

    def write(self, path, clock):
        with clock.running(), open(path, "wb", buffering=0) as file:
            for step in self._steps:
                file.write(step.elements.data)

    def read(self, path, clock):
        with open(path, "rb", buffering=0) as file:
            for step in self._steps:
                with clock.running():
                    got = np.empty(step.elements.shape, step.elements.dtype)
                    file.readinto(got.data)
                require_equal(got, step.elements, step.selection)
