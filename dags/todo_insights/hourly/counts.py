"""Counts of the changes in the log; each count reads one range of the index on `at`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from ..core.hours import Hour

if TYPE_CHECKING:
    from .extract import Changes


def count_between(changes: Changes, start: datetime, end: datetime) -> int:
    """The number of changes made in `[start, end)`, including malformed changes."""
    query = {"at": {"$gte": start, "$lt": end}}
    # The method count_documents sends an aggregation, for which the embedded server reads the whole
    # collection. For the command count, it reads only the range of the index.
    return int(changes.database.command("count", changes.name, query=query)["n"])


def count_changes(changes: Changes, hour: Hour) -> int:
    """The number of changes of an hour in the log, including malformed changes."""
    return count_between(changes, hour.start, hour.end)


def count_by_hour(changes: Changes, hours: Iterable[Hour]) -> dict[Hour, int]:
    """The number of changes of each of these hours in the log."""
    return {hour: count_changes(changes, hour) for hour in hours}
