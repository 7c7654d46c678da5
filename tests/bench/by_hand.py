"""What programs do without sparse storage: three arrays in h5py, frame_ptr, index and intensity."""

import h5py
import numpy as np
from clock import require_equal
from works import Blocks


class Driver:
    """Frame after frame the defined pixels' positions in the frame, and their values."""

    def __init__(self, work, storage, steps):
        self._work, self._steps = work, steps
        self._pixels = work.shape[1] * work.shape[2]

    def _defined(self, step):
        """Frame, positions and values of what a call writes."""
        width = self._work.shape[2]
        if isinstance(step.selection, Blocks):
            runs = [
                np.arange(y * width + x, y * width + x + n) for (_, y, x), (_, _, n) in step.selection.blocks
            ]
            return step.selection.blocks[0][0][0], np.concatenate(runs), step.elements
        frame, rows, columns = step.selection
        if rows == slice(None):
            positions = np.flatnonzero(step.elements)
            return frame, positions, step.elements.ravel()[positions]
        rows, columns = np.r_[rows], np.r_[columns]
        return frame, (rows[:, None] * width + columns).ravel(), step.elements.ravel()

    def write(self, path, clock):
        with clock.running(), h5py.File(path, "w") as file:
            frame_ptr = np.zeros(self._work.shape[0] + 1, "u8")
            index, intensity = [], []
            for step in self._steps:
                frame, positions, values = self._defined(step)
                index.append(positions.astype("u4"))
                intensity.append(values)
                frame_ptr[frame + 1 :] += values.size
            file["frame_ptr"] = frame_ptr
            file["index"] = np.concatenate(index)
            file["intensity"] = np.concatenate(intensity)

    def read(self, path, clock):
        with clock.running():
            file = h5py.File(path)
            frame_ptr = file["frame_ptr"][:]
        for step in self._steps:
            with clock.running():
                got = self._read(file, frame_ptr, step)
            require_equal(got, step.elements, step.selection)
        with clock.running():
            file.close()

    def _read(self, file, frame_ptr, step):
        work = self._work
        if isinstance(step.selection, Blocks):
            frame = step.selection.blocks[0][0][0]
            part = slice(frame_ptr[frame], frame_ptr[frame + 1])
            file["index"][part]  # where they are: the program asked for that as well
            return file["intensity"][part]
        frames, rows, _ = step.selection
        if isinstance(frames, slice):
            stack = np.zeros((work.shape[0], self._pixels), work.dtype)
            frame_of = np.repeat(np.arange(work.shape[0]), np.diff(frame_ptr).astype(int))
            stack[frame_of, file["index"][:]] = file["intensity"][:]
            return stack.reshape(work.shape)[step.selection]
        part = slice(frame_ptr[frames], frame_ptr[frames + 1])
        index, intensity = file["index"][part], file["intensity"][part]
        if rows != slice(None):
            return intensity.reshape(step.elements.shape)
        frame = np.zeros(self._pixels, work.dtype)
        frame[index] = intensity
        return frame.reshape(work.shape[1:])
