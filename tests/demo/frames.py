"""The model problem of "Sparse Data Management in HDF5": a stack of detector frames that are mostly background.

128 frames of 1024 x 1024 pixels of 16 bits. "clusters": every 16th frame is written in full, of the others only 50 to
100 small clusters of 5 to 10 contiguous pixels. "roi": of each frame one region of interest, 10 % of its pixels.
Pixel values are random, so that nothing can be compressed. The same seed gives the same stack.
"""

import numpy as np

FRAMES, HEIGHT, WIDTH = 128, 1024, 1024
SEED = 2019


def values(random, *shape):
    """Pixels that differ from the background, which is 0."""
    return random.integers(1, 1 << 16, size=shape, dtype=np.uint16)


def clusters(random, i):
    """What is written of frame i: pairs of a selection in the frame and its pixels."""
    if i % 16 == 0:
        yield np.s_[:, :], values(random, HEIGHT, WIDTH)
        return
    for _ in range(random.integers(50, 101)):
        length = int(random.integers(5, 11))
        row, column = int(random.integers(HEIGHT)), int(random.integers(WIDTH - length))
        yield np.s_[row, column : column + length], values(random, length)


def region_of_interest(random, i):
    """A tenth of the frame, somewhere else in each."""
    height, width = HEIGHT // 4, WIDTH * 4 // 10
    row, column = int(random.integers(HEIGHT - height)), int(random.integers(WIDTH - width))
    yield np.s_[row : row + height, column : column + width], values(random, height, width)


PROBLEMS = {"clusters": clusters, "roi": region_of_interest}


def stack(problem, frames=FRAMES):
    """The stack frame by frame: what is written of each, in order."""
    random = np.random.default_rng(SEED)
    for i in range(frames):
        yield i, list(PROBLEMS[problem](random, i))
