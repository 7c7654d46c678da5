"""docs/install.md: each way to install, from the packages, on systems that know nothing of this machine.

The systems are Debian's packages unpacked in a folder (build-support/debian-root), entered by chroot: no JDK, no
environment, no network. What the document shows is run there as it stands.
"""

import fcntl
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from documents import Shell, blocks, commands, matches
from harness import DIST, ROOT, native_environment, run_command

DOCUMENT = ROOT / "docs" / "install.md"
MANYLINUX = (2, 17)

ISOLATED = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]

# Enters a system in a mount namespace of its own: what is mounted there ends with the shell.
ENTER = """
root=$1 work=$2 home=$3
shift 3
mount --bind "$work" "$root/mnt" && mount --bind /dev "$root/dev" && mount -t proc proc "$root/proc" &&
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" || exit
[ "$home" != / ] || mount -o remount,bind,ro "$root/mnt"
exec chroot "$@" "$root" /usr/bin/env --ignore-environment --chdir=/mnt \\
    PATH=/usr/bin:/bin LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1 HOME="$home" bash --noprofile --norc
"""


def built(script, *arguments):
    """What a script of build-support provides, and prints last."""
    done = run_command([ROOT / "build-support" / script, *arguments], ROOT, native_environment(), timeout=600)
    return done.stdout.split()[-1]


class System(Shell):
    """A shell in a system, in the folder /mnt, which is a folder of this machine."""

    def __init__(self, suite, work, home="/tmp", options=()):
        self.ended = False
        self._process = subprocess.Popen(
            [*ISOLATED, "sh", "-c", ENTER, "enter", built("debian-root", suite), work, home, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def must(self, command, expected=("...",), status=0):
        got, printed = self.run(command)
        text = "\n".join(printed)
        assert got == status, f"$ {command}\nexit status {got}, not {status}:\n{text}"
        assert matches(list(expected), printed), f"$ {command}\n{text}\nthe document says:\n{expected}"
        return text


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """The packages of dist/, by what they are; made once for all processes that run these tests."""
    if os.geteuid() != 0:
        pytest.skip("installations are tried in systems of their own, which only root can enter")
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder /= "packages"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not list(folder.glob("*.whl")):
            pack(folder)
    [archive] = folder.glob("*.tar.gz")
    [wheel] = folder.glob("*.whl")
    return {"archive": archive, "wheel": wheel}


def pack(folder):
    env = native_environment(VOL_SPARSE_PACKAGES=str(folder))
    run_command([ROOT / "build-support" / "package"], ROOT, env, timeout=600)


@pytest.fixture
def work(tmp_path, packages):
    """A folder with the packages, and the files of the document."""
    for package in packages.values():
        os.link(package, tmp_path / package.name)
    for block in blocks(DOCUMENT):
        if block.directive == "file":
            (tmp_path / block.argument).write_text("".join(f"{line}\n" for line in block.lines))
    return tmp_path


def do_section(shell, *headings):
    """Runs the console blocks below these headings of the document."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    starts = [i for i, line in enumerate(lines, 1) if line.startswith("## ")]
    done = 0
    for block in blocks(DOCUMENT):
        above = [i for i in starts if i < block.line]
        if block.directive == "run by" and above and lines[above[-1] - 1].removeprefix("## ") in headings:
            for command in commands(block):
                shell.must(command.text, command.expected, command.status)
                done += 1
    assert done, f"no commands below {headings}"


def test_every_block_is_in_a_section_that_is_run():
    assert {b.argument for b in blocks(DOCUMENT) if b.directive == "run by"} == {
        "tests/python/test_install.py"
    }
    text = DOCUMENT.read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    run = {s.splitlines()[0] for s in sections if "<!-- run by:" in s}
    assert run == {"The wheel", "The folder", "C and C++ programs"}


def test_wheel(work):
    """On a Debian 12; what pip would load comes from a folder."""
    wheels = work / "wheels"
    wheels.mkdir()
    for wheel in Path(built("wheelhouse")).glob("*.whl"):
        (wheels / wheel.name).write_bytes(wheel.read_bytes())
    with System("bookworm", work) as shell:
        shell.must("! command -v java && [ -z \"$(find / -xdev -name 'libjvm*' -o -name 'libhdf5*')\" ]")
        shell.must("export PIP_NO_INDEX=1 PIP_FIND_LINKS=/mnt/wheels PIP_NO_COMPILE=1 PIP_NO_CACHE_DIR=1")
        do_section(shell, "The wheel")
        # The command line finds the h5py of its environment; HDF5's variables are not set in this shell.
        said = shell.must("env/bin/vol-sparse doctor")
        assert re.search(r"^ok +HDF5 .*h5py", said, flags=re.MULTILINE), said
        shell.must("env/bin/pip uninstall --quiet --yes vol_sparse")
        shell.must("find env -path '*vol*sparse*'", [""])


def test_folder_and_c_programs(work):
    """On a Debian 13."""
    with System("trixie", work) as shell:
        shell.must("! command -v java && [ -z \"$(find / -xdev -name 'libjvm*')\" ]")
        do_section(shell, "The folder", "C and C++ programs")
        shell.must(
            "unset HDF5_PLUGIN_PATH HDF5_VOL_CONNECTOR; export PYTHONPATH=$(echo $PWD/vol-sparse-*/python)"
        )
        code = "import vol_sparse, h5py; print(vol_sparse.nnz(h5py.File('run.h5')['frames']))"
        shell.must(f'python3 -c "{code}"', ["10"])


def test_folder_that_is_read_only(work, packages):
    """For a user who may write nowhere but in /tmp and has no home, in a path with blanks."""
    place = work / "read only" / "vol sparse"
    place.mkdir(parents=True)
    with tarfile.open(packages["archive"]) as archive:
        archive.extractall(place, filter="tar")
    for folder in (*work.parents, work):
        if not folder.stat().st_mode & 1:
            folder.chmod(folder.stat().st_mode | 0o755)
    [inside] = place.iterdir()
    with System("trixie", work, home="/", options=["--userspec=65534:65534"]) as shell:
        shell.must("unset HOME; cd /tmp && ! touch /mnt/x 2>/dev/null && ! touch ~/x 2>/dev/null")
        shell.must(f". '/mnt/read only/vol sparse/{inside.name}/env.sh'")
        shell.must("python3 /mnt/write.py", ["70"])
        shell.must("h5dump -y -w 0 -d /frames -s 50,100,209 -c 1,1,2 run.h5 | grep -o '7, 0'", ["7, 0"])
        shell.must("find /tmp -type f", ["/tmp/run.h5"])


def test_packages_are_the_same_files(packages):
    """All of dist/ is in both, byte for byte, and may be run where it may there."""
    with tarfile.open(packages["archive"]) as archive:
        [top] = {m.name.split("/")[0] for m in archive.getmembers()}
        in_archive = {m.name.removeprefix(f"{top}/"): m for m in archive.getmembers() if m.isfile()}
        with zipfile.ZipFile(packages["wheel"]) as wheel:
            in_wheel = {
                i.filename.removeprefix("vol_sparse/dist/"): i
                for i in wheel.infolist()
                if i.filename.startswith("vol_sparse/dist/")
            }
            package = {
                i.filename
                for i in wheel.infolist()
                if re.fullmatch(r"(vol_sparse/)?\w+\.(py|typed)", i.filename)
            }
            files = {str(p.relative_to(DIST)): p for p in DIST.rglob("*") if p.is_file()}
            files = {n: p for n, p in files.items() if "__pycache__" not in n}
            assert in_archive.keys() ^ files.keys() == set()
            assert (in_wheel.keys() | {f"python/{n}" for n in package}) ^ files.keys() == set()
            for name, path in files.items():
                runnable = os.access(path, os.X_OK)
                assert archive.extractfile(in_archive[name]).read() == path.read_bytes(), name
                assert bool(in_archive[name].mode & 0o111) == runnable, name
                if name in in_wheel:
                    assert wheel.read(in_wheel[name]) == path.read_bytes(), name
                    assert bool(in_wheel[name].external_attr >> 16 & 0o111) == runnable, name


def test_packages_hold_nothing_of_their_making(packages):
    """Neither when nor by whom: of the same files they become the same bytes."""
    with tarfile.open(packages["archive"]) as archive:
        members = archive.getmembers()
    assert len({m.mtime for m in members}) == 1
    assert {(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "", "")}
    paths = [m.name.split("/") for m in members]
    assert paths == sorted(paths)
    with open(packages["archive"], "rb") as file:
        assert file.read(8)[3:] == bytes(5), "gzip's header holds a name or a time"
    with zipfile.ZipFile(packages["wheel"]) as wheel:
        assert len({i.date_time for i in wheel.infolist()}) == 1


def test_sizes_in_the_document(packages):
    """Within a tenth."""
    text = DOCUMENT.read_text(encoding="utf-8")
    said = re.search(
        r"Each package has about (\d+) MB, and needs (\d+) MB when installed. (\d+) MB of these", text
    )
    packed, installed, runtime = (int(size) for size in said.groups())

    def megabytes(folder):
        return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6

    for package in packages.values():
        assert package.stat().st_size / 1e6 == pytest.approx(packed, rel=0.1)
    assert megabytes(DIST) == pytest.approx(installed, rel=0.1)
    assert megabytes(DIST / "runtime") == pytest.approx(runtime, rel=0.1)


def test_names_in_the_document(packages):
    text = DOCUMENT.read_text(encoding="utf-8")
    names = set(re.findall(r"[\w.-]+(?:\.whl|\.tar\.gz)", text))
    assert names == {p.name for p in packages.values()}
    for target in re.findall(r"`make (\w+)`", text):
        run_command(["make", "--dry-run", target], ROOT, native_environment())


def test_c_library():
    """What is built here runs with the C library the document names."""
    said = re.search(r"glibc (\d+)\.(\d+)", DOCUMENT.read_text(encoding="utf-8"))
    assert tuple(map(int, said.groups())) == MANYLINUX
    for plugin in DIST.glob("lib/*/*.so"):
        symbols = run_command(["objdump", "-T", plugin], ROOT, native_environment(LC_ALL="C")).stdout
        needed = {tuple(map(int, v.split("."))) for v in re.findall(r"GLIBC_([\d.]+)", symbols)}
        assert max(needed) <= MANYLINUX, plugin


def test_runtime_is_small():
    """No module for windows and pictures has come in by a library."""
    release = (DIST / "runtime" / "release").read_text()
    modules = set(re.search(r'MODULES="(.*)"', release)[1].split())
    assert "java.base" in modules
    assert not modules & {"java.desktop", "java.sql", "jdk.compiler"}


LATE = "import {first}, warnings; warnings.simplefilter('error'); import vol_sparse; print('in time')"


def python(code, **more):
    env = native_environment(PYTHONPATH=str(DIST / "python"), **more)
    return run_command([sys.executable, "-c", code], ROOT, env, check=False)


def variables(**more):
    done = python(
        "import os, vol_sparse; print(*map(os.environ.get, ('HDF5_PLUGIN_PATH', 'HDF5_VOL_CONNECTOR')), sep='\\n')",
        **more,
    )
    assert done.status == 0, done
    return done.stdout.splitlines()


def test_variables_of_the_user_stay():
    plugins = str(DIST / "lib" / "plugin")
    assert variables() == [plugins, "sparse"]
    assert variables(HDF5_PLUGIN_PATH=f"/a:{plugins}:/b") == [f"{plugins}:/a:/b", "sparse"]
    assert variables(HDF5_VOL_CONNECTOR="sparse cache=1GiB")[1] == "sparse cache=1GiB"
    assert variables(HDF5_VOL_CONNECTOR="native")[1] == "native"


def test_import_in_time():
    in_time = {"HDF5_PLUGIN_PATH": str(DIST / "lib" / "plugin"), "HDF5_VOL_CONNECTOR": "sparse"}
    assert "import vol_sparse before h5py" in python(LATE.format(first="h5py")).stderr
    assert python(LATE.format(first="h5py"), **in_time).stdout == "in time\n"
    assert python(LATE.format(first="h5py"), HDF5_VOL_CONNECTOR="native").stdout == "in time\n"
    assert python(LATE.format(first="os")).stdout == "in time\n"


NETCDF = """
import os, vol_sparse, netCDF4, h5py
with netCDF4.Dataset("other.nc", "w") as file:
    file.createDimension("x", 1000)
    file.createVariable("v", "f4", ("x",), compression="zstd", chunksizes=(100,))[:] = 3
with netCDF4.Dataset("other.nc") as file:
    print(int(file["v"][:].sum()))
with h5py.File("own.h5", "w") as file:
    dset = file.create_dataset("d", (100, 100), "u2", chunks=(10, 100))
    dset[5] = 1
    print(vol_sparse.nnz(dset))
"""

HDF5PLUGIN = """
import vol_sparse, hdf5plugin, h5py
with h5py.File("own.h5", "w") as file:
    packed = file.create_dataset("packed", data=list(range(1000)), chunks=(100,), **hdf5plugin.Zstd())
    dset = file.create_dataset("d", (100, 100), "u2", chunks=(10, 100))
    dset[5] = 1
    print(packed[:].sum(), vol_sparse.nnz(dset))
"""


@pytest.mark.parametrize(
    ("environment", "code", "printed"),
    [("netcdf", NETCDF, "3000\n100\n"), ("bench", HDF5PLUGIN, "499500 100\n")],
    ids=["netCDF4", "hdf5plugin"],
)
def test_with_other_packages(tmp_path, environment, code, printed):
    """Their filters are found as without it."""
    interpreter = Path(built("python-env", environment)) / "bin" / "python"
    env = native_environment(PYTHONPATH=str(DIST / "python"))
    done = run_command([interpreter, "-c", code], tmp_path, env)
    assert done.stdout == printed, done


def test_other_library_that_is_late(tmp_path):
    interpreter = Path(built("python-env", "netcdf")) / "bin" / "python"
    env = native_environment(PYTHONPATH=str(DIST / "python"))
    code = "import netCDF4, vol_sparse, h5py; f = h5py.File('x.h5', 'w'); print(vol_sparse.nnz(f.create_dataset('d', (9,), chunks=(3,), dtype='i4')))"
    done = run_command([interpreter, "-c", code], tmp_path, env)
    assert done.stdout == "0\n", done
    assert re.search(r"netcdf4.libs/libhdf5\S* stores natively", done.stderr), done
