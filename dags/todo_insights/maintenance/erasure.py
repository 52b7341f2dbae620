"""Erasure: remove the personal data of deleted users from every file of the lake, and write a receipt.

When the API has finished an erasure, the log contains no personal data of the user. So an hour that is
processed again from the log contains no such data either. After this hour is published, files of earlier
readings cannot be published any more, and they are permanently deleted. Each step may be repeated. An attempt
that read the log before the erasure may write files after the receipt was written; `recheck_erasures` finds
these files.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from ..catalog.stores import Stores
from ..core.database import Database
from ..core.hours import Hour
from ..lake.reports import remove_reports
from ..lake.schema import TABLES
from .erasure_index import AttemptFolder, ErasureIndex, build_erasure_index
from .erasure_receipts import Erasure, Receipt, due_erasures, receipts_since, withdraw_receipt, write_receipt

logger = logging.getLogger(__name__)

# After this time, no attempt that read the log before the erasure can still be running.
RECHECK_PERIOD = timedelta(days=8)
# The maximum time from the `published_at` of a publication until the publication has changed the catalog.
_PUBLICATION_DELAY = timedelta(hours=1)


def hours_with_erased_data(database: Database, stores: Stores, now: datetime) -> list[Hour]:
    """The hours to process again because they have data of erased users who have no receipt yet.

    The search uses the files of the lake, because the changes may have expired in the log.
    """
    erasures = due_erasures(database, now)
    if not erasures:
        return []
    index = build_erasure_index(erasures, stores)
    return sorted({hour for erasure in erasures for hour in index.hours_to_reprocess(erasure)})


def finish_erasures(database: Database, stores: Stores, now: datetime) -> list[Receipt]:
    """Delete unpublished files with data of erased users, and write the receipts of these users.

    Call this after publishing: a user with an hour to reprocess gets no receipt yet, and the files of this
    user are kept. All team reports are deleted before the first receipt is written; then
    `report.write.write_daily_report` writes today's report again. `now` is a time before this call.
    """
    erasures = due_erasures(database, now)
    if not erasures:
        return []
    index = build_erasure_index(erasures, stores)
    receipts = []
    for erasure in erasures:
        if due := index.hours_to_reprocess(erasure):
            logger.info("erasure of %s waits for %d hours", erasure.user_id, len(due))
            continue
        # A report may show a category that an erased user has entered.
        remove_reports(stores.lake)
        receipt = Receipt(
            _id=erasure.user_id,
            finished_at=erasure.finished_at,
            hours=[str(hour) for hour in sorted(index.hours[erasure.user_id])],
            files_removed=_remove(index.deletable(erasure), stores),
            at=now,
            checked_at=now,
        )
        write_receipt(receipt, database)
        logger.info(
            "data of user %s is removed from the lake: %d hours, %d files removed",
            erasure.user_id,
            len(receipt["hours"]),
            receipt["files_removed"],
        )
        receipts.append(receipt)
    return receipts


def recheck_erasures(database: Database, stores: Stores, now: datetime) -> list[Receipt]:
    """Check the users of recent receipts again, and delete files that were written after a receipt.

    Returns the receipts that were no longer true. If an hour with data of the user was published after the
    receipt, the receipt is withdrawn. Then the next run processes the hour again and writes another receipt.
    """
    receipts = receipts_since(now - RECHECK_PERIOD, database)
    if not receipts:
        return []
    erasures = [Erasure(each["_id"], each["finished_at"]) for each in receipts]
    since = min(each["at"] for each in receipts) - _PUBLICATION_DELAY
    index = _with_known_hours(build_erasure_index(erasures, stores, published_since=since), receipts)
    return [
        receipt
        for receipt, erasure in zip(receipts, erasures, strict=True)
        if _erase_again(receipt, erasure, index, database, stores, now)
    ]


def _with_known_hours(index: ErasureIndex, receipts: Sequence[Receipt]) -> ErasureIndex:
    known = {each["_id"]: {Hour.parse(hour) for hour in each["hours"]} for each in receipts}
    hours = {user_id: {*found} | known[user_id] for user_id, found in index.hours.items()}
    return ErasureIndex(hours, index.unpublished, index.as_of)


def _erase_again(
    receipt: Receipt, erasure: Erasure, index: ErasureIndex, database: Database, stores: Stores, now: datetime
) -> bool:
    """Return whether the lake has data of the user; if so, delete the files or withdraw the receipt."""
    if due := index.hours_to_reprocess(erasure):
        logger.warning("user %s has data in %d published hours again", receipt["_id"], len(due))
        withdraw_receipt(receipt, database)
        return True
    removed = _remove(index.deletable(erasure), stores)
    hours = [str(hour) for hour in sorted(index.hours[erasure.user_id])]
    count = receipt["files_removed"] + removed
    write_receipt({**receipt, "hours": hours, "files_removed": count, "checked_at": now}, database)
    if removed:
        logger.warning("user %s had data in %d unpublished files; removed", receipt["_id"], removed)
    return removed > 0


def _remove(unpublished_folders: Sequence[AttemptFolder], stores: Stores) -> int:
    """Permanently delete these folders; returns the number of files.

    The folders in Bronze are deleted last, because a search after a crash looks for the user only in Bronze.
    """
    for each in sorted(unpublished_folders, key=lambda one: TABLES.index(one.table), reverse=True):
        stores.lake.remove(each.table.zone, each.location)
    return sum(len(each.names) for each in unpublished_folders)
