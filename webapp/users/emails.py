"""Stores claims on e-mail addresses, each in one document whose `_id` is the normalized address."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from webapp.core.text import address_key
from webapp.database.connection import Database


@dataclass(frozen=True)
class Claim:
    """A user's claim on an address; `key` is the Idempotency-Key of the request, or None.

    Two claims of one user in the same millisecond differ in `claim_id`.
    """

    user_id: str
    claimed_at: datetime
    key: str | None = None
    claim_id: str = field(default_factory=lambda: str(uuid4()), compare=False)


class EmailClaims:
    """The claims on all addresses; addresses that differ only in case are the same address."""

    def __init__(self, database: Database) -> None:
        self._emails = database.emails

    def holder(self, email: str) -> Claim | None:
        """Return the claim on an address; None when the address is free."""
        found = self._emails.find_one({"_id": address_key(email)})
        if found is None:
            return None
        return Claim(found["user_id"], found["claimed_at"], found["idempotency_key"], found["claim_id"])

    def claim(self, email: str, claim: Claim) -> bool:
        """Claim an address if it is free; returns False if there is already a claim on the address."""
        try:
            self._emails.insert_one(_document(email, claim))
        except DuplicateKeyError:
            return False
        return True

    def take_over(self, email: str, known: Claim, claim: Claim) -> bool:
        """Replace the claim `known` with `claim`; returns False when another claim is stored."""
        return self._emails.replace_one(_document(email, known), _document(email, claim)).matched_count == 1

    def release(self, email: str, known: Claim) -> None:
        """Release an address, unless another claim has replaced the claim `known`."""
        self._emails.delete_one(_document(email, known))

    def release_all(self, user_id: str) -> None:
        """Release every address of a user."""
        self._emails.delete_many({"user_id": user_id})


def _document(email: str, claim: Claim) -> dict[str, object]:
    return {
        "_id": address_key(email),
        "user_id": claim.user_id,
        "claimed_at": claim.claimed_at,
        "idempotency_key": claim.key,
        "claim_id": claim.claim_id,
    }
