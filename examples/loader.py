"""Training data for several worker processes: each opens the file itself, when it first reads.

With PyTorch installed its DataLoader is used; without, workers of the standard library do the same.
"""

import multiprocessing

import h5py
import numpy as np

from compare import compare, step

IMAGES, SIDE, WORKERS, BATCH = 500, 256, 2, 16


class Images:
    """A dataset as PyTorch wants it."""

    def __init__(self, path):
        self.path, self.file = path, None
        with h5py.File(path) as file:
            self.length = len(file["images"])

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if self.file is None:  # once in each worker
            self.file = h5py.File(self.path)
        return self.file["images"][index]


def batches(images):
    """The images in batches, as arrays."""
    try:
        from torch.utils.data import DataLoader
    except ImportError:
        yield from _batches_without_torch(images)
        return
    for batch in DataLoader(images, batch_size=BATCH, num_workers=WORKERS):
        yield batch.numpy()


def _batch(first):
    return np.stack([_images[i] for i in range(first, min(first + BATCH, len(_images)))])


def _batches_without_torch(images):
    global _images
    _images = images
    with multiprocessing.get_context("fork").Pool(WORKERS) as workers:
        yield from workers.imap(_batch, range(0, len(images), BATCH))


def program():
    random = np.random.default_rng(5)
    with step("write"), h5py.File("images.h5", "w") as file:
        data = file.create_dataset("images", (IMAGES, SIDE, SIDE), "f4", chunks=(1, SIDE, SIDE))
        for i in range(IMAGES):
            image = np.zeros((SIDE, SIDE), "f4")
            image.flat[random.integers(0, SIDE * SIDE, 400)] = random.integers(1, 9, 400)
            data[i] = image
    with step("an epoch"):
        return [float(batch.sum(dtype="f8")) for batch in batches(Images("images.h5"))]


if __name__ == "__main__":
    compare("A DataLoader with two workers", program)
