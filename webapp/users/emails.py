"""Claims on e-mail addresses: one document per normalised address, unique by its `_id`."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from webapp.database import Database

# A request is over, answered or killed, long before this; a claim without a user is then nobody's.
CLAIM_GRACE = timedelta(seconds=60)
# A retry goes on under the first attempt's claim while that leaves it the time that a request may take.
ADOPTION_GRACE = timedelta(seconds=30)


@dataclass(frozen=True)
class Claim:
    """Who claimed an address, when, and with which Idempotency-Key (None without one)."""

    user_id: str
    claimed_at: datetime
    key: str | None = None


class EmailClaims:
    """The addresses in use. Addresses that differ in case alone are the same address."""

    def __init__(self, database: Database) -> None:
        self._emails = database.emails

    def holder(self, email: str) -> Claim | None:
        """Return the claim on an address; None when it is free."""
        found = self._emails.find_one({"_id": normalise(email)})
        if found is None:
            return None
        return Claim(found["user_id"], found["claimed_at"], found.get("idempotency_key"))

    def claim(self, email: str, claim: Claim) -> bool:
        """Claim a free address; returns False when somebody holds it."""
        try:
            self._emails.insert_one(_document(email, claim))
        except DuplicateKeyError:
            return False
        return True

    def take_over(self, email: str, abandoned: Claim, claim: Claim) -> bool:
        """Replace a claim whose user never came into being; returns False when somebody else was faster."""
        condition = {
            "_id": normalise(email),
            "user_id": abandoned.user_id,
            "claimed_at": abandoned.claimed_at,
        }
        return self._emails.replace_one(condition, _document(email, claim)).matched_count == 1


def normalise(email: str) -> str:
    """The spelling under which an address is unique."""
    return unicodedata.normalize("NFC", email).casefold()


def _document(email: str, claim: Claim) -> dict[str, object]:
    return {
        "_id": normalise(email),
        "user_id": claim.user_id,
        "claimed_at": claim.claimed_at,
        "idempotency_key": claim.key,
    }
