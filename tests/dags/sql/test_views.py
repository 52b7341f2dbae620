"""The results of the views on a published lake equal those of an oracle that reads only the log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
import sqlglot
from pymongo import MongoClient

from tests.dags.activity import activity
from tests.dags.change_log import NOON, Document, Row, created, deleted, task, user
from tests.dags.insights import Pipeline
from tests.dags.oracle import Oracle, comparable
from todo_insights.catalog.stores import open_stores
from todo_insights.core.errors import SchemaError
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import ZONES, Settings
from todo_insights.hourly.extract import Changes, open_changes
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import GOLD_CATEGORIES, GOLD_USERS, SILVER_TASKS, LakeTable
from todo_insights.sql import athena
from todo_insights.sql.athena import views
from todo_insights.sql.query import query

HOURS = 30
METRICS = [
    "total_users",
    "active_users_7d",
    "total_tasks",
    "completed_tasks",
    "completion_rate",
    "avg_tasks_per_user",
    "avg_cycle_hours",
    "on_time_rate",
    "rejected_changes",
]


class Published:
    """A lake that the tests only read, and an oracle that has read the log of this lake."""

    def __init__(self, settings: Settings, log: list[Document]) -> None:
        self.settings, self.oracle = settings, Oracle(log)

    def rows(self, sql: str) -> list[Row]:
        answer = query(sql, open_stores(self.settings))
        return [
            {name: comparable(_utc(value)) for name, value in zip(answer.columns, row, strict=True)}
            for row in answer.rows
        ]


def _utc(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _expected(rows: dict[str, Row]) -> dict[str, Row]:
    return {key: {name: comparable(value) for name, value in row.items()} for key, row in rows.items()}


@pytest.fixture(scope="module")
def lake(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Published:
    settings = _settings(mongodb_uri, tmp_path_factory.mktemp("views"))
    # The log begins more than seven days ago, so that only some changes are in the last seven days.
    start = Hour.containing(datetime.now(UTC) - timedelta(days=7, hours=HOURS // 2)).start
    log = activity(start, HOURS, 600, seed=7)
    log.append(deleted(user(_id="kim"), at=start + timedelta(hours=HOURS - 1, minutes=59)))
    with MongoClient[Document](mongodb_uri, retryWrites=False) as client:
        client[settings.mongodb_database]["changes"].insert_many(log)
    first = Hour.containing(start)
    with open_changes(settings) as changes:
        for hour in hours_between(first, Hour.containing(start + timedelta(hours=HOURS))):
            now = datetime.now(UTC)
            manifests = [
                process(each, changes.database, open_stores(settings), now)
                for each in plan({hour: "scheduled"}, changes, 1_000_000)
            ]
            publish_hours(manifests, open_stores(settings), settings.settle, now)
    return Published(settings, log)


def _settings(mongodb_uri: str | None, folder: Path) -> Settings:
    return Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database="todo_views",
        zone_uris=MappingProxyType({zone: f"{folder.as_uri()}/{zone}" for zone in ZONES}),
        catalog_uri=f"{folder.as_uri()}/catalog.sqlite",
        settle=timedelta(0),
    )


def test_activity_holds_the_hard_cases(lake: Published) -> None:
    found = {name for events in lake.oracle.events.values() for name in events}
    assert {"reopened", "restored", "deleted", "on_time", "late", "completed"} <= found
    assert any(
        change["after"] and change["before"] and change["after"]["category"] != change["before"]["category"]
        for change in lake.oracle.log
        if change["entity"] == "task"
    )


@pytest.mark.parametrize("table", [SILVER_TASKS, GOLD_USERS, GOLD_CATEGORIES], ids=lambda each: each.physical)
def test_activity_has_several_values_of_each_column(lake: Published, table: LakeTable) -> None:
    """Without several values, the tests that compare the views with the oracle would compare 0 with 0."""
    texts = {name: f"COALESCE(CAST({name} AS varchar), '')" for name in table.columns.names}
    counts = ", ".join(f"COUNT(DISTINCT {text}) AS {name}" for name, text in texts.items())
    (row,) = lake.rows(f"SELECT {counts} FROM {table.physical}")
    constant = [name for name, count in row.items() if count < 2]
    assert not constant, (
        f"tests/dags/activity.py: generate tasks with several values of the field from which {constant} of "
        f"{table.physical} are computed"
    )


def test_user_analytics_equals_the_oracle(lake: Published) -> None:
    rows = {row.pop("user_id"): row for row in lake.rows("SELECT * FROM user_analytics")}
    assert rows == _expected(lake.oracle.user_analytics())
    assert "kim" not in rows


def test_user_metrics_equal_the_oracle(lake: Published) -> None:
    rows = {row.pop("user_id"): row for row in lake.rows("SELECT * FROM task_analytics_user_metrics")}
    expected = _expected(lake.oracle.user_metrics())
    columns, expected_columns = ({name for row in each.values() for name in row} for each in (rows, expected))
    assert columns == expected_columns, (
        "the columns of dags/todo_insights/sql/views/task_analytics_user_metrics.sql differ from the names "
        "in user_metrics() of tests/dags/oracle.py"
    )
    assert rows == expected


def test_business_metrics_equal_the_oracle(lake: Published) -> None:
    rows = lake.rows("SELECT metric, value FROM business_metrics_kpis")
    expected = lake.oracle.kpis(datetime.now(UTC).date())
    assert {row["metric"]: row["value"] for row in rows} == _expected({"all": expected})["all"]
    assert sorted(row["metric"] for row in rows) == sorted(METRICS)


def test_rejected_change_is_shown_with_the_wrong_levels(changes: Changes, settings: Settings) -> None:
    """The change that created a task is rejected, but not the change that deletes the task.

    So the deltas subtract a completed task that they have never added.
    """
    done = task(status="completed", completed_at=NOON)
    lost = created(done | {"status": "unknown"})
    changes.insert_many([lost, deleted(done, at=NOON + timedelta(minutes=1))])
    pipeline = Pipeline(settings, changes.database, NOON + timedelta(hours=2))
    pipeline.publish(Hour.containing(NOON))
    rows = pipeline.rows("SELECT metric, value FROM business_metrics_kpis")
    values = {row["metric"]: row["value"] for row in rows}
    assert (values["completed_tasks"], values["rejected_changes"]) == (-1, 1)


def test_category_trends_run_up_to_the_live_tasks(lake: Published) -> None:
    rows = lake.rows("SELECT * FROM task_analytics_category_trends ORDER BY dt")
    newest = {(row["category"], row["priority"]): row for row in rows}
    live = lake.oracle.live_by_cell()
    for (category, priority), row in newest.items():
        for status in ("pending", "in_progress", "completed", "cancelled"):
            assert row[f"{status}_tasks"] == live[category, priority, status]
        assert row["total_tasks"] == sum(
            count for cell, count in live.items() if cell[:2] == (category, priority)
        )
    assert set(newest) >= {cell[:2] for cell in live}


def test_category_trends_count_each_day(lake: Published) -> None:
    rows = lake.rows(
        "SELECT dt, SUM(changes) AS n, SUM(tasks_deleted) AS d "
        "FROM task_analytics_category_trends GROUP BY dt"
    )
    days: dict[str, list[int]] = {}
    for change in lake.oracle.log:
        if change["entity"] == "task":
            counts = days.setdefault(change["at"].date().isoformat(), [0, 0])
            counts[0] += 1
            counts[1] += change["op"] == "deleted"
    assert {row["dt"]: [row["n"], row["d"]] for row in rows} == days


def test_silver_agrees_with_the_log(lake: Published) -> None:
    rows = lake.rows("SELECT op, COUNT(*) AS n FROM silver_task_changes GROUP BY op")
    ops = [change["op"] for change in lake.oracle.log if change["entity"] == "task"]
    assert {row["op"]: row["n"] for row in rows} == {op: ops.count(op) for op in set(ops)}


def test_empty_lake_gives_zeros_and_nulls(tmp_path: Path) -> None:
    rows = Published(_settings(None, tmp_path), []).rows("SELECT * FROM business_metrics_kpis")
    values = {row["metric"]: row["value"] for row in rows}
    assert {name for name, value in values.items() if value == 0} == {*METRICS[:4], METRICS[-1]}
    assert {name for name, value in values.items() if value is None} == {*METRICS[4:-1]}


@pytest.mark.parametrize("view", sorted(views()))
def test_view_of_an_empty_lake_is_no_error(tmp_path: Path, view: str) -> None:
    Published(_settings(None, tmp_path), []).rows(f"SELECT * FROM {view}")


@pytest.mark.parametrize("dialect", ["athena", "trino"])
@pytest.mark.parametrize("view", sorted(views()))
def test_view_is_one_select_in_athenas_dialect(view: str, dialect: str) -> None:
    (statement,) = sqlglot.parse(views()[view], read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(statement, sqlglot.exp.Query)


def test_view_of_a_missing_column_is_an_error_that_names_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**views(), "broken": "SELECT user_id, estimate FROM gold_user_activity"}
    monkeypatch.setattr(athena, "views", lambda: broken)
    with pytest.raises(SchemaError, match=r"sql/views/broken\.sql: .*'estimate' cannot.*lake/tables\.toml"):
        athena.view("broken")


def test_lake_has_the_promised_views() -> None:
    assert set(views()) == {
        "user_activity",
        "category_activity",
        "daily_trends",
        "weekly_trends",
        "cohort_retention",
        "backlog_ageing",
        "user_analytics",
        "task_analytics_user_metrics",
        "task_analytics_category_trends",
        "business_metrics_kpis",
        "user_cycle_times",
    }
