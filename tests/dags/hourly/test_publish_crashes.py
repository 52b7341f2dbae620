"""If a run is killed at any step, readers see the old or the new hour; the next run publishes the new one."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.crashes import Crasher
from tests.dags.change_log import NOON, created, task, updated
from tests.sampling import sample
from todo_insights.catalog.stores import open_catalog, open_stores
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes, open_changes
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.sql.query import query

HOUR = Hour.containing(NOON)
PUBLISH_PATH = [
    "dags/todo_insights/lake/zones.py",
    "dags/todo_insights/lake/storage.py",
    "dags/todo_insights/hourly/publish.py",
    "dags/todo_insights/catalog/sqlite_catalog.py",
]
FEW = [created(task(_id=f"t{number}")) for number in range(3)]
MORE = [updated(task(_id=f"t{number}"), priority="high") for number in range(3)]
# One statement counts the changes in Silver and in both Gold tables. Different counts would mean that a
# reader can see tables from different publications.
SEEN = """
    SELECT (SELECT COUNT(*) FROM silver_task_changes) AS silver,
           (SELECT COALESCE(SUM(changes), 0) FROM gold_user_activity) AS users,
           (SELECT COALESCE(SUM(changes), 0) FROM gold_category_activity) AS categories
"""


def run_hour(settings: Settings, changes: Changes, now: datetime) -> None:
    stores = open_stores(settings)
    publish_hours(
        [
            process(slice_, changes.database, stores, now)
            for slice_ in plan({HOUR: "scheduled"}, changes, 1_000_000)
        ],
        stores,
        settings.settle,
        now,
    )


def run_hour_in_child(environ: dict[str, str], now: str) -> Callable[[], bool]:
    """Process and publish the hour in the forked process."""
    settings = Settings.from_environment(environ)

    def act() -> bool:
        with open_changes(settings) as changes:
            run_hour(settings, changes, datetime.fromisoformat(now))
        return True

    return act


@dataclass
class Reader:
    """Queries the lake repeatedly in a thread, and collects each distinct result."""

    settings: Settings
    seen: set[tuple[Any, ...]] = field(default_factory=set)
    reads: int = 0
    failure: Exception | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Reader":
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        try:
            while not self._stop.is_set():
                self.seen |= set(look(self.settings))
                self.reads += 1
        except Exception as error:
            self.failure = error


def look(settings: Settings) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in query(SEEN, open_stores(settings)).rows]


@pytest.mark.sampled
def test_killed_publication_leaves_complete_hours(
    crashes: Crasher, changes: Changes, settings: Settings, tmp_path: Path
) -> None:
    environ = {
        "MONGODB_URI": str(settings.mongodb_uri),
        "MONGODB_DATABASE": settings.mongodb_database,
        "LAKE_URI": (tmp_path / "lake").as_uri(),
    }
    first, second = HOUR.end + timedelta(hours=1), HOUR.end + timedelta(hours=2)
    changes.insert_many(FEW)
    run_hour(settings, changes, first)
    changes.insert_many(MORE)
    few, all_of_them = (3, 3, 3), (6, 6, 6)
    assert look(settings) == [few]
    shutil.copytree(tmp_path / "lake", tmp_path / "before")

    target = f"{__name__}:run_hour_in_child"
    order = {"environ": environ, "now": second.isoformat()}
    places = crashes.kill_points(target, PUBLISH_PATH, order, str(tmp_path / "lake"))
    assert look(settings) == [all_of_them]
    outcomes = set()
    for place in sample(places, 8):
        _reset(tmp_path)
        with Reader(settings) as reader:
            assert crashes.run(target, PUBLISH_PATH, place, order) is None
        assert reader.failure is None
        assert reader.seen <= {few, all_of_them}
        outcomes |= set(look(settings))
        run_hour(settings, changes, second + timedelta(minutes=1))
        assert look(settings) == [all_of_them]
        assert len(open_catalog(settings).snapshot()) == 7
    # Some runs were killed before the call that publishes, and some after it.
    assert outcomes == {few, all_of_them}


def test_readers_see_complete_hours_during_republication(changes: Changes, settings: Settings) -> None:
    run_hour(settings, changes, HOUR.end)
    counts = {(0, 0, 0)}
    with Reader(settings) as reader:
        for number in range(25):
            changes.insert_one(created(task(_id=f"n{number}")))
            counts.add((number + 1,) * 3)
            run_hour(settings, changes, HOUR.end + timedelta(minutes=number + 1))
    assert reader.failure is None
    assert reader.reads > 5
    assert reader.seen <= counts


def _reset(folder: Path) -> None:
    """Restore the lake to its state after the first publication."""
    shutil.rmtree(folder / "lake")
    shutil.copytree(folder / "before", folder / "lake")
