"""`make pictures`: saves the picture of the team report for the README, with sample activity."""

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from playwright.sync_api import ViewportSize

from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import ZONES
from todo_insights.core.settings import Settings as PipelineSettings
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.maintenance.hour_quality import record_due_days
from todo_insights.report.period import Period
from todo_insights.report.write import report_of
from tools.chromium import launched
from tools.data_folder import ROOT, DataFolder
from tools.services.database import available_database
from webapp.core.settings import Settings
from webapp.database.connection import Database, connect
from webapp.sample.runner import SampleRunner, Scenario

END = datetime(2026, 11, 29, tzinfo=UTC)
DAYS, USERS, SEED = 28, 14, 7
# One hour for each quality of an hour except "complete".
MISSING, REJECTED, LATE = (Hour.parse(f"2026-11-{hour}") for hour in ("12T03", "17T09", "20T14"))
PROVISIONAL = Hour.parse("2026-11-28T23")
TARGET = ROOT / "docs" / "images" / "report.png"
VIEW: ViewportSize = {"width": 1120, "height": 960}


def main() -> None:
    """Write the sample, publish its hours, and save the upper part of the report."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "logs").mkdir()
        with available_database(DataFolder(folder)) as uri:
            html = report_of(Period.before(END.date()), _published(uri, folder), "sample", END)
        page = folder / "report.html"
        page.write_text(html, "utf-8")
        _save_picture(page)


def _published(uri: str, folder: Path) -> Stores:
    settings = Settings(jwt_secret="x" * 32, mongodb_uri=uri, mongodb_database="report")
    database = connect(settings)
    for _ in SampleRunner(settings, database, Scenario(USERS, DAYS, SEED, END)).run():
        pass
    lake = (folder / "lake").as_uri()
    stores = open_stores(
        PipelineSettings(
            mongodb_uri=uri,
            mongodb_database="report",
            zone_uris=MappingProxyType({zone: f"{lake}/{zone}" for zone in ZONES}),
            catalog_uri=f"{lake}/catalog.sqlite",
        )
    )
    _add_change(database, REJECTED, {"op": "lost"})
    first = Hour.containing(END - timedelta(days=DAYS))
    hours = [hour for hour in hours_between(first, Hour(END)) if hour != MISSING]
    _publish(hours, database, stores)
    record_due_days(stores, END)
    _add_change(database, LATE, {})
    _publish([LATE], database, stores)
    record_due_days(stores, END)
    database.client.close()
    return stores


def _publish(hours: Iterable[Hour], database: Database, stores: Stores) -> None:
    for hour in hours:
        now = hour.end + timedelta(minutes=-1 if hour == PROVISIONAL else 20)
        manifests = [
            process(each, database, stores, now)
            for each in plan({hour: "scheduled"}, database.changes, 1_000_000)
        ]
        publish_hours(manifests, stores, timedelta(minutes=5), now)


def _add_change(database: Database, hour: Hour, fields: dict[str, Any]) -> None:
    """Insert a copy of a change of this hour that created a task, with another task id and these fields."""
    query = {"at": {"$gte": hour.start, "$lt": hour.end}, "entity": "task", "op": "created"}
    change = database.changes.find_one(query)
    assert change is not None, f"the sample creates no task in {hour}"
    task_id = f"{change['entity_id'][:-4]}ffff"
    image = change["after"] | {"_id": task_id}
    names = {"_id": f"task:{task_id}:1", "entity_id": task_id, "idempotency_key": f"{change['user_id']}:copy"}
    database.changes.insert_one(change | names | {"after": image} | fields)


def _save_picture(page: Path) -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with launched() as browser:
        opened = browser.new_page(viewport=VIEW)
        opened.goto(page.as_uri())
        opened.screenshot(path=TARGET)
        (ROOT / "artefacts").mkdir(exist_ok=True)
        opened.screenshot(path=ROOT / "artefacts" / "report-sample.png", full_page=True)


if __name__ == "__main__":
    main()
