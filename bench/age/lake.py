"""Creates a lake of any age from one processed day, and measures a pipeline run for the hour that follows.

The files of the processed day are hard-linked into the folders of the other recent days, and the catalog
lists these links. Older days are added by older_days.py. So an old lake is created in seconds. The changes in
the files of all days have the timestamps of the first day, but this does not influence the cost.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.dataset as ds
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from bench.age.older_days import add_older_days, copy_parts
from bench.etl.sample_hour import HOUR, Document, changes
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import Stores, open_catalog
from todo_insights.core.database import Database
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import Settings
from todo_insights.hourly.manifest import Slice
from todo_insights.hourly.planning import plan, plan_run
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import BY_NAME, LakeTable
from todo_insights.lake.storage import Lake
from todo_insights.maintenance.reprocessing import hours_to_reprocess
from todo_insights.metrics.business import business_metrics
from todo_insights.user_insights.write_back import write_back

CHANGES_PER_HOUR = 37
# The first measured hour, which is in the middle of a day. The lake contains only earlier hours.
NEXT = Hour.containing(HOUR)
_HOUR = timedelta(hours=1)
# The number of recent hours, each with its own entries in the catalog: two whole days before the day of NEXT,
# and the hours of this day before NEXT. Older days are copies of the first of the two whole days.
_RECENT_HOURS = 48 + int(NEXT.hour)


class CountingLake(Lake):
    """A lake that counts the files that are opened to read rows."""

    opened = 0

    def dataset(self, table: LakeTable, files: Sequence[tuple[str, str]]) -> ds.Dataset:
        """Return the dataset of these files, and add their number to the count."""
        self.opened += len(files)
        return super().dataset(table, files)


@dataclass(frozen=True)
class Cost:
    """The number of files that a step opened, and its CPU seconds in this process."""

    opened: int
    cpu: float


def median_costs(runs: Sequence[Mapping[str, Cost]]) -> dict[str, Cost]:
    """Return the median cost of each step over these runs."""
    return {
        step: Cost(
            opened=round(median(run[step].opened for run in runs)),
            cpu=median(run[step].cpu for run in runs),
        )
        for step in runs[0]
    }


class AgedLake:
    """A lake in which the last `hours` hours before the hour NEXT are published.

    A lake of more than 60 hours has only whole days, so it can have up to 23 hours more. Each hour has
    `changes_per_hour` changes; the log contains only the changes of the last 24 hours.
    """

    def __init__(self, settings: Settings, database: Database, hours: int, changes_per_hour: int) -> None:
        self.settings, self.database, self._changes_per_hour = settings, database, changes_per_hour
        self.lake = CountingLake(settings.zone_uris)
        self.stores = Stores(self.lake, open_catalog(settings))
        self._catalog = Path(settings.catalog_uri.removeprefix("file://"))
        self.hours = list(hours_between(Hour(NEXT.start - min(hours, _RECENT_HOURS) * _HOUR), NEXT))
        self._older_days = max(-(-(hours - _RECENT_HOURS) // 24), 0)
        self._add_changes(self.hours[-24:])
        for hour in self.hours[-24:]:
            self._publish(hour)
        self._copy_day()

    def catch_up(self, file: Path | None = None) -> None:
        """Write insights and totals for metrics, as if a run had been made for each published hour.

        This method also adds the days before the last 60 hours to the lake. The insights of users include
        these days only if `file` is the file of the embedded server with this database. Otherwise the days
        are those of other users.
        """
        now = NEXT.start + timedelta(minutes=5)
        write_back([str(self.hours[-1])], self.database, self.stores, now)
        business_metrics(self.database, self.stores, now)
        if self._older_days:
            oldest = self.hours[0].start.date()
            add_older_days(oldest, self._older_days, self._catalog, self.stores, self.database)
            if file is not None:
                copy_parts(oldest, self._older_days, self.database, file)

    def run(self, hour: Hour, changes: int | None = None) -> dict[str, Cost]:
        """Do the work of a pipeline run for `hour`, the next hour; returns the cost of each step.

        `changes` is the number of changes of this hour; by default, it is the same as in all other hours.
        """
        now = hour.end + timedelta(minutes=5)
        self._add_changes([hour], changes)
        return {
            "plan": self._measure(lambda: self.plan(hour, now)),
            "process and publish": self._measure(lambda: self._publish(hour)),
            "write_back": self._measure(lambda: write_back([str(hour)], self.database, self.stores, now)),
            "business metrics": self._measure(lambda: business_metrics(self.database, self.stores, now)),
        }

    def plan(self, hour: Hour, now: datetime) -> list[Slice]:
        """Do the work of the task plan_windows in a live run of this hour; returns the slices."""
        again = hours_to_reprocess(self.database, self.stores, self.settings, now)
        return plan_run([hour], again, self.database.changes, self.settings.max_changes_per_slice)

    def _measure(self, act: Callable[[], Any]) -> Cost:
        # In the product, each step is a process of its own and does not collect the garbage of earlier steps.
        gc.collect()
        opened, cpu = self.lake.opened, time.process_time()
        act()
        return Cost(self.lake.opened - opened, time.process_time() - cpu)

    def _add_changes(self, hours: Sequence[Hour], count: int | None = None) -> None:
        """Insert changes, evenly distributed over these hours; all changes of a user are in the same hour."""
        count = count or self._changes_per_hour * len(hours)
        moved, users = [], dict[str, int]()
        for number, change in enumerate(changes(count)):
            user = users.setdefault(change["user_id"], len(users))
            at = hours[user % len(hours)].start + _HOUR * number / count
            moved.append(_moved(change, f"{hours[0]}", at))
        self.database.changes.insert_many(moved)
        known = {each["_id"] for each in self.database.users.find({}, {"_id": 1})}
        if new := users.keys() - known:
            self.database.users.insert_many([{"_id": each, "version": 1} for each in sorted(new)])

    def _publish(self, hour: Hour) -> None:
        now = hour.end + timedelta(minutes=5)
        slices = plan({hour: "scheduled"}, self.database.changes, self.settings.max_changes_per_slice)
        manifests = [process(each, self.database, self.stores, now) for each in slices]
        publish_hours(manifests, self.stores, self.settings.settle, now)

    def _copy_day(self) -> None:
        day: dict[str | None, list[Partition]] = {each.hour: [] for each in self.hours[-24:]}
        for partition in self.stores.catalog.snapshot():
            day[partition.hour].append(partition)
        copies = []
        for hour in self.hours[:-24]:
            for each in day[hour.hour]:
                model = Hour.parse(f"{each.dt}T{each.hour}")
                copies.append(self._copy(each, hour, hour.start - model.start))
        self.stores.catalog.publish(copies, NEXT.start, lambda _: None)

    def _copy(self, partition: Partition, hour: Hour, shift: timedelta) -> Partition:
        location = partition.location.replace(f"dt={partition.dt}", f"dt={hour.dt}")
        zone = BY_NAME[partition.table].zone
        for file in partition.files:
            target = Path(self.lake.path(zone, location, file.name))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(self.lake.path(zone, partition.location, file.name))
        return replace(partition, dt=hour.dt, location=location, as_of=partition.as_of + shift)


def _moved(change: Document, name: str, at: datetime) -> Document:
    """Return a copy of the change with the time `at`, for a different task whose id contains `name`."""
    task = f"{change['entity_id']}-{name}"
    images = {side: change[side] and change[side] | {"_id": task} for side in ("before", "after")}
    return change | {"_id": f"task:{task}:{change['version']}", "entity_id": task, "at": at, **images}


@contextmanager
def aged_lake(
    mongodb_uri: str,
    folder: Path,
    hours: int,
    changes_per_hour: int = CHANGES_PER_HOUR,
    listeners: Sequence[CommandListener] = (),
) -> Iterator[AgedLake]:
    """Yield a lake in an empty folder, with its own database; the database has no insights yet."""
    settings = Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database=f"age_{folder.name}",
        zone_uris={zone: f"{folder.as_uri()}/{zone}" for zone in ("bronze", "silver", "gold")},
        catalog_uri=f"{folder.as_uri()}/catalog.sqlite",
        settle=timedelta(0),
    )
    with MongoClient[Document](
        mongodb_uri, tz_aware=True, retryWrites=False, event_listeners=list(listeners)
    ) as client:
        # In the product, the API creates these indexes.
        client[settings.mongodb_database].changes.create_index("at")
        client[settings.mongodb_database].insight_days.create_index("day")
        client[settings.mongodb_database].insight_days.create_index("user_id")
        yield AgedLake(settings, client[settings.mongodb_database], hours, changes_per_hour)
