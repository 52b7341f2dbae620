"""`python -m tools`: commands with the database and the lake, and clear messages after errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.data_folder import ROOT
from tools.services import database

SHOW = "import os; print(os.environ['MONGODB_URI'], os.environ['LAKE_URI'], sep='|')"
PING = (
    "import os; from tools.services.database import is_reachable; "
    "print(is_reachable(os.environ['MONGODB_URI']))"
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MONGODB_URI", "LAKE_URI", "MONGODB_PORT", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def tools(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_exec_starts_and_stops_its_own_database(data: Path) -> None:
    done = tools("exec", "--", sys.executable, "-c", f"{SHOW}; {PING}")
    assert done.returncode == 0, done.stderr
    uri, lake = done.stdout.splitlines()[0].split("|")
    assert (done.stdout.splitlines()[1], lake) == ("True", f"file://{data}/lake")
    assert not database.is_reachable(uri)


def test_exec_keeps_written_data(data: Path) -> None:
    client = "import os, pymongo; items = pymongo.MongoClient(os.environ['MONGODB_URI']).todo.items; "
    written = tools("exec", "--", sys.executable, "-c", client + "items.insert_one({'_id': 'kept'})")
    assert written.returncode == 0, written.stderr
    read = tools("exec", "--", sys.executable, "-c", client + "print(items.find_one())")
    assert read.stdout == "{'_id': 'kept'}\n"


def test_exec_uses_running_database(data: Path, mongodb_uri: str) -> None:
    (data / "database.port").write_text(mongodb_uri.rpartition(":")[2])
    assert tools("exec", "--", sys.executable, "-c", SHOW).stdout.startswith(f"{mongodb_uri}|")


@pytest.mark.parametrize("stale", ["1", "nonsense"])
def test_exec_ignores_stale_port_file(data: Path, stale: str) -> None:
    (data / "database.port").write_text(stale)
    assert tools("exec", "--", sys.executable, "-c", PING).stdout == "True\n"


def test_exec_uses_configured_database(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGODB_URI", "mongodb://db.example:27017")
    assert tools("exec", "--", sys.executable, "-c", SHOW).stdout.startswith("mongodb://db.example:27017|")
    assert not (data / "database").exists()


def test_exec_returns_exit_status_of_command(data: Path) -> None:
    assert tools("exec", "--", sys.executable, "-c", "raise SystemExit(7)").returncode == 7


def test_lake_command_starts_no_database(data: Path) -> None:
    done = tools("lake", "--", sys.executable, "-c", SHOW)
    assert done.stdout == f"|file://{data}/lake\n"
    assert not (data / "database").exists()


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("exec",), ("exec", "--"), ("run", "now")])
def test_wrong_arguments_print_usage(data: Path, arguments: tuple[str, ...]) -> None:
    done = tools(*arguments)
    assert (done.returncode, done.stdout.startswith("usage: python -m tools run")) == (2, True)


def test_unusable_folder_is_reported_clearly(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", os.devnull)
    done = tools("exec", "--", "true")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: DATA_DIR={os.devnull} cannot be used")
    assert "Traceback" not in done.stderr
