"""Reprocessing: published hours that no longer agree with the log and have to be processed again."""

from datetime import datetime

from ..core.database import Database
from ..core.hours import Hour
from ..core.settings import Settings
from ..hourly.extract import Changes, count_changes
from ..hourly.manifest import Reason
from ..lake.catalog import Catalog
from ..lake.schema import TABLES
from ..lake.stores import Stores
from .erasure import hours_with_erased_data

# The tables of an hour are published in order, so the record of the last one holds for all.
_LAST = TABLES[-1].physical


def hours_to_reprocess(
    database: Database, stores: Stores, settings: Settings, now: datetime
) -> dict[Hour, Reason]:
    """The published hours that a run has to process again, and why, in order.

    `hourly.process.process` is the step for them: the log may no longer hold the hour.
    """
    reasons: dict[Hour, Reason] = dict.fromkeys(
        late_hours(database.changes, stores.catalog, now, settings), "late"
    )
    for hour in hours_with_erased_data(database, stores, now):
        reasons[hour] = "erased"
    return dict(sorted(reasons.items()))


def late_hours(changes: Changes, catalog: Catalog, now: datetime, settings: Settings) -> list[Hour]:
    """The closed hours of the last `look_back` of which the log holds more than was published.

    Hours that were never published, or that are provisional, are left to their own runs.
    """
    first = Hour.containing(now - settings.look_back)
    recorded = {
        Hour.parse(f"{each.dt}T{each.hour}"): each.source_count
        for each in catalog.snapshot([_LAST], since=first.dt)
        if not each.provisional
    }
    return [
        hour for hour, count in recorded.items() if hour >= first and count_changes(changes, hour) > count
    ]
