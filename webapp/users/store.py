"""Users: registration and profiles."""

from dataclasses import dataclass, replace
from datetime import datetime

from webapp.auth.credentials import Credentials
from webapp.changes import Build, ChangeLog, Draft, Entity, Origin, Outcome
from webapp.clock import Clock
from webapp.database import Database, Document
from webapp.errors import Conflict, NotFound, Unauthorized
from webapp.ids import IdFactory
from webapp.users.emails import ADOPTION_GRACE, CLAIM_GRACE, Claim, EmailClaims

MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Registration:
    """What somebody who registers tells about themselves."""

    email: str
    name: str
    password: str
    time_zone: str = "UTC"


class UserStore:
    """Reads and writes users; every write is a change in the log."""

    def __init__(self, database: Database, log: ChangeLog, clock: Clock, new_id: IdFactory) -> None:
        self._users = database.users
        self._log = log
        self._clock = clock
        self._new_id = new_id
        self._emails = EmailClaims(database)
        self._credentials = Credentials(database)

    def get(self, owner_id: str, user_id: str) -> Document:
        """Return the user's own profile; anybody else's is not found."""
        user = self._users.find_one({"_id": owner_id}) if user_id == owner_id else None
        if user is None or "deleted_at" in user:
            raise NotFound("There is no such user.")
        return user

    def register(self, registration: Registration, origin: Origin) -> Outcome:
        """Create a user: claim the address, keep the password, then commit.

        `origin.key` is the bare Idempotency-Key here, since the user it belongs to has no id yet. Raises
        Conflict when the address is taken and Invalid when the key was used with other data.
        """
        user_id = self._claim_address(registration, origin.key)
        origin = replace(
            origin,
            user_id=user_id,
            time_zone=registration.time_zone,
            key=None if origin.key is None else f"{user_id}:{origin.key}",
        )
        self._credentials.create(user_id, registration.password)
        return self._log.commit(Entity.USER, user_id, _creation(user_id, registration), origin)

    def authenticate(self, email: str, password: str) -> str:
        """Return the id of the user with this address and password.

        Raises Unauthorized, alike and after the same work, for a wrong password and an unknown address.
        """
        holder = self._emails.holder(email)
        user_id = holder.user_id if holder is not None and self._is_registered(holder) else None
        if not self._credentials.match(user_id, password) or user_id is None:
            raise Unauthorized("The e-mail address or the password is wrong.")
        return user_id

    def signed_in(self, user_id: str) -> Document:
        """Return the profile behind a valid token; raises Unauthorized when the user is gone."""
        try:
            return self.get(user_id, user_id)
        except NotFound:
            raise Unauthorized("This access token belongs to nobody any more; log in again.") from None

    def _claim_address(self, registration: Registration, key: str | None) -> str:
        email = registration.email
        for _ in range(MAX_ATTEMPTS):
            now = self._clock()
            mine = Claim(self._new_id(now), now, key)
            if self._emails.claim(email, mine):
                return mine.user_id
            holder = self._emails.holder(email)
            if holder is not None and (user_id := self._succeed(email, holder, mine)):
                return user_id
        raise _under_way()

    def _succeed(self, email: str, holder: Claim, mine: Claim) -> str | None:
        """Go on under the claim of an earlier attempt, or take over an abandoned one; None on a lost race."""
        age, is_retry = mine.claimed_at - holder.claimed_at, mine.key is not None and mine.key == holder.key
        if self._is_registered(holder):
            if is_retry:
                return holder.user_id
            raise _taken()
        if is_retry:
            if age < ADOPTION_GRACE:
                return holder.user_id
            mine = replace(mine, user_id=holder.user_id)
        elif age < CLAIM_GRACE:
            raise _under_way()
        return mine.user_id if self._emails.take_over(email, holder, mine) else None

    def _is_registered(self, holder: Claim) -> bool:
        created = self._log.find(Entity.USER, holder.user_id, 1)
        if created is None:
            return False
        self._log.complete(created)
        return True


def _creation(user_id: str, registration: Registration) -> Build:
    def build(current: Document | None, at: datetime) -> Draft:
        if current is not None:
            raise _taken()
        user = {
            "_id": user_id,
            "email": registration.email,
            "name": registration.name,
            "time_zone": registration.time_zone,
            "created_at": at,
        }
        return Draft("created", user)

    return build


def _taken() -> Conflict:
    return Conflict("This e-mail address is already registered; log in instead.")


def _under_way() -> Conflict:
    return Conflict(
        "Another registration of this e-mail address is under way; try again in a minute.",
        headers={"Retry-After": str(int(CLAIM_GRACE.total_seconds()))},
    )
