"""Assigns e-mail addresses to users: a claim reserves an address before the profile contains it.

A request first claims an address and then commits the change that sets the address. After a change that
removes an address, the request releases it. A claim is valid for ten seconds, and then as long as the profile
of its user contains the address. A process that stops between claim and commit leaves a stale claim, which
another request may take over. The time limits make this safe. A commit checks that its claim is at most
USE_LIMIT (two seconds) old. The insert into the log begins at most one second after the check, and takes at
most two seconds (`webapp.changes.log`). CLAIM_GRACE is the sum of these times and five seconds more.
"""

import time
from dataclasses import replace
from datetime import timedelta
from math import ceil

from webapp.core.clock import Clock
from webapp.core.errors import Conflict
from webapp.core.ids import IdFactory
from webapp.core.text import address_key
from webapp.database.connection import Database, Document
from webapp.users.emails import Claim, EmailClaims
from webapp.users.profiles import Profiles

# The maximum age of a claim that a commit may use; an older claim has to be renewed before the commit.
USE_LIMIT = timedelta(seconds=2)
# A commit can no longer use a claim that is older than CLAIM_GRACE, so another request may take it over.
CLAIM_GRACE = timedelta(seconds=10)
# A retry uses the claim of its first attempt if the claim is younger than ADOPTION_GRACE (half of USE_LIMIT).
ADOPTION_GRACE = timedelta(seconds=1)
# The time in seconds that a request waits for another request that claimed the same address, and the time
# between two checks whether the other request has ended.
LOCK_TIMEOUT, POLL_SECONDS = 0.5, 0.02
MAX_ATTEMPTS = 5
# An id that no user has.
NO_USER = ""


class Addresses:
    """Assigns e-mail addresses to users, each address to one user at a time."""

    def __init__(self, database: Database, profiles: Profiles, clock: Clock, new_id: IdFactory) -> None:
        self._claims = EmailClaims(database)
        self._profiles = profiles
        self._clock = clock
        self._new_id = new_id

    def owner(self, email: str) -> Document | None:
        """Return the profile of the user with this address, or None; both cases take the same time."""
        return self._owner(email, self._claims.holder(email))

    def refuse_taken(self, email: str, key: str | None) -> None:
        """Raise Conflict if an address is taken, unless a request with the same `key` claimed the address."""
        holder = self._claims.holder(email)
        if holder is not None and (key is None or key != holder.key) and self._owner(email, holder):
            raise _taken()

    def claim_for_registration(self, email: str, key: str | None, lapsed: Claim | None = None) -> Claim:
        """Claim an address for a new user; the claim contains the id of the new user.

        `key` is the request's Idempotency-Key. `lapsed` is an expired claim of this request, which this
        method renews. Raises Conflict when the address is taken.
        """
        for _ in range(MAX_ATTEMPTS):
            now = self._clock()
            mine = Claim(self._new_id(now), now, key)
            if self._claims.claim(email, mine):
                return mine
            holder = self._claims.holder(email)
            if holder is not None and (claim := self._reuse_or_take_over(email, holder, mine, lapsed)):
                return claim
        raise _in_progress(timedelta(seconds=1))

    def claim_for_user(self, email: str, user_id: str) -> Claim:
        """Claim a new address for an existing user; raises Conflict when the address is taken."""
        for _ in range(MAX_ATTEMPTS):
            mine = Claim(user_id, self._clock())
            if self._claims.claim(email, mine):
                return mine
            holder = self._claims.holder(email)
            if holder is None:
                continue
            if holder.user_id != user_id:
                self._refuse_unless_stale(email, holder)
            # A stale claim of the same user is replaced, so that the earlier request can no longer release
            # the address.
            if self._claims.take_over(email, holder, mine):
                return mine
        raise _in_progress(timedelta(seconds=1))

    def is_usable(self, claim: Claim) -> bool:
        """Return whether a change with this claim may be committed now."""
        return self._clock() - claim.claimed_at <= USE_LIMIT

    def claim_of(self, email: str) -> Claim | None:
        """Return the current claim on an address, which `release` needs later."""
        return self._claims.holder(email)

    def release(self, email: str, known: Claim | None) -> None:
        """Release an address, unless another claim has replaced the claim `known`."""
        if known is not None:
            self._claims.release(email, known)

    def _reuse_or_take_over(
        self, email: str, holder: Claim, mine: Claim, lapsed: Claim | None
    ) -> Claim | None:
        """Renew the claim of an earlier attempt, or take over a stale claim; None if another request did."""
        if lapsed is not None and lapsed.claim_id == holder.claim_id:
            mine = replace(mine, user_id=holder.user_id)
        elif mine.key is not None and mine.key == holder.key:
            if self._owner(email, holder) or mine.claimed_at - holder.claimed_at < ADOPTION_GRACE:
                return holder
            mine = replace(mine, user_id=holder.user_id)
        else:
            self._refuse_unless_stale(email, holder)
        return mine if self._claims.take_over(email, holder, mine) else None

    def _refuse_unless_stale(self, email: str, holder: Claim) -> None:
        """Raise Conflict if another user has the address, or is about to get the address.

        If the request that has the claim still runs, it commits within milliseconds, so a short wait is
        enough.
        """
        deadline = time.monotonic() + LOCK_TIMEOUT
        while True:
            if self._owner(email, holder):
                raise _taken()
            remaining = CLAIM_GRACE - (self._clock() - holder.claimed_at)
            if remaining <= timedelta(0):
                return
            if time.monotonic() > deadline:
                raise _in_progress(remaining)
            time.sleep(POLL_SECONDS)

    def _owner(self, email: str, holder: Claim | None) -> Document | None:
        user = self._profiles.current(NO_USER if holder is None else holder.user_id)
        return user if user is not None and address_key(user["email"]) == address_key(email) else None


def _taken() -> Conflict:
    return Conflict("This e-mail address is already registered; use that account, or another address.")


def _in_progress(remaining: timedelta) -> Conflict:
    """Return the Conflict error for an address that another, perhaps interrupted, request has claimed."""
    seconds = max(1, ceil(remaining.total_seconds()))
    return Conflict(
        f"Another request for this e-mail address is in progress; try again in {seconds} s.",
        headers={"Retry-After": str(seconds)},
    )
