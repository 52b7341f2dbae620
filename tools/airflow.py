"""The embedded Airflow: `airflow standalone` with our DAGs and nothing to click before it runs."""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import requests

from tools.errors import ToolError
from tools.places import AIRFLOW_BIN, ROOT, DataFolder
from tools.ports import LOOPBACK, free_port, is_taken
from tools.processes import Service

USER = "admin"


@dataclass(frozen=True)
class Setup:
    """What varies between Airflows: the UI's port, the first hour of the DAG's own runs, and the database.

    `database` is None for Airflow's default, SQLite in its home.
    """

    port: int
    start_date: str
    database: str | None = None


def environment(folder: DataFolder, base: Mapping[str, str], setup: Setup) -> dict[str, str]:
    """Airflow's settings: its UI on loopback alone, our DAGs switched on, no usage reports."""
    address = f"http://{LOOPBACK}:{setup.port}"
    core = {
        "CORE__DAGS_FOLDER": ROOT / "dags",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__PARALLELISM": os.environ.get("AIRFLOW_PARALLELISM", "4"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": passwords_file(folder),
        "API__HOST": LOOPBACK,
        "API__PORT": setup.port,
        "API__BASE_URL": f"http://localhost:{setup.port}",
        "API__WORKERS": "1",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
        "LOGGING__WORKER_LOG_SERVER_PORT": free_port(),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": free_port(),
        "TODO__START_DATE": setup.start_date,
    }
    if setup.database is not None:
        core["DATABASE__SQL_ALCHEMY_CONN"] = setup.database
    variables = {f"AIRFLOW__{name}": str(value) for name, value in core.items()}
    path = os.pathsep.join([str(AIRFLOW_BIN), os.environ.get("PATH", os.defpath)])
    home = folder.path / "airflow"
    return {**base, "AIRFLOW_HOME": str(home), "PATH": path, **variables, "PYTHONPATH": str(ROOT / "dags")}


def call(folder: DataFolder, base: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Run Airflow's command line on the Airflow that runs on this folder; returns its exit status."""
    note = _note(folder)
    setup = Setup(**json.loads(note.read_text())) if note.exists() else None
    if setup is None or not is_taken(setup.port):
        raise ToolError(f"No Airflow runs on {folder.path}; start it with `make run`.")
    env = environment(folder, base, setup)
    return subprocess.run([AIRFLOW_BIN / "airflow", *arguments], env=env, cwd=ROOT, check=False).returncode


def start(folder: DataFolder, base: Mapping[str, str], setup: Setup) -> Service:
    """Start Airflow; `is_ready` tells when it works."""
    (folder.path / "airflow").mkdir(exist_ok=True)
    password(folder)
    _note(folder).touch(mode=0o600)
    _note(folder).write_text(json.dumps(asdict(setup)))
    command = [AIRFLOW_BIN / "airflow", "standalone"]
    env = environment(folder, base, setup)
    # Only an interrupt makes `airflow standalone` stop its parts in order.
    return Service.start("Airflow", command, env, folder.log("airflow"), stop_signal=signal.SIGINT)


def is_ready(port: int) -> bool:
    """Tell whether the UI answers, and the scheduler and the DAG processor report that they work."""
    try:
        health = requests.get(f"http://{LOOPBACK}:{port}/api/v2/monitor/health", timeout=2).json()
    except (requests.RequestException, ValueError):
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _note(folder: DataFolder) -> Path:
    """Tells other commands how the Airflow of this folder was set up when it started."""
    return folder.path / "airflow" / "setup.json"


def passwords_file(folder: DataFolder) -> Path:
    """Where Airflow's simple auth manager finds its password."""
    return folder.path / "airflow-passwords.json"


def password(folder: DataFolder) -> str:
    """The password of this data folder's Airflow; made on the first start, readable by its owner alone."""
    path = passwords_file(folder)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({USER: secrets.token_urlsafe(12)}))
    found: str = json.loads(path.read_text())[USER]
    return found
