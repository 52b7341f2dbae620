"""A script for the Python of Airflow: runs DAGs without a scheduler, and prints the results.

The first argument is a JSON list of runs. A run has the fields `dag`, `logical_date`, `conf`, `env`
(environment variables for this run only) and `secret` (a text, for which the script prints how Airflow would
mask it in a log). A run with `waits` starts before the hour that ends at `logical_date` has settled. Failed
tasks are not retried, because the test would have to wait for the retry.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

# After a failed task, `dag.test()` sleeps for a second at each level of downstream tasks. The tests shorten
# this sleep to PAUSE_SECONDS, which is long enough.
PAUSE_SECONDS = 0.1
# The hour of a waiting run settles after one of these numbers of seconds. On a busy machine, the first task
# may start later than the hour settles; then the run is repeated with the next number.
SETTLES_IN = (8, 30, 90)


def main(wanted: list[dict[str, Any]]) -> None:
    """Prepare Airflow's database, then execute the runs one by one."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.execution_time import supervisor
    from airflow.utils.db import initdb

    # Without this setting, each task would start an API server, which takes longer than the task itself.
    supervisor.in_process_api_server = cache(supervisor.in_process_api_server)
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(float(seconds), PAUSE_SECONDS))
    initdb()
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    sys.stdout.write(
        "\n" + json.dumps([_outcome(bag.dags[each["dag"]], each) for each in wanted], default=str)
    )


def _outcome(dag: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    if not wanted.get("waits"):
        return _run(dag, wanted, {})
    for seconds in SETTLES_IN:
        passed = datetime.now(UTC) - datetime.fromisoformat(wanted["logical_date"])
        found = _run(dag, wanted, {"SETTLE_SECONDS": str(int(passed.total_seconds()) + seconds)})
        if found["reschedules"]:
            break
    return found


def _run(dag: Any, wanted: dict[str, Any], settings: dict[str, str]) -> dict[str, Any]:
    env = {**wanted.get("env", {}), **settings}
    os.environ.update(env)
    for task in dag.tasks:
        task.retries = 0
    moment = wanted.get("logical_date")
    run = dag.test(
        logical_date=datetime.fromisoformat(moment) if moment else None, run_conf=wanted.get("conf")
    )
    for name in env:
        del os.environ[name]
    return {
        "logged": _logged(wanted.get("secret", "")),
        "state": run.state,
        "tasks": _tasks(run),
        "xcoms": _xcoms(run),
        "events": _events(run),
        "reschedules": _reschedules(run),
    }


def _logged(text: str) -> str:
    from airflow.sdk.log import redact

    return str(redact(text))


def _tasks(run: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for ti in sorted(run.get_task_instances(), key=lambda each: (each.task_id, each.map_index)):
        found.setdefault(ti.task_id, []).append(
            f"{ti.state} {ti.rendered_map_index}" if ti.rendered_map_index else str(ti.state)
        )
    return found


def _xcoms(run: Any) -> dict[str, Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(XComModel).filter_by(dag_id=run.dag_id, run_id=run.run_id)
        return {f"{row.task_id}.{row.key}": XComModel.deserialize_value(row) for row in rows}


def _reschedules(run: Any) -> list[str]:
    """Return the times to which sensors of the run were rescheduled."""
    from airflow.models.taskreschedule import TaskReschedule
    from airflow.utils.session import create_session

    with create_session() as session:
        ids = [ti.id for ti in run.get_task_instances(session=session)]
        rows = session.query(TaskReschedule).filter(TaskReschedule.ti_id.in_(ids))
        return [row.reschedule_date.isoformat() for row in rows]


def _events(run: Any) -> dict[str, Any]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(AssetEvent).filter_by(source_dag_id=run.dag_id, source_run_id=run.run_id)
        return {row.asset.name: row.extra for row in rows}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
