"""Reads current profiles, even after a crash between commit and roll-forward."""

from webapp.changes import ChangeLog, Entity
from webapp.changes.change import is_tombstone
from webapp.core.errors import Busy
from webapp.database.connection import Database, Document

MAX_ATTEMPTS = 50


class Profiles:
    """Reads the current profile of each user."""

    def __init__(self, database: Database, log: ChangeLog) -> None:
        self._users = database.users
        self._log = log

    def current(self, user_id: str) -> Document | None:
        """Return the newest committed profile; None when the user does not exist or was erased.

        A committed change that is missing in the projection is rolled forward first.
        """
        for _ in range(MAX_ATTEMPTS):
            found = self._users.find_one({"_id": user_id})
            ahead = self._log.find(Entity.USER, user_id, 1 if found is None else found["version"] + 1)
            if ahead is None:
                return None if found is None or is_tombstone(found) else found
            self._log.complete(ahead)
        raise Busy("Too many concurrent changes of this user; try again in a moment.", retry_after=1)
