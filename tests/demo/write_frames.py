"""Writes the model problem with h5py, and knows nothing of how it is stored: write_frames.py FILE [clusters|roi]"""

import sys

import frames
import h5py

path = sys.argv[1]
problem = sys.argv[2] if len(sys.argv) > 2 else "clusters"

written = 0
with h5py.File(path, "w") as file:
    dset = file.create_dataset(
        "entry/data",
        shape=(frames.FRAMES, frames.HEIGHT, frames.WIDTH),
        chunks=(1, frames.HEIGHT, frames.WIDTH),
        dtype="u2",
    )
    for i, parts in frames.stack(problem):
        for selection, pixels in parts:
            dset[(i, *selection)] = pixels
            written += pixels.nbytes

print(written)
