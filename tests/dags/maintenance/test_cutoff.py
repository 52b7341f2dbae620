"""The cutoff of the day views: the views count each day once after every compaction and every deployment."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing

import pytest

from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import (
    DAILY,
    DAYS,
    HOURS,
    answers,
    compacted_days,
    daily_partitions,
    late,
    look,
)
from tests.dags.maintenance.runs import processed, publish
from todo_insights.catalog.days import NO_CUTOFF, read_by_views
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.hours import Hour
from todo_insights.lake.schema import DAILY_OF, LakeTable
from todo_insights.maintenance.compaction import CompactedDay, compact

BOTH_DAYS = [(table, dt) for table in DAILY for dt in DAYS]


@pytest.fixture
def stores(pipeline: Pipeline) -> Stores:
    return open_stores(pipeline.settings)


def outcomes(done: Iterable[CompactedDay]) -> dict[str, set[str]]:
    return {each["dt"]: {*each["outcomes"].values()} for each in done}


def test_cutoff_is_the_last_day_of_whole_days(pipeline: Pipeline, stores: Stores) -> None:
    compact(DAYS[1:], stores, pipeline.tick())
    assert stores.catalog.cutoff() == NO_CUTOFF
    compact(DAYS[:1], stores, pipeline.tick())
    assert stores.catalog.cutoff() == DAYS[1]


def test_view_that_is_deployed_again_gives_equal_results(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    before = answers(stores)
    for older in (NO_CUTOFF, DAYS[0]):
        stores.catalog.move_cutoff(older)
        assert answers(stores) == before
    assert compact(None, stores, pipeline.tick()) == []
    assert stores.catalog.cutoff() == DAYS[1]


def test_late_hour_replaces_only_its_day(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    (changes, _), before = look(stores), daily_partitions(stores)
    pipeline.database.changes.insert_one(late(1, HOURS[30]))
    pipeline.publish(HOURS[30])
    assert look(stores) == (changes + 1, changes + 1)
    replaced = {each.dt for each in daily_partitions(stores) if each not in before}
    assert (replaced, compacted_days(stores)) == ({DAYS[1]}, BOTH_DAYS)
    assert compact(None, stores, pipeline.tick()) == []


def test_late_hour_of_a_killed_run_is_compacted_later(pipeline: Pipeline, stores: Stores) -> None:
    """The run was killed after publishing the hour and before compacting the day: readers see the old day."""
    compact(None, stores, pipeline.tick())
    changes, _ = look(stores)
    pipeline.database.changes.insert_one(late(1, HOURS[30]))
    publish_alone(pipeline, HOURS[30])
    assert look(stores) == (changes, changes)
    assert outcomes(compact(None, stores, pipeline.tick())) == {DAYS[1]: {"published"}}
    assert look(stores) == (changes + 1, changes + 1)


def test_first_day_of_a_lake_needs_no_hour_before_it(pipeline: Pipeline, stores: Stores) -> None:
    connection = sqlite3.connect(pipeline.settings.catalog_uri.removeprefix("file://"))
    with closing(connection), connection:
        connection.execute("DELETE FROM partitions WHERE dt = ? AND hour < '12'", DAYS[:1])
    changes, _ = look(stores)
    assert [(each["dt"], each["hours"]) for each in compact(None, stores, pipeline.tick())] == [
        (DAYS[0], 12),
        (DAYS[1], 24),
    ]
    assert (stores.catalog.cutoff(), look(stores)) == (DAYS[1], (changes, changes))
    # A backfill publishes one more hour of the first day.
    pipeline.publish(HOURS[3])
    assert look(stores) > (changes, changes)
    assert stores.catalog.cutoff() == DAYS[1]


def test_hour_before_all_compacted_days_is_seen(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    changes, _ = look(stores)
    older = Hour.parse("2026-11-10T05")
    pipeline.database.changes.insert_one(late(1, older))
    pipeline.publish(older)
    assert look(stores) == (changes + 1, changes + 1)
    compact(None, stores, pipeline.tick())
    assert (stores.catalog.cutoff(), look(stores)) == (DAYS[1], (changes + 1, changes + 1))


@pytest.mark.parametrize("table", DAILY_OF, ids=lambda table: table.name)
def test_month_of_compacted_days_opens_a_file_for_each(
    pipeline: Pipeline, stores: Stores, table: LakeTable
) -> None:
    """The views read one file for each compacted day, and one for each hour after the cutoff."""
    gold = [table.physical, DAILY_OF[table].physical]
    before = read_by_views(stores.catalog.snapshot(gold), stores.catalog.cutoff())
    compact(None, stores, pipeline.tick())
    after = read_by_views(stores.catalog.snapshot(gold), stores.catalog.cutoff())
    assert (len(before), len(after)) == (len(HOURS), len(DAYS) + len(HOURS) - 24 * len(DAYS))


def publish_alone(pipeline: Pipeline, hour: Hour) -> None:
    """Publish an hour without the later steps of a run, such as compaction."""
    manifests = processed({hour: "late"}, pipeline.settings, pipeline.tick())
    publish(manifests, pipeline.settings, pipeline.tick())
