"""Figures do not depend on whether days are folded."""

from pathlib import Path

from tests.dags.activity import ZONES
from tests.dags.insights import Pipeline, documents
from tests.dags.maintenance.days import DAILY, HOURS, folded, late
from todo_insights.lake.stores import open_stores
from todo_insights.maintenance.compaction import compact


def test_figures_are_equal_before_and_after_folding(pipeline: Pipeline) -> None:
    stores = open_stores(pipeline.settings)
    pipeline.write(*HOURS)
    before = documents(pipeline.database)
    assert before.keys() == {*ZONES, "lake"}
    compact(None, stores, pipeline.tick())
    pipeline.database.insights.drop()
    pipeline.write(HOURS[-1])
    assert documents(pipeline.database) == before


def test_figures_are_read_from_folded_days(pipeline: Pipeline) -> None:
    """The hours of a folded day serve to find the users, and their figures come without them."""
    stores = open_stores(pipeline.settings)
    pipeline.write(*HOURS)
    before = documents(pipeline.database)
    compact(None, stores, pipeline.tick())
    for each in stores.catalog.snapshot(["gold_user_activity"]):
        if each.dt == HOURS[0].dt:
            Path(stores.lake.path("gold", each.location, each.files[0].name)).unlink()
    pipeline.write(HOURS[-1])
    assert documents(pipeline.database) == before


def test_outdated_day_is_not_believed(pipeline: Pipeline) -> None:
    stores = open_stores(pipeline.settings)
    compact(None, stores, pipeline.tick())
    pipeline.write(*HOURS)
    before = documents(pipeline.database)["ada"]["activity"]["created"]
    days = [each for each in folded(stores) if each.table == DAILY[1]]
    pipeline.database.changes.insert_one(late(1, HOURS[3]))
    pipeline.publish(HOURS[3])
    # As for the moment between a publication in Glue and the withdrawal of its day.
    stores.catalog.publish(days, pipeline.tick(), lambda _: None)
    pipeline.write(HOURS[3])
    assert documents(pipeline.database)["ada"]["activity"]["created"] == before + 1
