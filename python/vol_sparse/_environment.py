"""Tells HDF5 where the connector is: the two environment variables that HDF5 reads when a program first uses it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import sys
import warnings
from pathlib import Path

from ._hdf5_version import too_old

PLUGIN = Path("lib", "plugin", "libvol_sparse.so")
CONNECTOR = "sparse"

VARIABLES = ("HDF5_PLUGIN_PATH", "HDF5_VOL_CONNECTOR")

_hid_t = ctypes.c_int64

# What the variables were before this package set them.
before = {name: os.environ.get(name) for name in VARIABLES}


def distribution() -> Path:
    """Find the folder that holds lib, java and runtime.

    Returns
    -------
    pathlib.Path
        A folder inside this package if a wheel was installed, else the one around it.

    Raises
    ------
    ImportError
        If there is no such folder.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "dist", package.parent.parent):
        if (folder / PLUGIN).exists():
            return folder
    raise ImportError(
        f"vol_sparse finds no {PLUGIN} in {package / 'dist'} or {package.parent.parent}: "
        "keep the folders of the distribution together, or install the wheel again"
    )


def prepare() -> None:
    """Set HDF5_PLUGIN_PATH and HDF5_VOL_CONNECTOR for the HDF5 libraries that this process and its children still start.

    What is in HDF5_PLUGIN_PATH stays, behind the connector's folder. A connector that HDF5_VOL_CONNECTOR names already
    stays, too, with its options: it is what the user wants.

    Raises
    ------
    ImportError
        If h5py has started HDF5 before, without the connector. HDF5 reads the variables once.

    Warns
    -----
    RuntimeWarning
        If another HDF5 library was started before, without the connector.
    """
    plugins = str((distribution() / PLUGIN).parent)
    chosen = os.environ.get("HDF5_VOL_CONNECTOR")
    if not chosen:
        os.environ["HDF5_VOL_CONNECTOR"] = CONNECTOR
    os.environ["HDF5_PLUGIN_PATH"] = _with_first(plugins, os.environ.get("HDF5_PLUGIN_PATH") or _others())

    if chosen and chosen.split()[0] != CONNECTOR:
        return
    late = [path for path in loaded_libraries() if not _stores_sparsely(path)]
    if late and "h5py" in sys.modules:
        raise ImportError(
            "import vol_sparse before h5py, and before packages that import h5py (hdf5plugin, anndata, ...): "
            "HDF5 looks for its connector once, when it starts, and has started without it. "
            f"Or set the variables before Python starts: export HDF5_PLUGIN_PATH={plugins} "
            f"HDF5_VOL_CONNECTOR={CONNECTOR}"
        )
    for path in late:
        warnings.warn(
            f"what uses {path} stores natively: that library was imported before vol_sparse",
            RuntimeWarning,
            stacklevel=4,
        )


def require_hdf5() -> None:
    """Refuse an h5py whose HDF5 is too old for connectors of this kind, and would store natively.

    It looks at h5py's files, and does not import it: such an HDF5 prints errors when it starts.

    Raises
    ------
    ImportError
        If h5py comes with an HDF5 older than 1.14.
    """
    old = too_old(importlib.util.find_spec("h5py"))
    if old:
        raise ImportError(old)


def _with_first(folder: str, path: str) -> str:
    """A list of folders that begins with this one."""
    return os.pathsep.join([folder, *(f for f in (path or "").split(os.pathsep) if f not in ("", folder))])


def _others() -> str | None:
    """netCDF4's filters: it adds them to the variable itself, but only if nobody has set it."""
    package = importlib.util.find_spec("netCDF4")
    folders = package.submodule_search_locations if package else None
    plugins = Path(folders[0], "plugins") if folders else None
    return str(plugins) if plugins and (plugins / "lib__nczhdf5filters.so").exists() else None


def loaded_libraries() -> list[str]:
    """The paths of the HDF5 libraries in this process."""
    with open("/proc/self/maps") as maps:
        files = {line.split(maxsplit=5)[5].strip() for line in maps if "/libhdf5" in line}
    # Not its companions, such as libhdf5_hl and libhdf5_serial_hl.
    return sorted(path for path in files if not re.search(r"/libhdf5\w*_(hl|cpp|fortran)", path))


def _stores_sparsely(path: str) -> bool:
    """Whether a library opens files through the connector unless told otherwise. It starts now if it has not yet."""
    try:
        library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_NOLOAD)
    except OSError:
        return True  # only its file is mapped, or was replaced since: no code of it runs
    if not hasattr(library, "H5VLcmp_connector_cls"):
        return False  # older than any that has connectors of this kind

    def function(name, result, *arguments):
        found = getattr(library, name)
        found.restype, found.argtypes = result, arguments
        return found

    registered = function("H5VLis_connector_registered_by_name", ctypes.c_int, ctypes.c_char_p)
    by_name = function("H5VLget_connector_id_by_name", _hid_t, ctypes.c_char_p)
    create = function("H5Pcreate", _hid_t, _hid_t)
    get_connector = function("H5Pget_vol_id", ctypes.c_int, _hid_t, ctypes.POINTER(_hid_t))
    compare = function("H5VLcmp_connector_cls", ctypes.c_int, ctypes.POINTER(ctypes.c_int), _hid_t, _hid_t)
    close_connector = function("H5VLclose", ctypes.c_int, _hid_t)
    close_list = function("H5Pclose", ctypes.c_int, _hid_t)

    if registered(CONNECTOR.encode()) <= 0:
        return False
    ours = by_name(CONNECTOR.encode())
    file_access = create(_hid_t.in_dll(library, "H5P_CLS_FILE_ACCESS_ID_g"))
    used = _hid_t()
    get_connector(file_access, ctypes.byref(used))
    difference = ctypes.c_int()
    compare(ctypes.byref(difference), ours, used)
    close_connector(used)
    close_list(file_access)
    close_connector(ours)
    return difference.value == 0
