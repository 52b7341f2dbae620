"""A value from a secret that is read again while the process runs, so that a rotation needs no restart."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


class SecretUnreadable(Exception):
    """A secret cannot be read or is invalid; the message gives the reason, and contains no secret."""


class Rotating(Generic[T]):
    """Keeps the value that was read last from a secret.

    One thread reads the secret while the other threads use the present value. If reading fails, the present
    value is kept. `subject` is the name of the value in log lines. `read` returns the value or raises
    SecretUnreadable. `timer` returns a time in seconds.
    """

    def __init__(
        self, subject: str, value: T, read: Callable[[], T], timer: Callable[[], float] = time.monotonic
    ) -> None:
        self.value = value
        self._subject = subject
        self._read = read
        self._timer = timer
        self._turn = Lock()
        self._tried_at = float("-inf")

    def refresh(self, seconds: float, lock_timeout: float = 0.0) -> bool:
        """Read the value if the last attempt was at least `seconds` ago; return whether it has changed.

        If another thread is reading the value, wait at most `lock_timeout` seconds for that thread.
        """
        if self._is_recent(seconds) or not self._turn.acquire(timeout=lock_timeout):
            return False
        try:
            # Another thread may have read the value while this thread waited for the lock.
            return not self._is_recent(seconds) and self._renew()
        finally:
            self._turn.release()

    def _is_recent(self, seconds: float) -> bool:
        return self._timer() - self._tried_at < seconds

    def _renew(self) -> bool:
        before = self.value
        try:
            self.value = self._read()
        except SecretUnreadable as error:
            logger.warning("%s were not renewed, the current values stay in use: %s", self._subject, error)
        finally:
            # The time is set after the read, so that waiting threads continue only when the value is new.
            self._tried_at = self._timer()
        return self.value != before
