"""The start page over HTTP: HTML for browsers, JSON for other clients; only `embedded` shows the state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import MovableClock
from webapp.app import create_app
from webapp.core.settings import Settings, SettingsError
from webapp.database.connection import Database, connect

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
AS_OF = datetime(2026, 11, 20, 9, tzinfo=UTC)
PAGES = ["/insights", "/docs", "/redoc", "/openapi.json"]


def publish(database: Database, as_of: datetime) -> None:
    lake = {"_id": "lake", "as_of": as_of, "computed_at": as_of, "format": 2}
    database.insights.replace_one({"_id": "lake"}, lake, upsert=True)


def serve(settings: Settings, database: Database, **changes: Any) -> FlaskClient:
    return create_app(replace(settings, **changes), database, MovableClock()).test_client()


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html;q=0.5, application/json"])
def test_programs_get_an_index(client: FlaskClient, database: Database, accept: str | None) -> None:
    publish(database, AS_OF)
    answer = client.get("/", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert "Accept" in answer.vary
    assert [link["href"] for link in answer.json["links"]] == PAGES
    assert answer.json["state"] == {
        "database": "ready",
        "published_until": "2026-11-20T09:00:00.000Z",
        "pipeline": "current",
    }


def test_browsers_get_a_page(client: FlaskClient, database: Database) -> None:
    publish(database, AS_OF)
    answer = client.get("/", headers=BROWSER)
    assert answer.content_type == "text/html; charset=utf-8"
    assert "Accept" in answer.vary
    assert "published until" in answer.text
    assert all(f'href="{path}"' in answer.text for path in PAGES)
    assert "script-src 'self'; style-src 'self';" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("hours", "expected"), [(1.9, "current"), (2.1, "late"), (None, "waiting")], ids=["new", "old", "never"]
)
def test_state_of_the_pipeline_follows_the_newest_hour(
    client: FlaskClient, database: Database, clock: MovableClock, hours: float | None, expected: str
) -> None:
    if hours is not None:
        publish(database, clock.now - timedelta(hours=hours))
    assert client.get("/").json["state"]["pipeline"] == expected


def test_page_is_shown_without_the_database(settings: Settings) -> None:
    away = replace(settings, mongodb_uri="mongodb://127.0.0.1:9", database_timeout_ms=300)
    opened = connect(away)
    client = create_app(away, opened).test_client()
    assert client.get("/").json["state"]["database"] == "unavailable"
    answer = client.get("/", headers=BROWSER)
    assert (answer.status_code, "unavailable" in answer.text) == (200, True)
    opened.client.close()


def test_local_pages_are_linked(settings: Settings, database: Database, tmp_path: Path) -> None:
    pages = {"airflow_url": "http://localhost:8080", "reports_folder": tmp_path}
    client = serve(settings, database, **pages)
    assert 'href="http://localhost:8080"' in client.get("/", headers=BROWSER).text
    assert 'href="/report"' not in client.get("/", headers=BROWSER).text
    write_report(tmp_path, "2026-11-20")
    assert 'href="/report"' in client.get("/", headers=BROWSER).text


def test_newest_report_is_shown(settings: Settings, database: Database, tmp_path: Path) -> None:
    client = serve(settings, database, reports_folder=tmp_path)
    missing = client.get("/report")
    assert (missing.status_code, "make report" in missing.json["detail"]) == (404, True)
    for dt in ("2026-11-20", "2026-11-21", "2026-11-19"):
        write_report(tmp_path, dt)
    with client.get("/report") as shown:
        assert (shown.status_code, shown.mimetype, shown.data) == (200, "text/html", b"<h1>2026-11-21</h1>")
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    with client.get("/report", headers={"If-None-Match": shown.headers["ETag"]}) as unchanged:
        assert unchanged.status_code == 304


def write_report(folder: Path, dt: str) -> None:
    (folder / f"dt={dt}").mkdir()
    (folder / f"dt={dt}" / "report.html").write_text(f"<h1>{dt}</h1>")


def test_deployment_shows_no_state_and_no_local_page(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    publish(database, AS_OF)
    write_report(tmp_path, "2026-11-20")
    pages = {"airflow_url": "http://airflow.internal", "reports_folder": tmp_path}
    client = serve(settings, database, environment="prod", **pages)
    assert client.get("/report").status_code == 404
    answer = client.get("/").json
    assert (answer["state"], [link["href"] for link in answer["links"]]) == (None, PAGES)
    text = client.get("/", headers=BROWSER).text
    assert not [each for each in ("internal", "2026", "ready", "Pipeline") if each in text]


@pytest.mark.parametrize("text", ["javascript:alert(1)", "localhost:8080", "http://a b", 'http://a"onclick='])
def test_invalid_page_address_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="AIRFLOW_URL must be an address"):
        Settings.from_environment({"JWT_SECRET_KEY": "x" * 40, "AIRFLOW_URL": text})
