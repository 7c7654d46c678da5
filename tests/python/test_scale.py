"""What docs/scale.md says of Dask and of parallel HDF5, which need more than the other documents have."""

from pathlib import Path

import documents
import mpi
import pytest
from harness import ROOT, native_environment, run_command

DOCUMENT = ROOT / "docs" / "scale.md"


@pytest.fixture(scope="module")
def python():
    done = run_command(
        [ROOT / "build-support" / "python-env", "scale"], ROOT, native_environment(), timeout=600
    )
    return Path(done.stdout.strip()) / "bin"


def test_every_command(tmp_path, python):
    folder, tools = tmp_path / "reader", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    (tools / "h5pcc").symlink_to(mpi.commands() / "mpicc")
    path = f"{python}:{tools}:{mpi.commands()}:/usr/local/bin:/usr/bin:/bin"
    documents.run(DOCUMENT, folder, mine="tests/python/test_scale.py", PATH=path, **mpi.PATIENT)
    assert (folder / "frames").exists()
