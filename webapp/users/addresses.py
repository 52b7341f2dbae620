"""Who has which address: a claim counts while its user's profile says so, and for a minute before that.

An address is claimed before the change that uses it is committed, and given up after the change that stops
using it. What a process leaves behind that dies in between is a stale claim, which others may take over.
"""

from dataclasses import replace
from datetime import timedelta

from webapp.core.clock import Clock
from webapp.core.database import Database, Document
from webapp.core.errors import Conflict
from webapp.core.ids import IdFactory
from webapp.users.emails import Claim, EmailClaims, normalise
from webapp.users.profiles import Profiles

# A request is over, answered or killed, long before this; a claim that nobody uses is then nobody's.
CLAIM_GRACE = timedelta(seconds=60)
# A retry goes on under the first attempt's claim while that leaves it the time that a request may take.
ADOPTION_GRACE = timedelta(seconds=30)
MAX_ATTEMPTS = 5
# No user has this id.
NOBODY = ""


class Addresses:
    """Hands out addresses, each to one user at a time."""

    def __init__(self, database: Database, profiles: Profiles, clock: Clock, new_id: IdFactory) -> None:
        self._claims = EmailClaims(database)
        self._profiles = profiles
        self._clock = clock
        self._new_id = new_id

    def owner(self, email: str) -> Document | None:
        """The profile of the user with this address; None, after the same work, when nobody has it."""
        return self._owner(email, self._claims.holder(email))

    def claim_for_newcomer(self, email: str, key: str | None) -> str:
        """Claim an address for somebody who registers, and return the id that they are to have.

        `key` is the request's Idempotency-Key. Raises Conflict when the address is taken.
        """
        for _ in range(MAX_ATTEMPTS):
            now = self._clock()
            mine = Claim(self._new_id(now), now, key)
            if self._claims.claim(email, mine):
                return mine.user_id
            holder = self._claims.holder(email)
            if holder is not None and (user_id := self._succeed(email, holder, mine)):
                return user_id
        raise _under_way()

    def claim_for_user(self, email: str, user_id: str) -> None:
        """Claim an address that a user does not have yet; raises Conflict when it is taken."""
        for _ in range(MAX_ATTEMPTS):
            mine = Claim(user_id, self._clock())
            if self._claims.claim(email, mine):
                return
            holder = self._claims.holder(email)
            if holder is None:
                continue
            if holder.user_id != user_id:
                self._refuse_unless_stale(email, holder, mine)
            # A stale claim of one's own is renewed, lest an earlier request of this user gives it up.
            if self._claims.take_over(email, holder, mine):
                return
        raise _under_way()

    def claim_of(self, email: str) -> Claim | None:
        """The claim on an address as it is now, to be given up later."""
        return self._claims.holder(email)

    def release(self, email: str, known: Claim | None) -> None:
        """Give an address up, unless it was claimed anew since `known` was read."""
        if known is not None:
            self._claims.release(email, known)

    def _succeed(self, email: str, holder: Claim, mine: Claim) -> str | None:
        """Go on under the claim of an earlier attempt, or take over a stale one; None on a lost race."""
        if mine.key is not None and mine.key == holder.key:
            if self._owner(email, holder) or mine.claimed_at - holder.claimed_at < ADOPTION_GRACE:
                return holder.user_id
            mine = replace(mine, user_id=holder.user_id)
        else:
            self._refuse_unless_stale(email, holder, mine)
        return mine.user_id if self._claims.take_over(email, holder, mine) else None

    def _refuse_unless_stale(self, email: str, holder: Claim, mine: Claim) -> None:
        if self._owner(email, holder):
            raise Conflict("This e-mail address is already registered; use that account, or another address.")
        if mine.claimed_at - holder.claimed_at < CLAIM_GRACE:
            raise _under_way()

    def _owner(self, email: str, holder: Claim | None) -> Document | None:
        user = self._profiles.current(NOBODY if holder is None else holder.user_id)
        return user if user is not None and normalise(user["email"]) == normalise(email) else None


def _under_way() -> Conflict:
    return Conflict(
        "Another request for this e-mail address is under way; try again in a minute.",
        headers={"Retry-After": str(int(CLAIM_GRACE.total_seconds()))},
    )
