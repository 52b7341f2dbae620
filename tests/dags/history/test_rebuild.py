"""A history rebuild without Spark gives the same content as hourly runs, and publishes by their rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dags.history.conftest import DAYS, FIRST, READ_AT, REBUILT_AT, History
from tests.dags.lost_catalog import lose_catalog
from todo_insights.core.errors import HourError, VerificationError
from todo_insights.history.days import RebuiltDay, days_between, record_day, recorded_days
from todo_insights.history.publish import publish_rebuilt
from todo_insights.history.slices import PublishedHour, published_hours, rebuild_slice
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.manifest import Manifest
from todo_insights.hourly.merge_slices import merge_slices
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.maintenance.recovery import recover
from tools.data_folder import ROOT


def merged(published: PublishedHour, history: History) -> Manifest:
    slices = [rebuild_slice(each, history.stores.lake) for each in published.sources()]
    return merge_slices(slices, history.stores.lake)


def rebuild(history: History, published: PublishedHour) -> set[str]:
    found = publish_rebuilt(published, merged(published, history), history.stores, REBUILT_AT)
    return {str(each.outcome) for each in found}


def test_rebuilt_hours_equal_the_hourly_runs(history: History) -> None:
    rows, checksums = history.rows(), history.checksums()
    hours = [each for dt in DAYS for each in published_hours(dt, history.stores)]
    assert {"part-00000.parquet", "part-00000-1.parquet", "part-00001.parquet"} <= {
        each["name"] for each in hours[0].sources()
    }
    assert rows["silver_rejects"]
    for table in ("silver_task_changes", "silver_rejects", "gold_user_activity", "gold_category_activity"):
        history.publish_without_rows(history.partitions(table)[0])
    assert history.rows() != rows
    assert [rebuild(history, each) == {"unchanged"} for each in hours] == [False] + [True] * 5
    assert history.rows() == rows
    assert history.checksums() == checksums


def test_rebuild_does_not_replace_a_later_reading(history: History, changes: Changes) -> None:
    """A history rebuild from older Bronze must not restore data that a later erasure has removed."""
    published = published_hours(DAYS[0], history.stores)[0]
    manifest = merged(published, history)
    late = changes.find_one({"_id": "task:m0:1"}) or {}
    changes.insert_one(late | {"_id": "task:late:1", "entity_id": "late"})
    now = READ_AT + timedelta(hours=1)
    again = [
        process(each, changes.database, history.stores, now) for each in plan({FIRST: "late"}, changes, 999)
    ]
    publish_hours(again, history.stores, history.settings.settle, now)
    rows = history.rows()
    found = publish_rebuilt(published, manifest, history.stores, REBUILT_AT)
    assert {str(each.outcome) for each in found} == {"superseded"}
    assert history.rows() == rows


def test_catalog_recovers_with_every_table_after_a_rebuild(history: History, changes: Changes) -> None:
    history.publish_without_rows(history.partitions("gold_user_activity")[0])
    rebuild(history, published_hours(DAYS[0], history.stores)[0])
    rows = history.rows()
    lose_catalog(history.settings)
    recover(history.stores, changes.database, REBUILT_AT)
    assert history.rows() == rows


def test_hour_with_a_missing_change_is_not_published(history: History) -> None:
    published = published_hours(DAYS[0], history.stores)[0]
    manifest = merged(published, history)
    rows = history.rows()
    with pytest.raises(VerificationError, match="nothing was published"):
        publish_rebuilt(published, {**manifest, "source_count": 1}, history.stores, REBUILT_AT)
    assert history.rows() == rows


def test_hour_without_bronze_is_left_out(history: History) -> None:
    published = published_hours(DAYS[0], history.stores)[0]
    assert [str(each.hour) for each in published_hours("2026-11-19", history.stores)] == []
    assert published.sources()[0]["as_of"].startswith(f"{READ_AT:%Y-%m-%dT%H:%M}")


def test_records_of_one_rebuild_are_not_those_of_another(history: History) -> None:
    day = RebuiltDay("2026-11-20", 3, 10, 1, ("2026-11-20T21",))
    record_day(day, "manual__2026-11-29T10:00:00+00:00", history.stores.lake)
    assert recorded_days("manual__2026-11-29T10:00:00+00:00", history.stores.lake) == {day.dt: day}
    assert recorded_days("another", history.stores.lake) == {}
    other = replace(day, changed=())
    record_day(other, "another", history.stores.lake)
    assert recorded_days("another", history.stores.lake) == {day.dt: other}


@pytest.mark.parametrize(
    ("first", "end", "message"),
    [
        (None, "2026-11-20", "from_day"),
        ("2026-11-20", "20261121", "to_day"),
        ("2026-11-20", "2026-11-20", "no day"),
        ("2001-01-01", "2026-11-20", "too many"),
        ("2026-11-20", "2026-11-30", "later than today"),
    ],
)
def test_invalid_range_is_refused(first: str | None, end: str, message: str) -> None:
    with pytest.raises(HourError, match=message):
        days_between(first, end, READ_AT + timedelta(days=8))


def test_spark_has_the_packages_of_airflow() -> None:
    """The bytes of Gold files are equal only if both environments have the same versions of the packages."""
    pins = [
        {line for line in (ROOT / "requirements" / name).read_text().splitlines() if "==" in line}
        for name in ("spark.in", "airflow.txt")
    ]
    assert {line.partition("==")[0] for line in pins[0] - pins[1]} == {"pyspark", "setuptools"}
