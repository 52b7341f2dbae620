"""The rules for writes of users: `build` functions for the change log, which need no database or Flask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.changes import Build, ProposedChange
from webapp.changes.precondition import Precondition, require_version
from webapp.core.errors import Conflict, NotFound
from webapp.database.connection import Document

# A function that returns whether the claim on a new address may be used now.
ClaimCheck = Callable[[], bool]


@dataclass(frozen=True)
class Registration:
    """The data of a registration."""

    email: str
    name: str
    password: str
    time_zone: str = "UTC"


class AddressChanged(Exception):
    """Another request has changed the address or erased the user since the profile was read."""


class ClaimExpired(Exception):
    """The claim on the new address is too old; the claim has to be renewed before the commit."""


def no_claim() -> bool:
    """Return True: a change that keeps the address needs no claim."""
    return True


def creation(user_id: str, registration: Registration, is_claimed: ClaimCheck) -> Build:
    """Return a `build` function that creates a user, and raises ClaimExpired when the claim is too old."""

    def build(current: Document | None, at: datetime) -> ProposedChange:
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
        return ProposedChange("created", user)

    return build


def change(
    read: Document,
    fields: Mapping[str, Any],
    allowed: Precondition,
    is_claimed: ClaimCheck = no_claim,
) -> Build:
    """Return a `build` function that sets the given fields of a profile.

    The function raises AddressChanged when the address has changed since it was read, and ClaimExpired when
    the claim on a new address is too old.
    """

    def build(current: Document | None, at: datetime) -> ProposedChange:
        if current is None or ("email" in fields and current["email"] != read["email"]):
            raise AddressChanged
        require_version(current, "user", allowed)
        if not is_claimed():
            raise ClaimExpired
        return ProposedChange("updated", {**current, **fields})

    return build


def deletion(current: Document | None, at: datetime) -> ProposedChange:
    """Delete a user, as a `build` function for the change log; raises NotFound if there is no such user."""
    if current is None:
        raise NotFound("This user does not exist.")
    return ProposedChange("deleted", None)
