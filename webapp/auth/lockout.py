"""Lockout: the limit of wrong passwords per account, counted over all processes."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from webapp.core.clock import Clock
from webapp.core.errors import Busy, TooManyRequests
from webapp.database.connection import Database, Document
from webapp.database.documents import ContendedDocuments

MAX_FAILURES = 10
LOCK = timedelta(minutes=15)
# The maximum duration of a request. A password attempt that has no result after this duration counts as a
# wrong password.
ATTEMPT = timedelta(seconds=30)


@dataclass(frozen=True)
class Attempt:
    """A password attempt: the reservation to verify one password of an account.

    `stored` is the document of the account that contains the reservation.
    """

    key: str
    attempt_id: str
    stored: Document | None


class Lockout:
    """Counts wrong passwords and the password attempts in progress.

    The name of an account is the id of its user. An address without a user is an account as well, and its
    name is the address. So known and unknown addresses are counted and refused in the same way. An attempt is
    reserved before its password is verified, so failures and attempts in progress together never exceed
    MAX_FAILURES, for any number of concurrent requests (docs/decisions/0013).
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._failures = ContendedDocuments(database.login_failures)
        self._clock = clock

    def reserve(self, account: str) -> Attempt:
        """Reserve a password attempt; the caller ends it with `fail`, `succeed` or `cancel`.

        Raises TooManyRequests while the account is locked, even if the password is correct. Raises Busy if
        the failures and the attempts in progress together have reached MAX_FAILURES.
        """
        key, attempt_id = _digest(account), uuid4().hex

        def add(found: Document | None) -> Document:
            now = self._clock()
            failures, pending = _state(found, now)
            if found is not None and failures >= MAX_FAILURES:
                raise _locked(found["expires_at"] - now)
            if failures + len(pending) >= MAX_FAILURES:
                raise Busy("Too many logins of this account at once; try again in a moment.", retry_after=1)
            return _document(failures, [*pending, {"id": attempt_id, "until": now + ATTEMPT}], now + LOCK)

        return Attempt(key, attempt_id, self._failures.update(key, add))

    def fail(self, attempt: Attempt) -> None:
        """Count a wrong password."""

        def count(found: Document | None) -> Document | None:
            now = self._clock()
            failures, pending = _state(found, now)
            rest = _without(pending, attempt)
            if len(rest) == len(pending):
                # The reservation no longer exists: the attempt took too long and already counts as a failure,
                # or an operator has set a new password.
                return found
            return _document(failures + 1, rest, now + LOCK)

        self._failures.update(attempt.key, count, attempt.stored)

    def succeed(self, attempt: Attempt) -> None:
        """Delete the failures of the account after a correct password; other attempts stay reserved."""

        def forget(found: Document | None) -> Document | None:
            _, pending = _state(found, self._clock())
            return found and _without_failures(found, _without(pending, attempt))

        self._failures.update(attempt.key, forget, attempt.stored)

    def cancel(self, attempt: Attempt) -> None:
        """Cancel an attempt whose password could not be verified, so that it does not count as a failure."""

        def remove(found: Document | None) -> Document | None:
            if found is None:
                return None
            rest = _without(found.get("pending", []), attempt)
            if found["count"] == 0:
                return _without_failures(found, rest)
            return {**found, "pending": rest}

        self._failures.update(attempt.key, remove, attempt.stored)

    def clear(self, account: str) -> None:
        """Delete the failures and attempts of an account."""
        self._failures.delete(_digest(account))


def _digest(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()


def _state(found: Document | None, now: datetime) -> tuple[int, list[Any]]:
    """Return the number of failures, including expired attempts, and the list of attempts in progress."""
    if found is None:
        return 0, []
    attempts = found.get("pending", [])
    pending = [each for each in attempts if each["until"] > now]
    failures = 0 if found["expires_at"] <= now else found["count"] + len(attempts) - len(pending)
    return failures, pending


def _without(pending: list[Any], attempt: Attempt) -> list[Any]:
    return [each for each in pending if each["id"] != attempt.attempt_id]


def _without_failures(found: Document, pending: list[Any]) -> Document | None:
    return _document(0, pending, found["expires_at"]) if pending else None


def _document(failures: int, pending: list[Any], expires_at: datetime) -> Document:
    return {"count": failures, "pending": pending, "expires_at": expires_at}


def _locked(remaining: timedelta) -> TooManyRequests:
    seconds = math.ceil(remaining.total_seconds())
    return TooManyRequests(
        "Too many wrong passwords; wait for the number of seconds in Retry-After, then try again.",
        retry_after=seconds,
    )
