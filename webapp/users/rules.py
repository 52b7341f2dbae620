"""The rules of users: what registering, changing and erasing make of a profile. No database, no Flask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.changes import Build, Draft
from webapp.core.database import Document
from webapp.core.errors import Conflict, NotFound, PreconditionFailed

# Tells whether a version is one that the client's `If-Match` allows.
Precondition = Callable[[int], bool]


@dataclass(frozen=True)
class Registration:
    """What somebody who registers tells about themselves."""

    email: str
    name: str
    password: str
    time_zone: str = "UTC"


class AddressChanged(Exception):
    """Somebody changed the address, or erased the user, since the profile was read."""


def any_version(version: int) -> bool:
    """The precondition of a request without `If-Match`."""
    return True


def creation(user_id: str, registration: Registration) -> Build:
    """Make a new user."""

    def build(current: Document | None, at: datetime) -> Draft:
        if current is not None:
            raise Conflict("This e-mail address is already registered; use that account, or another address.")
        user = {
            "_id": user_id,
            "email": registration.email,
            "name": registration.name,
            "time_zone": registration.time_zone,
            "created_at": at,
        }
        return Draft("created", user)

    return build


def change(read: Document, fields: Mapping[str, Any], allowed: Precondition) -> Build:
    """Set the given fields; raises AddressChanged when the address is not the one that was read."""

    def build(current: Document | None, at: datetime) -> Draft:
        if current is None or ("email" in fields and current["email"] != read["email"]):
            raise AddressChanged
        require(current, allowed)
        return Draft("updated", {**current, **fields})

    return build


def deletion(current: Document | None, at: datetime) -> Draft:
    """Delete the user; raises NotFound when somebody did."""
    if current is None:
        raise NotFound("There is no such user.")
    return Draft("deleted", None)


def require(user: Document, allowed: Precondition) -> None:
    """Raise PreconditionFailed unless the user's version is allowed."""
    if not allowed(user["version"]):
        raise PreconditionFailed(
            f"The user is at version {user['version']}, not at the one your If-Match names; read it again."
        )
