"""`make bench-dag`: the CPU seconds of all tasks of one hour, run by Airflow's scheduler.

The hour has just ended when Airflow starts. So the first task waits until the hour has settled, as in every
hourly run. The figure is the CPU time of the local executor's workers and of all task processes. The CPU time
of the scheduler, the DAG processor and the API server is not included.

In the local Airflow, the scheduler imports the libraries that the tasks use, and then forks the tasks. With
IMPORTS=task, each task imports these libraries itself, as on MWAA, where the scheduler does not import them.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import requests
from rich.console import Console
from rich.table import Table

from tools.data_folder import BIN, ROOT, DataFolder
from tools.services import airflow, database, postgres
from tools.supervision.ports import free_port
from tools.supervision.processes import marked_processes, run_id
from tools.supervision.supervisor import Limits, Part, Supervisor

_DAG = "todo_hourly_insights"
# The timeout of the measurement in seconds, which is reached only if a process hangs.
_SECONDS = 1800
_HOUR = timedelta(hours=1)


def main() -> None:
    """Write sample activity, run the DAG for the last complete hour, and print the cost of its tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--settle", type=int, default=300, help="seconds from the start of Airflow until the hour settles"
    )
    parser.add_argument(
        "--imports",
        choices=("scheduler", "task"),
        default="scheduler",
        help="the process that imports the libraries of the tasks",
    )
    options, console = parser.parse_args(), Console()
    with tempfile.TemporaryDirectory() as name:
        folder = DataFolder(Path(name))
        (folder.path / "logs").mkdir()
        supervisor = Supervisor(console, Limits(start=_SECONDS, unhealthy=_SECONDS))
        try:
            tasks = _run_hour(folder, supervisor, options.settle, options.imports)
            console.print(_table(tasks, _worker_seconds()))
        finally:
            supervisor.stop()


def _run_hour(folder: DataFolder, supervisor: Supervisor, settle: int, imports: str) -> list[dict[str, Any]]:
    """Run the database and Airflow until the DAG run of one hour ends; returns the run's task instances."""
    supervisor.start(database.part(folder, port := free_port()))
    supervisor.start(postgres.part(folder, metadata_port := free_port()))
    supervisor.wait_until_healthy()
    env = folder.environment(database.uri(port))
    _write_history(env)
    now = datetime.now(UTC)
    end = now.replace(minute=0, second=0, microsecond=0)
    # The start of Airflow takes about a minute.
    env["SETTLE_SECONDS"] = str(int((now - end).total_seconds()) + 60 + settle)
    metadata = postgres.uri(folder, metadata_port)
    options = airflow.Options(free_port(), (end - _HOUR).isoformat(), metadata)
    supervisor.complete(airflow.prepare(folder, env, options))
    supervisor.start(*_airflow_parts(folder, env, options, imports))
    supervisor.wait_until_healthy()
    airflow.create_pools(folder, options.port)
    return _Api(folder, options.port).wait_for_run()


def _write_history(env: dict[str, str]) -> None:
    for command in (["flask", "sample-data"], ["python", "-m", "todo_insights", "run"]):
        subprocess.run([BIN / command[0], *command[1:]], env=env, cwd=ROOT, check=True)


class _Api:
    """A client of Airflow's REST API."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        self._url = f"http://localhost:{port}"
        self._headers = airflow.sign_in(folder, port)

    def wait_for_run(self) -> list[dict[str, Any]]:
        """Wait until the only DAG run has ended; returns the task instances of this run."""
        deadline = time.monotonic() + _SECONDS
        while True:
            runs = self._get(f"/dags/{_DAG}/dagRuns")["dag_runs"]
            if runs and all(run["state"] in ("success", "failed") for run in runs):
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"the run did not end within {_SECONDS} s")
            time.sleep(2)
        if [run["state"] for run in runs] != ["success"]:
            raise RuntimeError(f"expected exactly one DAG run with the state success, but found: {runs}")
        found: list[dict[str, Any]] = self._get(f"/dags/{_DAG}/dagRuns/~/taskInstances")["task_instances"]
        return found

    def _get(self, path: str) -> Any:
        answer = requests.get(f"{self._url}/api/v2{path}", headers=self._headers, timeout=60)
        answer.raise_for_status()
        return answer.json()


def _airflow_parts(
    folder: DataFolder, env: dict[str, str], options: airflow.Options, imports: str
) -> list[Part]:
    """Return the services of Airflow; this Airflow loads only the hourly DAG."""
    dags = Path(shutil.copytree(ROOT / "dags", folder.path / "dags"))
    for path in dags.glob("todo_*.py"):
        if path.stem != _DAG:
            path.unlink()
    if imports == "task":
        # Airflow imports this empty module instead of the module with our local settings, which imports the
        # libraries: in PYTHONPATH, the folder of the DAGs precedes the folder of the local settings.
        (dags / "airflow_local_settings.py").touch()
    return airflow.parts(folder, env, options, dags)


def _worker_seconds() -> float:
    """Return the CPU seconds of the executor's workers and of all their tasks, including ended tasks."""
    scheduler = next(each for each in marked_processes(run_id()) if "scheduler" in each.cmdline())
    seconds = sum(scheduler.cpu_times()[2:4])
    for worker in scheduler.children():
        with suppress(psutil.Error):
            if not " ".join(worker.cmdline()).startswith("airflow serve-logs"):
                seconds += sum(worker.cpu_times()[:4])
    return seconds


def _table(tasks: list[dict[str, Any]], cpu: float) -> Table:
    title = f"{len(tasks)} tasks: {cpu:.1f} CPU seconds, {cpu / len(tasks):.1f} per task"
    table = Table("task", "state", "last execution, s", title=title)
    for each in sorted(tasks, key=lambda each: each["start_date"] or ""):
        table.add_row(each["task_id"], each["state"], f"{each['duration'] or 0:.1f}")
    return table


if __name__ == "__main__":
    main()
