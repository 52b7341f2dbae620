"""Generates changes of one hour, as the API writes them when tasks are created, completed and deleted."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import bson
from pymongo import MongoClient
from rich.progress import track

Document = dict[str, Any]

HOUR = datetime(2026, 11, 20, 12, tzinfo=UTC)
_STEPS = ("created", "in_progress", "completed", "deleted")
_CHANGES_PER_USER = 20
_ZONES = ("Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "UTC")
_CATEGORIES = ("home", "work", "garden", None)
_PRIORITIES = ("low", "medium", "high", "urgent")
_WORDS = (
    "buy",
    "call",
    "write",
    "water",
    "plan",
    "review",
    "fix",
    "the",
    "report",
    "garden",
    "roof",
    "school",
)
_BATCH_SIZE = 5000
_USER, _TASK, _REQUEST = range(3)


def write_hour(mongodb_uri: str, database: str, count: int) -> float:
    """Write `count` changes and their users to the database; returns the mean size of a change in bytes."""
    size = 0
    with MongoClient[Document](mongodb_uri, retryWrites=False) as client:
        target = client[database]
        target.changes.create_index("at")
        documents = changes(count)
        for _ in track(range(-(-count // _BATCH_SIZE)), f"Writing {count:,} changes"):
            batch = list(islice(documents, _BATCH_SIZE))
            size += len(bson.encode(batch[0])) + len(bson.encode(batch[-1]))
            target.changes.insert_many(batch, ordered=False)
        users = [{"_id": _id(_USER, number), "version": 1} for number in range(_users(count))]
        for start in range(0, len(users), _BATCH_SIZE):
            target.users.insert_many(users[start : start + _BATCH_SIZE])
    return size / 2 / -(-count // _BATCH_SIZE)


def changes(count: int) -> Iterator[Document]:
    """Yield the changes in chronological order, evenly distributed over the hour."""
    users = _users(count)
    for number in range(count):
        yield _change(number, users, HOUR + timedelta(milliseconds=number * 3_600_000 // count))


def _change(number: int, users: int, at: datetime) -> Document:
    task, step = divmod(number, len(_STEPS))
    user = _id(_USER, task % users)
    before = _image(task, step - 1, user, at) if step else None
    after = _image(task, step, user, at) if step < len(_STEPS) - 1 else None
    change_id = f"task:{_id(_TASK, task)}:{step + 1}"
    return {
        "_id": change_id,
        "entity": "task",
        "entity_id": _id(_TASK, task),
        "user_id": user,
        "version": step + 1,
        "op": _STEPS[step] if step in (0, 3) else "updated",
        "at": at,
        "time_zone": _ZONES[task % users % len(_ZONES)],
        "before": before,
        "after": after,
        "request_id": _id(_REQUEST, number),
        "schema_version": 1,
        "idempotency_key": change_id,
        "fingerprint": "",
        "status_code": 200,
        "position": number,
    }


def _image(task: int, step: int, user: str, at: datetime) -> Document:
    created = at - timedelta(minutes=task % 600)
    return {
        "_id": _id(_TASK, task),
        "user_id": user,
        "title": f"Water plant {task % 1000} on the terrace",
        "description": _description(task) if task % 5 < 2 else None,
        "status": ("pending", "in_progress", "completed")[step],
        "priority": _PRIORITIES[task % len(_PRIORITIES)],
        "category": _CATEGORIES[task % 7 % len(_CATEGORIES)],
        "tags": ["soon"] if task % 3 else [],
        "due_date": str(date(2026, 11, 15 + task % 10)) if task % 2 else None,
        "created_at": created,
        "updated_at": at,
        "completed_at": at if step == 2 else None,
        "version": step + 1,
    }


def _description(task: int) -> str:
    """Return a text of about 200 letters, different for each task."""
    return " ".join(_WORDS[task * (position + 7) % 9973 % len(_WORDS)] for position in range(30))


def _users(count: int) -> int:
    return max(count // _CHANGES_PER_USER, 1)


def _id(kind: int, number: int) -> str:
    """Return an id with the length of the API's ids, which is as hard to compress as these ids."""
    return f"{number * 2_654_435_761 % 2**32:08x}-{kind:04x}-7000-8000-{number:012x}"
