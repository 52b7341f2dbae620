"""Day totals: one document in `lake_days` for each UTC day with published hours.

A run reads the published files of the hours that changed. For all other days the database adds the numbers
in these documents, so that the cost of a run does not grow with the age of the lake. A document depends only
on the published hours of its day: it contains the version of each hour's files, and a run updates the
document when the published files have another version.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

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
# A condition for an hour like `07`; other values are None.
ANY_HOUR = {"$in": [f"{number:02}" for number in range(24)]}


def day_id(dt: str) -> int:
    """The id of the document of a day: 20261120 for 2026-11-20."""
    return int(dt.replace("-", ""))


def dt_of(number: int) -> str:
    """The day, like `2026-11-20`, whose document has this id, like 20261120."""
    return f"{datetime.strptime(str(number), '%Y%m%d').replace(tzinfo=UTC):%Y-%m-%d}"


def summary(database: Database, query: Document, direction: int = 1) -> Document | None:
    """The document of the first day that matches, without its fields `hours` and `sums`.

    With the direction -1, the document of the last day that matches; None if no day matches.
    """
    return database.lake_days.find_one(_EVERY_DAY | query, _SUMMARY, sort=[("_id", direction)])


def stored_days(database: Database, only_unwritten: bool) -> set[str]:
    """The days with a document, or only the days with hours that the insights do not include yet."""
    query = _EVERY_DAY | ({"unwritten": {"$gt": 0}} if only_unwritten else {})
    return {dt_of(each["_id"]) for each in database.lake_days.find(query, {"_id": 1})}


def hours_between(first: int, last: int, database: Database) -> int:
    """The number of published hours of the days between two days, without these, by the ids of the days."""
    return _sums_of({"_id": {"$gt": first, "$lt": last}}, {"count": "$count"}, database)["count"]


def total(database: Database) -> dict[str, int]:
    """The sum of each counter over all days."""
    return _sums_of(_EVERY_DAY, {name: f"$sums.{name}" for name in SUMS}, database)


def refresh(
    hours: Collection[str], database: Database, stores: Stores, now: datetime, everything: bool = False
) -> None:
    """Update the documents of recent days and of the days of these hours; once a day, of all days.

    With `everything`, all days are compared with the catalog now. May be repeated, and may run in several
    processes at once. Raises StorageError when a published file is missing.
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


def versions_since(dt: str, database: Database) -> dict[str, str]:
    """The versions of all hours from the day `dt` on, each with the day of the hour."""
    days = _documents([(dt, LAST_DAY)], database)
    return {hour["version"]: dt_of(day["_id"]) for day in days for hour in day["hours"].values()}


def mark_written(written: Mapping[str, Mapping[str, str]], database: Database) -> None:
    """Record, by dt and hour, which version of each hour the insights of the users of this hour include."""
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
    newest = summary(database, {}, direction=-1)
    if newest is None:
        return [("", LAST_DAY)]
    recent = f"{date.fromisoformat(dt_of(newest['_id'])) - _RECENT}"
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


def _sums_of(days: Document, fields: Mapping[str, str], database: Database) -> dict[str, int]:
    """The sums of these fields over the days that match, computed by the database."""
    group = {"_id": None, **{name: {"$sum": field} for name, field in fields.items()}}
    found = list(database.lake_days.aggregate([{"$match": days}, {"$group": group}]))
    # If no day matches, DocumentDB returns no document, and the embedded database a document without numbers.
    return {name: (found[0][name] if found else None) or 0 for name in fields}
