"""The business metrics equal the results of the SQL views, and of an oracle that reads only the log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
from pymongo import MongoClient

from tests.dags.activity import ZONES as USERS
from tests.dags.activity import activity
from tests.dags.catalog.partitions import with_file
from tests.dags.change_log import Document, deleted, user
from tests.dags.insights import Pipeline
from tests.dags.oracle import Oracle, comparable, events
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import ZONES, Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.encoding import encode
from todo_insights.lake.files import daily_location_of
from todo_insights.lake.schema import DAILY_OF, LakeTable
from todo_insights.lake.storage import Lake
from todo_insights.metrics.business import business_metrics
from todo_insights.transform.aggregate import add_up

HOURS = 6
# For each metric, the column of a view that contains the same figure.
IN_THE_VIEW = {
    "TotalUsers": "total_users",
    "ActiveUsers": "active_users_7d",
    "TotalTasks": "total_tasks",
    "CompletedTasks": "completed_tasks",
    "TaskCompletionRate": "completion_rate",
    "AverageTasksPerUser": "avg_tasks_per_user",
    "OnTimeRate": "on_time_rate",
}


class Business:
    """A lake, and an oracle that computes the expected metrics from the log of this lake."""

    def __init__(self, pipeline: Pipeline, log: list[Document]) -> None:
        self.pipeline, self.oracle = pipeline, Oracle(log)
        self.stores = open_stores(pipeline.settings)

    def metrics(self) -> dict[str, float]:
        found = business_metrics(self.pipeline.database, self.stores, datetime.now(UTC))
        return {each.name: comparable(each.value) for each in found}

    def expected(self) -> dict[str, float]:
        """Return the expected metrics, computed from the final state of the log."""
        today = datetime.now(UTC).date()
        kpis, tasks = self.oracle.kpis(today), self.oracle.tasks.values()
        statuses = [task["status"] for task in tasks]
        found = {name: kpis[view] for name, view in IN_THE_VIEW.items()} | {
            "PendingTasks": statuses.count("pending"),
            "InProgressTasks": statuses.count("in_progress"),
            "HighPriorityTasks": len([task for task in tasks if task["priority"] in ("high", "urgent")]),
            "MedianCycleHours": median(self._cycles(since=today - timedelta(days=6))) / 3600,
        }
        return {name: comparable(value) for name, value in found.items()}

    def _cycles(self, since: object) -> list[int]:
        was: dict[str, Document | None] = {}
        cycles = []
        for change in self.oracle.log:
            if change["entity"] == "task":
                found = events(change, was.get(change["entity_id"]))
                was[change["entity_id"]] = change["after"]
                if found["completed"] and change["at"].date() >= since:
                    cycles.append(found["cycle_seconds"])
        return cycles


@pytest.fixture(scope="module")
def business(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    lake = tmp_path_factory.mktemp("business").as_uri()
    settings = Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database="todo_business",
        zone_uris={zone: f"{lake}/{zone}" for zone in ZONES},
        catalog_uri=f"{lake}/catalog.sqlite",
        settle=timedelta(0),
    )
    # The last seven days begin at a midnight. The log contains changes before and after this midnight.
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=6, hours=HOURS // 2)
    log = activity(start, HOURS, 400, seed=11)
    # At the end of the log, Kim deletes the account. Eve made no changes in the last seven days.
    log.append(deleted(user(_id="kim"), at=start + timedelta(hours=HOURS, seconds=-1)))
    log = [each for each in log if each["user_id"] != "eve" or each["at"] < today - timedelta(days=6)]
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        pipeline = Pipeline(settings, client[settings.mongodb_database], datetime.now(UTC))
        pipeline.insert(log)
        pipeline.publish(*hours_between(Hour(start), Hour(start + timedelta(hours=HOURS))))
        yield Business(pipeline, log)


def compact_day(dt: str, table: LakeTable, stores: Stores, now: datetime) -> None:
    """Publish a daily partition with the sum of the hours of the day."""
    hours = [each for each in stores.catalog.snapshot([table.physical]) if each.dt == dt]
    names = table.columns.names
    read = [stores.lake.read(table, [(h.location, f.name) for f in h.files], names) for h in hours]
    rows, daily = add_up(read, table), DAILY_OF[table]
    location = daily_location_of(daily, dt, "day")
    file = stores.lake.write(daily.zone, location, "part-00000.parquet", encode(rows, daily))
    day = with_file(
        daily.physical,
        location,
        file,
        dt=dt,
        hour=None,
        row_count=rows.num_rows,
        source_count=0,
        as_of=now,
        run_id="day",
    )
    stores.catalog.publish([day], now, lambda each: None)


def test_metrics_equal_the_oracle(business: Business) -> None:
    found = business.metrics()
    assert found == business.expected()
    # Kim has deleted the account, and Eve made no changes for a week.
    assert (found["TotalUsers"], found["ActiveUsers"]) == (len(USERS) - 1, len(USERS) - 2)


def test_metrics_equal_the_view(business: Business) -> None:
    rows = business.pipeline.rows("SELECT metric, value FROM business_metrics_kpis")
    view = {row["metric"]: comparable(row["value"]) for row in rows}
    found = business.metrics()
    assert {name: found[name] for name in IN_THE_VIEW} == {
        name: view[column] for name, column in IN_THE_VIEW.items()
    }


def test_compaction_changes_no_metric(business: Business) -> None:
    before = business.metrics()
    stores = business.stores
    days = sorted({each.dt for each in stores.catalog.snapshot(["gold_user_activity"])})
    for table in DAILY_OF:
        for dt in days:
            compact_day(dt, table, stores, business.pipeline.tick())
            assert business.metrics() == before


def test_empty_lake_has_levels_but_no_rates(changes: Changes, tmp_path: Path) -> None:
    lake = Lake({zone: f"{tmp_path.as_uri()}/{zone}" for zone in ZONES})
    settings = Settings(None, "todo", {zone: tmp_path.as_uri() for zone in ZONES}, f"{tmp_path.as_uri()}/c")
    found = business_metrics(changes.database, Stores(lake, open_stores(settings).catalog), datetime.now(UTC))
    assert {each.name: each.value for each in found} == dict.fromkeys(
        (
            "TotalUsers",
            "ActiveUsers",
            "TotalTasks",
            "PendingTasks",
            "InProgressTasks",
            "CompletedTasks",
            "HighPriorityTasks",
        ),
        0,
    )
