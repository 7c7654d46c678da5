"""dist/ as a user has it: found by env.sh, moved about, and costing nothing until it is used."""

import os
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import DIST, ROOT, is_sparse, native_environment, run_command, sparse_environment
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


def loaded_jvm():
    """The libjvm of a process that has opened a file."""
    import h5py

    with h5py.File("any.h5", "w"):
        maps = Path("/proc/self/maps").read_text()
    return {line.split(maxsplit=5)[5] for line in maps.splitlines() if line.endswith("/libjvm.so")}


def other_jdk():
    """The JDK of the build, as another than the runtime in dist/."""
    done = run_command([ROOT / "build-support" / "find-jdk"], ROOT, native_environment())
    return done.stdout.strip()


def jvm_of(home):
    return {str(Path(home).resolve() / "lib" / "server" / "libjvm.so")}


def test_runtime_of_the_distribution_comes_first(twins):
    done = twins.run_sparse(loaded_jvm, more_env={"JAVA_HOME": other_jdk()})
    assert done.value == jvm_of(DIST / "runtime"), done


def test_chosen_java_home(twins):
    """Another Java takes the classes from the jars, and says nothing."""
    home = other_jdk()
    done = twins.run_sparse(loaded_jvm, more_env={"VOL_SPARSE_JAVA_HOME": home})
    assert done.value == jvm_of(home), done
    assert done.stderr == "", done


@pytest.mark.parametrize("by", ["JAVA_HOME", "PATH"])
def test_distribution_without_its_runtime(twins, tmp_path, by):
    """Who wants to spare its size may delete it, and has a JDK."""
    home = other_jdk()
    for folder in ("lib", "java"):
        shutil.copytree(DIST / folder, tmp_path / "dist" / folder)
    env = {"HDF5_PLUGIN_PATH": str(tmp_path / "dist" / "lib" / "plugin"), "JAVA_HOME": ""}
    env[by] = home if by == "JAVA_HOME" else f"{home}/bin:{os.environ['PATH']}"
    done = twins.run_sparse(loaded_jvm, more_env=env)
    assert done.value == jvm_of(home), done


def test_no_java_names_the_places_that_were_tried(twins, tmp_path):
    for folder in ("lib", "java"):
        shutil.copytree(DIST / folder, tmp_path / "dist" / folder)
    env = {"HDF5_PLUGIN_PATH": str(tmp_path / "dist" / "lib" / "plugin")}
    env |= {"PATH": "/nowhere", "JAVA_HOME": str(tmp_path)}
    done = twins.run_sparse(loaded_jvm, more_env=env, check=False)
    assert done.status == 1, done
    for place in (f'no Java in "{tmp_path}/dist/runtime"', f'no Java in "{tmp_path}"', "no java on PATH"):
        assert place in done.stderr, done


def test_classes_come_from_the_archive_of_a_copied_distribution(twins, tmp_path):
    """Copied, unpacked by pip, touched: the times of the files are not what they were."""
    copy = tmp_path / "dist"
    shutil.copytree(DIST, copy, copy_function=shutil.copyfile)
    env = {
        "HDF5_PLUGIN_PATH": str(copy / "lib" / "plugin"),
        "VOL_SPARSE_JAVA_OPTIONS": "-Xlog:class+load:file=classes.log",
    }
    done = twins.run_sparse(create_file, more_env=env)
    assert done.value == [None, None], done
    ours = [c for c in (twins.sparse / "classes.log").read_text().splitlines() if "io.github.volsparse" in c]
    elsewhere = [c for c in ours if "shared objects file" not in c]
    assert len(ours) > 30
    assert elsewhere == []


def many_callbacks():
    create_file()
    with h5py.File("generated.h5", "w") as file:
        for i in range(100):
            file.create_group(str(i)).attrs["number"] = i
        dset = file.create_dataset("data", data=np.arange(4000.0) // 100, chunks=(400,))
        return float(dset[...].sum())


def test_classes_that_are_generated(twins):
    """What the archive lacks takes time at each start, and must not be made on the way of a callback: it could fail."""
    done = twins.run_sparse(
        many_callbacks, more_env={"VOL_SPARSE_JAVA_OPTIONS": "-Xlog:class+load:file=classes.log"}
    )
    assert done.value == 78_000
    lines = (twins.sparse / "classes.log").read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if "VolSparseBootstrap" in line)
    generated = [line for line in lines[first + 1 :] if "source: shared objects file" not in line]
    assert 0 < len(generated) <= 14, generated
    assert "java.lang.invoke.LambdaForm$DMH" in generated[-1], generated  # that of Entry.call
