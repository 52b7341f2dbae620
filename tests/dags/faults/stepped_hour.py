"""An hour that gets changes and is published in steps; readers must never see a part of a step."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta

from tests.dags.change_log import NOON, created, task, user
from todo_insights.catalog.stores import Stores
from todo_insights.core.hours import Hour
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import TABLES
from todo_insights.sql.query import query

HOUR = Hour.containing(NOON)
SETTLE = timedelta(minutes=5)
# For each table, a query for its number of steps: every step adds one row, or one counted change.
_STEPS = (
    "SELECT COUNT(*) FROM bronze_task_changes",
    "SELECT COUNT(*) FROM bronze_user_changes",
    "SELECT COUNT(*) FROM silver_task_changes",
    "SELECT COUNT(*) FROM silver_user_changes",
    "SELECT COUNT(*) FROM silver_rejects",
    "SELECT COALESCE(SUM(changes), 0) FROM gold_user_activity",
    "SELECT COALESCE(SUM(changes), 0) FROM gold_category_activity",
)
_LOOK = "SELECT " + ", ".join(f"({each}) AS steps_{number}" for number, each in enumerate(_STEPS))


def run_hour(changes: Changes, stores: Stores, number: int, slices: int = 1) -> None:
    """Process and publish the hour in `slices` slices; the run starts `number` minutes after the hour."""
    now = HOUR.end + timedelta(minutes=number)
    hour_slices = plan({HOUR: "scheduled"}, changes, -(-3 * number // slices))
    assert len(hour_slices) == slices
    manifests = [process(each, changes.database, stores, now) for each in hour_slices]
    publish_hours(manifests, stores, SETTLE, now)


def rows_of(stores: Stores) -> dict[str, list[str]]:
    """Return the rows of every table in sorted order."""
    return {
        table.physical: sorted(map(str, query(f"SELECT * FROM {table.physical}", stores).rows))
        for table in TABLES
    }


@dataclass
class SteppedHour:
    """One hour that is published in steps; a reader of any table may see between `low` and `high` steps."""

    changes: Changes
    stores: Stores
    low: int = 0
    high: int = 0

    def step(self) -> None:
        """Add the changes of the next step to the log."""
        number = self.high = self.high + 1
        # The changes of the steps are alternately in the first and second half of the hour, so that the hour
        # can be split into two slices.
        at = NOON + timedelta(minutes=30 * (number % 2), seconds=number)
        self.changes.insert_many(
            [
                created(task(_id=f"t{number}", user_id=f"u{number}"), at=at),
                created(user(_id=f"u{number}"), at=at),
                created(task(_id=f"odd{number}"), at=at) | {"op": 5},
            ]
        )

    def look(self) -> set[int]:
        """Return the number of steps in each table; every number must be between `low` and `high`."""
        low = self.low
        (row,) = query(_LOOK, self.stores).rows
        seen = {int(str(each)) for each in row}
        assert seen <= set(range(low, self.high + 1)), (
            f"the tables contain {row} steps, expected {low} to {self.high}"
        )
        return seen

    def publish_all_steps(self) -> None:
        """Process the hour without faults; then check that every table contains every step."""
        run_hour(self.changes, self.stores, self.high)
        assert self.look() == {self.high}
        self.low = self.high


@dataclass
class Reader:
    """Reads the tables of an hour repeatedly in a thread; at the end, raises the error of a failed read."""

    stepped: SteppedHour
    looks: int = 0
    failure: BaseException | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Reader":
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.failure is not None:
            raise self.failure

    def _loop(self) -> None:
        try:
            while not self._stop.is_set():
                self.stepped.look()
                self.looks += 1
        except BaseException as error:
            self.failure = error
