"""Reads rotated signing keys while the process runs; no restart is needed, and no session ends."""

import logging
import time
from collections.abc import Callable

from webapp.credentials.rotation import Rotating
from webapp.credentials.signing_keys import KeyRing, Keys

# The age of the keys in seconds at which the next request reads them again.
FRESH_SECONDS = 300.0
# The age in seconds at which a new key begins to sign tokens: by then, every process has read the key. The
# 60 seconds are a margin for clocks that differ.
PROPAGATION_SECONDS = FRESH_SECONDS + 60.0
# The minimum time between two reads because of an unknown key id, in seconds, so that a client cannot cause
# many calls to AWS with invented key ids.
UNKNOWN_SECONDS = 10.0
# The time in seconds that a request with an unknown key id waits for another request that reads the keys.
LOCK_TIMEOUT_SECONDS = 1.0

logger = logging.getLogger(__name__)


class RotatingKeys(Keys):
    """Signing keys that are read again when they are old, or when a token names an unknown key.

    While one request reads the keys, other requests continue with the current keys; only requests with an
    unknown key wait. `read` returns the keys or raises SecretUnreadable. `timer` returns a time in seconds.
    """

    def __init__(
        self, ring: KeyRing, read: Callable[[], KeyRing], timer: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(ring)
        self._rotating = Rotating("the signing keys", ring, read, timer)

    def ring(self) -> KeyRing:
        """Return the current keys; reads them first if they are old."""
        self._refresh(FRESH_SECONDS)
        return self._rotating.value

    def find(self, name: str) -> str | None:
        """Return the secret with this key id, or None; an unknown id causes a read of the keys."""
        secret = super().find(name)
        if secret is None:
            self._refresh(UNKNOWN_SECONDS, LOCK_TIMEOUT_SECONDS)
            secret = self._rotating.value.find(name)
        return secret

    def _refresh(self, seconds: float, lock_timeout: float = 0.0) -> None:
        if self._rotating.refresh(seconds, lock_timeout):
            names = self._rotating.value.names
            logger.info("signing with key %s, of the keys %s", names[-1], ", ".join(names))
