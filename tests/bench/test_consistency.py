"""The consistency check detects differences between the log of changes and the projection."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bench.consistency import inconsistencies
from webapp.database.connection import Database

AT = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (9, 10)]
IMAGE = {"_id": "a", "user_id": "ada", "title": "Water the plants", "version": 1, "updated_at": AT[0]}
IMAGES = [IMAGE, IMAGE | {"title": "Watered", "version": 2, "updated_at": AT[1]}]
CHANGES = [
    {
        "_id": f"task:a:{version}",
        "entity": "task",
        "entity_id": "a",
        "version": version,
        "at": AT[version - 1],
    }
    | {"op": op, "before": before, "after": IMAGES[version - 1]}
    for version, op, before in ((1, "created", None), (2, "updated", IMAGES[0]))
]


@pytest.fixture
def consistent(database: Database) -> Database:
    database.changes.insert_many(CHANGES)
    database.tasks.insert_one(IMAGES[1] | {"keys": {"due_date": "9999"}})
    return database


def replace_change(database: Database, version: int, fields: dict[str, Any]) -> None:
    change = CHANGES[version - 1] | fields
    database.changes.replace_one({"_id": change["_id"]}, change)


def test_consistent_database_has_no_findings(consistent: Database) -> None:
    assert inconsistencies(consistent) == []


@pytest.mark.parametrize(
    ("version", "fields", "found"),
    [
        (1, {"op": "updated"}, "the log starts with 'updated'"),
        (1, {"before": IMAGES[1]}, "the log starts with 'created' from the image"),
        (2, {"version": 3}, "the log has the versions [1, 3]"),
        (2, {"before": IMAGES[1]}, "version 2 starts from"),
        (2, {"at": AT[0]}, "not later than"),
        (2, {"after": IMAGES[0]}, "has the image"),
        (2, {"after": None}, "deleted at version 2, but projected"),
    ],
)
def test_contradictory_change_is_found(
    consistent: Database, version: int, fields: dict[str, Any], found: str
) -> None:
    replace_change(consistent, version, fields)
    assert [finding for finding in inconsistencies(consistent) if found in finding]


def test_outdated_projection_is_found(consistent: Database) -> None:
    consistent.tasks.replace_one({"_id": "a"}, IMAGES[0])
    (finding,) = inconsistencies(consistent)
    assert finding.startswith("task a: projected as")


def test_missing_projection_is_found(consistent: Database) -> None:
    consistent.tasks.delete_one({"_id": "a"})
    assert inconsistencies(consistent) == ["task a: logged, but not projected"]


def test_missing_log_is_found(consistent: Database) -> None:
    consistent.changes.delete_many({})
    assert inconsistencies(consistent) == ["task a: projected, but not logged"]
