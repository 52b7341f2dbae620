"""Keys that follow a secret while it rotates: no restart, and nobody is logged out."""

import logging
import time
from collections.abc import Callable
from threading import Lock

from webapp.core.signing_keys import KeyRing, Keys

# How old the keys may get before the next request has them read again.
FRESH_SECONDS = 300.0
# A key signs once every process has read it: this long after it was made, the skew of clocks included.
PROPAGATION_SECONDS = FRESH_SECONDS + 60.0
# How often an unknown key may have them read, so that whoever makes up names cannot make us call AWS.
UNKNOWN_SECONDS = 10.0
# How long a token of an unknown key waits for another request that is reading.
LOCK_TIMEOUT_SECONDS = 1.0

logger = logging.getLogger(__name__)


class KeysUnreadable(Exception):
    """The keys cannot be read, or are no good; the message says why, and holds no secret."""


class RotatingKeys(Keys):
    """Keys that are read again when they are old, or when a token names one that is unknown.

    The request that notices reads, and the others go on with what they have; only those whose key is unknown
    wait for it. What cannot be read leaves the keys as they were. `read` returns the keys or raises
    KeysUnreadable; `timer` counts seconds.
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
        """Return the keys, which this may read first."""
        self._refresh(FRESH_SECONDS)
        return self._ring

    def find(self, name: str) -> str | None:
        """Return the secret of this name; one that is unknown may have been made a moment ago."""
        secret = super().find(name)
        if secret is None:
            self._refresh(UNKNOWN_SECONDS, LOCK_TIMEOUT_SECONDS)
            secret = self._ring.find(name)
        return secret

    def _refresh(self, seconds: float, lock_timeout: float = 0.0) -> None:
        """Read the keys if the last try is `seconds` ago, unless another thread is at it."""
        if self._is_recent(seconds) or not self._turn.acquire(timeout=lock_timeout):
            return
        try:
            # Another thread may have read them while this one waited.
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
            # Only now: until then, threads with an unknown key have something to wait for.
            self._tried_at = self._timer()
