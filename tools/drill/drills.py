"""The drills: each drill causes an incident, collects its signals, and ends it as the runbook describes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo

from tools.drill.product import DrillFailed, Product
from tools.signals.samples import read_api

TASKS = "/api/v1/tasks"
Samples = dict[str, list[float]]
RECOVERY_SECONDS = 30


@dataclass(frozen=True)
class Signals:
    """The signals of an incident that operators can see.

    `emitted` contains the values of each metric for one minute of the incident, or for one run of the
    pipeline. `log` is the log line that states the cause. `ended` describes how the incident ended.
    """

    emitted: Samples
    log: str
    ended: str


@dataclass(frozen=True)
class Drill:
    """An incident, the alarm that it must raise within `within_minutes`, and its section of the runbook.

    `hourly` is true if the metrics have one value per run of the pipeline instead of one value per minute.
    """

    name: str
    alarm: str
    within_minutes: int
    runbook: str
    cause: Callable[[Product], Signals]
    hourly: bool = False


def database_down(product: Product) -> Signals:
    """Kill the database, send requests, and start the database again."""
    product.database.process.kill()
    product.database.process.wait()
    statuses = [product.client.response("GET", TASKS).status_code for _ in range(15)]
    if set(statuses) != {503}:
        raise DrillFailed(f"without a database, requests got {sorted(set(statuses))} instead of 503")
    if product.client.response("GET", "/health").status_code != 200:
        raise DrillFailed("GET /health does not answer without a database")
    line = _last(product.api_lines(), "database error")
    started = time.monotonic()
    product.start_database()
    while product.client.response("GET", TASKS).status_code != 200:
        if time.monotonic() - started > RECOVERY_SECONDS:
            raise DrillFailed(f"the API does not serve {RECOVERY_SECONDS} s after the start of the database")
        time.sleep(0.2)
    seconds = time.monotonic() - started
    _last(product.api_lines(), "the database is available again")
    emitted = _emitted_by_api(product)
    return Signals(
        {"DatabaseErrors": emitted["DatabaseErrors"]},
        f"{line['message']}: {line['exception']}",
        f"started again; serves after {seconds:.1f} s without a restart of the API",
    )


def poison_change(product: Product) -> Signals:
    """Insert a change with an unknown schema version into the log, and later delete the change."""
    product.client.send("POST", TASKS, 201, {"title": "Before"})
    with pymongo.MongoClient[dict[str, Any]](product.database_uri) as client:
        changes = client["todo"].changes
        healthy = changes.find_one({"entity": "task"})
        if healthy is None:
            raise DrillFailed("the log has no change of a task")
        poison = {**healthy, "_id": "poison", "schema_version": 99, "idempotency_key": "poison"}
        changes.insert_one(poison | {"position": f"{healthy['position']}~", "request_id": "drill-poison"})
        status, lines = product.run_pipeline("run")
        rejected = _last(
            [each for each in lines if each["message"] == "changes rejected"], "changes rejected"
        )
        published = _last(lines, "hour published")
        if status != 0 or rejected["rows"] != 1 or "drill-poison" not in rejected["metadata"]["request_ids"]:
            raise DrillFailed(f"the run ended with {status}, and rejected {rejected}")
        changes.delete_one({"_id": "poison"})
    _, lines = product.run_pipeline("run")
    if any(each["message"] == "changes rejected" for each in lines):
        raise DrillFailed("changes are still rejected after the correction")
    return Signals(
        {"RowsRejected": [rejected["rows"]], "RowsExtracted": [published["rows"]]},
        f"changes rejected: {rejected['metadata']}",
        "the change is removed from the log, and its hour processed again without rejects",
    )


def lost_catalog(product: Product) -> Signals:
    """Delete the catalog of a lake with published hours, and recover it from the files."""
    product.client.send("POST", TASKS, 201, {"title": "In the lake"})
    product.run_pipeline("run")
    catalog = Path(product.environment["LAKE_URI"].removeprefix("file://")) / "catalog.sqlite"
    for file in catalog.parent.glob(f"{catalog.name}*"):
        file.unlink()
    status, lines = product.run_pipeline("run")
    failed = _last(lines, "command failed")
    if status == 0 or failed["metadata"]["error"] != "LostCatalogError":
        raise DrillFailed(f"without a catalog, the run ended with {status}: {failed}")
    started = time.monotonic()
    status, _ = product.run_pipeline("recover")
    seconds = time.monotonic() - started
    again, _ = product.run_pipeline("run")
    if status or again:
        raise DrillFailed(f"recover ended with {status}, and the next run ended with {again}")
    # While the catalog is lost, no run publishes the age of the newest hour.
    return Signals({}, "command failed: LostCatalogError", f"recovered from the files in {seconds:.1f} s")


def _last(lines: list[dict[str, Any]], message: str) -> dict[str, Any]:
    found = [line for line in lines if line["message"] == message]
    if not found:
        raise DrillFailed(f"the log has no line «{message}»")
    return found[-1]


def _emitted_by_api(product: Product) -> Mapping[str, list[float]]:
    """Stop the API, so that it writes its metrics; return the sum of each metric during the drill."""
    product.api.stop()
    totals = read_api(product.folder.metrics_file, since=0).totals
    return {name: [sum(map(sum, minutes.values()))] for name, minutes in totals.items()}


# There are no drills yet for a slow database, a full disk, a DAG run that does not end, a crashed scheduler,
# an expired certificate, ten times the usual traffic, and a rotated secret.
DRILLS = (
    Drill("database down", "DatabaseErrors", 10, "alarms.md#database-errors", database_down),
    Drill("poison change", "Rejects", 120, "hours.md#rejects", poison_change, hourly=True),
    Drill("lost catalog", "InsightsAge", 120, "hours.md#recover-a-catalog", lost_catalog, hourly=True),
)
