"""Measures a pipeline run for logs and lakes of different ages: `make bench-age CHANGES=10000`.

Older changes are inserted directly into the file of the embedded server, without images, because the pipeline
must not read older changes. As in the product, this file has an index for ranges of `at`. The program fails
if a query of the pipeline on the log has neither a range of `at` nor a limit.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo import monitoring
from rich.table import Table

from bench.age.lake import NEXT, AgedLake, Cost, aged_lake, median_costs
from todo_insights.core.hours import Hour
from todo_insights.core.text import counted
from tools.services.database import create_indexes

_HOUR = timedelta(hours=1)
# Older changes end at this time before NEXT, because the log already has the changes of the last 24 hours.
_BEFORE_LAKE = timedelta(hours=48)
_OLDEST = datetime(2024, 11, 18)  # noqa: DTZ001  # the stored text has no time zone
_INSERT = """
    WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :end)
    INSERT INTO changes(_id, data)
    SELECT printf('task:old-%010d:1', n), printf('{"_id": "task:old-%010d:1", "entity": "task", '
        || '"entity_id": "old-%010d", "user_id": "old", "version": 1, "op": "created", '
        || '"at": {"$date": "%s"}, "before": null, "after": null, "schema_version": 1}',
        n, n, strftime('%Y-%m-%dT%H:%M:%S', :oldest, (n * :seconds / :count) || ' seconds'))
    FROM numbers
"""
# The number of changes in a transaction. SQLite writes each transaction twice, and first to a separate file;
# this number keeps that file small.
_INSERTED_AT_ONCE = 500_000


class LogQueries(monitoring.CommandListener):
    """Records the bound of each query on the collection `changes`: a range of `at`, or a limit of results."""

    def __init__(self) -> None:
        self.unbounded: list[Mapping[str, Any]] = []
        self.ranges: list[tuple[datetime, datetime]] = []
        self.limited = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Record the bound of a query when pymongo sends it."""
        command = event.command
        if command.get(event.command_name) != "changes" or event.command_name in ("insert", "createIndexes"):
            return
        if event.command_name == "count" and not command.get("query"):
            # The server stores the number of documents of a collection, so this count reads no documents.
            return
        if command.get("limit", 0) > 0:
            self.limited += 1
        elif found := list(_ranges(_filter(command))):
            self.ranges += found
        else:
            self.unbounded.append(command)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Ignore the reply."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Ignore the error, because pymongo raises it in the code that sent the query."""


def _filter(command: Mapping[str, Any]) -> Mapping[str, Any]:
    stages = command.get("pipeline") or [{}]
    found: Mapping[str, Any] = command.get("filter") or command.get("query") or stages[0].get("$match") or {}
    return found


def _ranges(query: Mapping[str, Any]) -> Iterator[tuple[datetime, datetime]]:
    for each in query.get("$or", [query]):
        at = each.get("at")
        if not isinstance(at, Mapping) or not {"$gte", "$lt"} <= at.keys():
            return
        yield at["$gte"], at["$lt"]


@dataclass(frozen=True)
class Measurement:
    """The cost of each step of an hour, and the longest range of `at` that a query covers."""

    steps: Mapping[str, Cost]
    queries: int
    longest: timedelta

    @property
    def cpu(self) -> float:
        """CPU seconds of all steps."""
        return sum(each.cpu for each in self.steps.values())

    @property
    def opened(self) -> int:
        """Files that all steps opened."""
        return sum(each.opened for each in self.steps.values())


def measurements(
    uri: str, folder: Path, changes: int, older: Sequence[int], days: Sequence[int], repeat: int
) -> Iterator[tuple[str, Measurement]]:
    """Measure a run for an hour with `changes` changes; yields a description and the figures of each case.

    `older` are numbers of older changes in the log, and `days` are ages of the lake in days. The first cases
    have the first age, and each number of older changes. The other cases have the first number, and each
    further age twice: once with older days of other users, and once with older days of the users of the hour.
    `folder` is the data folder of the embedded server at `uri`.
    """
    cases = [(count, days[0], True) for count in older]
    cases += [(older[0], each, same) for each in days[1:] for same in (False, True)]
    for number, (count, age, has_same_users) in enumerate(cases):
        lake_folder = folder / f"log{number}"
        lake_folder.mkdir()
        queries = LogQueries()
        with aged_lake(uri, lake_folder, age * 24, listeners=[queries]) as lake:
            file = folder / "database" / f"{lake.database.name}.db"
            create_indexes(file)
            add_older_changes(file, count)
            lake.catch_up(has_same_users)
            users = "" if has_same_users else " of other users"
            yield (
                f"{count:,} older changes, lake of {counted(age, 'day')}{users}",
                _measured(lake, queries, changes, repeat),
            )
            lake.database.client.drop_database(lake.database.name)


def add_older_changes(file: Path, count: int) -> None:
    """Insert older changes, evenly distributed over two years, into a file of the embedded server."""
    seconds = int((NEXT.start.replace(tzinfo=None) - _BEFORE_LAKE - _OLDEST).total_seconds())
    oldest = {"oldest": f"{_OLDEST:%Y-%m-%d}", "seconds": seconds, "count": count}
    with closing(sqlite3.connect(file, timeout=60)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(0, count, _INSERTED_AT_ONCE):
            with connection:
                connection.execute(
                    _INSERT, {"first": first, "end": min(first + _INSERTED_AT_ONCE, count), **oldest}
                )


def _measured(lake: AgedLake, queries: LogQueries, changes: int, repeat: int) -> Measurement:
    hour, runs = NEXT, []
    for number in range(repeat + 1):
        if number == 1:
            # The first run is not measured, because it also imports modules and opens connections.
            queries.ranges.clear()
            queries.limited = 0
        runs.append(lake.run(hour, changes))
        hour = Hour(hour.end)
    if queries.unbounded:
        raise RuntimeError(f"queries on the log have no range of `at` and no limit: {queries.unbounded}")
    longest = max(end - start for start, end in queries.ranges)
    return Measurement(
        median_costs(runs[1:]), round((len(queries.ranges) + queries.limited) / repeat), longest
    )


def table_of(found: Iterable[tuple[str, Measurement]], changes: int) -> Table:
    """Return a table of the measurements; its ratios compare each measurement with the first one."""
    table = Table(
        "log and lake",
        *("CPU s", "ratio", "files", "queries on the log", "longest range of a query"),
        title=f"An hour of {changes:,} changes",
    )
    first = 0.0
    for name, each in found:
        first = first or each.cpu
        figures = (f"{each.cpu:.2f}", f"{each.cpu / first:.2f}", str(each.opened), str(each.queries))
        table.add_row(name, *figures, f"{each.longest / _HOUR:.0f} h")
    return table
