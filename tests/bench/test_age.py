"""To process an hour, the pipeline opens as many files in an old lake as in a new one, compacted or not."""

from datetime import timedelta
from pathlib import Path

import pytest

from bench.age.lake import NEXT, aged_lake
from bench.age.log import LogQueries
from todo_insights.core.hours import Hour
from todo_insights.maintenance.compaction import compact

# The number of hours in each lake. A write-back reads all hours of the current day, so both lakes must end at
# the same time of day.
YOUNG, OLD = 24, 24 * 5


@pytest.mark.parametrize("is_compact", [False, True], ids=["not compacted", "compacted"])
def test_hour_opens_as_many_files_in_an_old_lake(
    mongodb_uri: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, is_compact: bool
) -> None:
    opened = []
    for hours in (YOUNG, OLD):
        with aged_lake(mongodb_uri, tmp_path_factory.mktemp("age"), hours) as lake:
            lake.catch_up()
            if is_compact:
                compact(None, lake.stores, NEXT.start)
            costs = [lake.run(hour) for hour in (NEXT, Hour(NEXT.end))]
            opened.append([{step: cost.opened for step, cost in each.items()} for each in costs])
            lake.database.client.drop_database(lake.database.name)
    assert opened[0] == opened[1]
    # The write-back opens the files of two tables for each hour of the current day, and at most three other
    # files.
    assert 0 < opened[0][1]["write_back"] <= 2 * 24 + 3
    assert 0 < opened[0][1]["business metrics"] <= 3


def test_queries_of_an_hour_on_the_log_have_bounds(mongodb_uri: str, tmp_path: Path) -> None:
    queries = LogQueries()
    with aged_lake(mongodb_uri, tmp_path, YOUNG, listeners=[queries]) as lake:
        lake.catch_up()
        lake.run(NEXT)
        assert queries.ranges
        assert all(end - start <= timedelta(hours=25) for start, end in queries.ranges)
        assert queries.unbounded == []

        list(lake.database.changes.find({"at": {"$lt": NEXT.end}}))

        assert [each["filter"] for each in queries.unbounded] == [{"at": {"$lt": NEXT.end}}]
        lake.database.client.drop_database(lake.database.name)
