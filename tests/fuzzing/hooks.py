"""How schemathesis signs in, and what a schema cannot tell it about good data."""

import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.serving import PASSWORD, Api
from webapp.rest.responses import ENTITY_TAGS

# What a schema says in words alone: an address's domain, the names of time zones.
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,20}(\.[a-z0-9]{1,20})?", fullmatch=True)
schemathesis.openapi.format("idn-email", NAMES.map(lambda name: f"{name}@example.com"))
schemathesis.openapi.format(
    "time-zone", st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
)

# These end sessions or the account, so they get a person of their own.
ENDING = {
    "DELETE /api/v1/users/{user_id}",
    "PUT /api/v1/users/me/password",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
}
# Well below the 15 minutes of an access token.
RENEWED_AFTER_SECONDS = 600
KEY = "Idempotency-Key"
USABLE_KEY = re.compile("[ -~]{1,255}")
PROOFS = ("password", "old_password")
KNOWABLE = re.compile("[ -~]{1,128}")


@dataclass
class Person:
    """Somebody who signed up for a while."""

    tokens: dict[str, str]
    since: float = field(default_factory=time.monotonic)

    def is_fresh(self) -> bool:
        return time.monotonic() - self.since < RENEWED_AFTER_SECONDS


PEOPLE: dict[str, Person] = {}
# Tokens of those whose session may be over; they were given to requests that are yet to be sent.
RETIRED: set[str] = set()


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Every request carries a token that is good for its operation."""

    def get(self, case: Any, context: Any) -> str:
        name = _person_of(case)
        if name not in PEOPLE or not PEOPLE[name].is_fresh():
            PEOPLE[name] = Person(_tokens_of_somebody_new(Api(str(case.operation.base_url).rstrip("/"))))
        kind = "refresh_token" if case.operation.label.endswith("/refresh") else "access_token"
        return f"Bearer {PEOPLE[name].tokens[kind]}"

    def set(self, case: Any, token: str, context: Any) -> None:
        case.headers = case.headers or {}
        case.headers["Authorization"] = token


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Put in what a well-formed value alone does not make: a new key, the current version, the password."""
    headers = case.headers or {}
    if headers.get("Authorization") in RETIRED:
        headers["Authorization"] = SignedIn().get(case, context)
    if USABLE_KEY.fullmatch(str(headers.get(KEY, ""))):
        headers[KEY] = str(uuid4())
    positive = case.meta.generation.mode == GenerationMode.POSITIVE
    well_formed = ENTITY_TAGS.fullmatch(str(headers.get("If-Match", "")))
    if "If-Match" in headers and (well_formed or positive) and case.meta.phase.name.value != "examples":
        headers["If-Match"] = "*"
    # For this pattern it also draws 0 as a good value.
    if positive and headers.get("If-None-Match") == "0":
        headers["If-None-Match"] = '"0"'
    if case.operation.label in ENDING and isinstance(case.body, dict):
        proofs = {name for name in PROOFS if KNOWABLE.fullmatch(str(case.body.get(name, "\n")))}
        case.body = {**case.body, **dict.fromkeys(proofs, PASSWORD)}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Forget somebody whose session may be over."""
    over = case.operation.label in ENDING and response.status_code in (200, 204, 401, 429)
    if over and (person := PEOPLE.pop(_person_of(case), None)):
        RETIRED.update(f"Bearer {token}" for token in person.tokens.values())


def _person_of(case: Any) -> str:
    label = str(case.operation.label)
    return label if label in ENDING else "everybody"


def _tokens_of_somebody_new(api: Api) -> dict[str, str]:
    proof = {"email": f"fuzz.{uuid4()}@example.com", "password": PASSWORD}
    created = api.send("POST", "/api/v1/users", {**proof, "name": "Somebody", "time_zone": "Europe/Lisbon"})
    assert created.status_code == 201, created.text
    tokens = api.send("POST", "/api/v1/auth/login", proof).json()
    return {kind: tokens[kind] for kind in ("access_token", "refresh_token")}
