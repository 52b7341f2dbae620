"""Erases a user: the profile, the tasks, and the personal data in the changes; each step can be repeated.

The request for the erasure is recorded first, and the end of the erasure last. So the next start of a
process, `flask changes repair`, or a repeated request finds and finishes an interrupted erasure
(docs/decisions/0014).
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from pymongo import ReplaceOne
from pymongo.errors import DuplicateKeyError, InvalidOperation, PyMongoError

from webapp.auth.credentials import Credentials
from webapp.auth.sessions import GONE
from webapp.changes import Change, ChangeLog, Entity, Origin
from webapp.changes.change import is_tombstone
from webapp.changes.log import SAFETY_LAG
from webapp.changes.repair import REPAIR_WINDOW, newest_change_time
from webapp.core.clock import Clock
from webapp.core.errors import Busy, InvalidToken, NotFound
from webapp.database.connection import Database, Document, batches, find_first
from webapp.database.user_facts import FRESH_SECONDS, UserFacts
from webapp.users import rules
from webapp.users.emails import EmailClaims

logger = logging.getLogger(__name__)

# The time in seconds after which an erasure begins its second pass. Every process knows of an erasure after
# FRESH_SECONDS. A change that a process began before it knew of the erasure is in the log at most SAFETY_LAG
# later.
SECOND_PASS_SECONDS = FRESH_SECONDS + SAFETY_LAG.total_seconds()
# The fields with personal data, each with its value after the erasure.
PERSONAL_FIELDS: Document = {
    "title": None,
    "description": None,
    "category": None,
    "tags": [],
    "email": None,
    "name": None,
}


# A function that runs another function once, after a number of seconds.
RunLater = Callable[[float, Callable[[], None]], None]


def _never(seconds: float, function: Callable[[], None]) -> None:
    """Do nothing: the default for `run_later`."""


class Eraser:
    """Erases users with their tasks and personal data.

    The callback `after_commit` of `log` must not call this eraser. `delete_tasks` deletes all tasks of the
    user who is named in an `Origin`, and can be repeated. `run_later` runs the second pass of an erasure,
    which removes data that other processes wrote before they knew of the erasure.
    """

    def __init__(
        self,
        database: Database,
        log: ChangeLog,
        clock: Clock,
        delete_tasks: Callable[[Origin], None],
        facts: UserFacts | None = None,
        run_later: RunLater = _never,
    ) -> None:
        self._run_later = run_later
        self._database = database
        self._erasures = database.erasures
        self._log = log
        self._clock = clock
        self._delete_tasks = delete_tasks
        self._facts = facts or UserFacts(database, clock)
        self._credentials = Credentials(database, clock, self._facts)
        self._claims = EmailClaims(database)

    def erase(self, user_id: str, request_id: str = "") -> None:
        """Record the request for the erasure, and erase the user."""
        intent = {"_id": user_id, "requested_at": self._clock(), "finished_at": None}
        with suppress(DuplicateKeyError):
            self._erasures.insert_one(intent)
        self.finish(user_id, request_id)
        self._finish_later(user_id)

    def finish(self, user_id: str, request_id: str = "") -> None:
        """Perform the remaining steps of an erasure; a repeated call changes nothing."""
        origin = self._origin(user_id, request_id)
        self._delete_tasks(origin)
        with suppress(NotFound), self._facts.changing(user_id):
            self._log.commit(Entity.USER, user_id, rules.deletion, origin)
        # At this point, the log contains all changes that were committed before the deletion of the user.
        # Later writers see the deletion and call `finish_erasure`, so no further task is added.
        self._delete_tasks(origin)
        self._claims.release_all(user_id)
        self._database.insights.delete_one({"_id": user_id})
        self._database.insight_days.delete_many({"user_id": user_id})
        self._database.idempotency_keys.delete_many({"user_id": user_id})
        stripped = self._remove_personal_data(user_id)
        # The credentials are erased last: if the request times out, the user can still log in and repeat it.
        self._credentials.erase(user_id)
        self._record_finish(user_id, stripped)

    def finish_erasure(self, user_id: str) -> None:
        """Erase the data of a write that was concurrent with the erasure.

        Raises InvalidToken if the user was erased. If the process remembers facts about the user, it does not
        read the database: an erasure that the process does not know of has just begun, and the second pass of
        this erasure will remove the data.
        """
        if self._facts.remembers(user_id):
            return
        user = find_first(self._database.users, {"_id": user_id}, {"deleted_at": 1})
        if user is not None and is_tombstone(user):
            self.finish(user_id)
            raise InvalidToken(GONE)

    def finish_erasure_after(self, change: Change) -> None:
        """Call `finish_erasure` after a commit, because the user may have been erased at the same time."""
        self.finish_erasure(change.document["user_id"])

    def finish_recent(self) -> int:
        """Finish interrupted erasures; repeat erasures that finished in the hour before the newest change.

        A process calls this method when it starts. Returns the number of erasures that were unfinished.
        """
        newest = newest_change_time(self._database)
        return 0 if newest is None else self.finish_all(since=newest - REPAIR_WINDOW)

    def finish_all(self, since: datetime | None = None) -> int:
        """Perform every unfinished erasure, and repeat every erasure that finished at `since` or later.

        Without `since`, all erasures are repeated. A repetition removes data that a rebuild of the database
        or a slow process has written again. Returns the number of erasures that were unfinished.
        """
        ended = {} if since is None else {"finished_at": {"$gte": since}}
        rows = list(self._erasures.find({"$or": [{"finished_at": None}, ended]}))
        for row in rows:
            self.finish(row["_id"])
            if self._clock() - row["requested_at"] < 2 * SAFETY_LAG:
                self._finish_later(row["_id"])
        return sum(1 for row in rows if row["finished_at"] is None)

    def _finish_later(self, user_id: str) -> None:
        def again() -> None:
            try:
                self.finish(user_id)
            except InvalidOperation:
                # The process is ending; the next process repeats the erasure when it starts.
                return
            except (PyMongoError, Busy) as error:
                logger.warning("the second pass of an erasure failed: %s", type(error).__name__)
                self._finish_later(user_id)

        self._run_later(SECOND_PASS_SECONDS, again)

    def _origin(self, user_id: str, request_id: str) -> Origin:
        newest = self._database.changes.find_one({"entity_id": user_id}, sort=[("version", -1)])
        time_zone = "UTC" if newest is None else newest["time_zone"]
        return Origin(user_id, time_zone, request_id, status_code=204)

    def _remove_personal_data(self, user_id: str) -> int:
        changes = self._database.changes
        stripped = 0
        for batch in batches(changes.find({"user_id": user_id, "erased": {"$ne": True}})):
            changes.bulk_write(
                [ReplaceOne({"_id": row["_id"]}, _without_personal_data(row)) for row in batch]
            )
            stripped += len(batch)
        return stripped

    def _record_finish(self, user_id: str, stripped: int) -> None:
        found = self._erasures.find_one({"_id": user_id})
        if found is not None and (found["finished_at"] is None or stripped):
            self._erasures.replace_one(found, {**found, "finished_at": self._clock()})


def _without_personal_data(change: Document) -> Document:
    """Return a change without personal data and without the fingerprint, which could reveal such data."""
    images = {side: _erased_image(change[side]) for side in ("before", "after")}
    return {**change, **images, "fingerprint": "", "erased": True}


def _erased_image(image: Document | None) -> Document | None:
    if image is None:
        return None
    return {name: PERSONAL_FIELDS.get(name, value) for name, value in image.items()}
