"""Day totals: one document in `lake_days` for each UTC day with published hours.

A run reads the published files of the hours that changed. For all other days it reads these documents, so
that the cost of a run does not grow with the age of the lake. A document depends only on the published hours
of its day: it contains the version of each hour's files, and any run updates the document when a version
differs.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..catalog.base import LAST_DAY
from ..catalog.published import PublishedHour, day_ranges, files_of, published_days, version_of
from ..catalog.stores import Stores
from ..core.database import Database, Document
from ..core.errors import SourceError
from ..core.hours import Hour
from ..lake.schema import DELTAS, GOLD_CATEGORIES, GOLD_USERS
from ..lake.storage import Lake
from .optimistic import ATTEMPTS, replace_if_unchanged

PUNCTUALITY = ("completed_on_time", "completed_late")
# The sums in the document of a day; high_priority counts the live tasks with priority high or urgent.
SUMS = ("accounts", *DELTAS, "high_priority", *PUNCTUALITY)

_HIGH = ("high", "urgent")
_SUMMARY = [
    *("count", "first", "last", "first_change"),
    *("count_since_change", "first_provisional", "as_of", "unwritten"),
]
# Every run compares recent days with the catalog: the newest day in the collection, and the days up to this
# period before the newest day. A run also compares the days of the hours that it changes. Once a day
# (_FULL_COMPARISON_EVERY), a run compares all days.
_RECENT = timedelta(days=2)
_FULL_COMPARISON_EVERY = timedelta(days=1)
# The id of the document with the time at which all days were last compared. The id of a day is its date as a
# number, like 20261120, because the embedded server compares some texts as dates.
_COMPARISON_ID = 0
_EVERY_DAY = {"_id": {"$gt": _COMPARISON_ID}}


@dataclass(frozen=True)
class Coverage:
    """The hours that the figures include: every published hour from `covers_from` until `as_of`.

    `covers_from` is the first hour with changes, because an hour before the first change is not missing.
    `missing_hours` counts the hours between these times that no run has published. `provisional_from` is the
    start of the first provisional hour, which will be read again; it is None if no hour is provisional.
    """

    as_of: datetime
    covers_from: datetime
    missing_hours: int
    provisional_from: datetime | None

    @classmethod
    def of(cls, summaries: Collection[Document]) -> "Coverage":
        """Compute the coverage from the documents of all days; there must be at least one."""
        days = sorted(summaries, key=lambda each: each["_id"])
        changed = next((number for number, each in enumerate(days) if each["first_change"]), None)
        oldest, newest = days[changed or 0], days[-1]
        first = Hour.parse(f"{dt_of(oldest['_id'])}T{oldest['first_change'] or oldest['first']}")
        last = Hour.parse(f"{dt_of(newest['_id'])}T{newest['last']}")
        span = (last.end - first.start) // (first.end - first.start)
        count = oldest["count_since_change"] + sum(each["count"] for each in days[(changed or 0) + 1 :])
        provisional = [f"{dt_of(each['_id'])}T{hour}" for each in days if (hour := each["first_provisional"])]
        return cls(
            # An hour that was read before its end is covered up to the time at which it was read.
            as_of=min(last.end, newest["as_of"]),
            covers_from=first.start,
            missing_hours=span - count,
            provisional_from=Hour.parse(provisional[0]).start if provisional else None,
        )


def day_id(dt: str) -> int:
    """The id of the document of a day: 20261120 for 2026-11-20."""
    return int(dt.replace("-", ""))


def dt_of(number: int) -> str:
    """The day, as in the partition column `dt`, for the id of a document."""
    return f"{datetime.strptime(str(number), '%Y%m%d').replace(tzinfo=UTC):%Y-%m-%d}"


def summaries(database: Database) -> list[Document]:
    """The documents of all days, without their fields `hours` and `sums`."""
    return list(database.lake_days.find(_EVERY_DAY, _SUMMARY))


def refresh(
    hours: Collection[str], database: Database, stores: Stores, now: datetime, everything: bool = False
) -> None:
    """Update the documents of recent days and of the days of these hours; once a day, of all days.

    With `everything`, all days are compared now. May be repeated, and may run in several processes at once.
    Raises StorageError when a published file is missing.
    """
    for _ in range(ATTEMPTS):
        is_full = everything or _full_comparison_is_due(database, now)
        ranges = [("", LAST_DAY)] if is_full else _ranges(hours, database)
        # The documents must be read before the catalog; the docstring of optimistic.py gives the reason.
        before = {each["_id"]: each for each in _documents(ranges, database)}
        published = published_days(stores.catalog, ranges)
        stored = [
            _store(dt, published.get(dt, {}), before.get(day_id(dt)), database, stores.lake)
            for dt in sorted({*published, *map(dt_of, before)})
        ]
        if all(stored):
            if is_full:
                database.lake_days.replace_one(
                    {"_id": _COMPARISON_ID}, {"_id": _COMPARISON_ID, "at": now}, upsert=True
                )
            return
    raise SourceError("other runs changed the collection lake_days during all attempts; try again")


def day_documents(days: Collection[str], database: Database) -> list[Document]:
    """The documents of these days, with their hours."""
    return _documents(day_ranges(days), database)


def mark_written(written: Mapping[str, Mapping[str, str]], database: Database) -> None:
    """Record the versions of hours, by dt and hour, that the insights of all their users now include."""
    for dt, versions in written.items():
        for _ in range(ATTEMPTS):
            before = database.lake_days.find_one({"_id": day_id(dt)})
            if before is None:
                break
            hours = {
                hour: each | {"written": versions[hour], "written_rejects": each["rejects"]}
                if versions.get(hour) == each["version"]
                else each
                for hour, each in before["hours"].items()
            }
            if replace_if_unchanged(database.lake_days, before, _day(dt, hours)):
                break


def _full_comparison_is_due(database: Database, now: datetime) -> bool:
    last = database.lake_days.find_one({"_id": _COMPARISON_ID})
    return last is None or not last["at"] <= now < last["at"] + _FULL_COMPARISON_EVERY


def _ranges(hours: Collection[str], database: Database) -> list[tuple[str, str]]:
    newest = max((each["_id"] for each in database.lake_days.find(_EVERY_DAY, {"_id": 1})), default=None)
    if newest is None:
        return [("", LAST_DAY)]
    recent = f"{date.fromisoformat(dt_of(newest)) - _RECENT}"
    older = {dt for dt in (Hour.parse(hour).dt for hour in hours) if dt < recent}
    return [*day_ranges(older), (recent, LAST_DAY)]


def _documents(ranges: Iterable[tuple[str, str]], database: Database) -> list[Document]:
    found: list[Document] = []
    for first, last in ranges:
        bounds = {"$gte": day_id(first) if first else _COMPARISON_ID + 1, "$lte": day_id(last)}
        found += database.lake_days.find({"_id": bounds})
    return found


def _store(
    dt: str, hours: Mapping[str, PublishedHour], before: Document | None, database: Database, lake: Lake
) -> bool:
    known = before["hours"] if before else {}
    found = {hour: _hour(tables, known.get(hour), lake) for hour, tables in hours.items()}
    if found == known:
        return True
    if before is not None and not found:
        wanted = {"_id": before["_id"], "revision": before["revision"]}
        return database.lake_days.delete_one(wanted).deleted_count == 1
    return replace_if_unchanged(database.lake_days, before, _day(dt, found))


def _hour(hour: PublishedHour, known: Document | None, lake: Lake) -> Document:
    version, gold = version_of(hour), hour[GOLD_USERS]
    is_known = known is not None and known["version"] == version
    return {
        "version": version,
        # The time is cut to milliseconds, as the database stores it.
        "as_of": gold.as_of.replace(microsecond=gold.as_of.microsecond // 1000 * 1000),
        "provisional": gold.provisional,
        "rejects": gold.rejects,
        "source_count": gold.source_count,
        "sums": known["sums"] if known is not None and is_known else _sums(hour, lake),
        "written": known["written"] if known else None,
        "written_rejects": known["written_rejects"] if known else 0,
    }


def _day(dt: str, hours: Mapping[str, Document]) -> Document:
    first, last = min(hours), max(hours)
    first_change = min((hour for hour, each in hours.items() if each["source_count"]), default=None)
    return {
        "_id": day_id(dt),
        "hours": dict(hours),
        "count": len(hours),
        "first": first,
        "last": last,
        "first_change": first_change,
        "first_provisional": min((hour for hour, each in hours.items() if each["provisional"]), default=None),
        "count_since_change": sum(hour >= (first_change or first) for hour in hours),
        "as_of": hours[last]["as_of"],
        "sums": {name: sum(each["sums"][name] for each in hours.values()) for name in SUMS},
        "unwritten": sum(each["written"] != each["version"] for each in hours.values()),
    }


def _sums(hour: PublishedHour, lake: Lake) -> dict[str, int]:
    accounts = lake.read(GOLD_USERS, files_of([hour], GOLD_USERS), ["account_delta"])
    columns = ["priority", *DELTAS, *PUNCTUALITY]
    cells = lake.read(GOLD_CATEGORIES, files_of([hour], GOLD_CATEGORIES), columns)
    high = cells.filter(pc.is_in(cells["priority"], value_set=pa.array(_HIGH)))
    return {
        "accounts": _sum(accounts["account_delta"]),
        **{name: _sum(cells[name]) for name in (*DELTAS, *PUNCTUALITY)},
        "high_priority": sum(_sum(high[name]) for name in DELTAS),
    }


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column, min_count=0).as_py())


def total(database: Database) -> dict[str, int]:
    """The sum of each counter over all days."""
    days = list(database.lake_days.find(_EVERY_DAY, {"sums": 1}))
    return {name: sum(each["sums"][name] for each in days) for name in SUMS}


def users_to_check(day: Document, published: Mapping[str, PublishedHour], database: Database) -> list[Any]:
    """The users whose changes of a day may all have become rejects after their insights were written.

    No published file contains these users any more, so the insights of the day are searched for them. An hour
    can lose a change only if it has more rejects than before.
    """
    lost = any(
        each["written"] is not None and each["written_rejects"] < each["rejects"] and hour in published
        for hour, each in day["hours"].items()
    )
    if not lost:
        return []
    query = {f"parts.{dt_of(day['_id'])}": {"$exists": True}}
    return [each["_id"] for each in database.insights.find(query, {"_id": 1})]
