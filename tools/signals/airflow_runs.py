"""Reads from Airflow's REST API the newest run of each DAG, and the tasks that run, wait or have failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from tools.data_folder import DataFolder
from tools.services import airflow
from tools.supervision.ports import LOOPBACK

TIMEOUT_SECONDS = 5.0
MAX_DAGS, MAX_TASKS = 10, 8
# The states of tasks that have not ended, and the field with the time of the change to this state.
UNFINISHED = {
    "running": "start_date",
    "restarting": "start_date",
    "deferred": "start_date",
    "queued": "queued_when",
    "scheduled": "scheduled_when",
    "up_for_retry": "end_date",
    "up_for_reschedule": "end_date",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A run of a DAG; `since` is the time at which it got its state, None if Airflow does not know it."""

    run_id: str
    state: str
    since: datetime | None


@dataclass(frozen=True)
class Dag:
    """A DAG with its newest run; a paused DAG starts no new runs, and has no time for the next run."""

    dag_id: str
    is_paused: bool
    has_import_errors: bool
    next_run: datetime | None
    newest_run: Run | None


@dataclass(frozen=True)
class Task:
    """A task instance that has not ended, or a failed one of a newest run; `since` as in `Run`.

    `label` is the name of a mapped task instance, such as an hour and the number of the slice.
    """

    dag_id: str
    task_id: str
    label: str
    run_id: str
    state: str
    since: datetime | None
    attempt: int
    attempts: int


@dataclass(frozen=True)
class AirflowState:
    """The state of Airflow; if `problem` is not empty, Airflow did not answer, and the rest is unknown.

    `unhealthy` has the problems of its components. `task_count` can be larger than the number of `tasks`.
    """

    url: str = ""
    problem: str = ""
    unhealthy: list[str] = field(default_factory=list)
    dags: list[Dag] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    task_count: int = 0


def read_airflow(folder: DataFolder) -> AirflowState | None:
    """Read the state of the Airflow of a folder; None if no Airflow was ever started in this folder."""
    options = airflow.last_options(folder)
    if options is None:
        return None
    url = f"http://localhost:{options.port}"
    health = airflow.Health(options.port, TIMEOUT_SECONDS)
    if problem := health.problem(None):
        return AirflowState(url, problem)
    problems = {name: health.problem(component) for name, _, component in airflow.COMPONENTS}
    unhealthy = [f"{name} {each}" for name, each in problems.items() if each]
    try:
        client = _Client(options.port, airflow.sign_in(folder, options.port, TIMEOUT_SECONDS))
        dags = [_dag(client, each) for each in client.get("/dags", limit=MAX_DAGS)["dags"]]
        found = client.get(
            "/dags/~/dagRuns/~/taskInstances", state=[*UNFINISHED], order_by="start_date", limit=MAX_TASKS
        )
        failed = [each for dag in dags for each in _failed_tasks(client, dag)]
    except requests.RequestException as error:
        return AirflowState(url, f"answers with an error: {error}", unhealthy)
    tasks = [*map(_task, found["task_instances"]), *failed]
    return AirflowState(url, "", unhealthy, dags, tasks, found["total_entries"] + len(failed))


@dataclass(frozen=True)
class _Client:
    port: int
    headers: Mapping[str, str] = field(repr=False)

    def get(self, path: str, **query: Any) -> Json:
        url = f"http://{LOOPBACK}:{self.port}/api/v2{path}"
        answer = requests.get(url, params=query, headers=self.headers, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        found: Json = answer.json()
        return found


def _dag(client: _Client, dag: Json) -> Dag:
    runs = client.get(f"/dags/{dag['dag_id']}/dagRuns", order_by="-run_after", limit=1)["dag_runs"]
    newest = _run(runs[0]) if runs else None
    next_run = None if dag["is_paused"] else _time(dag["next_dagrun_run_after"])
    return Dag(dag["dag_id"], dag["is_paused"], dag["has_import_errors"], next_run, newest)


def _run(run: Json) -> Run:
    times = {"queued": "queued_at", "running": "start_date"}
    return Run(run["dag_run_id"], run["state"], _time(run[times.get(run["state"], "end_date")]))


def _failed_tasks(client: _Client, dag: Dag) -> list[Task]:
    """Return the failed tasks of the newest run."""
    if dag.newest_run is None or dag.newest_run.state != "failed":
        return []
    path = f"/dags/{dag.dag_id}/dagRuns/{dag.newest_run.run_id}/taskInstances"
    return [_task(each) for each in client.get(path, state="failed", limit=MAX_TASKS)["task_instances"]]


def _task(task: Json) -> Task:
    return Task(
        task["dag_id"],
        task["task_id"],
        task["rendered_map_index"] or "",
        task["dag_run_id"],
        task["state"],
        _time(task[UNFINISHED.get(task["state"], "end_date")]),
        task["try_number"],
        task["max_tries"] + 1,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
