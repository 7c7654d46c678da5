"""Writes and reads a little of everything, so that the connector loads the classes programs need."""

import sys

import h5py
import numpy as np

path = sys.argv[1] + "/classes.h5"
frame = np.zeros((64, 64), "u2")
frame[10, 5:9] = 7

with h5py.File(path, "w") as f:
    frames = f.create_dataset("frames", (8, 64, 64), "u2", chunks=(1, 64, 64), maxshape=(None, 64, 64))
    for i in range(8):
        frames[i] = frame
    frames[1, 20:30, 20:30] = 3
    frames[2, [1, 5, 9], 4] = 1
    frames.resize(9, axis=0)
    frames[8] = np.random.default_rng(1).integers(0, 65535, (64, 64), "u2")
    packed = f.create_dataset("packed", (100, 30), "i4", chunks=(7, 30), compression="gzip", fillvalue=-1)
    packed[3:50, ::3] = 4
    packed[60] = np.arange(30.0)
    f.create_dataset("native", data=np.arange(5))
    f.create_group("group").attrs["name"] = "value"
    f.flush()

with h5py.File(path, "r") as f:
    f.visititems(lambda name, item: (item.name, list(item.attrs.items())))
    frames = f["frames"]
    frames[3]
    frames[:, 10, 6]
    frames[2:4, 4:8]
    frames.astype("f4")[2]
    f["packed"][:]
    f["packed"].id.get_create_plist()
    f["native"][:]
