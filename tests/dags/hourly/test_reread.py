"""Hours whose changes have expired in the log keep these changes when personal data is erased."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.dags.activity import activity
from tests.dags.change_log import Document, created, task, user
from tests.dags.maintenance.runs import processed, repeat, run
from todo_insights.catalog.stores import open_catalog, open_stores
from todo_insights.core.errors import (
    InsightsError,
    LostCatalogError,
    PublishError,
    StorageError,
    VerificationError,
)
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES, Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.encoding import encode
from todo_insights.lake.schema import BRONZE_TASKS, TABLES
from todo_insights.lake.storage import Lake
from todo_insights.sql.query import query
from webapp.users.erasure import PERSONAL_FIELDS as ERASED

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOURS = ["2026-11-20T09", "2026-11-20T10"]
READ, ERASURE, LATER = (START + timedelta(hours=hours) for hours in (3, 4, 5))
WORDS = {"title": "words", "description": "more words", "tags": ["a", "b"]}
REFUSED = [
    created(task(_id="bad status", status="done", **WORDS)),
    created(task(_id="bad op", **WORDS)) | {"op": 5},
    created(task(_id="both", user_id="bob", priority="none")) | {"time_zone": "Nowhere"},
    created(user(_id="odd", email="odd@example.com")) | {"version": "two"},
]


def log() -> list[Document]:
    """Return two hours of changes by four users, with personal data and with invalid changes."""
    refused = [each | {"at": START + timedelta(minutes=50 + number)} for number, each in enumerate(REFUSED)]
    return [*map(_wordy, activity(START, hours=2, changes=120, seed=5)), *refused]


def erase(changes: Changes, *users: str) -> None:
    """Remove the personal data of a user from the log, and record the erasure, as the API does."""
    for each in list(changes.find({"user_id": {"$in": users}})):
        images = {side: each[side] and _without_personal_fields(each[side]) for side in ("before", "after")}
        changes.replace_one({"_id": each["_id"]}, each | images | {"erased": True})
    for who in users:
        changes.database.erasures.insert_one({"_id": who, "requested_at": ERASURE, "finished_at": ERASURE})


def contents(settings: Settings) -> dict[str, list[str]]:
    """Return the rows of every table in sorted order."""
    stores = open_stores(settings)
    answers = {table.physical: query(f"SELECT * FROM {table.physical}", stores) for table in TABLES}
    return {name: sorted(map(repr, answer.rows)) for name, answer in answers.items()}


@pytest.fixture
def twin(settings: Settings, tmp_path: Path) -> Settings:
    """Settings for a second lake of the same log."""
    lake = (tmp_path / "twin").as_uri()
    zones = MappingProxyType({zone: f"{lake}/{zone}" for zone in ZONES})
    return replace(settings, zone_uris=zones, catalog_uri=f"{lake}/catalog.sqlite")


@pytest.fixture
def published(changes: Changes, settings: Settings, twin: Settings) -> None:
    changes.insert_many(log())
    for lake in (settings, twin):
        run(HOURS, lake, READ)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("users", [["ada"], ["ada", "bob", "nobody"], ["ada", "bob", "eve", "kim", "odd"]])
def test_erasure_from_bronze_and_log_gives_same_bytes(
    users: list[str], changes: Changes, settings: Settings, twin: Settings
) -> None:
    before = checksums(settings)
    erase(changes, *users)
    assert {each["_id"] for each in repeat(settings, LATER)} == {*users}
    changes.delete_many({})
    changes.database.erasure_receipts.delete_many({})
    assert {each["_id"] for each in repeat(twin, LATER)} == {*users}
    assert checksums(twin) == checksums(settings) != before
    assert {each.source_count for each in open_catalog(twin).snapshot()} == {60 + 4 + 4, 60}


@pytest.mark.usefixtures("published")
def test_hour_partly_lost_from_log_is_rewritten_completely(
    changes: Changes, settings: Settings, twin: Settings
) -> None:
    erase(changes, "ada")
    repeat(settings, LATER)
    changes.delete_many({"at": {"$lt": START + timedelta(minutes=20)}})
    changes.database.erasure_receipts.delete_many({})
    repeat(replace(twin, max_changes_per_slice=15), LATER)
    assert contents(twin) == contents(settings)
    assert len(open_catalog(twin).snapshot(["bronze_task_changes"])[0].files) > 1


@pytest.mark.usefixtures("published")
def test_lost_log_never_replaces_published_hours(changes: Changes, settings: Settings) -> None:
    before = contents(settings)
    changes.delete_many({"_id": {"$in": [each["_id"] for each in log()[-1:]]}})
    with pytest.raises(PublishError, match="67 changes were read, but 68 are published"):
        run(HOURS, settings, LATER)
    changes.delete_many({})
    with pytest.raises(PublishError, match="MONGODB_URI"):
        run(HOURS, settings, LATER)
    assert contents(settings) == before


@pytest.mark.usefixtures("published")
def test_damaged_bronze_is_not_rewritten(changes: Changes, settings: Settings) -> None:
    erase(changes, "ada")
    changes.delete_many({})
    bronze, lake = open_catalog(settings).snapshot(["bronze_task_changes"])[0], Lake(settings.zone_uris)
    (file,) = bronze.files
    rows = lake.read(BRONZE_TASKS, [(bronze.location, file.name)], BRONZE_TASKS.columns.names)
    lake.write("bronze", bronze.location, file.name, encode(rows.slice(1), BRONZE_TASKS))
    with pytest.raises(StorageError, match="missing or incomplete"):
        processed({Hour.parse(HOURS[0]): "erased"}, settings, LATER)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("statement", "error", "text"),
    [
        (
            """DELETE FROM partitions WHERE "table" = 'bronze_user_changes'""",
            LostCatalogError,
            "make recover",
        ),
        (
            "UPDATE partitions SET source_count = 69",
            VerificationError,
            "contain 68 changes, but the catalog says 69",
        ),
    ],
)
def test_incomplete_bronze_is_not_rewritten(
    statement: str, error: type[InsightsError], text: str, changes: Changes, settings: Settings
) -> None:
    erase(changes, "ada")
    changes.delete_many({})
    with sqlite3.connect(Path(settings.catalog_uri.removeprefix("file://"))) as catalog:
        catalog.execute(statement)
    with pytest.raises(error, match=text):
        processed({Hour.parse(HOURS[0]): "erased"}, settings, LATER)


def checksums(settings: Settings) -> dict[str, str]:
    return {f"{each.table}/{each.hour}": each.checksum for each in open_catalog(settings).snapshot()}


def _wordy(change: Document) -> Document:
    images = {
        side: change[side] and change[side] | (WORDS if change["entity"] == "task" else {})
        for side in ("before", "after")
    }
    return change | images


def _without_personal_fields(image: Document) -> Document:
    return {name: ERASED.get(name, value) for name, value in image.items()}
