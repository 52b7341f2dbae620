"""Extract: read an interval of the log and convert it from BSON to Bronze."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection

from ..core.database import open_database
from ..core.settings import Settings
from ..transform.bronze import Extracted, bronze_of

Changes = Collection[dict[str, Any]]

# By default, the embedded server sends only 101 documents per reply.
_BATCH_SIZE = 5000
# The maximum size of a part in bytes of BSON; all rows of a part are in memory at the same time. The limit is
# in bytes, because changes differ in size: a change can have 40 KB.
PART_BYTES = 192 * 2**20
# The maximum number of changes without a timestamp that are counted at each end of the index on `at`.
_MAX_COUNTED = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Fields that only the API needs, to repeat the response to a retried request.
_NOT_EXTRACTED = {"idempotency_key": 0, "fingerprint": 0, "status_code": 0}


@contextmanager
def open_changes(settings: Settings) -> Iterator[Changes]:
    """Open the collection `changes` for a `with` block; raises SourceError when it is unreachable."""
    with open_database(settings) as database:
        yield database.changes


def first_change_at(changes: Changes) -> datetime | None:
    """The time of the oldest change whose `at` is a date; None if there is no such change."""
    for oldest in changes.find({"at": {"$gte": _EPOCH}}, {"at": 1}).sort("at", ASCENDING):
        # This check is needed because the embedded server compares some texts as if they were dates.
        if isinstance(oldest["at"], datetime):
            return oldest["at"]
    return None


def extract(changes: Changes, start: datetime, end: datetime) -> Iterator[Extracted]:
    """Read the changes made in `[start, end)`, in parts of at most about 192 MiB of BSON.

    A malformed change becomes a reject; it never raises an error.
    """
    query = {"at": {"$gte": start, "$lt": end}}
    batches: Any = changes.find_raw_batches(
        query, _NOT_EXTRACTED, batch_size=_BATCH_SIZE, sort=[("at", ASCENDING)]
    )
    return bronze_of(batches, PART_BYTES)


def changes_without_timestamp(changes: Changes) -> int:
    """The number of changes that belong to no hour, because their `at` is not a date.

    At most 1,000 such changes are counted at each end of the index on `at`. In this index, some BSON types
    sort before dates and the others after dates, so such changes are at the two ends. If there are no such
    changes, the count costs two index look-ups.
    """
    return len(
        {
            str(each["_id"])
            for direction in (ASCENDING, DESCENDING)
            for each in takewhile(
                _has_no_timestamp,
                changes.find({}, {"at": 1}).sort("at", direction).limit(_MAX_COUNTED),
            )
        }
    )


def _has_no_timestamp(change: dict[str, object]) -> bool:
    return not isinstance(change.get("at"), datetime)
