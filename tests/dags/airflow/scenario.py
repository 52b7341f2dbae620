"""The change log and the three lakes for the tests that run DAGs."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from tests.dags.activity import activity
from tests.dags.change_log import Row, created, task
from tests.dags.insights import Pipeline
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.database import Database
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import ZONES, Settings
from todo_insights.lake.schema import TABLES
from tools.services.aws import IDENTITY, REGION

Env = dict[str, str]

HOURLY, HISTORY = "todo_hourly_insights", "todo_history_rebuild"
# The password is URL-encoded in the address; Airflow stores the decoded password.
PASSWORD = "s3cr%2Ft+word"
UNREACHABLE = f"mongodb://todo:{PASSWORD.replace('+', '%20')}@127.0.0.1:9/?serverSelectionTimeoutMS=100"


@dataclass(frozen=True)
class Scenario:
    """A change log of two days up to the present hour, and three lakes that were computed from it.

    The lake `healthy` has a published `day`; afterwards, the log has lost a change of `shrunk`, the first
    hour of this day. The lake `unwritable` has only the hour `late`; afterwards, the log got another change
    of this hour, but files of this hour cannot be written any more. The lake `aws` is empty. `own` is
    an hour that has ended, and that no lake contains.
    """

    database: Database
    healthy: Settings
    unwritable: Settings
    aws: Settings
    day: date
    shrunk: Hour
    late: Hour
    own: Hour


def prepare(database: Database, uri: str, aws: Settings, folder: Path, now: datetime) -> Scenario:
    """Write the change log, and publish the hours that the lakes contain at the start."""
    present = Hour.containing(now)
    late, own = (Hour(present.start - timedelta(hours=back)) for back in (4, 2))
    midnight = Hour(late.start.replace(hour=0) - timedelta(days=1))
    day = list(hours_between(midnight, Hour(midnight.start + timedelta(days=1))))
    healthy, unwritable = (_at(folder / name, uri, database.name) for name in ("healthy", "unwritable"))
    pipeline = Pipeline(healthy, database, day[-1].end + timedelta(minutes=10))
    hours = int((present.start - midnight.start) / timedelta(hours=1))
    pipeline.insert(activity(midnight.start, hours, changes=10 * hours, seed=7))
    pipeline.publish(*day)
    database.changes.delete_one({"at": {"$gte": day[0].start, "$lt": day[0].end}})
    Pipeline(unwritable, database, late.end + timedelta(minutes=10)).publish(late)
    moment = late.start + timedelta(minutes=59)
    database.changes.insert_one(created(task(_id="late", created_at=moment), at=moment))
    hour_folder = folder / "unwritable" / "bronze" / "task_changes" / f"dt={late.dt}" / f"hour={late.hour}"
    rmtree(hour_folder)
    hour_folder.write_text("where files of this hour would go")
    return Scenario(database, healthy, unwritable, aws, midnight.start.date(), midnight, late, own)


def in_environment(settings: Settings) -> Env:
    """Return environment variables with the settings of a lake in a folder."""
    lake = settings.catalog_uri.removesuffix("/catalog.sqlite")
    return {
        "MONGODB_URI": settings.mongodb_uri or "",
        "MONGODB_DATABASE": settings.mongodb_database,
        "LAKE_URI": lake,
    }


def reference(scenario: Scenario, hour: Hour, folder: Path) -> dict[str, list[Row]]:
    """Process an hour without Airflow in a separate lake; return the rows by table, as expected values."""
    settings = _at(folder / uuid4().hex, scenario.healthy.mongodb_uri or "", scenario.database.name)
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


def airflow_environment(scenario: Scenario, address: str) -> dict[str, str]:
    """Return connections and variables of Airflow as environment variables, which Airflow reads first."""
    aws, uri = scenario.aws, scenario.healthy.mongodb_uri or ""
    host, _, port = uri.removeprefix("mongodb://").strip("/").partition(":")
    identity = {
        "conn_type": "aws",
        "login": IDENTITY["AWS_ACCESS_KEY_ID"],
        "password": IDENTITY["AWS_SECRET_ACCESS_KEY"],
        "extra": {"region_name": REGION, "endpoint_url": address},
    }
    settings = {f"{zone.upper()}_URI": uri for zone, uri in aws.zone_uris.items()} | {
        "CATALOG_URI": aws.catalog_uri,
        "METRICS": "cloudwatch",
        "TODO_ENVIRONMENT": aws.environment,
    }
    database = {"conn_type": "mongo", "host": host, "port": int(port), "schema": scenario.database.name}
    return {
        "AIRFLOW_CONN_TODO_DATABASE": json.dumps(database),
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(identity),
        "AIRFLOW_VAR_TODO_SETTINGS": json.dumps(settings),
    }


def with_emr(env: dict[str, str], aws: Aws) -> dict[str, str]:
    """Create an application of EMR Serverless, and add its id to the settings in Airflow's variable."""
    emr = aws.session.client("emr-serverless", endpoint_url=aws.client("s3").meta.endpoint_url)
    application = emr.create_application(releaseLabel="emr-7.11.0", type="SPARK")["applicationId"]
    history = {
        "HISTORY_APPLICATION_ID": application,
        "HISTORY_ARTEFACTS_URI": "s3://artefacts/history",
        "HISTORY_LOG_GROUP": "rebuilds",
        "HISTORY_REGION": REGION,
        "HISTORY_ROLE_ARN": "arn:aws:iam::123456789012:role/rebuild",
    }
    settings = json.loads(env["AIRFLOW_VAR_TODO_SETTINGS"]) | history
    return env | {"AIRFLOW_VAR_TODO_SETTINGS": json.dumps(settings)}


def runs_of(scenario: Scenario, empty: Path, address: str, aws: Aws) -> dict[str, dict[str, Any]]:
    """Return the runs for dag_runs.py, by name; `empty` is an empty folder for a new lake."""
    own, later, day = scenario.own.end.isoformat(), scenario.own.next.end.isoformat(), scenario.day
    days = {"from_day": f"{day}", "to_day": f"{day + timedelta(days=1)}"}
    return {
        "isolated": _run(HOURLY, in_environment(scenario.unwritable), own),
        "checked": _run("todo_lake_maintenance", in_environment(scenario.unwritable)),
        # This run must come before the runs with params, because a DAG keeps the params of a run for its next
        # run in the same process.
        "waiting": _run(HOURLY, in_environment(scenario.healthy) | {"LAKE_URI": f"file://{empty}"}, later)
        | {"waits": True},
        "unreachable": _run(
            HOURLY, in_environment(scenario.healthy) | {"AIRFLOW_CONN_TODO_DATABASE": UNREACHABLE}
        )
        | {"secret": f"mongodb://todo:{PASSWORD}@cluster"},
        "compaction": _run(
            "todo_daily_compaction",
            in_environment(scenario.healthy),
            **days,
        ),
        "rebuilt": _run(HISTORY, with_emr(airflow_environment(scenario, address), aws), **days),
        "without spark": _run(HISTORY, in_environment(scenario.healthy), **days),
        "halved": _run(
            HOURLY,
            in_environment(scenario.healthy),
            from_hour=str(scenario.shrunk),
            to_hour=str(scenario.shrunk.next.next),
        ),
        "healthy": _run("todo_lake_maintenance", in_environment(scenario.healthy)),
        "connected": _run(
            HOURLY,
            airflow_environment(scenario, address),
            from_hour=str(scenario.own),
            to_hour=str(scenario.own.next),
        ),
        "future": _run(
            HOURLY, in_environment(scenario.healthy), from_hour="2126-11-20T00", to_hour="2126-11-20T01"
        ),
        "reversed": _run(
            HOURLY,
            in_environment(scenario.healthy),
            from_hour=str(scenario.own.next),
            to_hour=str(scenario.own),
        ),
    }


def _run(dag: str, env: dict[str, str], logical_date: str | None = None, **conf: str) -> dict[str, Any]:
    return {"dag": dag, "env": env, "logical_date": logical_date, "conf": conf}
