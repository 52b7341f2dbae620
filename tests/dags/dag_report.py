"""Run by Airflow's own interpreter: loads the DAG folder and prints what a policy can be held against."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main(folder: str) -> None:
    """Print one JSON object about every DAG of the folder."""
    import airflow.sdk  # noqa: F401  # so that the seconds below are those of our files alone
    from airflow.dag_processing.dagbag import DagBag

    started, before = time.process_time(), set(sys.modules)
    bag = DagBag(folder, include_examples=False)
    report = {
        "import_errors": bag.import_errors,
        "seconds": time.process_time() - started,
        "imported": sorted({name.partition(".")[0] for name in set(sys.modules) - before}),
        "dags": {dag.dag_id: _describe(dag) for dag in bag.dags.values()},
    }
    sys.stdout.write("\n" + json.dumps(report, default=str))


def _describe(dag: Any) -> dict[str, Any]:
    return {
        "file": Path(dag.fileloc).name,
        "timetable": type(dag.timetable).__name__,
        "cron": getattr(dag.timetable, "expression", None),
        "timezone": str(dag.timezone),
        "start_date": dag.start_date,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "tags": sorted(dag.tags),
        "doc_md": dag.doc_md,
        "description": dag.description,
        "params": sorted(dag.params),
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
                "mapped": task.is_mapped,
                "mode": getattr(task, "mode", None),
                "at_once": task.max_active_tis_per_dag,
                "outlets": sorted(asset.name for asset in task.outlets),
                "downstream": sorted(task.downstream_task_ids),
            },
        )


if __name__ == "__main__":
    main(sys.argv[1])
