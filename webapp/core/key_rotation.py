"""Reads rotated signing keys while the process runs; no restart is needed, and no session ends."""

import logging
import time
from collections.abc import Callable
from threading import Lock

from webapp.core.signing_keys import KeyRing, Keys

# The age of the keys in seconds at which the next request reads them again.
FRESH_SECONDS = 300.0
# The age in seconds at which a new key begins to sign tokens: by then, every process has read the key. 60
# seconds of this time allow for clocks that differ.
PROPAGATION_SECONDS = FRESH_SECONDS + 60.0
# The minimum time between two reads because of an unknown key id, in seconds, so that a client cannot cause
# many calls to AWS with invented key ids.
UNKNOWN_SECONDS = 10.0
# The time in seconds that a request with an unknown key id waits for another request that reads the keys.
LOCK_TIMEOUT_SECONDS = 1.0

logger = logging.getLogger(__name__)


class KeysUnreadable(Exception):
    """The keys cannot be read or are invalid; the message gives the reason, and contains no secret."""


class RotatingKeys(Keys):
    """Signing keys that are read again when they are old, or when a token names an unknown key.

    One request reads the keys while other requests continue with the current keys; only requests with an
    unknown key wait. If reading fails, the current keys stay in use. `read` returns the keys or raises
    KeysUnreadable. `timer` returns a time in seconds.
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
        """Return the current keys; reads them first if they are old."""
        self._refresh(FRESH_SECONDS)
        return self._ring

    def find(self, name: str) -> str | None:
        """Return the secret with this key id, or None; an unknown id causes a read of the keys."""
        secret = super().find(name)
        if secret is None:
            self._refresh(UNKNOWN_SECONDS, LOCK_TIMEOUT_SECONDS)
            secret = self._ring.find(name)
        return secret

    def _refresh(self, seconds: float, lock_timeout: float = 0.0) -> None:
        """Read the keys if the last attempt was at least `seconds` ago and no other thread reads them."""
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
            logger.warning("the signing keys were not renewed, the current keys stay: %s", error)
        else:
            if ring != self._ring:
                logger.info("signing with key %s, of the keys %s", ring.names[-1], ", ".join(ring.names))
            self._ring = ring
        finally:
            # The time is set after the read, so that threads with an unknown key wait until the keys are
            # read.
            self._tried_at = self._timer()
