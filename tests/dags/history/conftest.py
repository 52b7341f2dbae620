"""A lake of two days that hourly runs published: hours of one slice and of several slices, with rejects."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.dags.activity import activity
from tests.dags.change_log import created, task
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import Settings
from todo_insights.hourly import extract
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.encoding import encode
from todo_insights.lake.schema import BY_NAME, TABLES
from todo_insights.sql.query import query

FIRST = Hour(datetime(2026, 11, 20, 21, tzinfo=UTC))
END = Hour(datetime(2026, 11, 21, 3, tzinfo=UTC))
DAYS = ["2026-11-20", "2026-11-21"]
READ_AT = END.end + timedelta(hours=1)
REBUILT_AT = READ_AT + timedelta(days=30)
# The maximum number of changes in a slice. Most hours fit into one slice, but the first hour needs several.
LIMIT = 60


@dataclass
class History:
    """The settings and the stores of the lake that the hourly runs have published."""

    settings: Settings
    stores: Stores

    def rows(self) -> dict[str, list[str]]:
        """Return the rows of every table in sorted order."""
        answers = {table.physical: query(f"SELECT * FROM {table.physical}", self.stores) for table in TABLES}
        return {name: sorted(map(repr, answer.rows)) for name, answer in answers.items()}

    def partitions(self, table: str, dt: str = DAYS[0]) -> list[Partition]:
        return self.stores.catalog.snapshot([table], since=dt, until=dt)

    def checksums(self) -> dict[tuple[str, str, str | None], str]:
        return {(each.table, each.dt, each.hour): each.checksum for each in self.stores.catalog.snapshot()}

    def publish_without_rows(self, partition: Partition) -> None:
        """Replace the content of a partition by a file without rows, as a defective release might do."""
        table = BY_NAME[partition.table]
        location = f"{partition.location}0"
        content = encode(table.columns.empty_table(), table)
        file = self.stores.lake.write(table.zone, location, "part-00000.parquet", content)
        wrong = replace(
            partition,
            location=location,
            files=(file,),
            checksum=file.checksum,
            row_count=0,
            published_at=None,
        )
        self.stores.catalog.publish([wrong], READ_AT, lambda _: None)


def publish_history(changes: Changes, settings: Settings, hours: list[Hour], per_hour: int) -> History:
    """Write changes of these hours into the log, and publish each hour as its hourly run does."""
    stores, first = open_stores(settings), hours[0]
    changes.insert_many(activity(first.start, len(hours), per_hour * len(hours), seed=3))
    odd = [
        created(task(_id="odd1", status="lost")),
        created(task(_id="odd2"), schema_version=99),
        created(task(_id="odd3", priority=7)),
    ]
    changes.insert_many([each | {"at": first.start + timedelta(minutes=20)} for each in odd])
    one = created(task(_id="many"))
    changes.insert_many(
        [
            one | {"_id": f"task:m{n}:1", "entity_id": f"m{n}", "at": first.start + timedelta(seconds=9 * n)}
            for n in range(2 * LIMIT)
        ]
    )
    read_at = max(READ_AT, hours[-1].end + timedelta(hours=1))
    manifests = [
        process(each, changes.database, stores, read_at)
        for each in plan(dict.fromkeys(hours, "scheduled"), changes, LIMIT)
    ]
    publish_hours(manifests, stores, settings.settle, read_at)
    return History(settings, stores)


@pytest.fixture
def history(changes: Changes, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> History:
    # With this limit on the size of a part, a slice with many changes has several files.
    monkeypatch.setattr(extract, "PART_BYTES", 20_000)
    return publish_history(changes, settings, list(hours_between(FIRST, END)), 33)
