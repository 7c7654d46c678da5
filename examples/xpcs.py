"""XPCS: how fast speckles move, from frames in which one pixel in five hundred has a photon.

The correlation of pixels over time needs the photons alone. Natively they are looked for in dense frames; with vol-sparse
the file tells where they are. Run with HDF5_VOL_CONNECTOR=sparse the program asks for them, else it does not.
"""

import os

SPARSE = "HDF5_VOL_CONNECTOR" in os.environ
if SPARSE:
    import vol_sparse

import h5py
import numpy as np
from scipy.sparse import csr_array

from compare import compare, step

FRAMES, SIDE, LAGS = 400, 512, 32


def simulated():
    """Frames of single photons, some of which come again where they came before."""
    random = np.random.default_rng(7)
    places = random.integers(0, SIDE * SIDE, 500)
    for _ in range(FRAMES):
        moved = random.random(500) < 0.1
        places[moved] = random.integers(0, SIDE * SIDE, moved.sum())
        frame = np.zeros(SIDE * SIDE, "u1")
        np.add.at(frame, places, 1)
        yield frame.reshape(SIDE, SIDE)


def photons(dataset):
    """A row for each frame, a column for each pixel."""
    if SPARSE:
        return vol_sparse.to_csr(dataset, dtype="i4")
    rows = [csr_array(dataset[i].reshape(1, -1).astype("i4")) for i in range(FRAMES)]
    indices = np.concatenate([row.indices for row in rows])
    starts = np.cumsum([0, *(row.nnz for row in rows)])
    return csr_array((np.concatenate([row.data for row in rows]), indices, starts), (FRAMES, SIDE * SIDE))


def program():
    frames = list(simulated())
    with step("write"), h5py.File("xpcs.h5", "w") as file:
        data = file.create_dataset("frames", (FRAMES, SIDE, SIDE), "u1", chunks=(1, SIDE, SIDE))
        for i, frame in enumerate(frames):
            data[i] = frame

    with h5py.File("xpcs.h5") as file:
        with step("photons"):
            matrix = photons(file["frames"])
        with step("correlate"):
            products = (matrix @ matrix.T).toarray()
            return [int(np.trace(products, offset=lag)) for lag in range(1, LAGS)]


if __name__ == "__main__":
    compare("XPCS: a correlation from photons", program)
