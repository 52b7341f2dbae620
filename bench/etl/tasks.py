"""Runs one step of the pipeline in a separate process, like a task of Airflow.

`python -m bench.etl.tasks STEP` reads the input of the step as JSON from standard input, and writes an object
with the keys `result`, `seconds`, `cpu` (CPU seconds) and `peak_mb` to standard output. `seconds` and `cpu`
include imports, as in a task of Airflow.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psutil

from todo_insights.catalog.stores import open_stores
from todo_insights.core.database import Database, open_database
from todo_insights.core.settings import Settings


def plan(database: Database, settings: Settings, hour: str) -> Any:
    """Divide the hour into slices."""
    from todo_insights.core.hours import Hour
    from todo_insights.hourly.planning import plan

    return plan({Hour.parse(hour): "scheduled"}, database.changes, settings.max_changes_per_slice)


def process(database: Database, settings: Settings, slice_: Any) -> Any:
    """Process one slice of the hour: read its changes, and write its files and its manifest."""
    from todo_insights.hourly.process import process

    return process(slice_, database, open_stores(settings), datetime.now(UTC))


def publish(database: Database, settings: Settings, manifests: Any) -> Any:
    """Merge and publish the slices."""
    from todo_insights.hourly.publish import publish_hours

    return publish_hours(manifests, open_stores(settings), settings.settle, datetime.now(UTC))


def write_back(database: Database, settings: Settings, hour: str) -> Any:
    """Write the insights of the users who made changes in the hour."""
    from todo_insights.user_insights.write_back import write_back

    return write_back([hour], database, open_stores(settings), datetime.now(UTC))


def metrics(database: Database, settings: Settings, published: Any) -> Any:
    """Compute all metrics of a run."""
    from todo_insights.metrics.business import business_metrics
    from todo_insights.metrics.run import of_run

    stores, now = open_stores(settings), datetime.now(UTC)
    computed = [
        *business_metrics(database, stores, now),
        *of_run(published, 0, stores, database.changes, settings, 0, now),
    ]
    return {each.name: each.value for each in computed}


STEPS: dict[str, Callable[[Database, Settings, Any], Any]] = {
    each.__name__: each for each in (plan, process, publish, write_back, metrics)
}


def main(step: str) -> None:
    """Run one step, and write its result and the resources that it used."""
    settings = Settings.from_environment(os.environ)
    with open_database(settings) as database:
        result = STEPS[step](database, settings, json.load(sys.stdin))
    process_info = psutil.Process()
    cpu = process_info.cpu_times()
    json.dump(
        {
            "result": result,
            "seconds": datetime.now(UTC).timestamp() - process_info.create_time(),
            "cpu": cpu.user + cpu.system,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1])
