"""Coverage: the hours that the insights include, from the documents of days (day_totals.py)."""

from dataclasses import dataclass
from datetime import datetime

from ..core.database import Database, Document
from ..core.errors import SourceError
from ..core.hours import Hour
from .day_totals import ANY_HOUR, dt_of, hours_between, summary


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
    def read(cls, database: Database) -> "Coverage":
        """Read the coverage from `lake_days`, which must have at least one day.

        This method reads three days, and the database adds the hours of the other days. So the cost does not
        grow with the age of the lake. If another run changes days meanwhile, this method may return old and
        new figures; then that run writes the new ones.
        """
        oldest = summary(database, {"first_change": ANY_HOUR}) or summary(database, {})
        newest = summary(database, {}, direction=-1)
        provisional = summary(database, {"first_provisional": ANY_HOUR})
        if oldest is None or newest is None or newest["_id"] < oldest["_id"]:
            raise SourceError("other runs removed days from the collection lake_days; try again")
        if oldest["_id"] == newest["_id"]:
            # The day may have changed since it was read as the oldest one.
            oldest, count = newest, newest["count_since_change"]
        else:
            between = hours_between(oldest["_id"], newest["_id"], database)
            count = oldest["count_since_change"] + between + newest["count"]
        first = _hour(oldest, "first_change" if oldest["first_change"] else "first")
        last = _hour(newest, "last")
        return cls(
            # An hour that was read before its end is covered up to the time at which it was read.
            as_of=min(last.end, newest["as_of"]),
            covers_from=first.start,
            missing_hours=(last.end - first.start) // (first.end - first.start) - count,
            provisional_from=_hour(provisional, "first_provisional").start if provisional else None,
        )


def _hour(day: Document, field: str) -> Hour:
    return Hour.parse(f"{dt_of(day['_id'])}T{day[field]}")
