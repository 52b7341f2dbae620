"""The steps of a run, as in the hourly DAG and on the command line, at simulated times."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from todo_insights.catalog.stores import open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.database import open_database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.manifest import Manifest, Reason
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.maintenance.erasure import finish_erasures
from todo_insights.maintenance.erasure_receipts import Receipt
from todo_insights.maintenance.reprocessing import hours_to_reprocess


def processed(
    hours: Mapping[Hour, Reason], settings: Settings, now: datetime, aws: Aws | None = None
) -> list[Manifest]:
    """Process hours and return their manifests, without publishing them."""
    stores = open_stores(settings, aws)
    with open_database(settings) as database:
        hour_slices = plan(hours, database.changes, settings.max_changes_per_slice)
        return [process(slice_, database, stores, now) for slice_ in hour_slices]


def publish(
    manifests: Iterable[Manifest], settings: Settings, now: datetime, aws: Aws | None = None
) -> set[str]:
    """Publish processed hours; return the set of outcomes."""
    done = publish_hours(manifests, open_stores(settings, aws), settings.settle, now)
    return {outcome for each in done for outcome in each["outcomes"].values()}


def run(hours: Iterable[str], settings: Settings, now: datetime, aws: Aws | None = None) -> None:
    """Process and publish the scheduled hours of a run."""
    own: dict[Hour, Reason] = dict.fromkeys(map(Hour.parse, hours), "scheduled")
    publish(processed(own, settings, now, aws), settings, now, aws)


def repeat(settings: Settings, now: datetime, aws: Aws | None = None) -> list[Receipt]:
    """Process the late hours and the hours with erased data again, and write receipts of erasures.

    Every run takes these steps after it has processed its own hours.
    """
    stores = open_stores(settings, aws)
    with open_database(settings) as database:
        hours = hours_to_reprocess(database, stores, settings, now)
        publish(processed(hours, settings, now, aws), settings, now, aws)
        return finish_erasures(database, stores, now)
