"""Reads stacks back with h5py and compares them with the model, pixel by pixel: compare_frames.py PROBLEM FILE..."""

import sys

import frames
import h5py
import numpy as np

problem, *paths = sys.argv[1:]

stacks = [h5py.File(path)["entry/data"] for path in paths]
compared = different = 0
for i, parts in frames.stack(problem):
    expected = np.zeros((frames.HEIGHT, frames.WIDTH), np.uint16)
    for selection, pixels in parts:
        expected[selection] = pixels
    for dset in stacks:
        different += int(np.count_nonzero(dset[i] != expected))
        compared += expected.size

print(f"{compared} pixels compared, {different} different")
sys.exit(different != 0)
