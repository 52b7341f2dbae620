"""The data folder: chosen, private, and held by one product at a time."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.places import ROOT, DataFolder

HOLD = """
import sys
from pathlib import Path
from tools.places import DataFolder
with DataFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_chosen_folder_is_made_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "deep" / "data"))
    folder = DataFolder.chosen()
    assert folder.path == tmp_path / "deep" / "data"
    assert (folder.path / "logs").is_dir()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_unusable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(ToolError, match=f"DATA_DIR={tmp_path / 'file'} cannot be used"):
        DataFolder.chosen()


def test_second_holder_is_refused(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ToolError, match=f"works on {tmp_path}.*DATA_DIR="), DataFolder(tmp_path).locked():
            pass
        holder.kill()
    # The lock dies with its holder, however that died.
    with DataFolder(tmp_path).locked():
        pass


def test_other_folder_is_not_locked(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with DataFolder(tmp_path / "one").locked(), DataFolder(tmp_path / "two").locked():
        pass


@pytest.mark.parametrize("given", [None, "s3://bucket/lake"])
def test_children_learn_where_things_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    monkeypatch.delenv("LAKE_URI", raising=False)
    if given:
        monkeypatch.setenv("LAKE_URI", given)
    told = DataFolder(tmp_path).environment("mongodb://127.0.0.1:1")
    assert (told["DATA_DIR"], told["MONGODB_URI"]) == (str(tmp_path), "mongodb://127.0.0.1:1")
    assert told["LAKE_URI"] == (given or f"file://{tmp_path}/lake")
