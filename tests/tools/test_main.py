"""`python -m tools`: commands that use the database and the lake, and clear messages after errors."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tools.commands import SAMPLE_VARIABLES
from tools.data_folder import ROOT, DataFolder
from tools.services import database
from webapp.cli.sample_data import sample_data

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
    (tmp_path / "logs").mkdir()
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


def test_compact_starts_no_database(data: Path) -> None:
    done = tools("compact")
    assert done.returncode == 0, done.stderr
    assert not (data / "database").exists()


@pytest.mark.parametrize(
    ("command", "variables", "reason"),
    [
        ("etl", {"FROM": "2026-11-20"}, "FROM='2026-11-20' is not an hour like 2026-11-20T00 (UTC)."),
        ("etl", {"FROM": "2026-11-20T00"}, "Give both FROM and TO, or neither"),
        (
            "compact",
            {"FROM": "20.11.2026", "TO": "2026-11-21"},
            "FROM='20.11.2026' is not a day like",
        ),
        ("query", {"FORMAT": "xml"}, "FORMAT='xml' is not table, json or csv."),
        (
            "query",
            {"QUERY": "buisness_kpis"},
            "QUERY='buisness_kpis': docs/athena has no such query. Did you mean business_kpis or ",
        ),
        ("query", {"FILE": "/nowhere.sql"}, "FILE='/nowhere.sql' cannot be read: "),
        ("query", {"SQL": "SELECT 1", "QUERY": "business_kpis"}, "Give only one of SQL, QUERY."),
        ("sample-data", {"USERS": "many"}, "USERS='many' is not a whole number from 1 to 10000."),
        ("sample-data", {"USERS": "0"}, "USERS='0' is not a whole number from 1 to 10000."),
    ],
)
def test_wrong_variable_prints_usage_of_make(
    data: Path, monkeypatch: pytest.MonkeyPatch, command: str, variables: dict[str, str], reason: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = tools(command)
    assert (done.returncode, done.stdout) == (2, "")
    error, usage = done.stderr.splitlines()
    assert error.startswith(f"Error: {reason}")
    assert usage.startswith(f"Usage: make {command} ")
    assert all(f"{name}=" in usage for name in variables)


def test_query_of_the_library_or_a_file_is_run(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMAT", "csv")
    monkeypatch.setenv("QUERY", "users_counts")
    assert tools("query").stdout.splitlines()[1:] == ["0,0,0,0,0"]
    monkeypatch.delenv("QUERY")
    (data / "mine.sql").write_text("-- What is it?\nSELECT 'it' AS answer;\n")
    monkeypatch.setenv("FILE", str(data / "mine.sql"))
    assert tools("query").stdout == "answer\nit\n"


def test_airflow_without_arguments_prints_usage_of_make(data: Path) -> None:
    done = tools("airflow", "--")
    assert (done.returncode, done.stderr.splitlines()[1][:30]) == (2, 'Usage: make airflow ARGS="back')


def test_limits_are_those_of_the_program() -> None:
    options = {each.opts[0]: each.type for each in sample_data.params}
    for variable in SAMPLE_VARIABLES.values():
        limits = options[variable.option]
        assert isinstance(limits, click.IntRange)
        assert limits.min is not None
        for number, is_valid in ((limits.min - 1, False), (limits.min, True), (limits.max, True)):
            if number is not None:
                assert variable.is_valid(str(number)) is is_valid


def test_mistyped_folder_creates_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(data / "typo"))
    done = tools("status")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: DATA_DIR={data}/typo has no data of this product.")
    assert not (data / "typo").exists()


def test_sample_data_can_be_written_twice(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERS", "2")
    for seed, days in ((7, "1"), (8, "2")):
        monkeypatch.setenv("DAYS", days)
        done = tools("sample-data")
        assert done.returncode == 0, done.stderr
        assert f"ada.{seed}.0@example.com" in done.stdout
        assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("exec",), ("exec", "--"), ("run", "now")])
def test_wrong_arguments_print_usage(data: Path, arguments: tuple[str, ...]) -> None:
    done = tools(*arguments)
    assert (done.returncode, done.stdout.startswith("usage: python -m tools run")) == (2, True)


def test_unusable_folder_is_reported_clearly(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", os.devnull)
    done = tools("sample-data")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: DATA_DIR={os.devnull} cannot be used")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "api"])
def test_used_port_leaves_no_folder(data: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("DATA_DIR", str(data / "new"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("PORT", str(port := listener.getsockname()[1]))
        done = tools(command)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: Port {port} is in use by another program.")
    assert not (data / "new").exists()


@pytest.mark.parametrize("command", ["run", "api"])
def test_running_product_is_named_before_its_ports(
    data: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, DataFolder(data).locked():
        monkeypatch.setenv("PORT", str(listener.getsockname()[1]))
        done = tools(command)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"Error: The product is already running: `make run` or `make api` uses {data}."
    )
