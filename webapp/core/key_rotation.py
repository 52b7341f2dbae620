"""Signing keys that change when a secret is rotated, without a restart and without ending any session."""

import logging
import time
from collections.abc import Callable
from threading import Lock

from webapp.core.signing_keys import KeyRing, Keys

# The age of the keys at which the next request reads them again.
FRESH_SECONDS = 300.0
# A new key signs tokens only this long after its creation, when every process has read it; 60 seconds allow
# for clocks that differ.
PROPAGATION_SECONDS = FRESH_SECONDS + 60.0
# An unknown key id causes a read at most this often, so that invented key ids cannot cause calls to AWS.
UNKNOWN_SECONDS = 10.0
# How long a request with an unknown key id waits for another request that reads the keys.
LOCK_TIMEOUT_SECONDS = 1.0

logger = logging.getLogger(__name__)


class KeysUnreadable(Exception):
    """The keys cannot be read or are invalid; the message gives the reason, and contains no secret."""


class RotatingKeys(Keys):
    """Keys that are read again when they are old, or when a token names an unknown key.

    One request reads while the others continue with the current keys; only requests with an unknown key wait.
    If reading fails, the current keys stay. `read` returns the keys or raises KeysUnreadable; `timer` counts
    seconds.
    """

    def __init__(
        self, ring: KeyRing, read: Callable[[], KeyRing], timer: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(ring)
        self._read = read
        self._timer = timer
        self._turn = Lock()
        self._tried_at = float("-inf")

    def ring(self) -> KeyRing:
        """Return the keys, after reading them if they are old."""
        self._refresh(FRESH_SECONDS)
        return self._ring

    def find(self, name: str) -> str | None:
        """Return the secret with this key id, None if there is none; an unknown id causes a read."""
        secret = super().find(name)
        if secret is None:
            self._refresh(UNKNOWN_SECONDS, LOCK_TIMEOUT_SECONDS)
            secret = self._ring.find(name)
        return secret

    def _refresh(self, seconds: float, lock_timeout: float = 0.0) -> None:
        """Read the keys if the last attempt was at least `seconds` ago, unless another thread is reading."""
        if self._is_recent(seconds) or not self._turn.acquire(timeout=lock_timeout):
            return
        try:
            # Another thread may have read the keys while this one waited.
            if not self._is_recent(seconds):
                self._renew()
        finally:
            self._turn.release()

    def _is_recent(self, seconds: float) -> bool:
        return self._timer() - self._tried_at < seconds

    def _renew(self) -> None:
        try:
            ring = self._read()
        except KeysUnreadable as error:
            logger.warning("the signing keys were not renewed, those in use stay: %s", error)
        else:
            if ring != self._ring:
                logger.info("signing with key %s, of the keys %s", ring.names[-1], ", ".join(ring.names))
            self._ring = ring
        finally:
            # Set after the read, so that threads with an unknown key wait until the keys are read.
            self._tried_at = self._timer()
