"""Stores password hashes in a separate collection; they are never logged or copied to the lake."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache

from pymongo.errors import DuplicateKeyError, PyMongoError

from webapp.auth.hashing import HashQueue
from webapp.auth.lockout import Attempt, Lockout
from webapp.core.clock import Clock
from webapp.core.errors import Busy, Invalid
from webapp.database.connection import Database, Document
from webapp.database.user_facts import UserFacts

MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class AuthenticatedUser:
    """A user whose password was verified, and the generation number that the user's new tokens get."""

    user_id: str
    token_generation: int


@dataclass(frozen=True)
class PasswordChange:
    """A request to change a password; `key` is the Idempotency-Key, or None if this header is absent."""

    old: str
    new: str
    key: str | None = None


@dataclass(frozen=True)
class TokenGeneration:
    """The generation of a user's valid tokens.

    `change_key` is the digest of the Idempotency-Key of the password change that started this generation.
    """

    current: int
    change_key: str | None = None

    def allows(self, generation: int, key: str | None = None) -> bool:
        """Return whether a token of generation `generation` is valid for a request with this Idempotency-Key.

        A token of the previous generation is valid only to retry the latest password change: if the response
        to the change was lost, the client has no newer token.
        """
        if generation == self.current:
            return True
        return key is not None and generation == self.current - 1 and self.change_key == _digest(key)


class WrongPassword(Exception):
    """The password in the request is not the current password of the user."""


class Credentials:
    """Stores the password hash of each user, and the generation of the user's valid tokens.

    The lockout counts every check of a password as an attempt, and the hash queue computes the hash of the
    checked password.
    """

    def __init__(self, database: Database, clock: Clock, facts: UserFacts | None = None) -> None:
        self._credentials = database.credentials
        self._facts = facts or UserFacts(database, clock)
        self._lockout = Lockout(database, clock)
        self._clock = clock
        self._hashes = HashQueue()

    def hash(self, password: str) -> str:
        """Hash a password for `create`; raises Busy when too many passwords are being hashed."""
        with self._hashes.admitted():
            return self._hashes.hash(password)

    def create(self, user_id: str, password: str, password_hash: str) -> None:
        """Store the first password of a user.

        If an earlier attempt of the same registration stored a password, this method only compares the two
        passwords. The method raises Invalid when the two passwords differ.
        """
        document = {"_id": user_id, "password_hash": password_hash, "token_generation": 0}
        if not self._insert(document) and self.authenticate(user_id, password, account=user_id) is None:
            raise _key_of_other_request()

    def authenticate(self, user_id: str, password: str, account: str) -> AuthenticatedUser | None:
        """Check a password; returns None if the password is wrong or the user is unknown.

        Both cases take the same time, so the duration does not show whether the user exists. Wrong passwords
        are counted for `account`: a user id, or the key of an unregistered address. Raises TooManyRequests
        while this account is locked, and Busy when too many passwords are being checked.
        """
        with self._hashes.admitted():
            found = self._verified(user_id, password, account)
            if found is None:
                return None
            current = self._with_current_parameters(found, password)
            return AuthenticatedUser(user_id, current["token_generation"])

    def change(self, user_id: str, change: PasswordChange) -> bool:
        """Replace the password and end every session; returns True if an earlier request already replaced it.

        A request with the Idempotency-Key of the latest change is a retry of that change if its new password
        is the current password; otherwise this method raises Invalid. Raises WrongPassword when the old
        password is wrong. Of two changes at the same time, the first change succeeds. The second change
        fails, because its old password is wrong by then.
        """
        with self._hashes.admitted():
            for _ in range(MAX_ATTEMPTS):
                if self._is_latest_change(user_id, change.key):
                    if self._verified(user_id, change.new, user_id) is None:
                        raise _key_of_other_request()
                    return True
                found = self._verified(user_id, change.old, user_id)
                if found is not None and self._end_generation(found, self._changed(found, change)):
                    return False
                # A concurrent request with the same key may have changed the password since the first check.
                if found is None and not self._is_latest_change(user_id, change.key):
                    raise WrongPassword
            raise _contended()

    def set(self, user_id: str, new: str) -> None:
        """Set the password of a user without checking the old password, and end every session of the user."""
        password_hash = self.hash(new)
        for _ in range(MAX_ATTEMPTS):
            found = self._credentials.find_one({"_id": user_id})
            if found is None:
                # After a rebuild of the database, the last generation is unknown. The time in seconds is
                # greater than any generation, so all earlier tokens become invalid.
                first = int(self._clock().timestamp())
                if self._insert({"_id": user_id, "password_hash": password_hash, "token_generation": first}):
                    break
            elif self._end_generation(found, _next_generation(found, password_hash)):
                break
        else:
            raise _contended()
        self._lockout.clear(user_id)

    def token_generation(self, user_id: str) -> TokenGeneration | None:
        """Return the generation of a user's valid tokens, or None when the user no longer exists."""
        found = self._credentials.find_one({"_id": user_id}, {"password_hash": 0})
        return None if found is None else TokenGeneration(found["token_generation"], found.get("change_key"))

    def end_generation(self, user_id: str) -> None:
        """Make every token invalid that was issued to the user so far."""
        for _ in range(MAX_ATTEMPTS):
            found = self._credentials.find_one({"_id": user_id})
            if found is None:
                return
            if self._end_generation(found, _next_generation(found, found["password_hash"])):
                return
        raise _contended()

    def erase(self, user_id: str) -> None:
        """Delete the user's password and the record of failed logins."""
        with self._facts.changing(user_id):
            self._credentials.delete_one({"_id": user_id})
        self._lockout.clear(user_id)

    def _verified(self, user_id: str, password: str, account: str) -> Document | None:
        with self._attempt(account) as attempt:
            found = self._credentials.find_one({"_id": user_id})
            stored = None if found is None else found["password_hash"]
            matched = self._hashes.matches(stored, password)
        if not matched:
            self._lockout.fail(attempt)
            return None
        self._lockout.succeed(attempt)
        return found

    @contextmanager
    def _attempt(self, account: str) -> Iterator[Attempt]:
        """Reserve a password attempt; cancel the attempt if an error prevents the check of the password."""
        attempt = self._lockout.reserve(account)
        try:
            yield attempt
        except (Busy, PyMongoError):
            # If the cancellation fails as well, the attempt counts as a wrong password when its reservation
            # expires.
            with suppress(Busy, PyMongoError):
                self._lockout.cancel(attempt)
            raise

    def _with_current_parameters(self, found: Document, password: str) -> Document:
        if not self._hashes.is_outdated(found["password_hash"]):
            return found
        renewed = {**found, "password_hash": self._hashes.hash(password)}
        return renewed if self._replace(found, renewed) else found

    def _is_latest_change(self, user_id: str, key: str | None) -> bool:
        if key is None:
            return False
        found = self._credentials.find_one({"_id": user_id}, {"change_key": 1})
        return found is not None and found.get("change_key") == _digest(key)

    def _changed(self, found: Document, change: PasswordChange) -> Document:
        changed = _next_generation(found, self._hashes.hash(change.new))
        return changed if change.key is None else {**changed, "change_key": _digest(change.key)}

    def _insert(self, document: Document) -> bool:
        try:
            self._credentials.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    def _end_generation(self, found: Document, changed: Document) -> bool:
        with self._facts.changing(found["_id"]):
            return self._replace(found, changed)

    def _replace(self, found: Document, changed: Document) -> bool:
        return self._credentials.replace_one(found, changed).matched_count == 1


def _next_generation(found: Document, password_hash: str) -> Document:
    """Return credentials with the next token generation and no `change_key`; older tokens become invalid."""
    generation = found["token_generation"] + 1
    return {"_id": found["_id"], "password_hash": password_hash, "token_generation": generation}


def _digest(key: str) -> str:
    """Return a digest that is stored instead of a key, because a client may put personal data into a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _contended() -> Busy:
    return Busy("Too many changes of this password at once; try again in a moment.", retry_after=1)


def _key_of_other_request() -> Invalid:
    return Invalid("This Idempotency-Key was already used for a different request; send a new key.")


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords that attackers try first, in lower case."""
    # The lists are imported here, because they take several megabytes, and only the check of a new password
    # uses them.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
