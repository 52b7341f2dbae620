"""Reserves idempotency keys: a key belongs to the request that used it first, even if this request failed."""

from collections.abc import Callable
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from webapp.changes.change import Origin
from webapp.core.clock import Clock
from webapp.core.errors import key_reused
from webapp.database.connection import Database, insert


class KeyClaims:
    """Inserts a document for the idempotency key of a request before the request changes any data.

    If different requests have the same key, only the request whose insert succeeds continues. The commit
    (webapp/changes/log.py) ensures that repetitions of one request have an effect only once. A claim is kept
    for `lifetime`, which must be at least as long as the log keeps the changes of the request. `require_user`
    is called with the user id after each claim. `require_user` raises an error if the user was erased; the
    erasure also removes the claim.
    """

    def __init__(
        self, database: Database, clock: Clock, lifetime: timedelta, require_user: Callable[[str], None]
    ) -> None:
        self._claims = database.idempotency_keys
        self._clock = clock
        self._lifetime = lifetime
        self._require_user = require_user

    def claim(self, origin: Origin) -> None:
        """Claim the idempotency key of a request, if it has one; a repeated call has no further effect.

        Raises Invalid when a different request has claimed the key.
        """
        if origin.key is None:
            return
        claim = {
            "_id": origin.key,
            "user_id": origin.user_id,
            "fingerprint": origin.fingerprint,
            "expires_at": self._clock() + self._lifetime,
        }
        try:
            insert(self._claims, claim)
        except DuplicateKeyError:
            earlier = self._claims.find_one({"_id": origin.key})
            # `earlier` is None if the user was erased since the insert failed; then `require_user` raises an
            # error.
            if earlier is not None and earlier["fingerprint"] != origin.fingerprint:
                raise key_reused() from None
        self._require_user(origin.user_id)
