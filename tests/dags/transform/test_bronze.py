import json
from typing import Any

import bson
import pytest

from tests.dags.change_log import NOON, Document, change, created, extracted, task, updated, user
from todo_insights.lake.schema import ERASED_FIELDS

GOOD = created(task(_id="good"))


def reject_of(document: Document) -> dict[str, Any]:
    """Put this document into a batch with well-formed documents, and return the reject for it."""
    found = extracted(GOOD, document, created(user()))
    assert (found.tasks.num_rows, found.users.num_rows, found.source_count) == (1, 1, 3)
    (row,) = found.rejects.to_pylist()
    return dict(row)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"entity": "team"}, "unknown entity"),
        ({"entity": None}, "unknown entity"),
        ({"schema_version": 2}, "schema_version is not 1"),
        ({"schema_version": None}, "schema_version is not 1"),
        ({"schema_version": True}, "schema_version is not 1"),
        ({"schema_version": "1"}, "schema_version is not 1"),
        ({"_id": 7}, "_id is int, not str"),
        ({"_id": bson.ObjectId()}, "_id is ObjectId, not str"),
        ({"op": None}, "op is missing"),
        ({"user_id": None}, "user_id is missing"),
        ({"entity_id": None}, "entity_id is missing"),
        ({"version": None}, "version is missing"),
        ({"version": "3"}, "version is str, not int"),
        ({"version": 2.5}, "version is float, not int"),
        ({"version": True}, "version is bool, not int"),
        ({"at": None}, "at is missing"),
        ({"at": "2026-11-20"}, "at is str, not datetime"),
        ({"before": "milk"}, "before is str, not dict"),
        ({"before": [1]}, "before is list, not dict"),
        ({"after": task(title=5)}, "after.title is int, not str"),
        ({"after": task(tags="milk")}, "after.tags is str, not list"),
        ({"after": task(tags={"a": "b"})}, "after.tags is dict, not list"),
        ({"after": task(tags=["a", 1])}, "after.tags[] is int, not str"),
        ({"after": task(created_at=5)}, "after.created_at is int, not datetime"),
        ({"after": task(version=1.5)}, "after.version is float, not int"),
    ],
)
def test_malformed_change_is_rejected_with_its_reason(fields: Document, reason: str) -> None:
    assert reject_of(created(task()) | fields)["reason"] == reason


@pytest.mark.parametrize("name", ["entity", "schema_version", "op", "user_id", "version", "at"])
def test_change_without_a_required_field_is_rejected(name: str) -> None:
    document = created(task())
    del document[name]
    assert reject_of(document)["change_id"] == "task:t1:1"


def test_text_that_is_not_utf8_is_rejected() -> None:
    from todo_insights.transform.bronze import decode_batches

    raw = bson.encode(created(task(title="QQQQ"))).replace(b"QQQQ", b"\xff\xfe\xfdQ")
    good = bson.encode(GOOD)
    table, (refused,) = decode_batches([good, good + raw, good])
    assert (table.num_rows, refused.reason) == (3, "text that is not UTF-8")


def test_raw_reject_holds_no_personal_data() -> None:
    secrets = {name: "hush" for name in ERASED_FIELDS}
    document = created(task()) | {
        "after": task(**secrets, note="hush", version="x"),
        "extra": "hush",
        "before": "hush",
    }
    raw = reject_of(document)["raw"]
    assert "hush" not in raw
    assert json.loads(raw)["after"]["status"] == "pending"


def test_raw_reject_is_extended_json() -> None:
    raw = json.loads(reject_of(created(task()) | {"schema_version": 9})["raw"])
    assert raw["at"] == {"$date": "2026-11-20T12:00:00.000Z"}


def test_wrong_type_is_shown_by_its_name_only() -> None:
    raw = json.loads(reject_of(created(task()) | {"op": {"secret": "hush"}})["raw"])
    assert raw["op"] == {"$type": "dict"}


def test_user_text_like_bson_is_not_rejected() -> None:
    found = extracted(created(task(title="\x02tags\x00 before\x00 version\x00")))
    assert (found.tasks.num_rows, found.rejects.num_rows) == (1, 0)


def test_absent_images_are_null_and_not_empty() -> None:
    rows = extracted(created(task()), updated(task(_id="t2")), change("deleted", task(_id="t3"), None)).tasks
    assert [row["before"] is None for row in rows.to_pylist()] == [True, False, False]
    assert [row["after"] is None for row in rows.to_pylist()] == [False, False, True]


@pytest.mark.parametrize("tags", [None, [], ["a"], ["a", "b"]])
def test_tags_are_unchanged(tags: list[str] | None) -> None:
    (row,) = extracted(created(task(tags=tags))).tasks.to_pylist()
    assert row["after"]["tags"] == tags


def test_image_keeps_every_field_of_the_document() -> None:
    image = task(description="2 litres", category="home", due_date="2026-11-21", completed_at=NOON)
    (row,) = extracted(created(image)).tasks.to_pylist()
    assert row["after"] == image
