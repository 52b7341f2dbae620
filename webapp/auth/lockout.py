"""Lockout: how many wrong passwords one account takes, whoever tries them and wherever."""

import hashlib
import math
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from webapp.core.clock import Clock
from webapp.core.database import Database, Document
from webapp.core.errors import Busy, TooManyRequests

MAX_FAILURES = 10
LOCK = timedelta(minutes=15)

MAX_ATTEMPTS = 50


class Lockout:
    """Counts the failures of accounts.

    An account is named by its user's id, and one that does not exist by the address that was tried, so that
    both are counted and refused alike (docs/decisions/0013).
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._failures = database.login_failures
        self._clock = clock

    def reserve(self, account: str) -> None:
        """Count a failure before the password is looked at, so that parallel guesses are counted as well.

        Raises TooManyRequests while the account is locked, whatever the password is.
        """
        key = _digest(account)
        for _ in range(MAX_ATTEMPTS):
            now = self._clock()
            found = self._failures.find_one({"_id": key})
            count = 0 if found is None or found["expires_at"] <= now else int(found["count"])
            if found is not None and count >= MAX_FAILURES:
                raise _locked(found["expires_at"] - now)
            if self._put(found, {"_id": key, "count": count + 1, "expires_at": now + LOCK}):
                return
        raise Busy("Too many attempts at once; try again in a moment.", retry_after=1)

    def clear(self, account: str) -> None:
        """Forget the failures of an account: somebody knew its password."""
        self._failures.delete_one({"_id": _digest(account)})

    def _put(self, found: Document | None, counted: Document) -> bool:
        if found is not None:
            return self._failures.replace_one(found, counted).matched_count == 1
        try:
            self._failures.insert_one(counted)
        except DuplicateKeyError:
            return False
        return True


def _digest(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()


def _locked(remaining: timedelta) -> TooManyRequests:
    seconds = math.ceil(remaining.total_seconds())
    return TooManyRequests(
        "Too many wrong passwords; wait as many seconds as Retry-After says, then try again.",
        retry_after=seconds,
    )
