"""Sessions: each login begins a session.

A session ends at logout, when the user ends all sessions, or when its refresh token expires unused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4, uuid5

from pymongo.errors import DuplicateKeyError

from webapp.auth.credentials import AuthenticatedUser, Credentials
from webapp.core.clock import Clock
from webapp.core.errors import InvalidToken
from webapp.database.connection import Database, Document
from webapp.database.user_facts import UserFacts

# A revocation is stored for the lifetime of a token plus this margin, because clocks differ, and because a
# request in progress may still renew the revoked token.
MARGIN = timedelta(days=1)
# A refresh token may be sent again within REFRESH_GRACE after its first use: by a second tab of the browser,
# or by a retry after a lost response.
REFRESH_GRACE = timedelta(seconds=30)
# The namespace from which the token ids of successors are derived, as UUIDs of version 5 (RFC 9562, section
# 5.5).
SUCCESSORS = UUID("74f9e88a-45a1-4d08-bfad-7849b8c79e1d")

GONE = "The user of this token was erased."
OUTDATED = "All sessions of this user were ended since this token was issued; log in again."
ENDED = "This session was ended; log in again."
REUSED = "This refresh token was used before, so its session has been ended to be safe; log in again."


@dataclass(frozen=True)
class Session:
    """The data that all tokens of one login have in common."""

    user_id: str
    session_id: str
    token_generation: int


@dataclass(frozen=True)
class Successor:
    """The refresh token that replaces an exchanged token; its fields are derived from the exchanged token."""

    token_id: str
    issued_at: datetime


class Sessions:
    """Records ended sessions and used refresh tokens; a session ends after `lifetime` without a refresh.

    The protocol of refresh tokens is in docs/decisions/0034.
    """

    def __init__(
        self, database: Database, clock: Clock, lifetime: timedelta, facts: UserFacts | None = None
    ) -> None:
        self._revoked = database.revoked_tokens
        self._facts = facts or UserFacts(database, clock)
        self._credentials = Credentials(database, clock, self._facts)
        self._clock = clock
        self._lifetime = lifetime

    def begin(self, user: AuthenticatedUser) -> Session:
        """Begin a session for a user whose password was just verified."""
        return Session(user.user_id, str(uuid4()), user.token_generation)

    def check(self, session: Session, key: str | None = None, *, read: bool = False) -> None:
        """Raise InvalidToken unless the session is active.

        The process remembers that a session is active until a change of the user is announced. With `read`,
        this method reads the database instead. `key` is the Idempotency-Key of a password change: to retry
        the change, the client may use a token that the change made invalid.
        """
        if read or key is not None:
            self._check(session, key)
            return
        name = session.session_id, session.token_generation
        self._facts.get(session.user_id, name, partial(self._check, session))

    def exchange(self, session: Session, token_id: str) -> Successor:
        """Exchange a refresh token for its successor.

        The first use of the token records the time. A later use within REFRESH_GRACE returns the same
        successor if the successor has not been used. Any other use means that the token may have been
        stolen: this method ends the session and raises InvalidToken.
        """
        now = self._clock()
        if self._revoke(token_id, used_at=now):
            return _successor(token_id, now)
        # Earlier versions of this program stored no time. A token that was exchanged with such a version is
        # not accepted again.
        used_at = (self._find(token_id) or {}).get("used_at")
        if used_at is not None and now - used_at <= REFRESH_GRACE:
            successor = _successor(token_id, used_at)
            if self._find(successor.token_id) is None:
                return successor
        self.end(session)
        raise InvalidToken(REUSED)

    def end(self, session: Session) -> None:
        """End one session; all its tokens become invalid."""
        with self._facts.changing(session.user_id):
            self._revoke(session.session_id)

    def end_all(self, user_id: str) -> None:
        """End every session of a user."""
        self._credentials.end_generation(user_id)

    def _check(self, session: Session, key: str | None = None) -> bool:
        """Return True if the session is active, else raise InvalidToken; reads the database twice."""
        generation = self._credentials.token_generation(session.user_id)
        if generation is None:
            raise InvalidToken(GONE)
        if not generation.allows(session.token_generation, key):
            raise InvalidToken(OUTDATED)
        if self._find(session.session_id) is not None:
            raise InvalidToken(ENDED)
        return True

    def _find(self, identity: str) -> Document | None:
        return self._revoked.find_one({"_id": identity})

    def _revoke(self, identity: str, **details: datetime) -> bool:
        """Store the id of an ended session or a used token; returns False when the id is stored already."""
        expires_at = self._clock() + self._lifetime + MARGIN
        try:
            self._revoked.insert_one({"_id": identity, "expires_at": expires_at, **details})
        except DuplicateKeyError:
            return False
        return True


def _successor(token_id: str, used_at: datetime) -> Successor:
    """Derive the successor from the token id alone, so that a new signing key does not change the successor.

    The derived id may be predictable, because a token is valid only with a signature.
    """
    return Successor(str(uuid5(SUCCESSORS, token_id)), used_at)
