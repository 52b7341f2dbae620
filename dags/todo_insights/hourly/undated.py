"""Changes without a date in `at`: no range of time finds them, so no hour ever reads them.

The API always writes one. A document that somebody else put into the log must not go unseen all the same.
"""

from datetime import datetime
from itertools import takewhile

from pymongo import ASCENDING, DESCENDING

from .extract import Changes

# Enough to know that somebody has to look.
_MOST = 1000


def undated_changes(changes: Changes) -> int:
    """How many changes have no date in `at`; counted are 1,000 at either end of the log at most.

    Dates sort after some types and before others, so such changes lie at the ends of the index on `at`; a log
    without any costs two look-ups.
    """
    return len(
        {
            str(each["_id"])
            for direction in (ASCENDING, DESCENDING)
            for each in takewhile(_is_undated, changes.find({}, {"at": 1}).sort("at", direction).limit(_MOST))
        }
    )


def _is_undated(change: dict[str, object]) -> bool:
    return not isinstance(change.get("at"), datetime)
