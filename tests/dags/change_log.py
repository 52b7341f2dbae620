"""Builds changes in the format of the API. Most functions return one change, whose time a test may set."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import bson

from todo_insights.lake.schema import TASK_IMAGE
from todo_insights.transform.aggregate import aggregate
from todo_insights.transform.bronze import Extracted, bronze_of
from todo_insights.transform.conform import Silver, conform

Document = dict[str, Any]
Row = dict[str, Any]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def task(**fields: Any) -> Document:
    """Return the image of a task; tests pass only the fields that matter to them.

    All other fields in `records.task` of the lake's tables.toml are null.
    """
    required = {
        "_id": "t1",
        "user_id": "ada",
        "title": "buy milk",
        "status": "pending",
        "priority": "medium",
        "tags": ["shop"],
        "created_at": NOON,
        "updated_at": NOON,
        "version": 1,
    }
    return {field.name: None for field in TASK_IMAGE} | required | fields


def user(**fields: Any) -> Document:
    """Return the image of a user; tests pass only the fields that matter to them."""
    return {
        "_id": "ada",
        "email": "ada@example.com",
        "name": "Ada",
        "time_zone": "UTC",
        "created_at": NOON,
        "updated_at": NOON,
        "version": 1,
    } | fields


def change(op: str, before: Document | None, after: Document | None, **fields: Any) -> Document:
    """Return the change between two images; an image with an e-mail address is a user, any other a task."""
    image = after or before or {}
    entity = "user" if "email" in image else "task"
    version = fields.get("version", image.get("version", 1) + (after is None))
    return {
        "_id": f"{entity}:{image.get('_id')}:{version}",
        "entity": entity,
        "entity_id": image.get("_id"),
        "user_id": image.get("user_id", image.get("_id")),
        "version": version,
        "op": op,
        "at": NOON,
        "time_zone": "UTC",
        "before": before,
        "after": after,
        "request_id": "r1",
        "schema_version": 1,
        "idempotency_key": "ada:k1",
        "fingerprint": "f",
        "status_code": 200,
    } | fields


def created(image: Document, **fields: Any) -> Document:
    """Return the change that creates an image."""
    return change("created", None, image, **fields)


def updated(before: Document, **fields: Any) -> Document:
    """Return the change that sets these fields and increases the version by 1."""
    return change("updated", before, before | fields | {"version": before["version"] + 1})


def deleted(before: Document, **fields: Any) -> Document:
    """Return the change that deletes an image."""
    return change("deleted", before, None, **fields)


def restored(image: Document, **fields: Any) -> Document:
    """Return the change that restores a deleted image."""
    return change("restored", None, image, **fields)


def after(document: Document, seconds: float) -> Document:
    """Return the same change with a later time."""
    return document | {"at": document["at"] + timedelta(seconds=seconds)}


def extracted(*documents: Document) -> Extracted:
    """Convert these documents as the extract step would, if the log contained them; needs no database."""
    batches = [b"".join(bson.encode(each) for each in documents)] if documents else []
    (part,) = bronze_of(batches, limit=2**30)
    return part


def silver(*documents: Document) -> Silver:
    """Return the Silver rows of these documents, which must all be valid."""
    bronze = extracted(*documents)
    return conform(bronze.tasks, bronze.users)


def gold_users(*documents: Document) -> list[Row]:
    """Return the rows of gold.user_activity for these documents, without columns that are zero."""
    conformed = silver(*documents)
    return _without_zeros(aggregate(conformed.tasks, conformed.users)[0].to_pylist())


def gold_categories(*documents: Document) -> dict[tuple[str, str], Row]:
    """Return the rows of gold.category_activity by category and priority, without columns that are zero."""
    conformed = silver(*documents)
    rows = _without_zeros(aggregate(conformed.tasks, conformed.users)[1].to_pylist())
    return {(row.pop("category"), row.pop("priority")): row for row in rows}


def _without_zeros(rows: Iterable[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if value != 0} for row in rows]
