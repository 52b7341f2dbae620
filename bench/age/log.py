"""Measures a pipeline run for logs and lakes of different ages: `make bench-age CHANGES=10000`.

Older changes are inserted directly into the file of the embedded server, without images, because the pipeline
must not read older changes. As in the product, this file has an index for ranges of `at`. The program fails
if a query of the pipeline on the log has neither a range of `at` nor a limit.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from pymongo import monitoring
from rich.table import Table

from bench.age.lake import CHANGES_PER_HOUR, NEXT, AgedLake, Cost, aged_lake, median_costs
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
    """The cost of each step of an hour, and the longest range of `at` that a query covers.

    `ratio` is the median over the rounds of the CPU seconds divided by those of the first case in this round.
    """

    steps: Mapping[str, Cost]
    ratio: float
    queries: int
    longest: timedelta

    @property
    def cpu(self) -> float:
        """CPU seconds of all steps."""
        return _cpu(self.steps)

    @property
    def opened(self) -> int:
        """Files that all steps opened."""
        return sum(each.opened for each in self.steps.values())


def measurements(
    uri: str,
    folder: Path,
    changes: int,
    older: Sequence[int],
    days: Sequence[int],
    repeat: int,
    report: Callable[[str], None],
) -> dict[str, Measurement]:
    """Measure runs for hours with `changes` changes; returns the figures by a description of the case.

    `older` are numbers of older changes in the log, and `days` are ages of the lake in days. The first cases
    have the first age, and each number of older changes. The other cases have the first number, and each
    further age twice: once with older days of other users, and once with older days of the users of the hour.
    All cases are measured in `repeat` rounds, in alternating order, because the speed of a shared machine
    changes. `folder` is the data folder of the embedded server at `uri`. `report` is called with each step of
    the preparation.
    """
    cases = [(count, days[0], True) for count in older]
    cases += [(older[0], each, same) for each in days[1:] for same in (False, True)]
    with ExitStack() as stack:
        lakes: dict[str, tuple[AgedLake, LogQueries]] = {}
        for count, age, has_same_users in cases:
            users = "" if has_same_users else " of other users"
            name, queries = f"{count:,} older changes, lake of {counted(age, 'day')}{users}", LogQueries()
            report(f"Preparing {name}")
            lake_folder = folder / f"log{len(lakes)}"
            lake_folder.mkdir()
            # The users of the hour make as many changes on each day of the lake as in the hour.
            each_hour = max(-(-changes // 24), CHANGES_PER_HOUR)
            lake = stack.enter_context(aged_lake(uri, lake_folder, age * 24, each_hour, [queries]))
            file = folder / "database" / f"{lake.database.name}.db"
            create_indexes(file)
            add_older_changes(file, count)
            lake.catch_up(file if has_same_users else None)
            lakes[name] = lake, queries
        return _measured(lakes, changes, repeat, report)


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


def _measured(
    lakes: Mapping[str, tuple[AgedLake, LogQueries]], changes: int, repeat: int, report: Callable[[str], None]
) -> dict[str, Measurement]:
    hour, runs = NEXT, {name: list[dict[str, Cost]]() for name in lakes}
    for number in range(repeat + 1):
        report(
            f"Measuring round {number} of {repeat}" if number else "Running each case once for the imports"
        )
        for name in list(lakes)[:: 1 if number % 2 else -1]:
            lake, queries = lakes[name]
            if number == 1:
                queries.ranges.clear()
                queries.limited = 0
            runs[name].append(lake.run(hour, changes))
        hour = Hour(hour.end)
    first, found = next(iter(runs.values())), {}
    for name, (_, queries) in lakes.items():
        if queries.unbounded:
            raise RuntimeError(f"queries on the log have no range of `at` and no limit: {queries.unbounded}")
        # The first run is not measured, because it also imports modules and opens connections.
        pairs = zip(runs[name][1:], first[1:], strict=True)
        found[name] = Measurement(
            median_costs(runs[name][1:]),
            median(_cpu(one) / _cpu(other) for one, other in pairs),
            round((len(queries.ranges) + queries.limited) / repeat),
            max(end - start for start, end in queries.ranges),
        )
    return found


def _cpu(steps: Mapping[str, Cost]) -> float:
    return sum(each.cpu for each in steps.values())


def table_of(found: Mapping[str, Measurement], changes: int) -> Table:
    """Return a table of the measurements, with the CPU seconds of each step."""
    steps = list(next(iter(found.values())).steps)
    heads = ("CPU s", "ratio", *steps, "files", "queries on the log", "longest range of a query")
    table = Table("log and lake", *heads, title=f"An hour of {changes:,} changes")
    for name, each in found.items():
        cpu = [f"{each.steps[step].cpu:.2f}" for step in steps]
        figures = (f"{each.cpu:.2f}", f"{each.ratio:.2f}", *cpu, str(each.opened), str(each.queries))
        table.add_row(name, *figures, f"{each.longest / _HOUR:.0f} h")
    return table
