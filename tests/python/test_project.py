"""What a project shows the public: notices for all it carries, one version, workflows that call what there is."""

import re
import subprocess
from xml.etree import ElementTree

import pytest
from harness import DIST, ROOT, native_environment, run_command

MODULES = ("bindings", "format", "connector", "tool", "jhdf-filter", "native-shim", "tests")
POM = {"m": "http://maven.apache.org/POM/4.0.0"}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_notices_name_all_that_is_carried():
    """Each jar that is not ours, with its version; in dist/ and in the runtime that holds the jars' classes."""
    notices = (DIST / "THIRD-PARTY.md").read_text(encoding="utf-8")
    assert "@" not in notices
    carried = [jar for jar in (DIST / "java").rglob("*.jar") if not jar.name.startswith(MODULES)]
    assert len(carried) >= 4
    for jar in carried:
        name, version = re.fullmatch(r"(.+?)-(\d.*)\.jar", jar.name).groups()
        assert re.search(
            rf"^\| {name} \| {re.escape(version)} \| .*{re.escape(jar.name)}", notices, re.MULTILINE
        ), jar
    legal = DIST / "runtime" / "legal"
    for name in ("LICENSE", "THIRD-PARTY.md"):
        assert (legal / "io.github.volsparse" / name).read_text() == (DIST / name).read_text()
    assert "CLASSPATH" in (legal / "java.base" / "LICENSE").read_text().upper()
    assert (DIST / "runtime" / "lib-fork1" / "NOTICE").exists()


def test_the_version_stands_in_one_place():
    root = ElementTree.parse(ROOT / "pom.xml").getroot()
    assert root.find("m:version", POM).text == "${revision}"
    version = root.find("m:properties/m:revision", POM).text
    for module in MODULES:
        parent = ElementTree.parse(ROOT / module / "pom.xml").getroot().find("m:parent/m:version", POM)
        assert parent.text == "${revision}", module
    done = subprocess.run(
        ["git", "grep", "-lF", version, "--", ":!tests/data", ":!*.svg"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    others = {"docs/install.md", "docs/java.md"}  # names of files, which build-support/set-version changes
    if done.returncode <= 1:  # in a checkout, not in an archive of the sources
        assert set(done.stdout.splitlines()) - {"pom.xml"} <= others | files_with_another_version(version)
    jars = [jar.name for jar in (DIST / "java").rglob("*.jar") if jar.name.startswith(MODULES)]
    assert len(jars) == 5
    assert all(f"-{version}.jar" in name for name in jars)


def files_with_another_version(version):
    """Those in which the same digits are a version of something else: packages that tests and lint use."""
    return {
        str(p.relative_to(ROOT))
        for p in (ROOT / "build-support" / "python").glob("*.txt")
        if version in p.read_text()
    }


def test_set_version(tmp_path):
    """It changes the version and nothing but the version."""
    copy = tmp_path / "copy"
    for name in (
        "pom.xml",
        "docs/install.md",
        "docs/java.md",
        "build-support/set-version",
        "build-support/lib.sh",
    ):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    old = re.search(r"<revision>(.*)</revision>", (copy / "pom.xml").read_text())[1]
    (copy / "build-support" / "set-version").chmod(0o755)
    run_command([copy / "build-support" / "set-version", "7.8.9"], copy, native_environment())
    for name in ("pom.xml", "docs/install.md", "docs/java.md"):
        before, after = (ROOT / name).read_text(), (copy / name).read_text()
        assert after.replace("7.8.9", old) == before
        assert after.count("7.8.9") >= 1
    assert old not in (copy / "docs" / "install.md").read_text()
    done = run_command(
        [copy / "build-support" / "set-version", "next"], copy, native_environment(), check=False
    )
    assert done.status == 1


def make_targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_targets_that_are_there(workflow):
    text = workflow.read_text()
    commands = re.findall(r"^ +- run: (.*)$", text, re.MULTILINE)
    assert commands
    for command in commands:
        program, target, *_ = command.split()
        assert program == "make"
        assert target in make_targets()
    assert "permissions:" in text
    assert "VOL_SPARSE_APT" in text


def test_every_target_is_described():
    described = re.findall(r"^#.*?\bmake ([a-z-]+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    described += re.findall(r"\bmake (\w+) (?:mends|also)", (ROOT / "Makefile").read_text())
    assert make_targets() <= set(described), make_targets() - set(described)


def test_nothing_is_installed_unasked(tmp_path):
    """Without a terminal and without VOL_SPARSE_APT the build says what to install; it does so where that is set."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "readlink", "mkdir", "flock", "printf", "env", "cat"):
        path = run_command(["sh", "-c", f"command -v {name}"], tmp_path, native_environment()).stdout.strip()
        (programs / name).symlink_to(path if path.startswith("/") else f"/usr/bin/{name}")
    (programs / "id").write_text("#!/bin/sh\necho 0\n")
    (programs / "dpkg-query").write_text("#!/bin/sh\n")
    (programs / "apt-get").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/installed\n')
    for name in ("id", "dpkg-query", "apt-get"):
        (programs / name).chmod(0o755)

    def prerequisites(**more):
        command = ["/usr/bin/setsid", "--wait", programs / "bash", ROOT / "build-support" / "prerequisites"]
        env = {"PATH": str(programs), "HOME": str(tmp_path), **more}
        return run_command(command, tmp_path, env, check=False)

    for more in ({}, {"VOL_SPARSE_APT": "no"}):
        done = prerequisites(**more)
        assert done.status == 1
        assert "apt-get install gcc libc6-dev make cmake maven python3 python3-venv (as root" in done.stderr
        assert "VOL_SPARSE_APT=yes" in done.stderr
        assert not (tmp_path / "installed").exists()
    prerequisites(VOL_SPARSE_APT="yes")
    assert "gcc libc6-dev make cmake maven" in (tmp_path / "installed").read_text()
