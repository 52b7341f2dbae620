"""The local Airflow: `airflow standalone` with this repository's DAGs, unpaused."""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import requests

from tools import ToolError
from tools.data_folder import AIRFLOW_BIN, ROOT, DataFolder
from tools.ports import LOOPBACK, free_port, is_in_use
from tools.processes import Service

USER = "admin"


@dataclass(frozen=True)
class Options:
    """Options of one Airflow: port of the UI, first scheduled hour (ISO 8601), and URI of its database.

    A `database` of None means Airflow's default, SQLite in its home folder.
    """

    port: int
    start_date: str
    database: str | None = None


def environment(folder: DataFolder, base: Mapping[str, str], options: Options) -> dict[str, str]:
    """Return `base` with Airflow's settings: UI on the loopback interface, DAGs unpaused, no telemetry."""
    address = f"http://{LOOPBACK}:{options.port}"
    core = {
        "CORE__DAGS_FOLDER": ROOT / "dags",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__PARALLELISM": os.environ.get("AIRFLOW_PARALLELISM", "4"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": passwords_file(folder),
        "API__HOST": LOOPBACK,
        "API__PORT": options.port,
        "API__BASE_URL": f"http://localhost:{options.port}",
        "API__WORKERS": "1",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
        "LOGGING__WORKER_LOG_SERVER_PORT": free_port(),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": free_port(),
        "TODO__START_DATE": options.start_date,
    }
    if options.database is not None:
        core["DATABASE__SQL_ALCHEMY_CONN"] = options.database
    variables = {f"AIRFLOW__{name}": str(value) for name, value in core.items()}
    path = os.pathsep.join([str(AIRFLOW_BIN), os.environ.get("PATH", os.defpath)])
    home = folder.path / "airflow"
    return {**base, "AIRFLOW_HOME": str(home), "PATH": path, **variables, "PYTHONPATH": str(ROOT / "dags")}


def run_command(folder: DataFolder, base: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Run Airflow's command line for the running Airflow of this folder; returns the exit status.

    Raises ToolError if no Airflow uses the folder.
    """
    path = _options_file(folder)
    options = Options(**json.loads(path.read_text())) if path.exists() else None
    if options is None or not is_in_use(options.port):
        raise ToolError(f"No Airflow uses {folder.path}. Start it with: make run")
    env = environment(folder, base, options)
    return subprocess.run([AIRFLOW_BIN / "airflow", *arguments], env=env, cwd=ROOT, check=False).returncode


def start(folder: DataFolder, base: Mapping[str, str], options: Options) -> Service:
    """Start Airflow; poll `is_ready` before the first use."""
    (folder.path / "airflow").mkdir(exist_ok=True)
    password(folder)
    _options_file(folder).touch(mode=0o600)
    _options_file(folder).write_text(json.dumps(asdict(options)))
    command = [AIRFLOW_BIN / "airflow", "standalone"]
    env = environment(folder, base, options)
    # `airflow standalone` stops its components in order only on SIGINT.
    return Service.start("Airflow", command, env, folder.log("airflow"), stop_signal=signal.SIGINT)


def is_ready(port: int) -> bool:
    """Return whether the UI responds, and the scheduler and the DAG processor are healthy."""
    try:
        health = requests.get(f"http://{LOOPBACK}:{port}/api/v2/monitor/health", timeout=2).json()
    except (requests.RequestException, ValueError):
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _options_file(folder: DataFolder) -> Path:
    """The file with the options of the Airflow that was started last; `run_command` reads it."""
    return folder.path / "airflow" / "setup.json"


def passwords_file(folder: DataFolder) -> Path:
    """The file from which Airflow's simple auth manager reads the password."""
    return folder.path / "airflow-passwords.json"


def password(folder: DataFolder) -> str:
    """Return the password of this folder's Airflow; creates it in a file that only its owner can read."""
    path = passwords_file(folder)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({USER: secrets.token_urlsafe(12)}))
    stored: str = json.loads(path.read_text())[USER]
    return stored
