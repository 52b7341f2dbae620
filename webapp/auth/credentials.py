"""Passwords: hashed with argon2id (RFC 9106), kept apart from profiles, never logged and never extracted."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from pymongo.errors import DuplicateKeyError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from webapp.database import Database
from webapp.errors import Invalid


class Credentials:
    """The password of each user."""

    def __init__(self, database: Database) -> None:
        self._credentials = database.credentials
        self._hasher = PasswordHasher()

    def create(self, user_id: str, password: str) -> None:
        """Keep the first password of a user.

        A retried registration finds its own password here; raises Invalid when it is another one.
        """
        try:
            self._credentials.insert_one(
                {
                    "_id": user_id,
                    "password_hash": self._hasher.hash(password),
                    "token_generation": 0,
                    "failed_logins": 0,
                    "locked_until": None,
                }
            )
        except DuplicateKeyError:
            if not self.match(user_id, password):
                raise Invalid(
                    "This Idempotency-Key was already used for a different request; send a new key."
                ) from None

    def match(self, user_id: str | None, password: str) -> bool:
        """Tell whether this is the user's password; takes as long for a user that does not exist."""
        found = None if user_id is None else self._credentials.find_one({"_id": user_id})
        stored = _unmatched_hash() if found is None else found["password_hash"]
        try:
            self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False
        return found is not None


@cache
def _unmatched_hash() -> str:
    """A hash with our parameters, for spending the same time on addresses that nobody has."""
    return PasswordHasher().hash("nobody has this password")


@cache
def common_passwords() -> frozenset[str]:
    """Passwords that are guessed first, in lower case."""
    return frozenset(FREQUENCY_LISTS["passwords"])
