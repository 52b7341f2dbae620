"""For any activity of a user, the insights of the API equal the results of Athena at the time `as_of`."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.contracts.test_insights import FIGURES, ZONE, Person
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES
from todo_insights.core.settings import Settings as PipelineSettings
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.sql.query import query
from todo_insights.user_insights.write_back import write_back
from webapp.core.settings import Settings
from webapp.database.connection import connect

STATUSES = ("pending", "in_progress", "completed", "cancelled")
COUNTS = ["changes", "created", "completed", "reopened", "deleted", "completed_on_time", "completed_late"]
DAYS_SQL = """
    SELECT CAST(local_date AS VARCHAR) AS date, SUM(changes) AS changes, SUM(tasks_created) AS created,
           SUM(tasks_completed) AS completed, SUM(tasks_reopened) AS reopened, SUM(tasks_deleted) AS deleted,
           SUM(completed_on_time) AS completed_on_time, SUM(completed_late) AS completed_late,
           SUM(pending_delta) AS pending_delta, SUM(in_progress_delta) AS in_progress_delta,
           SUM(completed_delta) AS completed_delta, SUM(cancelled_delta) AS cancelled_delta
    FROM gold_user_activity GROUP BY local_date ORDER BY local_date
"""
CHANGES_SQL = """
    SELECT at, time_zone, op, status_after = 'completed' AND COALESCE(status_before, '') <> 'completed'
           AND op <> 'restored' AS is_completion, DATE_DIFF('millisecond', created_at, completed_at) AS cycle
    FROM silver_task_changes
"""
# This query computes the age of each open task like the view backlog_ageing, but on the date of as_of instead
# of today.
AGES_SQL = """
    SELECT DATE_DIFF('day', CAST(created_at AS DATE), DATE '{today}') AS age, status_after AS status
    FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY version DESC) AS place
          FROM silver_task_changes) AS newest
    WHERE place = 1 AND status_after IN ('pending', 'in_progress')
"""
STEP = st.tuples(
    st.sampled_from(["create", "create", "change", "change", "delete", "restore", "travel"]),
    st.integers(1, 60 * 20),
    st.integers(0, 10),
    st.sampled_from(STATUSES),
    st.sampled_from([None, "home", "work"]),
    st.sampled_from([None, "2026-11-20", "2026-11-22"]),
)


def send_steps(ada: Person, steps: list[Any]) -> None:
    """Send one request for each step; each step contains the minutes since the previous step."""
    tasks: list[str] = []
    gone: list[str] = []
    for action, minutes, number, status, category, due in steps:
        ada.now += timedelta(minutes=minutes, milliseconds=number)
        if action == "travel":
            ada.send("PATCH", "/api/v1/users/me", {"time_zone": [ZONE, "America/New_York"][number % 2]})
        elif action == "create" or not tasks:
            body = {"title": "A task", "status": status, "category": category, "due_date": due}
            tasks.append(ada.send("POST", "/api/v1/tasks", body)["id"])
        elif action == "change":
            body = {"status": status, "category": category}
            ada.send("PATCH", f"/api/v1/tasks/{tasks[number % len(tasks)]}", body)
        elif action == "delete":
            gone.append(tasks.pop(number % len(tasks)))
            ada.send("DELETE", f"/api/v1/tasks/{gone[-1]}")
        elif gone:
            tasks.append(gone.pop())
            ada.send("POST", f"/api/v1/tasks/{tasks[-1]}/restore")


def run_pipeline(database: Any, stores: Stores, now: datetime) -> None:
    """Run the pipeline for all hours with changes and for the current hour."""
    hours = sorted({Hour.containing(each["at"]) for each in database.changes.find()} | {Hour.containing(now)})
    due = plan(dict.fromkeys(hours, "scheduled"), database.changes, 1_000_000)
    publish_hours([process(each, database, stores, now) for each in due], stores, timedelta(0), now)
    write_back([str(hour) for hour in hours], database, stores, now)


@pytest.fixture
def lake_settings(settings: Settings) -> PipelineSettings:
    return PipelineSettings(
        mongodb_uri=settings.mongodb_uri,
        mongodb_database="",
        zone_uris={},
        catalog_uri="",
        settle=timedelta(0),
    )


@given(steps=st.lists(STEP, min_size=8, max_size=16))
@hypothesis_settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_insights_equal_athena_for_any_activity(
    settings: Settings, lake_settings: PipelineSettings, tmp_path: Path, steps: list[Any]
) -> None:
    name = f"property_{uuid4().hex}"
    database = connect(replace(settings, mongodb_database=name))
    ada = Person(replace(settings, mongodb_database=name), database)
    send_steps(ada, steps)
    ada.now += timedelta(minutes=1)
    with TemporaryDirectory(dir=tmp_path) as folder:
        lake = Path(folder).as_uri()
        stores = open_stores(
            replace(
                lake_settings,
                mongodb_database=name,
                zone_uris={zone: f"{lake}/{zone}" for zone in ZONES},
                catalog_uri=f"{lake}/catalog.sqlite",
            )
        )
        run_pipeline(database, stores, ada.now)
        _compare(ada, stores)
    database.client.drop_database(name)
    database.client.close()


def _compare(ada: Person, stores: Stores) -> None:
    last = "2027-01-20"
    figures = ada.send("GET", FIGURES)
    assert datetime.fromisoformat(figures["as_of"]) == ada.now
    # The current hour has not ended yet, so the API marks it as provisional.
    provisional = Hour.containing(ada.now).start
    assert datetime.fromisoformat(figures["provisional_from"]) == provisional
    _compare_days(ada.send("GET", f"{FIGURES}/daily?from=2026-11-01&to={last}")["items"], stores)
    _compare_period(ada.send("GET", f"{FIGURES}/period?from=2026-11-01&to={last}"), stores)
    today = (ada.now - timedelta(milliseconds=1)).date()
    found = Counter((row["age"], row["status"]) for row in _rows(AGES_SQL.format(today=today), stores))
    for group in figures["open_tasks"]["by_age"]:
        of_group = range(group["from_days"], (group["to_days"] or 10_000) + 1)
        for status in ("pending", "in_progress"):
            assert group[status] == sum(found[age, status] for age in of_group), group
    ages = [age for (age, _), count in found.items() for _ in range(count)]
    assert figures["open_tasks"]["median_days"] == (float(np.median(ages)) if ages else None)
    assert figures["open_tasks"]["oldest_days"] == max(ages, default=None)


def _compare_days(shown: list[Any], stores: Stores) -> None:
    expected = {row["date"]: row for row in _rows(DAYS_SQL, stores)}
    level = dict.fromkeys(STATUSES, 0)
    for day in shown:
        row = expected.get(day["date"], Counter())
        assert {name: day[name] for name in COUNTS} == {name: row[name] for name in COUNTS}
        level = {status: level[status] + row[f"{status}_delta"] for status in STATUSES}
        if day["tasks"] is not None:
            assert day["tasks"] == level | {"total": sum(level.values())}


def _compare_period(shown: Any, stores: Stores) -> None:
    changes = _rows(CHANGES_SQL, stores)
    cycles = [row["cycle"] // 1000 / 3600 for row in changes if row["is_completion"]]
    spread = shown["cycle_hours"]
    assert spread["completions"] == shown["activity"]["completed"] == len(cycles)
    assert spread["median"] == (pytest.approx(np.median(cycles), abs=1e-4) if cycles else None)
    for percent in (10, 25, 75, 90):
        shown_value = spread[f"p{percent}"]
        if not cycles:
            assert shown_value is None
        else:
            expected = np.percentile(cycles, percent, method="inverted_cdf")
            assert shown_value == pytest.approx(expected, abs=1e-4)
    hours: Counter[tuple[int, int]] = Counter()
    for row in changes:
        at = row["at"].astimezone(ZoneInfo(row["time_zone"]))
        hours[date.isoweekday(at), at.hour] += 1
    assert Counter({(each["weekday"], each["hour"]): each["changes"] for each in shown["by_hour"]}) == hours
    assert sum(each["created"] for each in shown["by_hour"]) == sum(row["op"] == "created" for row in changes)


def _rows(sql: str, stores: Stores) -> list[dict[str, Any]]:
    answer = query(sql, stores)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
