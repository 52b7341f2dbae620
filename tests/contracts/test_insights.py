"""The API shows the same figures as the pipeline has written and as Athena computes from the lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from todo_insights.catalog.stores import open_stores
from todo_insights.core.hours import Hour
from todo_insights.core.settings import ZONES
from todo_insights.core.settings import Settings as PipelineSettings
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.sql.query import query
from todo_insights.user_insights.write_back import LAKE_ID, write_back
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.insights import store
from webapp.insights.schemas import CoverageSchema, InsightsSchema

FIGURES = "/api/v1/insights/me"
ZONE = "Pacific/Auckland"
# At this moment, the local time in Auckland is ten minutes past midnight on the 21st.
START = datetime(2026, 11, 20, 11, 10, tzinfo=UTC)
SQL = """
    SELECT completion_rate, on_time_rate, median_cycle_hours
    FROM task_analytics_user_metrics JOIN user_cycle_times USING (user_id)
"""


class Person:
    """A user who makes changes through the API; tests set the clock of the API."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.now = START
        self._client = create_app(settings, database, lambda: self.now).test_client()
        proof = {"email": "ada@example.com", "password": "correct horse battery"}
        self._client.post("/api/v1/users", json={**proof, "name": "Ada", "time_zone": ZONE})
        token = self._client.post("/api/v1/auth/login", json=proof).json["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.open(path, method=method, json=body, headers=self._headers)
        assert answer.status_code < 300, answer.json
        return answer.json if answer.data else None

    def act(self) -> None:
        """Create four tasks, complete three of them (one after its due date), and delete the fourth."""
        made = [
            self.send("POST", "/api/v1/tasks", {"title": "A task", "due_date": due, "category": category})
            for due, category in (("2026-11-20", "home"), ("2026-11-21", None), (None, "home"), (None, None))
        ]
        for task in made[:3]:
            self.now += timedelta(minutes=10, milliseconds=1)
            self.send("PATCH", f"/api/v1/tasks/{task['id']}", {"status": "completed"})
        self.send("DELETE", f"/api/v1/tasks/{made[3]['id']}")


@pytest.fixture
def pipeline(settings: Settings, tmp_path: Path) -> PipelineSettings:
    return PipelineSettings(
        mongodb_uri=settings.mongodb_uri,
        mongodb_database=settings.mongodb_database,
        zone_uris={zone: f"{tmp_path.as_uri()}/{zone}" for zone in ZONES},
        catalog_uri=f"{tmp_path.as_uri()}/catalog.sqlite",
        settle=timedelta(0),
    )


def run_hour(pipeline: PipelineSettings, database: Database, now: datetime) -> None:
    stores, hour = open_stores(pipeline), Hour.containing(START)
    manifests = [
        process(each, database, stores, now)
        for each in plan({hour: "scheduled"}, database.changes, 1_000_000)
    ]
    publish_hours(manifests, stores, pipeline.settle, now)
    write_back([str(hour)], database, stores, now)


def test_figures_of_api_and_athena_are_equal(
    settings: Settings, database: Database, pipeline: PipelineSettings
) -> None:
    ada = Person(settings, database)
    ada.act()
    run_hour(pipeline, database, START + timedelta(hours=1))
    shown = ada.send("GET", FIGURES)
    answer = query(SQL, open_stores(pipeline))
    assert [round(value, 4) for value in answer.rows[0]] == [shown[name] for name in answer.columns]  # type: ignore[call-overload]
    assert (shown["as_of"], shown["source"]) == ("2026-11-20T12:00:00.000Z", "lake")
    assert shown["tasks"] == {"pending": 0, "in_progress": 0, "completed": 3, "cancelled": 0, "total": 3}
    assert shown["activity"] == {"changes": 8, "created": 4, "completed": 3, "reopened": 0, "deleted": 1}
    assert (shown["on_time_rate"], shown["median_cycle_hours"]) == (0.5, round(1200 / 3600, 4))
    assert [(each["category"], each["total"]) for each in shown["by_category"]] == [("home", 2), (None, 1)]
    assert shown["streaks"] == {"current": 1, "longest": 1}
    days = ada.send("GET", f"{FIGURES}/daily")["items"]
    assert days[-1] == {
        "date": "2026-11-21",
        **shown["activity"],
        "completed_on_time": 1,
        "completed_late": 1,
        "tasks": shown["tasks"],
    }


def test_api_and_pipeline_have_the_same_figures(
    settings: Settings, database: Database, pipeline: PipelineSettings
) -> None:
    Person(settings, database)
    run_hour(pipeline, database, START + timedelta(hours=1))
    lake = database.insights.find_one({"_id": LAKE_ID})
    (document,) = database.insights.find({"_id": {"$ne": LAKE_ID}})
    assert lake is not None
    assert store.LAKE_ID == LAKE_ID
    stored = {"_id", "computed_at", "revision", "format"}
    assert {"source", *lake} - stored == set(CoverageSchema().fields)
    # The API computes open_tasks from open_by_date, and the figures of days from the other fields.
    of_days = {"totals", "recent", "live_by_month"}
    assert {"source", "open_tasks", *document} - {*stored, *of_days, "open_by_date"} == set(
        InsightsSchema().fields
    )
    assert {lake["format"], document["format"]} == {store.FORMAT}
