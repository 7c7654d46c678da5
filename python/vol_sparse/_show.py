"""A page about one dataset, in a notebook or in a file of its own."""

from __future__ import annotations

import ctypes
import html
import os
import subprocess
from pathlib import Path

import h5py

from . import _hdf5
from ._environment import distribution, loaded_libraries

_HEIGHT = 720
_SECONDS = 600


class Report:
    """A page about a dataset; a notebook shows it where it is a cell's last value.

    Parameters
    ----------
    name : str
        What the page is about.
    html : str
        The page, a whole HTML document that loads nothing else.

    Attributes
    ----------
    name : str
    html : str
    """

    def __init__(self, name: str, html: str) -> None:
        self.name = name
        self.html = html

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page into a file.

        Parameters
        ----------
        path : str or os.PathLike
            The file; what it held is replaced.
        """
        Path(path).write_text(self.html, encoding="utf-8")

    def _repr_html_(self) -> str:
        # In a frame of its own, so that neither the page's style nor the notebook's meets the other.
        return (
            f'<iframe title="vol-sparse: {html.escape(self.name)}" srcdoc="{html.escape(self.html)}"'
            f' style="width: 100%; height: {_HEIGHT}px; border: 0" sandbox="allow-scripts"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<report on {self.name}: a notebook shows it, save(path) writes it>"


def show(dset: h5py.Dataset, frames: int = 16) -> Report:
    """Show what is stored of a dataset, and where its defined elements are.

    The page is that of ``vol-sparse report``: shape, type, factor, where the bytes are, a map of the defined elements
    that can be zoomed, and the density over chunks. It shows what the file holds; if the file is open for writing, it
    is flushed before.

    Parameters
    ----------
    dset : h5py.Dataset
        The dataset, sparse or not. Its file must be one of the file system.
    frames : int, optional
        Of how many frames at most to draw maps of their own.

    Returns
    -------
    Report
        A notebook shows it as it is; ``save(path)`` writes it into a file.

    Raises
    ------
    TypeError
        If `dset` is not an h5py dataset.
    OSError
        If the file cannot be read by another process: one that is in memory only, or one of HDF5's latest format that
        is open for writing.
    """
    if not isinstance(dset, h5py.Dataset):
        raise TypeError(f"an h5py.Dataset is needed, not {type(dset).__name__}")
    file = dset.file
    if file.mode == "r+":
        file.flush()
    if not os.path.isfile(file.filename):
        raise OSError(f"{file.filename!r} is not in the file system, where show reads it")
    if dset.name is None:
        raise ValueError("the dataset has no name: show finds it by that")
    program = distribution() / "bin" / "vol-sparse"
    environment = dict(os.environ, VOL_SPARSE_HDF5=_library_path(), HDF5_USE_FILE_LOCKING="FALSE")
    command = [str(program), "report", "--frames", str(frames), os.path.abspath(file.filename), dset.name]
    done = subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False
    )
    if "already open for write" in done.stderr:
        raise OSError(
            f"{file.filename!r} is open for writing in a format that only one process may open: close it before show,"
            " or create it without libver='latest'"
        )
    if done.returncode != 0:
        raise OSError(done.stderr.strip() or f"{program} ended with status {done.returncode}")
    return Report(f"{dset.name} in {os.path.basename(file.filename)}", done.stdout)


def _library_path() -> str:
    """The file of the libhdf5 that h5py uses."""
    wanted = _address(_hdf5.library())
    for path in loaded_libraries():
        try:
            library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_NOLOAD)
        except OSError:
            continue
        if _address(library) == wanted:
            return path
    raise OSError("the libhdf5 of h5py is not a file that another program can load")


def _address(library: ctypes.CDLL) -> int | None:
    return ctypes.cast(library.H5open, ctypes.c_void_p).value
