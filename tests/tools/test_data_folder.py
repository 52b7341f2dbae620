"""The data folder: only its owner can read it, and only one process at a time can lock it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ToolError
from tools.data_folder import ROOT, DataFolder

LOCK = """
import sys
from pathlib import Path
from tools.data_folder import DataFolder
with DataFolder(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_folder_is_created_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "deep" / "data"))
    folder = DataFolder.chosen()
    assert folder.create()
    assert not folder.create()
    assert folder.path == tmp_path / "deep" / "data"
    assert (folder.path / "logs").is_dir()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_unusable_folder_error_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(ToolError, match=f"DATA_DIR={tmp_path / 'file'} cannot be used"):
        DataFolder.chosen().create()


def test_mistyped_folder_is_refused_and_similar_ones_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "my-data"))
    DataFolder.chosen().create()
    (tmp_path / "my-data" / "database").mkdir()
    DataFolder(tmp_path / "my-dtaa").create()
    (tmp_path / "my-code" / "lake").mkdir(parents=True)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "my-dta"))
    monkeypatch.delenv("MONGODB_URI", raising=False)
    with pytest.raises(ToolError, match=rf"my-dta has no data .*Did you mean DATA_DIR={tmp_path}/my-data\?"):
        DataFolder.from_environment()
    assert {path.name for path in tmp_path.iterdir()} == {"my-data", "my-dtaa", "my-code"}


def test_folder_without_data_is_accepted_if_data_is_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "DATA_DIR": f"{tmp_path}/new",
        "MONGODB_URI": "mongodb://x",
        "LAKE_URI": "s3://x",
    }.items():
        monkeypatch.setenv(name, value)
    assert DataFolder.from_environment().path == tmp_path / "new"


def test_folder_with_other_files_stays_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "letter.txt").touch()
    monkeypatch.setenv("DATA_DIR", str(home))
    with pytest.raises(ToolError, match=r"contains files, but no data .* Choose a new or an empty folder"):
        DataFolder.chosen().create()
    assert [path.name for path in home.iterdir()] == ["letter.txt"]
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


def test_second_process_cannot_lock_the_folder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        with pytest.raises(ToolError, match=f"uses {tmp_path}.*DATA_DIR="), DataFolder(tmp_path).locked():
            pass
        process.kill()
    # The operating system releases the lock of a killed process.
    with DataFolder(tmp_path).locked():
        pass


def test_locks_of_two_folders_are_independent(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with DataFolder(tmp_path / "one").locked(), DataFolder(tmp_path / "two").locked():
        pass


@pytest.mark.parametrize("lake_uri", [None, "s3://bucket/lake"])
def test_environment_has_paths_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lake_uri: str | None
) -> None:
    monkeypatch.delenv("LAKE_URI", raising=False)
    if lake_uri:
        monkeypatch.setenv("LAKE_URI", lake_uri)
    environment = DataFolder(tmp_path).environment("mongodb://127.0.0.1:1")
    assert (environment["DATA_DIR"], environment["MONGODB_URI"]) == (str(tmp_path), "mongodb://127.0.0.1:1")
    assert environment["LAKE_URI"] == (lake_uri or f"file://{tmp_path}/lake")
