"""Drills of the pipeline that need no Airflow: a change that the pipeline rejects, and a lost catalog."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo.collection import Collection

from tools.drill.incident import USUAL_RUN, Fault, Lab, Outcome, Steps
from tools.drill.product import TASKS, Database, DrillFailed, Line, Product, find_line, running_product
from tools.services import database

REQUEST_ID = "drill-poison"


def poison_change(lab: Lab) -> Steps:
    """Insert a change with an unknown schema version into the log, and later delete the change."""
    with running_product(lab.new_folder()) as (mongodb, product), _changes(mongodb) as changes:
        product.client.send("POST", TASKS, 201, {"title": "Before"})
        healthy = changes.find_one({"entity": "task"})
        if healthy is None:
            raise DrillFailed("the log has no change of a task")
        poison = {**healthy, "_id": "poison", "schema_version": 99, "idempotency_key": "poison"}
        changes.insert_one(poison | {"position": f"{healthy['position']}~", "request_id": REQUEST_ID})
        status, lines = product.run_pipeline("run")
        rejected, published = find_line(lines, "changes rejected"), find_line(lines, "hour published")
        if status != 0 or rejected["rows"] != 1 or REQUEST_ID not in rejected["metadata"]["request_ids"]:
            raise DrillFailed(
                f"the run must end with status 0 and reject one change, of the request {REQUEST_ID}; "
                f"it ended with {status} and logged {rejected}"
            )
        yield Fault(product, f"changes rejected: {rejected['metadata']}")
        changes.delete_one({"_id": "poison"})
        _, lines = product.run_pipeline("run")
        if any(each["message"] == "changes rejected" for each in lines):
            raise DrillFailed("changes are still rejected after the invalid change was deleted")
    run = {"RowsRejected": [rejected["rows"]], "RowsExtracted": [published["rows"]]}
    ended = "the change was removed from the log, and its hour was processed again without rejects"
    return Outcome(ended, product.usual | USUAL_RUN, product.usual | USUAL_RUN | run)


def lost_catalog(lab: Lab) -> Steps:
    """Delete the catalog of a lake with published hours, and recover it from the files."""
    with running_product(lab.new_folder()) as (_, product):
        product.client.send("POST", TASKS, 201, {"title": "In the lake"})
        product.run_pipeline("run")
        for file in (product.folder.path / "lake").glob("catalog.sqlite*"):
            file.unlink()
        failed = _require_failure(product)
        yield Fault(product, f"{failed['message']}: {failed['metadata']['error']}")
        started = time.monotonic()
        status, _ = product.run_pipeline("recover")
        seconds = time.monotonic() - started
        again, _ = product.run_pipeline("run")
        if status or again:
            raise DrillFailed(f"recover and run must end with status 0, not with {status} and {again}")
    # While the catalog is lost, the API works as usual, and no run publishes any metrics.
    return Outcome(f"recovered from the files in {seconds:.1f} s", product.usual | USUAL_RUN, product.usual)


def _require_failure(product: Product) -> Line:
    status, lines = product.run_pipeline("run")
    failed = find_line(lines, "command failed")
    if status == 0 or failed["metadata"]["error"] != "LostCatalogError":
        raise DrillFailed(f"the run must fail with LostCatalogError, but it ended with {status}: {failed}")
    return failed


@contextmanager
def _changes(mongodb: Database) -> Iterator[Collection[dict[str, Any]]]:
    """Open the change log of a database."""
    with pymongo.MongoClient[dict[str, Any]](database.uri(mongodb.port)) as client:
        yield client["todo"].changes
