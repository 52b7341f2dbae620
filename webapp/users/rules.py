"""The rules for registering, changing and erasing users; they use neither the database nor Flask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.changes import Build, Draft
from webapp.changes.precondition import Precondition, require_version
from webapp.core.database import Document
from webapp.core.errors import Conflict, NotFound

# Returns whether the claim on a new address may be used now.
ClaimCheck = Callable[[], bool]


@dataclass(frozen=True)
class Registration:
    """The data of a registration."""

    email: str
    name: str
    password: str
    time_zone: str = "UTC"


class AddressChanged(Exception):
    """A concurrent request changed the address or erased the user since the profile was read."""


class ClaimExpired(Exception):
    """The claim on the new address is too old to be used; it has to be renewed."""


def no_claim() -> bool:
    """The claim check for a change that keeps the address, and so needs no claim."""
    return True


def creation(user_id: str, registration: Registration, is_claimed: ClaimCheck) -> Build:
    """Create a user; raises ClaimExpired when the claim on the address may not be used any more."""

    def build(current: Document | None, at: datetime) -> Draft:
        if current is not None:
            raise Conflict("This e-mail address is already registered; use that account, or another address.")
        if not is_claimed():
            raise ClaimExpired
        user = {
            "_id": user_id,
            "email": registration.email,
            "name": registration.name,
            "time_zone": registration.time_zone,
            "created_at": at,
        }
        return Draft("created", user)

    return build


def change(
    read: Document,
    fields: Mapping[str, Any],
    allowed: Precondition,
    is_claimed: ClaimCheck = no_claim,
) -> Build:
    """Set the given fields.

    Raises AddressChanged when the address has changed since it was read, and ClaimExpired when the claim on a
    new address may not be used any more.
    """

    def build(current: Document | None, at: datetime) -> Draft:
        if current is None or ("email" in fields and current["email"] != read["email"]):
            raise AddressChanged
        require_version(current, "user", allowed)
        if not is_claimed():
            raise ClaimExpired
        return Draft("updated", {**current, **fields})

    return build


def deletion(current: Document | None, at: datetime) -> Draft:
    """Delete the user; raises NotFound when the user is already deleted."""
    if current is None:
        raise NotFound("This user does not exist.")
    return Draft("deleted", None)
