"""Counts of the changes in the log, by hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..core.hours import Hour

if TYPE_CHECKING:
    from .extract import Changes


def count_changes(changes: Changes, hour: Hour) -> int:
    """The number of changes of an hour in the log, including malformed changes."""
    return changes.count_documents({"at": {"$gte": hour.start, "$lt": hour.end}})


def count_by_hour(changes: Changes, hours: Iterable[Hour]) -> dict[Hour, int]:
    """The number of changes of each of these hours in the log; an hour without changes has no entry.

    All hours are counted with one aggregation, because the embedded server reads the whole collection for
    each query.
    """
    ranges = [{"at": {"$gte": start, "$lt": end}} for start, end in _merge_adjacent(hours)]
    if not ranges:
        return {}
    # $dateTrunc is not used, because DocumentDB has it only from version 8.0 on.
    hour = {"$dateToString": {"format": "%Y-%m-%dT%H", "date": "$at"}}
    stages: list[dict[str, Any]] = [
        # The range must be inside of $or: otherwise $group of the embedded server returns nothing.
        {"$match": {"$or": ranges}},
        {"$group": {"_id": hour, "count": {"$sum": 1}}},
    ]
    return {Hour.parse(each["_id"]): each["count"] for each in changes.aggregate(stages) if each["_id"]}


def _merge_adjacent(hours: Iterable[Hour]) -> list[tuple[datetime, datetime]]:
    """The intervals that cover exactly these hours; consecutive hours become one interval."""
    merged: list[tuple[datetime, datetime]] = []
    for hour in sorted({*hours}):
        if merged and merged[-1][1] == hour.start:
            merged[-1] = (merged[-1][0], hour.end)
        else:
            merged.append((hour.start, hour.end))
    return merged
