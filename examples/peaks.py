"""Serial crystallography: the peaks of each shot as a sparse matrix, and back into a file that any program reads."""

import os

SPARSE = "HDF5_VOL_CONNECTOR" in os.environ
if SPARSE:
    import vol_sparse

import h5py
import numpy as np
from scipy.sparse import csr_array

from compare import compare, step

SHOTS, SHAPE = 80, (512, 1024)


def shots():
    """Frames with some dozen peaks, background removed."""
    random = np.random.default_rng(3)
    for _ in range(SHOTS):
        frame = np.zeros(SHAPE, "f4")
        for _ in range(random.integers(30, 120)):
            y, x = random.integers(0, 506), random.integers(0, 1018)
            frame[y : y + 5, x : x + 5] += np.round(random.exponential(60, (5, 5)))
        yield frame


def write(name, frames):
    with h5py.File(name, "w") as file:
        data = file.create_dataset("entry/data/frames", (SHOTS, *SHAPE), "f4", chunks=(1, *SHAPE))
        for i, frame in enumerate(frames):
            data[i] = frame


def program():
    frames = list(shots())
    with step("write"):
        write("run.h5", frames)

    with step("to CSR"), h5py.File("run.h5") as file:
        data = file["entry/data/frames"]
        matrix = vol_sparse.to_csr(data) if SPARSE else csr_array(data[...].reshape(SHOTS, -1))

    matrix.data[matrix.data < 100] = 0  # weak pixels are no peaks
    matrix.eliminate_zeros()

    with step("back"):
        if SPARSE:
            with h5py.File("peaks.h5", "w") as file:
                peaks = file.create_dataset("entry/data/frames", (SHOTS, *SHAPE), "f4", chunks=(1, *SHAPE))
                vol_sparse.from_scipy(peaks, matrix)
        else:
            write("peaks.h5", (matrix[[i]].toarray().reshape(SHAPE) for i in range(SHOTS)))

    with h5py.File("peaks.h5") as file:
        return [float(file["entry/data/frames"][i].sum(dtype="f8")) for i in range(SHOTS)]


if __name__ == "__main__":
    compare("Crystallography: peaks to CSR and back", program)
