"""Computes password hashes (argon2id, RFC 9106): two at once in a process, while two more requests wait."""

import math
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore, Lock, get_native_id

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from webapp.core.errors import Busy
from webapp.core.text import normalize_password

# The computation of one hash takes 64 MiB of memory and four threads of the processor.
HASHES_AT_ONCE = 2
# The number of requests that may wait for a hash. Together with the two requests whose hashes are computed,
# the waiting requests use four of the eight threads of a process. The other four threads serve requests that
# need little time.
MAX_WAITING = 2
MAX_ADMITTED = HASHES_AT_ONCE + MAX_WAITING
# The maximum time in seconds that a request waits until the computation of its hash begins.
LOCK_TIMEOUT = 1.0
HASHING_NICENESS = 5
# The maximum Retry-After of a refused request, in seconds.
MAX_RETRY_AFTER = 30.0


class HashQueue:
    """Computes and verifies password hashes; callers do this inside a block `with queue.admitted():`."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._admission = BoundedSemaphore(MAX_ADMITTED)
        self._turn = BoundedSemaphore(HASHES_AT_ONCE)
        # The threads start when the first hash is computed.
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, "hashing", _lower_priority)
        self._refusing = Lock()
        self._last_retry = 0.0

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold one of the MAX_ADMITTED places during a `with` block; raises Busy at once if none is free."""
        if not self._admission.acquire(blocking=False):
            raise self._refusal()
        try:
            yield
        finally:
            self._admission.release()

    def hash(self, password: str) -> str:
        """Hash a password; raises Busy after LOCK_TIMEOUT seconds of waiting for other hashes."""
        with self._computing():
            return self._threads.submit(self._hasher.hash, normalize_password(password)).result()

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether a password matches a hash.

        If `stored` is None, the function returns False, but takes as long as if there were a hash. Raises
        Busy after LOCK_TIMEOUT seconds of waiting for other hashes.
        """
        known = _unmatched_hash() if stored is None else stored
        sent = normalize_password(password)
        try:
            with self._computing():
                matched = self._threads.submit(self._hasher.verify, known, sent).result()
        except VerifyMismatchError:
            return False
        return matched and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was computed with other argon2 parameters than `hash` uses."""
        return self._hasher.check_needs_rehash(stored)

    def _refusal(self) -> Busy:
        """Return a Busy error; its Retry-After lets at most MAX_ADMITTED clients try again in each second."""
        with self._refusing:
            now = time.monotonic()
            earliest = max(now + 1, self._last_retry + 1 / MAX_ADMITTED)
            self._last_retry = min(earliest, now + MAX_RETRY_AFTER)
            seconds = math.ceil(self._last_retry - now)
        return Busy(f"Too many passwords are being checked; try again in {seconds} s.", retry_after=seconds)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=LOCK_TIMEOUT):
            raise self._refusal()
        try:
            yield
        finally:
            self._turn.release()


def _lower_priority() -> None:
    """Lower the priority of this thread, so that hashes do not delay requests that need little time."""
    if sys.platform == "linux":  # Only Linux has a separate priority for each thread.
        os.setpriority(os.PRIO_PROCESS, get_native_id(), HASHING_NICENESS)


@cache
def _unmatched_hash() -> str:
    """Return a hash that is verified when the user is unknown, so that every login takes the same time."""
    return PasswordHasher().hash("no user has this password")
