"""All steps of the pipeline together, with a real log and a real lake."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.dags.change_log import NOON, Document, created, task, updated, user
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import open_catalog, open_stores
from todo_insights.core.errors import PublishError
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.manifest import Manifest, Published
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import TABLES
from todo_insights.lake.storage import Lake

HOUR = Hour.containing(NOON)
CLOSED = NOON + timedelta(days=1)
LOG = [
    created(user()),
    created(task()),
    updated(task(), status="in_progress") | {"at": NOON + timedelta(minutes=59, milliseconds=59_999)},
    created(task(_id="t2")) | {"at": HOUR.end},
    created(task(_id="t3")) | {"at": HOUR.start - timedelta(milliseconds=1)},
]


def written(changes: Changes, settings: Settings, now: datetime, hour: Hour = HOUR) -> Manifest:
    (slice_,) = plan({hour: "scheduled"}, changes, 1_000_000)
    return process(slice_, changes.database, open_stores(settings), now)


def publish(settings: Settings, *manifests: Manifest) -> list[Published]:
    return publish_hours(manifests, open_stores(settings), settings.settle, CLOSED)


def partitions(settings: Settings) -> dict[str, Partition]:
    return {f"{each.table}/{each.hour}": each for each in open_catalog(settings).snapshot()}


def checksums(settings: Settings) -> dict[str, str]:
    return {name: each.checksum for name, each in partitions(settings).items()}


def files(settings: Settings) -> set[str]:
    root = Path(settings.catalog_uri.removeprefix("file://")).parent
    return {str(path.relative_to(root)) for path in root.rglob("*.parquet")}


def test_hour_includes_its_start_but_not_its_end(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG)
    manifest = written(changes, settings, CLOSED)
    assert (manifest["source_count"], manifest["tables"]["bronze_task_changes"]["rows"]) == (3, 2)


def test_results_of_steps_are_json(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG)
    manifest = json.loads(json.dumps(written(changes, settings, CLOSED)))
    (published,) = json.loads(json.dumps(publish(settings, manifest)))
    assert (published.pop("seconds") >= 0, published.pop("peak_mb") > 0) == (True, True)
    assert published == {
        "hour": "2026-11-20T12",
        "reason": "scheduled",
        "source_count": 3,
        "rejects": 0,
        "outcomes": {table.physical: "published" for table in TABLES},
    }


def test_catalog_records_counts_of_the_reading(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG)
    publish(settings, written(changes, settings, CLOSED))
    bronze = partitions(settings)["bronze_task_changes/12"]
    assert (bronze.min_at, bronze.max_at) == (NOON, LOG[2]["at"])
    assert (bronze.row_count, bronze.source_count, bronze.as_of, bronze.provisional) == (2, 3, CLOSED, False)


def test_published_file_contains_the_changes(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG)
    publish(settings, written(changes, settings, CLOSED))
    bronze = partitions(settings)["bronze_task_changes/12"]
    path = Lake(settings.zone_uris).path("bronze", bronze.location, bronze.files[0].name)
    rows = pq.read_table(path, partitioning=None).to_pylist()
    assert [(row["op"], row["after"]["status"]) for row in rows] == [
        ("created", "pending"),
        ("updated", "in_progress"),
    ]


def test_second_run_publishes_nothing_new(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG)
    publish(settings, written(changes, settings, CLOSED))
    before = checksums(settings), files(settings)
    (again,) = publish(settings, written(changes, settings, CLOSED + timedelta(days=30)))
    assert set(again["outcomes"].values()) == {"unchanged"}
    assert (checksums(settings), files(settings)) == before


def test_reverse_order_of_hours_gives_same_bytes(
    changes: Changes, settings: Settings, tmp_path: Path
) -> None:
    changes.insert_many(LOG)
    hours = list(hours_between(Hour.parse("2026-11-20T10"), Hour.parse("2026-11-20T15")))
    for hour in hours:
        publish(settings, written(changes, settings, CLOSED, hour))
    forwards = checksums(settings)
    other = (tmp_path / "other").as_uri()
    elsewhere = Settings(
        settings.mongodb_uri,
        settings.mongodb_database,
        {zone: f"{other}/{zone}" for zone in settings.zone_uris},
        f"{other}/catalog.sqlite",
        settings.settle,
    )
    for hour in reversed(hours):
        publish(elsewhere, written(changes, elsewhere, CLOSED, hour))
    assert checksums(elsewhere) == forwards
    assert len(forwards) == len(hours) * len(TABLES)


def test_hour_is_provisional_until_read_after_its_end(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG[:2])
    publish(settings, written(changes, settings, HOUR.end + timedelta(minutes=4, seconds=59)))
    assert {each.provisional for each in partitions(settings).values()} == {True}
    changes.insert_many(LOG[2:])
    (closed,) = publish(settings, written(changes, settings, HOUR.end + timedelta(minutes=5)))
    assert {each.provisional for each in partitions(settings).values()} == {False}
    assert closed["outcomes"]["gold_user_activity"] == "published"
    assert closed["outcomes"]["silver_user_changes"] == "unchanged"
    assert {each.source_count for each in partitions(settings).values()} == {3}


def test_superseded_files_stay_for_slow_readers(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG[:2])
    publish(settings, written(changes, settings, NOON))
    first = partitions(settings)["bronze_task_changes/12"]
    changes.insert_many(LOG[2:])
    publish(settings, written(changes, settings, CLOSED))
    assert Path(Lake(settings.zone_uris).path("bronze", first.location, first.files[0].name)).exists()


def test_older_reading_published_late_changes_nothing(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG[:2])
    slow = written(changes, settings, NOON)
    changes.insert_many(LOG[2:])
    publish(settings, written(changes, settings, CLOSED))
    before = partitions(settings), files(settings)
    (late,) = publish(settings, slow)
    assert set(late["outcomes"].values()) == {"superseded"}
    assert (partitions(settings), files(settings)) == before


def test_newest_of_two_manifests_is_published(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG[:2])
    older = written(changes, settings, NOON)
    changes.insert_many(LOG[2:])
    newer = written(changes, settings, CLOSED)
    assert [each["source_count"] for each in publish(settings, newer, older)] == [3]


def test_empty_hour_publishes_empty_partitions(changes: Changes, settings: Settings) -> None:
    publish(settings, written(changes, settings, CLOSED))
    found = partitions(settings)
    assert len(found) == len(TABLES)
    assert {each.row_count for each in found.values()} == {0}
    assert len(files(settings)) == len(TABLES)


def test_rejects_of_both_steps_are_published(changes: Changes, settings: Settings) -> None:
    bad = [created(task(_id="a")) | {"op": 5}, created(task(_id="b", status="done"))]
    changes.insert_many([*LOG, *bad])
    (published,) = publish(settings, written(changes, settings, CLOSED))
    assert (published["source_count"], published["rejects"]) == (5, 2)
    assert partitions(settings)["silver_rejects/12"].row_count == 2
    # Bronze contains a change whose types are correct, even if its values are invalid.
    assert partitions(settings)["bronze_task_changes/12"].row_count == 3


def test_hour_of_many_batches_is_read_completely(changes: Changes, settings: Settings) -> None:
    log: list[Document] = [created(task(_id=f"t{n:05}")) for n in range(10_500)]
    changes.insert_many(log)
    changes.insert_one(created(task(_id="odd")) | {"version": "x"})
    manifest = written(changes, settings, CLOSED)
    assert (manifest["source_count"], manifest["rejects"]) == (10_501, 1)


def test_damaged_file_is_replaced_by_the_next_run(changes: Changes, settings: Settings) -> None:
    """The damaged file still has the correct size, but other bytes."""
    changes.insert_many(LOG)
    publish(settings, written(changes, settings, CLOSED))
    gold = partitions(settings)[f"gold_user_activity/{HOUR.hour}"]
    path = Path(Lake(settings.zone_uris).path("gold", gold.location, gold.files[0].name))
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes(60) + content[260:])
    publish(settings, written(changes, settings, CLOSED))
    healed = partitions(settings)[f"gold_user_activity/{HOUR.hour}"]
    assert healed.location != gold.location
    assert (
        Path(Lake(settings.zone_uris).path("gold", healed.location, healed.files[0].name)).read_bytes()
        == content
    )


def test_missing_files_are_not_published(changes: Changes, settings: Settings) -> None:
    manifest = written(changes, settings, CLOSED)
    Lake(settings.zone_uris).remove("gold", manifest["tables"]["gold_user_activity"]["location"])
    with pytest.raises(PublishError, match="process the hour again"):
        publish(settings, manifest)
    assert partitions(settings) == {}


def test_extraction_excludes_fields_for_replay(changes: Changes, settings: Settings) -> None:
    changes.insert_many(LOG)
    publish(settings, written(changes, settings, CLOSED))
    names = {name for table in TABLES for name in table.columns.names}
    assert not {"idempotency_key", "fingerprint", "status_code"} & names
