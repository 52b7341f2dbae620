"""The local Airflow: its four components run the DAGs of this repository, which are not paused."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from tools import ToolError
from tools.data_folder import AIRFLOW_BIN, ROOT, DataFolder
from tools.supervision.ports import LOOPBACK, free_port, is_in_use
from tools.supervision.processes import Service
from tools.supervision.supervisor import Part

USER = "admin"
# The name of each component, its command, and its field in the health report. Airflow's API server sends the
# report, so the report has no field for it.
COMPONENTS = (
    ("Airflow's API server", "api-server", None),
    ("Airflow's scheduler", "scheduler", "scheduler"),
    ("Airflow's DAG processor", "dag-processor", "dag_processor"),
    ("Airflow's triggerer", "triggerer", "triggerer"),
)
# Airflow imports the module airflow_local_settings in this folder.
LOCAL_SETTINGS = Path(__file__).with_name("airflow_settings")
# For this time in seconds, one health report is used for all components. This time is less than the time
# between two checks.
REPORT_SECONDS = 1.0
# The pools and their numbers of slots. Tasks that publish run one at a time. The number of slices in progress
# is limited, so that other tasks can run.
PUBLISH_POOL, SLICE_POOL = "todo_publish", "todo_slices"
POOLS = (
    {
        "name": PUBLISH_POOL,
        "slots": 1,
        "description": "Tasks that publish partitions of the lake",
        "include_deferred": False,
    },
    {
        "name": SLICE_POOL,
        "slots": 3,
        "description": "Tasks that read a slice of the change log",
        "include_deferred": False,
    },
)


@dataclass(frozen=True)
class Options:
    """The options of a local Airflow: port of the UI, first scheduled hour (ISO 8601), and database URI.

    If `database` is None, Airflow uses its default, SQLite in its home folder.
    """

    port: int
    start_date: str
    database: str | None = None


def environment(
    folder: DataFolder, base: Mapping[str, str], options: Options, dags: Path = ROOT / "dags"
) -> dict[str, str]:
    """Return the environment `base` with Airflow's settings: UI on the loopback interface, no telemetry."""
    address = f"http://{LOOPBACK}:{options.port}"
    core = {
        "CORE__DAGS_FOLDER": dags,
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
        "TODO__PUBLISH_POOL": PUBLISH_POOL,
        "TODO__SLICE_POOL": SLICE_POOL,
    }
    if options.database is not None:
        core["DATABASE__SQL_ALCHEMY_CONN"] = options.database
    variables = {f"AIRFLOW__{name}": str(value) for name, value in core.items()}
    path = os.pathsep.join([str(AIRFLOW_BIN), os.environ.get("PATH", os.defpath)])
    home = folder.path / "airflow"
    # The Python interpreter with PySpark, for todo_history_rebuild; `make spark` installs it.
    spark = {"HISTORY_PYTHON": str(ROOT / ".venv-spark" / "bin" / "python")}
    modules = os.pathsep.join([str(dags), str(LOCAL_SETTINGS)])
    return {**base, "AIRFLOW_HOME": str(home), "PATH": path, **variables, **spark, "PYTHONPATH": modules}


def run_command(folder: DataFolder, base: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Run an Airflow command for the running Airflow of this folder; returns the exit status.

    Raises ToolError if no Airflow uses the folder.
    """
    options = last_options(folder)
    if options is None or not is_in_use(options.port):
        raise ToolError(f"No Airflow uses {folder.path}. Start it with: make run")
    env = environment(folder, base, options)
    return subprocess.run([AIRFLOW_BIN / "airflow", *arguments], env=env, cwd=ROOT, check=False).returncode


def last_options(folder: DataFolder) -> Options | None:
    """Return the options of the last Airflow that was started in this folder; None if there was none."""
    path = _options_file(folder)
    return Options(**json.loads(path.read_text())) if path.exists() else None


def prepare(folder: DataFolder, base: Mapping[str, str], options: Options) -> Service:
    """Start the command that creates or migrates Airflow's tables; start the components when it has ended."""
    (folder.path / "airflow").mkdir(exist_ok=True)
    password(folder)
    _options_file(folder).touch(mode=0o600)
    _options_file(folder).write_text(json.dumps(asdict(options)))
    command = [AIRFLOW_BIN / "airflow", "db", "migrate"]
    env = environment(folder, base, options)
    return Service.start("the tables of Airflow", command, env, folder.log("airflow-migration"))


def parts(
    folder: DataFolder, base: Mapping[str, str], options: Options, dags: Path = ROOT / "dags"
) -> list[Part]:
    """Return the components of Airflow as parts of the product; all have the same environment variables."""
    env, health = environment(folder, base, options, dags), Health(options.port)
    return [
        Part(name, partial(_launch, folder, env, name, command), partial(health.problem, field))
        for name, command, field in COMPONENTS
    ]


def _launch(folder: DataFolder, env: Mapping[str, str], name: str, command: str) -> Service:
    return Service.start(name, [AIRFLOW_BIN / "airflow", command], env, folder.log(f"airflow-{command}"))


class Health:
    """The health of Airflow's components, as Airflow's API server reports it."""

    def __init__(self, port: int, timeout: float = 10) -> None:
        self._url = f"http://{LOOPBACK}:{port}/api/v2/monitor/health"
        self._timeout = timeout
        self._report: Any = None
        self._asked_at = 0.0

    def problem(self, field: str | None) -> str | None:
        """Return the problem of the component with this field in the report, or None if it is healthy.

        If `field` is None, the component is the API server. While the API server does not respond, the state
        of the other components is unknown, and the result for them is None.
        """
        if time.monotonic() - self._asked_at > REPORT_SECONDS:
            self._report = self._ask()
            self._asked_at = time.monotonic()
        if field is None:
            return None if self._report else "does not respond"
        if self._report is None or self._report[field]["status"] == "healthy":
            return None
        return "has sent no heartbeat"

    def _ask(self) -> Any:
        try:
            answer = requests.get(self._url, timeout=self._timeout)
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            return None


def create_pools(folder: DataFolder, port: int) -> None:
    """Create Airflow's missing pools; raises ToolError if Airflow refuses a request."""
    url = f"http://{LOOPBACK}:{port}/api/v2/pools"
    try:
        headers = sign_in(folder, port)
        for pool in POOLS:
            answer = requests.post(url, json=pool, headers=headers, timeout=60)
            if answer.status_code != HTTPStatus.CONFLICT:
                answer.raise_for_status()
    except requests.RequestException as error:
        raise ToolError(f"Airflow did not create its pools: {error}") from error


def sign_in(folder: DataFolder, port: int, timeout: float = 60) -> dict[str, str]:
    """Sign in to the REST API; returns the headers of further requests.

    Raises requests.RequestException if Airflow cannot be reached or refuses the password.
    """
    credentials = {"username": USER, "password": password(folder)}
    answer = requests.post(f"http://{LOOPBACK}:{port}/auth/token", json=credentials, timeout=timeout)
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _options_file(folder: DataFolder) -> Path:
    """Return the file with the options of the last started Airflow."""
    return folder.path / "airflow" / "setup.json"


def passwords_file(folder: DataFolder) -> Path:
    """Return the file from which Airflow's simple auth manager reads the password."""
    return folder.path / "airflow-passwords.json"


def password(folder: DataFolder) -> str:
    """Return the password of this folder's Airflow; the first call creates a file for the owner only."""
    path = passwords_file(folder)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({USER: secrets.token_urlsafe(12)}))
    stored: str = json.loads(path.read_text())[USER]
    return stored
