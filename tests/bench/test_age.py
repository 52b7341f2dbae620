"""To process an hour, the pipeline opens as many files in an old lake as in a new one, compacted or not."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo import MongoClient

from bench.age.lake import NEXT, aged_lake
from bench.age.log import LogQueries
from bench.age.older_days import copy_parts
from tests.dags.activity import ZONES, activity
from tests.dags.change_log import NOON, Document
from tests.dags.insights import Pipeline, documents
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES as LAKE_ZONES
from todo_insights.core.settings import Settings
from todo_insights.maintenance.compaction import compact
from tools.data_folder import DataFolder

# The number of hours in each lake. A write-back reads all hours of the current day, so both lakes must end at
# the same time of day.
YOUNG, OLD = 24, 24 * 4


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


def test_copied_days_are_those_that_runs_would_write(
    mongodb_uri: str, data_folder: DataFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One database has the insights of seven processed days; in the other one, three days are copies."""
    hours = [Hour(NOON + timedelta(days=number)) for number in range(7)]
    model, found = hours[3], []
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        for processed in (hours, hours[3:]):
            lake = tmp_path_factory.mktemp("copied").as_uri()
            settings = Settings(
                mongodb_uri=mongodb_uri,
                mongodb_database=f"copied_{uuid4().hex[:12]}",
                zone_uris={zone: f"{lake}/{zone}" for zone in LAKE_ZONES},
                catalog_uri=f"{lake}/catalog.sqlite",
                settle=timedelta(0),
            )
            database = client[settings.mongodb_database]
            pipeline = Pipeline(settings, database, hours[-1].end + timedelta(hours=1))
            pipeline.insert(each for hour in processed for each in _day(hour))
            for hour in processed:
                pipeline.publish(hour, compacted=False)
                pipeline.write(hour)
            if processed != hours:
                file = data_folder.path / "database" / f"{database.name}.db"
                copy_parts(model.start.date(), 3, database, file)
            found.append(documents(database))
            client.drop_database(database.name)
    for who in ZONES:
        # The catalog of the second pipeline has fewer hours.
        assert found[0][who] == found[1][who] | {
            name: found[0][who][name] for name in ("covers_from", "missing_hours")
        }
    assert len(found[0]["ada"]["parts"]) == 7


def _day(hour: Hour) -> list[Document]:
    """Return the same changes for each hour, with tasks of its own; the users registered earlier."""
    log = []
    for change in activity(hour.start, 1, 60, seed=2):
        if change["entity"] == "task":
            name = f"{change['entity_id']}-{hour}"
            images = {side: change[side] and change[side] | {"_id": name} for side in ("before", "after")}
            ids = {"_id": f"task:{name}:{change['version']}", "entity_id": name}
            log.append(change | images | ids)
    return log
