"""The Python package as its user first meets it: its version, what it says of datasets, its program, its refusals."""

import inspect
import os
import re
import subprocess
import sys
import types
import typing
from pathlib import Path
from xml.etree import ElementTree

import h5py
import pytest
from harness import DIST, ROOT, native_environment, run_command, run_function, sparse_environment

PYTHON = str(DIST / "python")


def version():
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    pom = ElementTree.parse(ROOT / "pom.xml").getroot()
    found = pom.find("m:properties/m:revision", namespace)
    return pom.find("m:version", namespace).text if found is None else found.text


def write_some():
    with h5py.File("some.h5", "w") as file:
        sparse = file.create_dataset("sparse", (100, 200), "i2", chunks=(10, 200))
        sparse[5, 5:9] = 3
        file["contiguous"] = [1, 2, 3]
        file.create_dataset("empty", (0, 3), "f4", chunks=(1, 3), maxshape=(None, 3))
        layout = h5py.VirtualLayout((100, 200), "i2")
        layout[...] = h5py.VirtualSource(sparse)
        file.create_virtual_dataset("virtual", layout)


def say():
    import vol_sparse

    with h5py.File("some.h5") as file:
        infos = {name: vol_sparse.info(file[name]) for name in file}
        sparse = {name: vol_sparse.is_sparse(file[name]) for name in file}
        with pytest.raises(TypeError, match=r"an h5py\.Dataset is needed, not Group"):
            vol_sparse.info(file["/"])
        with pytest.raises(TypeError, match=r"an h5py\.Dataset is needed, not str"):
            vol_sparse.is_sparse("sparse")
    return vol_sparse.__version__, sparse, {k: of_info(v) for k, v in infos.items()}


def of_info(info):
    return types.SimpleNamespace(**vars(info)), info.density, info.factor, str(info)


def test_what_it_says(tmp_path):
    env = sparse_environment(PYTHONPATH=PYTHON)
    run_function(write_some, cwd=tmp_path, env=env)
    number, sparse, infos = run_function(say, cwd=tmp_path, env=env).value
    assert number == version()
    assert sparse == {"sparse": True, "contiguous": False, "empty": True, "virtual": False}
    with h5py.File(tmp_path / "some.h5") as file:
        stored = file["sparse"].id.get_storage_size()
    info, density, factor, text = infos["sparse"]
    assert (info.defined, info.size, info.dense_bytes, info.stored_bytes) == (4, 20000, 40000, stored)
    assert (info.name, info.shape, info.dtype, info.chunks) == ("/sparse", (100, 200), "i2", (10, 200))
    assert (density, factor) == (4 / 20000, 40000 / stored)
    assert text == (
        f"/sparse: (100, 200) int16, sparse, 4 of 20000 elements defined; {stored} B in the file, 39.1 KiB in memory"
    )
    assert infos["contiguous"][0].defined is None
    assert infos["contiguous"][1] is None
    assert infos["empty"][1:3] == (0.0, float("inf"))


def say_natively():
    """With another connector in the variable the package leaves it, and files are opened natively."""
    import vol_sparse

    with h5py.File("some.h5") as file:
        info = vol_sparse.info(file["sparse"])
        return vol_sparse.is_sparse(file["sparse"]), vol_sparse.is_sparse(file["contiguous"]), info.defined


def test_what_it_says_of_a_file_opened_natively(tmp_path):
    run_function(write_some, cwd=tmp_path, env=sparse_environment())
    env = native_environment(PYTHONPATH=PYTHON, HDF5_VOL_CONNECTOR="native")
    assert run_function(say_natively, cwd=tmp_path, env=env).value == (True, False, None)


def test_program(tmp_path):
    """python -m vol_sparse is the command line, in the environment of the user."""
    env = native_environment(PYTHONPATH=PYTHON, PATH="/usr/bin:/bin")
    done = run_command([sys.executable, "-m", "vol_sparse", "--version"], tmp_path, env)
    assert done.stdout.split() == ["vol-sparse", version()]
    done = run_command([sys.executable, "-m", "vol_sparse", "doctor"], tmp_path, env)
    assert "HDF5_VOL_CONNECTOR is not set" in done.stdout, done
    assert f"h5py {h5py.version.version}" in done.stdout, done
    done = run_command([sys.executable, "-m", "vol_sparse", "inform"], tmp_path, env, check=False)
    assert done.status == 2
    assert done.stderr == 'vol-sparse: there is no command "inform" (vol-sparse --help tells how to use it)\n'


@pytest.fixture
def old_h5py(tmp_path):
    """A folder with an h5py that is linked to HDF5 1.12, and must not be imported."""
    package = tmp_path / "old" / "h5py"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('h5py was imported')\n")
    (package / "defs.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF\0libhdf5-00aa11bb.so.200.2.0\0")
    return package


def test_hdf5_that_is_too_old(tmp_path, old_h5py):
    """The same line from the package, from env.sh and from the doctor, before HDF5 starts and prints its own."""
    line = (
        f"vol-sparse: the h5py in {old_h5py} has HDF5 1.12, and vol-sparse needs 1.14 or newer: "
        "make an environment (python3 -m venv) and install h5py there with pip"
    )
    path = f"{old_h5py.parent}:{PYTHON}"
    env = native_environment(
        PYTHONPATH=path, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}", HDF5_VOL_CONNECTOR=""
    )
    done = run_command([sys.executable, "-c", "import vol_sparse"], tmp_path, env, check=False)
    assert done.stderr.splitlines()[-1] == f"ImportError: {line}"
    for shell in ("bash", "sh"):
        done = run_command([shell, "-c", f". {DIST}/env.sh; echo $HDF5_VOL_CONNECTOR"], tmp_path, env)
        assert (done.stdout, done.stderr) == ("sparse\n", f"{line}\n")
    done = run_command([DIST / "bin" / "vol-sparse", "doctor"], tmp_path, env, check=False)
    assert done.status == 1
    assert f"BAD  Python       {line}" in done.stdout.splitlines(), done


def test_hdf5_that_is_new_enough(tmp_path):
    """env.sh says nothing; nor where there is no h5py, or no Python."""
    without = tmp_path / "bin"
    without.mkdir()
    (without / "dirname").symlink_to("/usr/bin/dirname")
    folders = (str(Path(sys.executable).parent) + ":/usr/bin:/bin", "/usr/bin:/bin", str(without))
    for path in folders:
        done = run_command(["/bin/bash", "-c", f". {DIST}/env.sh"], tmp_path, native_environment(PATH=path))
        assert (done.stdout, done.stderr) == ("", "")


def test_doctor_finds_an_environment_that_is_not_active(tmp_path):
    """In the folder of the user, above it, and in the home folder; not one without h5py."""
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n')
    (bare / "python3").chmod(0o755)
    env = native_environment(
        PATH=f"{bare}:/usr/bin:/bin", VOL_SPARSE_JAVA_OPTIONS=f"-Duser.home={tmp_path}/home"
    )
    work = tmp_path / "it's work" / "inside"
    work.mkdir(parents=True)

    def python_line():
        done = run_command([DIST / "bin" / "vol-sparse", "doctor"], work, env, check=False)
        (line,) = [line for line in done.stdout.splitlines() if line[5:].startswith("Python")]
        return line

    assert python_line() == "-    Python       the python3 on PATH has no h5py"
    places = {
        tmp_path / "home" / "miniforge3" / "envs" / "beamline": "conda activate {}",
        work.parent / ".venv": ". '{}/bin/activate'",
        work / "my-env": ". '{}/bin/activate'",
    }
    for place, command in places.items():
        (place / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        if "conda" in command:
            (place / "conda-meta").mkdir()
        else:
            (place / "bin").mkdir()
            (place / "bin" / "activate").touch()
        before = python_line()
        (place / "lib" / "python3.11" / "site-packages" / "h5py").mkdir()
        shown = command.format(str(place).replace("'", "'\\''"))
        expected = f"the python3 on PATH has no h5py; an environment has it: activate it with {shown}"
        assert python_line() == f"-    Python       {expected}"
        assert before != python_line()


SECTIONS = ("Parameters", "Returns", "Attributes", "Raises")


def signatures():
    """What is wrong with the annotations and docstrings of what the package offers."""
    import vol_sparse

    wrong = []
    for name in vol_sparse.__all__:
        found = getattr(vol_sparse, name)
        if not callable(found):
            continue
        text = inspect.getdoc(found) or ""
        if not text.splitlines()[0].endswith("."):
            wrong.append(f"{name}: the first line is no sentence")
        if not inspect.isfunction(found):
            continue
        parameters = inspect.signature(found).parameters
        unannotated = [p for p in parameters.values() if p.annotation is p.empty]
        if unannotated or inspect.signature(found).return_annotation is inspect.Signature.empty:
            wrong.append(f"{name}: not annotated")
        described = re.search(r"(?s)^Parameters\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", text, re.MULTILINE)
        names = re.findall(r"^(\w+)", described[1], re.MULTILINE) if described else []
        if names != list(parameters):
            wrong.append(f"{name}: takes {list(parameters)}, describes {names}")
        returns = inspect.signature(found).return_annotation != "None"
        if returns != bool(re.search(r"^Returns\n-+$", text, re.MULTILINE)):
            wrong.append(f"{name}: says wrongly whether it returns something")
    hints = typing.get_type_hints(vol_sparse.info)
    if hints["return"] is not vol_sparse.Info:
        wrong.append("annotations cannot be evaluated")
    return wrong


def test_annotations_and_docstrings(tmp_path):
    env = sparse_environment(PYTHONPATH=PYTHON)
    assert run_function(signatures, cwd=tmp_path, env=env).value == []
    assert (DIST / "python" / "vol_sparse" / "py.typed").exists()


def test_errors_are_one_line(tmp_path):
    """A usage error is one line with a hint, and so is what convert and verify say of files."""
    run_function(write_some, cwd=tmp_path, env=sparse_environment())
    (tmp_path / "text.h5").write_text("no HDF5")
    library = str(next(Path(h5py.__file__).parent.parent.glob("h5py.libs/libhdf5-*.so*"), ""))

    def say(*arguments):
        done = subprocess.run(
            [DIST / "bin" / "vol-sparse", *arguments],
            cwd=tmp_path,
            env=native_environment(VOL_SPARSE_HDF5=library),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def hint(command):
        return f"({command} --help tells how to use it)\n"

    assert say() == (2, "", f"vol-sparse: no command is given {hint('vol-sparse')}")
    info = "vol-sparse info"
    assert say("info") == (2, "", f"{info}: Missing required parameter: 'FILE' {hint(info)}")
    assert say("info", "--jason", "some.h5") == (2, "", f"{info}: there is no option --jason {hint(info)}")
    assert say("info", "a", "b", "c") == (2, "", f"{info}: unexpected argument: c {hint(info)}")
    status, out, err = say("map", "some.h5", "sparse", "--frame", "x")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.endswith(hint("vol-sparse map"))
    assert say("convert", "some.h5", "no/folder/out.h5") == (
        1,
        "",
        f"vol-sparse convert: {tmp_path}/no/folder: there is no such folder; make it, or name another one\n",
    )
    status, out, _ = say("convert", "some.h5", "out.h5")
    assert status == 0
    assert out.startswith("out.h5: 0 of 4 datasets made sparse (2 are sparse already); ")
    problem = "cannot open text.h5: it is not an HDF5 file\n"
    assert say("verify", "text.h5") == (1, problem, "")
    assert say("info", "text.h5") == (1, "", f"vol-sparse info: {problem}")
