"""The figures of the insights are equal before and after days are compacted."""

from tests.dags.activity import ZONES
from tests.dags.insights import Pipeline, documents
from tests.dags.maintenance.days import HOURS
from todo_insights.catalog.stores import open_stores
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
