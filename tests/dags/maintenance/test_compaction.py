"""A compacted day is the sum of its hours; the day is outdated if one of its hours changes."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import (
    DAILY,
    DAYS,
    HOURS,
    answers,
    compacted_days,
    daily_partitions,
    files,
    late,
    look,
)
from todo_insights.catalog.base import Partition
from todo_insights.catalog.days import NO_CUTOFF
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.errors import HourError, PublishError, StorageError
from todo_insights.core.hours import Hour
from todo_insights.lake.encoding import encode
from todo_insights.lake.files import location_of
from todo_insights.lake.schema import BY_NAME, DAILY_OF, LakeTable
from todo_insights.maintenance.compaction import CompactedDay, compact

BOTH_DAYS = [(table, dt) for table in DAILY for dt in DAYS]


@pytest.fixture
def stores(pipeline: Pipeline) -> Stores:
    return open_stores(pipeline.settings)


def outcomes(done: Iterable[CompactedDay]) -> dict[str, set[str]]:
    return {each["dt"]: {*each["outcomes"].values()} for each in done}


def test_complete_days_are_compacted_once(pipeline: Pipeline, stores: Stores) -> None:
    done = compact(None, stores, pipeline.tick())
    assert outcomes(done) == {dt: {"published"} for dt in DAYS}
    assert compacted_days(stores) == BOTH_DAYS
    assert compact(None, stores, pipeline.tick()) == []
    assert outcomes(compact(DAYS, stores, pipeline.tick())) == {dt: {"unchanged"} for dt in DAYS}
    # The second compaction of the same days has written no additional files.
    assert len([path for path in files(stores) if "_daily/" in path]) == len(BOTH_DAYS)


def test_result_travels_as_json(pipeline: Pipeline, stores: Stores) -> None:
    (first, _) = json.loads(json.dumps(compact(None, stores, pipeline.tick())))
    (users,) = pipeline.rows(
        "SELECT COUNT(DISTINCT user_id) AS n FROM gold_user_activity WHERE dt = '2026-11-18' AND changes > 0"
    )
    assert (first["dt"], first["hours"], first["active_users"]) == (DAYS[0], 24, users["n"])
    assert first["totals"] == sum(len(table.counters) for table in DAILY_OF)
    assert first["rows"].keys() == {*DAILY}


@pytest.mark.parametrize(
    ("name", "keys"),
    [("user_activity", "user_id, local_date"), ("category_activity", "category, priority")],
)
def test_compacted_day_is_sum_of_hours(pipeline: Pipeline, stores: Stores, name: str, keys: str) -> None:
    compact(None, stores, pipeline.tick())
    counters = ", ".join(f"SUM({each}) AS {each}" for each in BY_NAME[f"gold_{name}"].counters)
    moments = ", MIN(first_change_at), MAX(last_change_at)" if name == "user_activity" else ""
    sums = f"SELECT dt, {keys}, {counters}{moments} FROM {{}} WHERE dt < '2026-11-20' GROUP BY dt, {keys}"
    by_hour, by_day = (
        sorted(map(repr, (tuple(row.values()) for row in pipeline.rows(sums.format(table)))))
        for table in (f"gold_{name}", f"gold_{name}_daily")
    )
    assert by_day == by_hour
    (rows,) = pipeline.rows(f"SELECT COUNT(*) AS n FROM gold_{name}_daily")
    assert rows["n"] == len(by_day)


def test_catalog_records_the_hours_of_a_compacted_day(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    hours = [each for each in stores.catalog.snapshot(["gold_user_activity"]) if each.dt == DAYS[0]]
    day = daily_partitions(stores)[-2]
    assert (day.dt, day.hour, day.provisional, day.published_at) == (DAYS[0], None, False, pipeline.now)
    assert day.source_count == sum(each.source_count for each in hours)
    assert day.as_of == min(each.as_of for each in hours)


def test_views_give_equal_results_before_and_after_compaction(pipeline: Pipeline, stores: Stores) -> None:
    before = answers(stores)
    assert all(before.values())
    compact(DAYS[:1], stores, pipeline.tick())
    assert answers(stores) == before
    compact(None, stores, pipeline.tick())
    stores.catalog.move_cutoff(DAYS[0])
    assert answers(stores) == before
    compact(None, stores, pipeline.tick())
    assert len(daily_partitions(stores)) == len(BOTH_DAYS)
    assert answers(stores) == before


@pytest.mark.parametrize("name", ["user_activity", "category_activity"])
def test_view_itself_excludes_hours_of_compacted_days(pipeline: Pipeline, stores: Stores, name: str) -> None:
    """Because the query also names the hourly table, the embedded lake opens all hours, as Athena does."""
    compact(DAYS[:1], stores, pipeline.tick())
    (row,) = pipeline.rows(
        f"SELECT (SELECT SUM(changes) FROM {name}) AS once, (SELECT SUM(changes) FROM gold_{name}) AS hours"
    )
    assert row["once"] == row["hours"]


def test_views_open_no_hour_of_a_compacted_day(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    before = pipeline.rows("SELECT * FROM user_analytics ORDER BY user_id")
    for each in stores.catalog.snapshot(["gold_user_activity"]):
        if each.dt in DAYS:
            stores.lake.remove("gold", each.location)
    assert pipeline.rows("SELECT * FROM user_analytics ORDER BY user_id") == before
    with pytest.raises(StorageError, match="gold_user_activity"):
        pipeline.rows("SELECT COUNT(*) AS n FROM gold_user_activity")


def test_hour_published_again_unchanged_keeps_its_day(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    pipeline.publish(HOURS[3])
    assert compacted_days(stores) == BOTH_DAYS
    assert compact(None, stores, pipeline.tick()) == []


@pytest.mark.parametrize("lacking", ["missing", "provisional"])
def test_day_that_is_not_whole_is_refused(pipeline: Pipeline, stores: Stores, lacking: str) -> None:
    if lacking == "provisional":
        for hour in HOURS[48:]:
            pipeline.database.changes.insert_one(late(int(hour.hour), hour))
        remaining = [Hour.parse(f"2026-11-20T{hour:02}") for hour in range(2, 24)]
        publish_empty(stores, remaining[:-1], provisional=False)
        publish_empty(stores, remaining[-1:], provisional=True)
    with pytest.raises(HourError, match="cannot compact 2026-11-20: process every hour"):
        compact([*DAYS, "2026-11-20"], stores, pipeline.tick())
    assert daily_partitions(stores) == []
    assert [each["dt"] for each in compact(None, stores, pipeline.tick())] == DAYS


def test_day_without_changes_is_compacted(pipeline: Pipeline, stores: Stores) -> None:
    before = look(stores)
    hours = [Hour.parse(f"2026-11-25T{hour:02}") for hour in range(24)]
    publish_empty(stores, hours, provisional=False)
    (done,) = compact(["2026-11-25"], stores, pipeline.tick())
    assert (done["active_users"], *done["rows"].values()) == (0, 0, 0)
    assert look(stores) == before


def test_day_of_other_hours_is_replaced(pipeline: Pipeline, stores: Stores) -> None:
    """An hour may be published again with other files and the same sums."""
    compact(None, stores, pipeline.tick())
    before = look(stores)
    wrong = [replace(each, run_id=f"{each.run_id[:-12]}{'0' * 12}") for each in daily_partitions(stores)[:1]]
    stores.catalog.withdraw(wrong[0].table, wrong[0].dt)
    stores.catalog.publish(wrong, pipeline.tick(), lambda _: None)
    assert outcomes(compact(None, stores, pipeline.tick())) == {DAYS[0]: {"published", "unchanged"}}
    assert look(stores) == before


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(lambda _: b"no Parquet", "is missing or incomplete"), (lambda content: content[::-1], "is damaged")],
    ids=["shorter", "of equal size"],
)
def test_damaged_hour_prevents_compaction_of_its_day_only(
    pipeline: Pipeline, stores: Stores, damage: Callable[[bytes], bytes], reason: str
) -> None:
    hour = next(each for each in stores.catalog.snapshot(["gold_user_activity"]) if each.dt == DAYS[0])
    path = Path(stores.lake.path("gold", hour.location, hour.files[0].name))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(PublishError, match=rf"not compacted: {DAYS[0]}: .*{reason}"):
        compact(None, stores, pipeline.tick())
    assert compacted_days(stores) == [(table, DAYS[1]) for table in DAILY]


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: path.write_bytes(b"short")], ids=["gone", "cut"]
)
def test_damaged_day_falls_due_again(
    pipeline: Pipeline, stores: Stores, damage: Callable[[Path], object]
) -> None:
    compact(None, stores, pipeline.tick())
    before, day = look(stores), daily_partitions(stores)[0]
    damage(Path(stores.lake.path("gold", day.location, day.files[0].name)))
    assert outcomes(compact(None, stores, pipeline.tick())) == {DAYS[0]: {"published", "unchanged"}}
    assert look(stores) == before


def test_damaged_day_that_cannot_be_compacted_is_read_by_hours(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    before, (day, *others) = look(stores), daily_partitions(stores)
    Path(stores.lake.path("gold", day.location, day.files[0].name)).unlink()
    hour = next(each for each in stores.catalog.snapshot(["gold_user_activity"]) if each.dt == day.dt)
    path = Path(stores.lake.path("gold", hour.location, hour.files[0].name))
    content = path.read_bytes()
    path.write_bytes(content[::-1])
    with pytest.raises(PublishError, match=f"not compacted: {day.dt}"):
        compact(None, stores, pipeline.tick())
    assert (daily_partitions(stores), stores.catalog.cutoff()) == (others, NO_CUTOFF)
    path.write_bytes(content)
    assert look(stores) == before


def test_vanished_day_is_compacted_again_when_chosen(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    before = look(stores)
    day = daily_partitions(stores)[0]
    stores.lake.remove("gold", day.location)
    assert outcomes(compact(DAYS[:1], stores, pipeline.tick())) == {DAYS[0]: {"published", "unchanged"}}
    assert look(stores) == before


def publish_empty(stores: Stores, hours: Iterable[Hour], *, provisional: bool) -> None:
    """Publish Gold partitions without rows, for hours without changes."""
    now = HOURS[-1].end + timedelta(hours=1)
    partitions = [empty(table, hour, stores, provisional) for hour in hours for table in DAILY_OF]
    stores.catalog.publish(partitions, now, lambda _: None)


def empty(table: LakeTable, hour: Hour, stores: Stores, provisional: bool) -> Partition:
    location = location_of(table, hour, "20261120T020000-0")
    file = stores.lake.write(
        table.zone, location, "part-00000.parquet", encode(table.columns.empty_table(), table)
    )
    return Partition(
        table=table.physical,
        dt=hour.dt,
        hour=hour.hour,
        location=location,
        files=(file,),
        row_count=0,
        source_count=0,
        rejects=0,
        min_at=None,
        max_at=None,
        checksum=file.checksum,
        schema_version=1,
        code_version="1",
        as_of=hour.end,
        run_id="1",
        provisional=provisional,
    )
