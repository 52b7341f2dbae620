"""The erasures that the API records, and the receipts with which the pipeline confirms them for the lake.

The API writes `erasures` and removes personal data from the log (docs/decisions/0014). The pipeline reads
`erasures` and writes `erasure_receipts`, one document for each user.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from ..core.database import Database

# The maximum difference between the clocks of the API and of the pipeline.
_CLOCK_DIFFERENCE = timedelta(seconds=2)


@dataclass(frozen=True)
class Erasure:
    """The erasure of a user: the log contains no personal data of the user from `finished_at` on."""

    user_id: str
    finished_at: datetime

    @property
    def clean_from(self) -> datetime:
        """The first whole second at which a reading of the log has no personal data of the user."""
        return self.finished_at.replace(microsecond=0) + timedelta(seconds=1) + _CLOCK_DIFFERENCE


class Receipt(TypedDict):
    """The confirmation that the lake contains no personal data of a user.

    `_id` is the id of the user. Every partition of these `hours` was read after `finished_at`, and
    `files_removed` unpublished files were deleted. The receipt was written at the time `at` and last checked
    at `checked_at`.
    """

    _id: str
    finished_at: datetime
    hours: list[str]
    files_removed: int
    at: datetime
    checked_at: datetime


def due_erasures(database: Database, now: datetime) -> list[Erasure]:
    """The finished erasures without a receipt; an erasure that was repeated needs a new receipt."""
    receipts = database.erasure_receipts.find({}, {"finished_at": 1})
    done = {each["_id"]: each["finished_at"] for each in receipts}
    found = [
        Erasure(each["_id"], each["finished_at"])
        for each in database.erasures.find({}, {"finished_at": 1})
        if each["finished_at"] and done.get(each["_id"]) != each["finished_at"]
    ]
    return [each for each in found if each.clean_from <= now]


def receipts_since(moment: datetime, database: Database) -> list[Receipt]:
    """The receipts that were written at this time or later."""
    found = database.erasure_receipts.find({})
    return [
        Receipt(
            _id=each["_id"],
            finished_at=each["finished_at"],
            hours=each["hours"],
            files_removed=each["files_removed"],
            at=each["at"],
            checked_at=each["checked_at"],
        )
        for each in found
        if each["at"] >= moment
    ]


def write_receipt(receipt: Receipt, database: Database) -> None:
    """Write a receipt; an earlier receipt of the same user is replaced."""
    database.erasure_receipts.replace_one({"_id": receipt["_id"]}, dict(receipt), upsert=True)


def withdraw_receipt(receipt: Receipt, database: Database) -> None:
    """Delete a receipt that is no longer true, so that the erasure is due again."""
    database.erasure_receipts.delete_one({"_id": receipt["_id"]})
