"""The figures of the API equal the results of SQL, or values computed by hand."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pytest
from pymongo import MongoClient

from tests.dags.activity import ZONES, activity
from tests.dags.change_log import NOON, Document, created, deleted, restored, silver, task, updated
from tests.dags.insights import Pipeline, documents
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import ZONES as LAKE_ZONES
from todo_insights.core.settings import Settings
from todo_insights.lake.schema import GOLD_USERS, STATUSES
from todo_insights.transform.aggregate import aggregate
from todo_insights.user_insights.figures import MAX_CATEGORIES, insights_of
from todo_insights.user_insights.parts import empty_part, parts_of
from todo_insights.user_insights.totals import Totals
from webapp.insights.days import activity_by_date

HOURS = 72
DAYS_SQL = """
    SELECT user_id, local_date, SUM(changes) AS changes, SUM(tasks_created) AS created,
           SUM(tasks_completed) AS completed, SUM(tasks_reopened) AS reopened, SUM(tasks_deleted) AS deleted,
           SUM(completed_on_time) AS completed_on_time, SUM(completed_late) AS completed_late
    FROM gold_user_activity GROUP BY user_id, local_date HAVING SUM(changes) > 0 ORDER BY local_date
"""
STREAKS_SQL = """
    WITH days AS (
      SELECT user_id, local_date FROM gold_user_activity
      GROUP BY user_id, local_date HAVING SUM(tasks_completed) > 0
    ),
    numbered AS (
      SELECT user_id, local_date, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY local_date) AS place
      FROM days
    ),
    runs AS (
      SELECT user_id, COUNT(*) AS days, MAX(local_date) AS until
      FROM numbered GROUP BY user_id, DATE_ADD('day', -place, local_date)
    )
    SELECT user_id, MAX(days) AS longest, MAX_BY(days, until) AS newest, MAX(until) AS newest_until
    FROM runs GROUP BY user_id
"""
LIVE_SQL = """
    SELECT user_id, {name}, status, SUM(delta) AS tasks
    FROM (SELECT user_id, {name}_after AS {name}, status_after AS status, 1 AS delta FROM silver_task_changes
          UNION ALL
          SELECT user_id, {name}_before, status_before, -1 FROM silver_task_changes) AS moves
    WHERE status IS NOT NULL GROUP BY user_id, {name}, status HAVING SUM(delta) <> 0
"""


@pytest.fixture(scope="module")
def pipeline(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    settings = _settings(mongodb_uri, tmp_path_factory.mktemp("figures"))
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        opened = Pipeline(settings, client[settings.mongodb_database], NOON + timedelta(days=30))
        opened.insert(activity(NOON, HOURS, 150, seed=8))
        opened.run(*hours_between(Hour(NOON), Hour(NOON + timedelta(hours=HOURS))))
        yield opened


@pytest.fixture(scope="module")
def written(pipeline: Pipeline) -> dict[str, Any]:
    found = documents(pipeline.database)
    del found["lake"]
    assert found.keys() == ZONES.keys()
    return found


def _settings(mongodb_uri: str, folder: Path) -> Settings:
    return Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database="todo_figures",
        zone_uris=MappingProxyType({zone: f"{folder.as_uri()}/{zone}" for zone in LAKE_ZONES}),
        catalog_uri=f"{folder.as_uri()}/catalog.sqlite",
        settle=timedelta(0),
    )


def test_totals_and_rates_equal_results_of_athena(pipeline: Pipeline, written: dict[str, Any]) -> None:
    rows = {row["user_id"]: row for row in pipeline.rows("SELECT * FROM task_analytics_user_metrics")}
    for who, figures in written.items():
        row = rows[who]
        live = {status: row[f"{status}_tasks"] for status in STATUSES}
        assert figures["tasks"] == live | {"total": sum(live.values())}
        for name in ("created", "completed", "reopened", "deleted"):
            assert figures["activity"][name] == row[f"tasks_{name}"] > 0
        assert figures["completion_rate"] == pytest.approx(row["completion_rate"], abs=1e-12)
        assert figures["on_time_rate"] == pytest.approx(row["on_time_rate"], abs=1e-12)


def test_median_cycle_equals_result_of_athena(pipeline: Pipeline, written: dict[str, Any]) -> None:
    rows = {row["user_id"]: row for row in pipeline.rows("SELECT * FROM user_cycle_times")}
    # The median of an even number of values is calculated differently from that of an odd number, so the test
    # needs users with even and with odd numbers.
    assert {row["completions"] % 2 for row in rows.values()} == {0, 1}
    for who, figures in written.items():
        assert figures["median_cycle_hours"] == pytest.approx(rows[who]["median_cycle_hours"], rel=1e-12)
        assert figures["activity"]["completed"] == rows[who]["completions"]


def test_days_equal_results_of_athena(pipeline: Pipeline, written: dict[str, Any]) -> None:
    expected: dict[str, list[Any]] = {}
    for row in pipeline.rows(DAYS_SQL):
        expected.setdefault(row.pop("user_id"), []).append(row | {"date": row.pop("local_date").isoformat()})
    shown = {
        who: [
            {
                name: number
                for name, number in day.items()
                if name not in ("changed", "hours", "cycle_seconds")
            }
            for day in activity_by_date(figures["parts"].values()).values()
            if day["changes"]
        ]
        for who, figures in written.items()
    }
    assert shown == expected
    # The offsets of the time zones differ so much that one hour has two local dates.
    assert len({days[0]["date"] for days in shown.values()}) > 1


def test_streaks_equal_results_of_athena(pipeline: Pipeline, written: dict[str, Any]) -> None:
    expected = {
        row.pop("user_id"): row | {"newest_until": row["newest_until"].isoformat()}
        for row in pipeline.rows(STREAKS_SQL)
    }
    assert {who: figures["streaks"] for who, figures in written.items()} == expected
    assert any(row["newest"] < row["longest"] for row in expected.values())


@pytest.mark.parametrize("name", ["category", "priority"])
def test_live_tasks_equal_results_of_athena(pipeline: Pipeline, written: dict[str, Any], name: str) -> None:
    expected = {
        (row["user_id"], row[name], row["status"]): row["tasks"]
        for row in pipeline.rows(LIVE_SQL.format(name=name))
    }
    shown = {
        (who, cell[name], status): cell[status]
        for who, figures in written.items()
        for cell in figures[f"by_{name}"]
        for status in STATUSES
        if cell[status]
    }
    assert shown == expected


def test_parts_add_up_to_the_total(written: dict[str, Any]) -> None:
    for figures in written.values():
        for name in ("by_category", "by_priority"):
            for count in (*STATUSES, "total"):
                assert sum(cell[count] for cell in figures[name]) == figures["tasks"][count]


def test_totals_do_not_depend_on_the_order_of_updates(written: dict[str, Any]) -> None:
    """A part may be replaced by another one and come back; nothing of the other one is left."""
    chance = Random(3)
    for figures in written.values():
        parts = list(figures["parts"].values())
        expected = Totals.of(parts).document()
        totals = Totals.of([])
        for old, new in pairwise([empty_part(), *chance.sample(parts, len(parts)), empty_part()]):
            totals.replace(old, new)
        assert totals.document() == Totals.of([]).document()
        for part in chance.sample(parts, len(parts)):
            totals.replace(empty_part(), part)
        # The order of the cells is that of the updates.
        found = totals.document()
        for each in (found, expected):
            each["totals"]["cells"].sort(key=str)
        assert found == expected
        assert len(parts) >= 3


def test_restored_completion_is_not_counted_again() -> None:
    done = task(status="completed", completed_at=NOON + timedelta(hours=3))
    again = restored(done | {"version": 3}, version=3)
    log = [created(task()), _change(task(), done), deleted(done, version=2), again]
    ada = _insights_of(*log)["ada"]
    assert (ada["tasks"]["completed"], ada["activity"]["completed"], ada["median_cycle_hours"]) == (1, 1, 3)


def test_category_named_none_is_separate() -> None:
    ada = _insights_of(created(task(category=None)), created(task(_id="t2", category="(none)")))["ada"]
    assert [(cell["category"], cell["total"]) for cell in ada["by_category"]] == [("(none)", 1), (None, 1)]


def test_category_without_tasks_is_not_listed() -> None:
    home = task(category="home")
    ada = _insights_of(created(home), updated(home, category="work"))["ada"]
    assert [(cell["category"], cell["pending"]) for cell in ada["by_category"]] == [("work", 1)]


def test_only_largest_categories_are_listed() -> None:
    tasks = [created(task(_id=f"t{n}", category=f"c{n:04}")) for n in range(MAX_CATEGORIES + 50)]
    ada = _insights_of(*tasks, created(task(_id="last", category=f"c{MAX_CATEGORIES + 40:04}")))["ada"]
    shown = [cell["category"] for cell in ada["by_category"]]
    assert (len(shown), shown[:2]) == (MAX_CATEGORIES, [f"c{MAX_CATEGORIES + 40:04}", "c0000"])


@pytest.mark.parametrize(
    ("days", "longest", "newest", "until"),
    [
        ([], 0, 0, None),
        ([5], 1, 1, 5),
        ([5, 6, 7], 3, 3, 7),
        ([1, 2, 3, 5], 3, 1, 5),
        ([1, 3, 4], 2, 2, 4),
        ([28, 29, 30, 31, 32], 5, 5, 32),
    ],
)
def test_streak_is_a_run_of_dates(days: list[int], longest: int, newest: int, until: int | None) -> None:
    dates = [date(2026, 10, 31) + timedelta(days=day) for day in days]
    blank = dict.fromkeys(GOLD_USERS.columns.names, 0) | {"first_change_at": NOON, "last_change_at": NOON}
    rows = [
        blank | {"user_id": "ada", "local_date": each, "changes": 1, "tasks_completed": done}
        for each, done in [*((each, 1) for each in reversed(dates)), (date(2026, 10, 1), 0)]
    ]
    ada = _insights_of_rows(pa.Table.from_pylist(rows, GOLD_USERS.columns), silver().tasks)["ada"]
    ends = until and (date(2026, 10, 31) + timedelta(days=until)).isoformat()
    assert ada["streaks"] == {"longest": longest, "newest": newest, "newest_until": ends}


def _change(before: Document, image: Document) -> Document:
    fields = {name: image[name] for name in ("status", "completed_at")}
    return updated(before, **fields)


def _insights_of(*log: Document) -> dict[str, Any]:
    conformed = silver(*log)
    return _insights_of_rows(aggregate(conformed.tasks, conformed.users)[0], conformed.tasks)


def _insights_of_rows(activity: pa.Table, changes: pa.Table) -> dict[str, Any]:
    """Return the figures of each user, computed as if all rows were on one UTC day."""
    of_day = [
        rows.append_column("dt", pa.repeat(pa.scalar("2026-11-20"), rows.num_rows))
        for rows in (activity, changes)
    ]
    return {user: insights_of(Totals.of(parts.values())) for user, parts in parts_of(*of_day).items()}
