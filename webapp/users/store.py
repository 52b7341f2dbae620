"""The store of users: registration, profiles, passwords and erasure."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from webapp.auth.credentials import AuthenticatedUser, Credentials, PasswordChange, WrongPassword
from webapp.auth.sessions import GONE
from webapp.changes import ChangeLog, CommitResult, Entity, Origin
from webapp.changes.precondition import Precondition, any_version, require_version
from webapp.core.clock import Clock
from webapp.core.errors import Busy, Invalid, InvalidToken, NotFound, Unauthorized
from webapp.core.ids import IdFactory
from webapp.core.text import address_key
from webapp.database.connection import Database, Document
from webapp.database.user_facts import UserFacts
from webapp.users import rules
from webapp.users.addresses import NO_USER, Addresses
from webapp.users.emails import Claim
from webapp.users.erasure import Eraser
from webapp.users.profiles import Profiles
from webapp.users.rules import AddressChanged, ClaimExpired, Registration

MAX_ATTEMPTS = 50


class UserStore:
    """Reads and writes users; every write commits a change to the log."""

    def __init__(
        self,
        database: Database,
        log: ChangeLog,
        clock: Clock,
        new_id: IdFactory,
        eraser: Eraser,
        facts: UserFacts | None = None,
    ) -> None:
        self._users = database.users
        self._log = log
        self._eraser = eraser
        self._profiles = Profiles(database, log)
        self._addresses = Addresses(database, self._profiles, clock, new_id)
        self._facts = facts or UserFacts(database, clock)
        self._credentials = Credentials(database, clock, self._facts)

    def get(self, owner_id: str, user_id: str) -> Document:
        """Return the user's own profile; raises NotFound for another user."""
        user = self._users.find_one({"_id": owner_id}) if user_id == owner_id else None
        if user is None or "deleted_at" in user:
            raise NotFound("This user does not exist.")
        return user

    def register(self, registration: Registration, origin: Origin) -> CommitResult:
        """Create a user: hash the password, claim the address, store the password, then commit.

        `origin.key` is the Idempotency-Key without a user id, because the user has no id yet. Raises Conflict
        when the address is taken and Invalid when the key was used with other data.
        """
        self._addresses.refuse_taken(registration.email, origin.key)
        # The password is hashed before the address is claimed, because other requests for the address wait as
        # long as the claim is in use.
        password_hash = self._credentials.hash(registration.password)
        claim = None
        for _ in range(MAX_ATTEMPTS):
            claim = self._addresses.claim_for_registration(registration.email, origin.key, lapsed=claim)
            self._credentials.create(claim.user_id, registration.password, password_hash)
            try:
                return self._create(claim, registration, origin)
            except ClaimExpired:
                continue
        raise _contended()

    def authenticate(self, email: str, password: str) -> AuthenticatedUser:
        """Check the address and the password of a login; returns the authenticated user.

        Raises Unauthorized for a wrong password or an unknown address, and TooManyRequests after too many
        wrong passwords. A wrong password and an unknown address cause the same error after the same time, so
        that no client can find out which addresses are registered.
        """
        user = self._addresses.owner(email)
        user_id, account = (NO_USER, address_key(email)) if user is None else (user["_id"], user["_id"])
        authenticated = self._credentials.authenticate(user_id, password, account)
        if authenticated is None:
            raise Unauthorized("The e-mail address or the password is wrong.")
        return authenticated

    def get_signed_in(self, user_id: str) -> Document:
        """Return the profile of the signed-in user; raises InvalidToken when the user was erased."""
        try:
            return self.get(user_id, user_id)
        except NotFound:
            raise InvalidToken(GONE) from None

    def time_zone(self, user_id: str) -> str:
        """Return the time zone of the signed-in user; the process remembers the time zone.

        Raises InvalidToken when the user was erased.
        """
        return self._facts.get(user_id, "time_zone", lambda: str(self.get_signed_in(user_id)["time_zone"]))

    def change(
        self,
        owner_id: str,
        fields: Mapping[str, Any],
        origin: Origin,
        allowed: Precondition = any_version,
    ) -> CommitResult:
        """Set the given fields of the user's own profile.

        Raises PreconditionFailed unless `allowed` accepts the version of the profile, and Conflict when the
        address is taken.
        """
        if done := self._log.replay(origin):
            return done
        for _ in range(MAX_ATTEMPTS):
            user = self._profiles.current(owner_id)
            if user is None:
                self._eraser.finish_erasure(owner_id)
                raise InvalidToken(GONE)
            require_version(user, "user", allowed)
            moved = fields.get("time_zone", user["time_zone"]) != user["time_zone"]
            try:
                with self._facts.changing(owner_id) if moved else nullcontext():
                    return self._change(user, fields, origin, allowed)
            except (AddressChanged, ClaimExpired):
                continue
        raise _contended()

    def change_password(self, owner_id: str, change: PasswordChange) -> bool:
        """Change the password and end every session; returns True if an earlier request already changed it.

        Raises Invalid when the old password is wrong, or the idempotency key was used for another request.
        """
        if change.key is not None:
            self._log.check_keys([f"{owner_id}:{change.key}"], fingerprint="")
        try:
            return self._credentials.change(owner_id, change)
        except WrongPassword:
            raise _wrong_password("old_password") from None

    def set_password(self, email: str, new: str) -> None:
        """Set the password of the user with this address; raises NotFound if there is no such user."""
        user = self._addresses.owner(email)
        if user is None:
            raise NotFound("No user has this address.")
        self._credentials.set(user["_id"], new)

    def erase(
        self,
        owner_id: str,
        password: str,
        request_id: str = "",
        allowed: Precondition = any_version,
    ) -> None:
        """Erase the user and all tasks of the user, or resume an interrupted erasure.

        Raises Invalid when the password is wrong, and PreconditionFailed unless `allowed` accepts the version
        of the profile.
        """
        user = self._profiles.current(owner_id)
        if user is not None:
            require_version(user, "user", allowed)
        if self._credentials.authenticate(owner_id, password, account=owner_id) is None:
            raise _wrong_password("password")
        self._eraser.erase(owner_id, request_id)

    def _create(self, claim: Claim, registration: Registration, origin: Origin) -> CommitResult:
        origin = replace(
            origin,
            user_id=claim.user_id,
            time_zone=registration.time_zone,
            key=None if origin.key is None else f"{claim.user_id}:{origin.key}",
        )
        build = rules.creation(claim.user_id, registration, lambda: self._addresses.is_usable(claim))
        return self._log.commit(Entity.USER, claim.user_id, build, origin)

    def _change(
        self, user: Document, fields: Mapping[str, Any], origin: Origin, allowed: Precondition
    ) -> CommitResult:
        owner_id, old, new = user["_id"], user["email"], fields.get("email", user["email"])
        if address_key(new) == address_key(old):
            build = rules.change(user, fields, allowed)
            return self._log.commit(Entity.USER, owner_id, build, origin)
        known = self._addresses.claim_of(old)
        claim = self._addresses.claim_for_user(new, owner_id)
        build = rules.change(user, fields, allowed, lambda: self._addresses.is_usable(claim))
        result = self._log.commit(Entity.USER, owner_id, build, origin)
        if not result.replayed:
            self._addresses.release(old, known)
        return result


def _contended() -> Busy:
    return Busy("Too many concurrent changes of this user; try again in a moment.", retry_after=1)


def _wrong_password(field: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"#/{field}", "detail": "The password is wrong."}])
