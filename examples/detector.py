"""A detector's writer that hands over whole frames as chunks, and a master file of virtual datasets.

So do the writers of Eiger and Jungfrau detectors. The frames are mostly zero, with some hundred peaks in each. Chunks that a
writer has compressed itself would be stored as they are.
"""

import h5py
import numpy as np

from compare import compare, step

FILES, FRAMES, SHAPE = 4, 16, (512, 1024)


def frames(number):
    """Frames with peaks of a few pixels."""
    random = np.random.default_rng(number)
    data = np.zeros((FRAMES, *SHAPE), "u2")
    for frame in data:
        rows, columns = random.integers(2, 508, 300), random.integers(2, 1020, 300)
        for y, x in zip(rows, columns, strict=True):
            frame[y : y + 2, x : x + 3] += random.integers(1, 40, (2, 3), "u2")
    return data


def program():
    for number in range(FILES):
        chunks = [frame.tobytes() for frame in frames(number)]
        with step("write"), h5py.File(f"data_{number:06}.h5", "w") as file:
            data = file.create_dataset("entry/data", (FRAMES, *SHAPE), "u2", chunks=(1, *SHAPE))
            for i, chunk in enumerate(chunks):
                data.id.write_direct_chunk((i, 0, 0), chunk)

    with step("master"), h5py.File("master.h5", "w") as file:
        layout = h5py.VirtualLayout((FILES * FRAMES, *SHAPE), "u2")
        for number in range(FILES):
            source = h5py.VirtualSource(f"data_{number:06}.h5", "entry/data", (FRAMES, *SHAPE))
            layout[number * FRAMES : (number + 1) * FRAMES] = source
        file.create_virtual_dataset("entry/data/data", layout)

    with step("read all"), h5py.File("master.h5") as file:
        data = file["entry/data/data"]
        return [int(data[i].sum(dtype="u8")) for i in range(len(data))]


if __name__ == "__main__":
    compare("A detector's direct chunks, read through a master file", program)
