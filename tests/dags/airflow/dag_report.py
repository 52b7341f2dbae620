"""A script for the Python of Airflow: loads the DAGs, and prints facts about them for test_dag_policy.py."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main(folder: str) -> None:
    """Print one JSON object with the facts about every DAG of the folder."""
    # This import is inside the function, so that the times measured below do not include it.
    import airflow.sdk
    from airflow.dag_processing.dagbag import DagBag

    before = set(sys.modules)
    seconds = {path.name: _seconds(DagBag, path) for path in sorted(Path(folder).glob("*.py"))}
    # Airflow loads modules such as timetables together with the first DAG. The time to load these modules
    # must not count as the time of the first DAG.
    imported = {name.partition(".")[0] for name in set(sys.modules) - before}
    bag = DagBag(folder)
    report = {
        "airflow": airflow.__version__,
        "import_errors": bag.import_errors,
        "parsed": sorted(Path(path).name for path in bag.file_last_changed),
        "seconds": seconds,
        "imported": sorted(imported),
        "dags": {dag.dag_id: _describe(dag) for dag in bag.dags.values()},
    }
    sys.stdout.write("\n" + json.dumps(report, default=str))


def _seconds(bag: Any, path: Path) -> float:
    """Return the CPU seconds for loading one file, with the modules of this repository that it imports."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "todo_airflow"]:
        del sys.modules[name]
    started = time.process_time()
    bag(path)
    return round(time.process_time() - started, 4)


def _describe(dag: Any) -> dict[str, Any]:
    return {
        "file": Path(dag.fileloc).name,
        "timetable": type(dag.timetable).__name__,
        "cron": getattr(dag.timetable, "expression", None),
        "timezone": str(dag.timezone),
        "start_date": dag.start_date,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "timeout_hours": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds() / 3600,
        "tags": sorted(dag.tags),
        "doc_md": dag.doc_md,
        "description": dag.description,
        "params": sorted(dag.params),
        "groups": {name: sorted(group.children) for name, group in dag.task_group_dict.items() if name},
        "tasks": dict(_tasks(dag)),
    }


def _tasks(dag: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for task in dag.tasks:
        yield (
            task.task_id,
            {
                "owner": task.owner,
                "retries": task.retries,
                "exponential": bool(task.retry_exponential_backoff),
                "timeout_hours": task.execution_timeout and task.execution_timeout.total_seconds() / 3600,
                "pool": task.pool,
                "tells_failure": bool(task.on_failure_callback),
                "trigger_rule": task.trigger_rule,
                "mapped": task.is_mapped,
                "mode": getattr(task, "mode", None),
                "at_once": task.max_active_tis_per_dag,
                "inlets": sorted(asset.name for asset in task.inlets),
                "outlets": sorted(asset.name for asset in task.outlets),
                "downstream": sorted(task.downstream_task_ids),
            },
        )


if __name__ == "__main__":
    main(sys.argv[1])
