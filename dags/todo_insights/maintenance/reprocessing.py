"""Reprocessing: find the published hours that must be processed again: late, damaged and erased hours.

Every live run looks for late changes in the last LOOK_BACK_HOURS. Maintenance compares older hours with the
log; the date decides which hours are due. Maintenance writes a request for each hour that differs from the
log or has a damaged file, and the next live run processes these hours.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from ..catalog.base import Catalog, Partition
from ..catalog.stores import Stores
from ..core.database import Database
from ..core.hours import Hour
from ..core.settings import Settings
from ..hourly.counts import count_by_hour
from ..hourly.extract import Changes, first_change_at
from ..hourly.manifest import Reason
from ..lake.schema import TABLES
from .checks import LakeFinding
from .erasure import hours_with_erased_data

# The tables of an hour are published in order, so the partition of the last table shows that the whole hour
# is published.
_LAST = TABLES[-1].physical
_DAILY_CHECKED_DAYS = 7
# Each older day is compared with the log once in this number of days.
_PERIOD_DAYS = 30


def hours_to_reprocess(
    database: Database, stores: Stores, settings: Settings, now: datetime
) -> dict[Hour, Reason]:
    """The published hours that a run must process again, in order, with the reason for each hour.

    `hourly.process.process` can process all these hours, because it reads Bronze if the log no longer has all
    changes.
    """
    reasons: dict[Hour, Reason] = dict.fromkeys(
        late_hours(database.changes, stores.catalog, now, settings), "late"
    )
    reasons |= _requested_hours(database, stores.catalog)
    for hour in hours_with_erased_data(database, stores, now):
        reasons[hour] = "erased"
    return dict(sorted(reasons.items()))


def late_hours(changes: Changes, catalog: Catalog, now: datetime, settings: Settings) -> list[Hour]:
    """The final hours of the last `look_back` for which the log has more changes than were published.

    Missing and provisional hours are left out, because their own runs process them.
    """
    first = Hour.containing(now - settings.look_back)
    recent = [each for each in catalog.snapshot([_LAST], since=first.dt) if _hour(each) >= first]
    recorded = _recorded(recent)
    return _more_in_log(recorded, count_by_hour(changes, recorded))


def compare_with_log(
    partitions: Sequence[Partition], changes: Changes, now: datetime
) -> tuple[list[Hour], list[LakeFinding]]:
    """The hours for which the log has more changes than were published, and findings on lost changes.

    The newest seven days are compared every day, and each older day once in 30 days.
    """
    recorded = _recorded(
        each for each in partitions if each.table == _LAST and is_compared_today(each.dt, now.date())
    )
    counts = count_by_hour(changes, recorded)
    oldest = first_change_at(changes)
    lost = [
        _lost_changes(hour, counts[hour], count)
        for hour, count in recorded.items()
        # Only recent hours can have lost changes: the changes of older hours may have expired.
        if oldest is not None and hour.start > oldest and counts[hour] < count
    ]
    return _more_in_log(recorded, counts), lost


def is_compared_today(dt: str, today: date) -> bool:
    """Return whether today's run compares the hours of this day with the log."""
    return (today - date.fromisoformat(dt)).days < _DAILY_CHECKED_DAYS or is_turn_of(dt, today)


def is_turn_of(dt: str, today: date) -> bool:
    """Return whether this older day is compared today; each older day is compared once in 30 days."""
    return (today - date.fromisoformat(dt)).days % _PERIOD_DAYS == 0


def request_reprocessing(hours: Mapping[Hour, Reason], database: Database, now: datetime) -> None:
    """Request that the next live run processes these hours; `now` is a time before their search began."""
    for hour, reason in hours.items():
        # Without the prefix `hour:`, the embedded server would read the id as a date.
        request = {"_id": f"hour:{hour}", "hour": str(hour), "reason": reason, "at": now}
        database.reprocessing_requests.replace_one({"_id": request["_id"]}, request, upsert=True)


def _requested_hours(database: Database, catalog: Catalog) -> dict[Hour, Reason]:
    """The requested hours that were not read from the log since the request; other requests are deleted."""
    requests = {Hour.parse(each["hour"]): each for each in database.reprocessing_requests.find({})}
    if not requests:
        return {}
    read_at = {_hour(each): each.as_of for each in catalog.snapshot([_LAST], since=min(requests).dt)}
    for hour, request in list(requests.items()):
        if hour not in read_at or read_at[hour] > request["at"]:
            database.reprocessing_requests.delete_one({"_id": request["_id"], "at": request["at"]})
            del requests[hour]
    return {hour: request["reason"] for hour, request in requests.items()}


def _recorded(partitions: Iterable[Partition]) -> dict[Hour, int]:
    """The number of published changes of each final hour."""
    return {_hour(each): each.source_count for each in partitions if not each.provisional}


def _more_in_log(recorded: Mapping[Hour, int], counts: Mapping[Hour, int]) -> list[Hour]:
    return [hour for hour, count in recorded.items() if counts[hour] > count]


def _lost_changes(hour: Hour, found: int, published: int) -> LakeFinding:
    return LakeFinding(
        where=str(hour),
        what=f"the log contains {found} changes of this hour, but {published} are published and are kept",
        advice="correct MONGODB_URI and MONGODB_DATABASE, or restore the changes "
        "(flask changes rebuild --from-lake)",
    )


def _hour(partition: Partition) -> Hour:
    return Hour.parse(f"{partition.dt}T{partition.hour}")
