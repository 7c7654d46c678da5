"""dist/ as a user has it: found by env.sh, moved about, and costing nothing until it is used."""

import shutil
import sys

import pytest
from harness import is_sparse, native_environment, run_command, sparse_environment
from test_errors import create_file

UNKNOWN_FILTER = """
import h5py, numpy
with h5py.File("unknown.h5", "w") as file:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((10,))
    space = h5py.h5s.create_simple((100,))
    dset = h5py.h5d.create(file.id, b"data", h5py.h5t.STD_I32LE, space, plist)
try:
    plist.set_filter(31999, h5py.h5z.FLAG_MANDATORY, (1,))
    h5py.h5d.create(file.id, b"unknown", h5py.h5t.STD_I32LE, space, plist)
except Exception as error:
    print(type(error).__name__)
print(h5py.h5z.filter_avail(31998))
maps = open("/proc/self/maps").read()
print("libvol_sparse" in maps, "libjvm" in maps)
"""


def test_look_up_starts_no_jvm(twins):
    """HDF5 opens every file of the plug-in path while it searches: that may cost nothing."""
    env = sparse_environment()
    del env["HDF5_VOL_CONNECTOR"]
    done = run_command([sys.executable, "-c", UNKNOWN_FILTER], twins.native, env)
    assert "libjvm" not in done.stderr
    assert done.stdout.splitlines()[-1].endswith("False"), done


SHELLS = ("bash", "sh", "dash", "zsh", "ksh", "busybox sh")


@pytest.mark.parametrize("shell", [s for s in SHELLS if shutil.which(s.split()[0])])
def test_env_sh(tmp_path, shell):
    """The two variables, whatever the shell and the folder; an existing plug-in path is kept behind ours."""
    expected = sparse_environment()
    dist = expected["HDF5_PLUGIN_PATH"].removesuffix("/lib/plugin")
    show = 'printf "%s\\n" "$HDF5_PLUGIN_PATH" "$HDF5_VOL_CONNECTOR"'
    script = f'set -eu; cd "{dist}/lib"; (. ../env.sh; {show}); . "{dist}/env.sh"; . "{dist}/env.sh"; {show}'
    env = native_environment(HDF5_PLUGIN_PATH="/other")
    done = run_command([*shell.split(), "-c", script], tmp_path, env)
    assert done.stdout.splitlines() == 2 * [f"{expected['HDF5_PLUGIN_PATH']}:/other", "sparse"], done
    assert done.stderr == "", done


def test_moved_distribution(twins, tmp_path):
    """dist/ works from wherever it is put, also from a path with blanks."""
    moved = tmp_path / "another place" / "vol sparse"
    shutil.copytree(sparse_environment()["HDF5_PLUGIN_PATH"].removesuffix("/lib/plugin"), moved)
    done = twins.run_sparse(create_file, more_env={"HDF5_PLUGIN_PATH": str(moved / "lib" / "plugin")})
    assert done.value == [None, None], done
    assert is_sparse(twins.sparse / "created.h5", "data")
