"""Signing keys that change when a secret is rotated, without a restart and without ending any session."""

import logging
import time
from collections.abc import Callable

from webapp.core.rotation import Rotating
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


class RotatingKeys(Keys):
    """Keys that are read again when they are old, or when a token names an unknown key.

    Only requests with an unknown key wait for another request that reads. `read` returns the keys or raises
    SecretUnreadable; `timer` counts seconds.
    """

    def __init__(
        self, ring: KeyRing, read: Callable[[], KeyRing], timer: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(ring)
        self._rotating = Rotating("the signing keys", ring, read, timer)

    def ring(self) -> KeyRing:
        """Return the keys, after reading them if they are old."""
        self._refresh(FRESH_SECONDS)
        return self._rotating.value

    def find(self, name: str) -> str | None:
        """Return the secret with this key id, None if there is none; an unknown id causes a read."""
        secret = super().find(name)
        if secret is None:
            self._refresh(UNKNOWN_SECONDS, LOCK_TIMEOUT_SECONDS)
            secret = self._rotating.value.find(name)
        return secret

    def _refresh(self, seconds: float, lock_timeout: float = 0.0) -> None:
        if self._rotating.refresh(seconds, lock_timeout):
            names = self._rotating.value.names
            logger.info("signing with key %s, of the keys %s", names[-1], ", ".join(names))
