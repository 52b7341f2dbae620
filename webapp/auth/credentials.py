"""Passwords: hashed with argon2id (RFC 9106), kept apart from profiles, never logged and never extracted."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from pymongo.errors import DuplicateKeyError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from webapp.auth.lockout import Lockout
from webapp.core.clock import Clock
from webapp.core.database import Database, Document
from webapp.core.errors import Busy, Invalid

MAX_ATTEMPTS = 5
# Each takes 64 MiB while it lasts; as many as there are threads would be more than a small instance has.
HASHES_AT_ONCE = 2


@dataclass(frozen=True)
class Proof:
    """A password was right: whose it is, and which generation of that user's tokens is good."""

    user_id: str
    generation: int


class Credentials:
    """The password of each user, and the generation of tokens that it allows.

    Nobody can try passwords here without being counted: every check goes through the lockout.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._credentials = database.credentials
        self._lockout = Lockout(database, clock)
        self._clock = clock
        self._hasher = PasswordHasher()
        self._turn = Semaphore(HASHES_AT_ONCE)

    def create(self, user_id: str, password: str) -> None:
        """Keep the first password of a user.

        A retried registration finds its own password here; raises Invalid when it is another one.
        """
        document = {"_id": user_id, "password_hash": self._hash(password), "token_generation": 0}
        if not self._insert(document) and self.prove(user_id, password, account=user_id) is None:
            raise Invalid("This Idempotency-Key was already used for a different request; send a new key.")

    def prove(self, user_id: str, password: str, account: str) -> Proof | None:
        """Check a password; None when it is wrong, after the same work for a user that does not exist.

        `account` is the name that failures are counted under. Raises TooManyRequests while it is locked.
        """
        found = self._proven(user_id, password, account)
        return None if found is None else Proof(user_id, found["token_generation"])

    def change(self, user_id: str, old: str, new: str) -> bool:
        """Replace the password and end every session; returns False when the old password is wrong.

        Of two changes at once one wins, and the other one's old password is wrong then.
        """
        for _ in range(MAX_ATTEMPTS):
            found = self._proven(user_id, old, user_id)
            if found is None:
                return False
            changed = {**_next_generation(found), "password_hash": self._hash(new)}
            if self._replace(found, changed):
                return True
        raise _contended()

    def set(self, user_id: str, new: str) -> None:
        """Give a user a password without asking for the old one, if any, and end every session."""
        changed = {"password_hash": self._hash(new)}
        for _ in range(MAX_ATTEMPTS):
            found = self._credentials.find_one({"_id": user_id})
            if found is not None and self._replace(found, {**_next_generation(found), **changed}):
                break
            # After a rebuild nobody knows which generations there were: tokens of one may still be around.
            first = {"_id": user_id, **changed, "token_generation": int(self._clock().timestamp())}
            if found is None and self._insert(first):
                break
        else:
            raise _contended()
        self._lockout.clear(user_id)

    def generation(self, user_id: str) -> int | None:
        """The generation of tokens that is good; None when the user does not exist any more."""
        found = self._credentials.find_one({"_id": user_id}, {"token_generation": 1})
        return None if found is None else int(found["token_generation"])

    def end_generation(self, user_id: str) -> None:
        """Make every token issued so far worthless."""
        for _ in range(MAX_ATTEMPTS):
            found = self._credentials.find_one({"_id": user_id})
            if found is None or self._replace(found, _next_generation(found)):
                return
        raise _contended()

    def erase(self, user_id: str) -> None:
        """Forget the user's password and failures."""
        self._credentials.delete_one({"_id": user_id})
        self._lockout.clear(user_id)

    def _proven(self, user_id: str, password: str, account: str) -> Document | None:
        self._lockout.reserve(account)
        found = self._credentials.find_one({"_id": user_id})
        stored = _unmatched_hash() if found is None else found["password_hash"]
        if not self._matches(stored, password) or found is None:
            return None
        self._lockout.clear(account)
        return self._with_current_parameters(found, password)

    def _hash(self, password: str) -> str:
        with self._turn:
            return self._hasher.hash(_normalised(password))

    def _matches(self, stored: str, password: str) -> bool:
        try:
            with self._turn:
                return self._hasher.verify(stored, _normalised(password))
        except VerifyMismatchError:
            return False

    def _with_current_parameters(self, found: Document, password: str) -> Document:
        if not self._hasher.check_needs_rehash(found["password_hash"]):
            return found
        renewed = {**found, "password_hash": self._hash(password)}
        return renewed if self._replace(found, renewed) else found

    def _insert(self, document: Document) -> bool:
        try:
            self._credentials.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    def _replace(self, found: Document, changed: Document) -> bool:
        return self._credentials.replace_one(found, changed).matched_count == 1


def _next_generation(found: Document) -> Document:
    return {**found, "token_generation": found["token_generation"] + 1}


def _contended() -> Busy:
    return Busy("Too many changes of this password at once; try again in a moment.", retry_after=1)


def _normalised(password: str) -> str:
    """One spelling for what looks alike: keyboards differ in how they send an accent (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


@cache
def _unmatched_hash() -> str:
    """A hash with our parameters, for spending the same time on addresses that nobody has."""
    return PasswordHasher().hash("nobody has this password")


@cache
def common_passwords() -> frozenset[str]:
    """Passwords that are guessed first, in lower case."""
    return frozenset(FREQUENCY_LISTS["passwords"])
