"""The plugin's own C, watched: by the sanitizers of the compiler, and by the JVM's check of calls into it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import model
import pytest
from harness import DIST, ROOT, configured, native_environment, run_command, sparse_environment
from test_host import TOTAL, crash, use_hdf5

# Faults are the JVM's and the program's; the sanitizers' own handlers would come between them.
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def library_of_compiler(name):
    done = subprocess.run(["cc", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory):
    """The environment of a distribution whose plugins were built with the sanitizers."""
    folder = tmp_path_factory.mktemp("sanitized")
    environment = native_environment()
    include = run_command(
        [ROOT / "build-support" / "hdf5-tools", "--include"], ROOT, environment
    ).stdout.strip()
    jdk = run_command([ROOT / "build-support" / "find-jdk"], ROOT, environment).stdout.strip()
    run_command(
        [
            "cmake", "-S", ROOT / "native-shim", "-B", folder / "build", "-DSANITIZE=ON",
            "-DCMAKE_BUILD_TYPE=RelWithDebInfo", f"-DHDF5_INCLUDE_DIR={include}", f"-DJDK_HOME={jdk}",
        ],
        ROOT,
        environment,
    )  # fmt: skip
    run_command(["cmake", "--build", folder / "build"], ROOT, environment)
    dist = folder / "dist"
    shutil.copytree(DIST, dist, symlinks=True, copy_function=os.link)
    for plugin in [*dist.glob("lib/*/*.so")]:
        plugin.unlink()
        shutil.copy(folder / "build" / "lib" / plugin.parent.name / plugin.name, plugin)
    preloaded = " ".join(map(library_of_compiler, ("libasan.so", "libubsan.so")))
    return {"HDF5_PLUGIN_PATH": str(dist / "lib" / "plugin"), "LD_PRELOAD": preloaded} | SANITIZER_OPTIONS


def what_is_loaded():
    total = use_hdf5()
    maps = Path("/proc/self/maps").read_text()
    plugin = next(line.split()[-1] for line in maps.splitlines() if "libvol_sparse" in line)
    return total, b"__asan_report_load8" in Path(plugin).read_bytes(), "libasan" in maps


def test_the_sanitizers_are_there(twins, sanitized):
    assert twins.run_sparse(what_is_loaded, more_env=sanitized).value == (TOTAL, True, True)


def test_much_of_everything(twins, sanitized):
    env = sparse_environment(PYTHONPATH=str(DIST / "python"), **sanitized)
    done = run_command(
        [sys.executable, ROOT / "build-support" / "training.py", twins.sparse, "/dev/null"], twins.sparse, env
    )
    assert (done.stdout, done.stderr) == ("", ""), done


@pytest.mark.parametrize("keep", ["nonfill", "written"])
def test_random_program(twins, sanitized, seed, keep):
    env = sanitized | configured(keep=keep)
    done = twins.run_sparse(model.run, [seed, keep == "written"], 400, more_env=env, timeout=240)
    assert len(done.value) >= 400, done
    assert (done.stdout, done.stderr) == ("", ""), f"VOL_SPARSE_SEED={seed}\n{done}"


@pytest.mark.parametrize("where", ["main", "thread", "callback"])
def test_a_crash(twins, sanitized, where):
    """The handler of faults, too."""
    done = twins.run_sparse(crash, "SIGSEGV", where, "after", more_env=sanitized, check=False)
    assert done.status == -11, done
    assert "Sanitizer" not in done.stderr, done


def test_calls_into_java(twins):
    """What JNI asks of its callers."""
    done = twins.run_sparse(use_hdf5, more_env={"VOL_SPARSE_JAVA_OPTIONS": "-Xcheck:jni"})
    assert done.value == TOTAL
    said = done.stdout + done.stderr
    assert "WARNING in native method" not in said, said
    assert "FATAL" not in said, said
    assert "handler was modified" in said.lower(), f"the check does not speak: {said}"
