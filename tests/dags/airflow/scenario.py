"""The log and the lakes that the tested runs use: a published day, a gap, a late hour, and a broken lake."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from types import MappingProxyType
from uuid import uuid4

from tests.dags.activity import activity
from tests.dags.change_log import Row, created, task
from tests.dags.insights import Pipeline
from todo_insights.core.database import Database
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import ZONES, Settings
from todo_insights.lake.schema import TABLES
from todo_insights.lake.stores import Stores, open_stores

Env = dict[str, str]


@dataclass(frozen=True)
class Scenario:
    """A log of two days up to the present hour, and three lakes.

    The lake `well` has a published `day`; the log has lost a change of its first hour, `shrunk`. The lake
    `poisoned` only has the hour `late`, which got a change afterwards, and writing its files again fails.
    `aws` is empty. `own` is a closed hour that no lake has.
    """

    database: Database
    well: Settings
    poisoned: Settings
    aws: Settings
    day: date
    shrunk: Hour
    late: Hour
    own: Hour


def prepare(database: Database, uri: str, aws: Settings, folder: Path, now: datetime) -> Scenario:
    """Write the log, and publish the hours that the lakes start with."""
    present = Hour.containing(now)
    late, own = (Hour(present.start - timedelta(hours=back)) for back in (4, 2))
    midnight = Hour(late.start.replace(hour=0) - timedelta(days=1))
    day = list(hours_between(midnight, Hour(midnight.start + timedelta(days=1))))
    well, poisoned = (_at(folder / name, uri, database.name) for name in ("well", "poisoned"))
    pipeline = Pipeline(well, database, day[-1].end + timedelta(minutes=10))
    hours = int((present.start - midnight.start) / timedelta(hours=1))
    pipeline.live(activity(midnight.start, hours, changes=10 * hours, seed=7))
    pipeline.publish(*day)
    database.changes.delete_one({"at": {"$gte": day[0].start, "$lt": day[0].end}})
    Pipeline(poisoned, database, late.end + timedelta(minutes=10)).publish(late)
    moment = late.start + timedelta(minutes=59)
    database.changes.insert_one(created(task(_id="late", created_at=moment), at=moment))
    barred = folder / "poisoned" / "bronze" / "task_changes" / f"dt={late.dt}" / f"hour={late.hour}"
    rmtree(barred)
    barred.write_text("where files of this hour would go")
    return Scenario(database, well, poisoned, aws, midnight.start.date(), midnight, late, own)


def in_environment(settings: Settings) -> Env:
    """Return the settings of a lake in a folder as environment variables."""
    lake = settings.catalog_uri.removesuffix("/catalog.sqlite")
    return {
        "MONGODB_URI": settings.mongodb_uri or "",
        "MONGODB_DATABASE": settings.mongodb_database,
        "LAKE_URI": lake,
    }


def reference(scenario: Scenario, hour: Hour, folder: Path) -> dict[str, list[Row]]:
    """Return the expected rows of an hour by table, processed without Airflow in another lake."""
    settings = _at(folder / uuid4().hex, scenario.well.mongodb_uri or "", scenario.database.name)
    Pipeline(settings, scenario.database, hour.end + timedelta(hours=1)).publish(hour)
    return content(open_stores(settings), hour)


def content(stores: Stores, hour: Hour) -> dict[str, list[Row]]:
    """Return the rows of an hour by table."""
    found = {}
    for table in TABLES:
        partitions = stores.catalog.snapshot([table.physical], since=hour.dt)
        files = [
            (each.location, file.name)
            for each in partitions
            if (each.dt, each.hour) == (hour.dt, hour.hour)
            for file in each.files
        ]
        rows = stores.lake.read(table, files, table.columns.names)
        found[table.physical] = rows.sort_by([(name, "ascending") for name in table.sorted_by]).to_pylist()
    return found


def _at(lake: Path, uri: str, database: str) -> Settings:
    return Settings(
        mongodb_uri=uri,
        mongodb_database=database,
        zone_uris=MappingProxyType({zone: f"{lake.as_uri()}/{zone}" for zone in ZONES}),
        catalog_uri=f"{lake.as_uri()}/catalog.sqlite",
    )
