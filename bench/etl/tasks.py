"""One step of the pipeline in a process of its own, as Airflow runs it.

`python -m bench.etl.tasks STEP` reads its input as JSON and writes {result, seconds, cpu, peak_mb}, where
seconds and CPU seconds begin with the process: a task of Airflow pays for its imports, too. The two roads
measure themselves without them.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from todo_insights.core.database import Database, open_database
from todo_insights.core.settings import Settings
from todo_insights.lake.stores import open_stores


def plan(database: Database, settings: Settings, hour: str) -> Any:
    """Cut the hour into slices."""
    from todo_insights.core.hours import Hour
    from todo_insights.hourly.planning import plan

    return plan({Hour.parse(hour): "scheduled"}, database.changes, settings.max_changes_per_slice)


def process(database: Database, settings: Settings, slice_: Any) -> Any:
    """Process one slice."""
    from todo_insights.hourly.process import process

    return process(slice_, database, open_stores(settings), datetime.now(UTC))


def publish(database: Database, settings: Settings, manifests: Any) -> Any:
    """Gather and publish the slices."""
    from todo_insights.hourly.publish import publish_hours

    return publish_hours(manifests, open_stores(settings), settings.settle, datetime.now(UTC))


def write_back(database: Database, settings: Settings, hour: str) -> Any:
    """Write the figures of the hour's users."""
    from todo_insights.user_insights.write_back import write_back

    return write_back([hour], database, open_stores(settings), datetime.now(UTC))


def metrics(database: Database, settings: Settings, published: Any) -> Any:
    """Compute all metrics of the run."""
    from todo_insights.metrics.business import business_metrics
    from todo_insights.metrics.run import of_run

    stores, now = open_stores(settings), datetime.now(UTC)
    found = [
        *business_metrics(stores, now),
        *of_run(published, 0, stores, database.changes, settings, 0, now),
    ]
    return {each.name: each.value for each in found}


def our_road(database: Database, settings: Settings, sample: Any) -> Any:
    """From BSON to a Parquet file of Bronze, for a part of the hour: extract and encode."""
    from todo_insights.hourly.extract import extract
    from todo_insights.lake.schema import BRONZE_TASKS
    from todo_insights.lake.storage import encode

    began = time.process_time()
    extracted = extract(database.changes, *_interval(sample))
    size = len(encode(extracted.tasks, BRONZE_TASKS))
    return {"changes": extracted.source_count, "bytes": size, "cpu": time.process_time() - began}


def plain_road(database: Database, settings: Settings, sample: Any) -> Any:
    """The same part of the hour as most pipelines do it: cursor, list, json_normalize, to_parquet."""
    from io import BytesIO

    import pandas as pd

    start, end = _interval(sample)
    file, began = BytesIO(), time.process_time()
    found = list(database.changes.find({"at": {"$gte": start, "$lt": end}}, batch_size=5000))
    pd.json_normalize(found).sort_values(["user_id", "at"]).to_parquet(file, compression="zstd")
    return {"changes": len(found), "bytes": file.tell(), "cpu": time.process_time() - began}


STEPS: dict[str, Callable[[Database, Settings, Any], Any]] = {
    each.__name__: each for each in (plan, process, publish, write_back, metrics, our_road, plain_road)
}


def _interval(sample: Any) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(sample["start"])
    return start, start + timedelta(seconds=sample["seconds"])


def main(step: str) -> None:
    """Run one step."""
    settings = Settings.from_environment(os.environ)
    with open_database(settings) as database:
        result = STEPS[step](database, settings, json.load(sys.stdin))
    used = psutil.Process()
    cpu = used.cpu_times()
    json.dump(
        {
            "result": result,
            "seconds": datetime.now(UTC).timestamp() - used.create_time(),
            "cpu": cpu.user + cpu.system,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1])
