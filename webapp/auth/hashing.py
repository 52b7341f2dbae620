"""Password hashes: argon2id (RFC 9106), of which a process computes few at a time and queues few more."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from webapp.core.errors import Busy

# Each hash takes 64 MiB and four threads of the processor while it is computed.
HASHES_AT_ONCE = 2
# Requests that may wait for a hash. Together with the two above they hold half of a process's eight threads;
# the other half goes on serving requests that cost little.
MAX_WAITING = 2
# The longest that a request waits for its turn, in seconds.
LOCK_TIMEOUT = 1.0


class HashQueue:
    """Computes and verifies password hashes within `admitted` blocks."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._admission = BoundedSemaphore(HASHES_AT_ONCE + MAX_WAITING)
        self._turn = BoundedSemaphore(HASHES_AT_ONCE)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold a place in the queue; raises Busy at once when it is full."""
        if not self._admission.acquire(blocking=False):
            raise _busy()
        try:
            yield
        finally:
            self._admission.release()

    def hash(self, password: str) -> str:
        """Hash a password; raises Busy when other hashes take too long."""
        with self._computing():
            return self._hasher.hash(_normalized(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Tell whether a password has this hash; None takes the same time and matches nothing.

        Raises Busy when other hashes take too long.
        """
        known = _unmatched_hash() if stored is None else stored
        try:
            with self._computing():
                matched = self._hasher.verify(known, _normalized(password))
        except VerifyMismatchError:
            return False
        return matched and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash has other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=LOCK_TIMEOUT):
            raise _busy()
        try:
            yield
        finally:
            self._turn.release()


def _busy() -> Busy:
    return Busy("Too many passwords are being checked; try again in a moment.", retry_after=1)


def _normalized(password: str) -> str:
    """One spelling for what looks alike: keyboards differ in how they send an accent (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


@cache
def _unmatched_hash() -> str:
    """A hash with our parameters, to spend the same time on addresses that no user has."""
    return PasswordHasher().hash("no user has this password")
