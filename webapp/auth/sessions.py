"""Sessions: one for each login, alive until it is ended, its user's tokens are, or nobody refreshes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from webapp.auth.credentials import Credentials, Proof
from webapp.core.clock import Clock
from webapp.core.database import Database
from webapp.core.errors import InvalidToken

# Revocations outlive what they revoke: clocks differ, and a request in flight may still renew a session.
MARGIN = timedelta(days=1)

GONE = "This token belongs to nobody any more: its user was erased."
OUTDATED = "All sessions of this user were ended since this token was issued; log in again."
ENDED = "This session was ended; log in again."
REUSED = "This refresh token was used before, so its session has been ended to be safe; log in again."


@dataclass(frozen=True)
class Session:
    """What the tokens of one login share: the session's id is the family that its tokens belong to."""

    user_id: str
    session_id: str
    generation: int


class Sessions:
    """Which sessions are alive; `lifetime` is how long one lasts that nobody refreshes."""

    def __init__(self, database: Database, clock: Clock, lifetime: timedelta) -> None:
        self._revoked = database.revoked_tokens
        self._credentials = Credentials(database, clock)
        self._clock = clock
        self._lifetime = lifetime

    def begin(self, proof: Proof) -> Session:
        """Begin a session for a user who just proved who they are."""
        return Session(proof.user_id, str(uuid4()), proof.generation)

    def check(self, session: Session) -> None:
        """Raise InvalidToken unless the session is alive; takes two reads."""
        generation = self._credentials.generation(session.user_id)
        if generation is None:
            raise InvalidToken(GONE)
        if generation != session.generation:
            raise InvalidToken(OUTDATED)
        if self._revoked.find_one({"_id": session.session_id}, {"_id": 1}) is not None:
            raise InvalidToken(ENDED)

    def use_up(self, session: Session, token_id: str) -> None:
        """Take a refresh token out of use, which can happen once.

        Whoever comes second may be a thief, or the owner after one: the session is ended and InvalidToken
        raised.
        """
        if not self._revoke(token_id):
            self.end(session)
            raise InvalidToken(REUSED)

    def end(self, session: Session) -> None:
        """End one session; its other tokens die with it."""
        self._revoke(session.session_id)

    def end_all(self, user_id: str) -> None:
        """End every session of a user."""
        self._credentials.end_generation(user_id)

    def _revoke(self, identity: str) -> bool:
        expires_at: datetime = self._clock() + self._lifetime + MARGIN
        try:
            self._revoked.insert_one({"_id": identity, "expires_at": expires_at})
        except DuplicateKeyError:
            return False
        return True
