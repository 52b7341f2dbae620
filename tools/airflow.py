"""The embedded Airflow: `airflow standalone` with our DAGs and nothing to click before it runs."""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import requests

from tools.errors import ToolError
from tools.places import AIRFLOW_BIN, ROOT, DataFolder
from tools.ports import LOOPBACK
from tools.processes import Service

USER = "admin"


def environment(folder: DataFolder, base: Mapping[str, str], port: int, start_date: str) -> dict[str, str]:
    """Airflow's settings: on loopback alone, SQLite, our DAGs switched on, no calls to anywhere."""
    address = f"http://{LOOPBACK}:{port}"
    core = {
        "CORE__DAGS_FOLDER": ROOT / "dags",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__PARALLELISM": os.environ.get("AIRFLOW_PARALLELISM", "4"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": passwords_file(folder),
        "API__HOST": LOOPBACK,
        "API__PORT": port,
        "API__BASE_URL": f"http://localhost:{port}",
        "API__WORKERS": "1",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
        "TODO__START_DATE": start_date,
    }
    variables = {f"AIRFLOW__{name}": str(value) for name, value in core.items()}
    path = os.pathsep.join([str(AIRFLOW_BIN), os.environ.get("PATH", os.defpath)])
    home = folder.path / "airflow"
    return {**base, "AIRFLOW_HOME": str(home), "PATH": path, **variables, "PYTHONPATH": str(ROOT / "dags")}


def call(folder: DataFolder, base: Mapping[str, str], start_date: str, arguments: Sequence[str]) -> int:
    """Run Airflow's command line on the folder's Airflow; returns its exit status."""
    env = environment(folder, base, _noted_port(folder), start_date)
    return subprocess.run([AIRFLOW_BIN / "airflow", *arguments], env=env, cwd=ROOT, check=False).returncode


def start(folder: DataFolder, env: Mapping[str, str]) -> Service:
    """Start Airflow; `is_ready` tells when it works."""
    (folder.path / "airflow").mkdir(exist_ok=True)
    _port_file(folder).write_text(env["AIRFLOW__API__PORT"])
    password(folder)
    command = [AIRFLOW_BIN / "airflow", "standalone"]
    # Only an interrupt makes `airflow standalone` stop its parts in order.
    return Service.start("Airflow", command, env, folder.log("airflow"), stop_signal=signal.SIGINT)


def is_ready(port: int) -> bool:
    """Tell whether the UI answers, and the scheduler and the DAG processor report that they work."""
    try:
        health = requests.get(f"http://{LOOPBACK}:{port}/api/v2/monitor/health", timeout=2).json()
    except (requests.RequestException, ValueError):
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def _port_file(folder: DataFolder) -> Path:
    return folder.path / "airflow" / "port"


def _noted_port(folder: DataFolder) -> int:
    try:
        return int(_port_file(folder).read_text())
    except FileNotFoundError:
        raise ToolError(f"There is no Airflow in {folder.path} yet; `make run` makes it.") from None


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
