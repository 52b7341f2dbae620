"""Hooks for schemathesis: authentication, and valid values that a JSON schema cannot describe."""

import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.serving import PASSWORD, Api
from webapp.core.text import VISIBLE_TEXT, canonical
from webapp.rest.responses import ENTITY_TAGS

# Generators of valid e-mail addresses and time zones, whose rules JSON Schema cannot express.
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,20}(\.[a-z0-9]{1,20})?", fullmatch=True)
schemathesis.openapi.format("idn-email", NAMES.map(lambda name: f"{name}@example.com"))
schemathesis.openapi.format(
    "time-zone", st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
)

# These operations end sessions or delete the account, so each of them uses a separate user.
SESSION_ENDING = {
    "DELETE /api/v1/users/{user_id}",
    "PUT /api/v1/users/me/password",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
}
# The age in seconds at which a user is replaced by a new user. It is less than the lifetime of an access
# token, which is 15 minutes.
RENEW_AFTER_SECONDS = 600
KEY = "Idempotency-Key"
VALID_KEY = re.compile("[ -~]{1,255}")
# In the OpenAPI document, each minLength (except 1) and each maxLength of a text is greater than this number.
# So a text that is shorter than this number is far from every limit except a minLength of 1.
SHORTEST_LIMIT = 9
PASSWORD_FIELDS = ("password", "old_password")
VALID_PASSWORD = re.compile("[ -~]{1,128}")


@dataclass
class User:
    """A temporary user with its tokens."""

    tokens: dict[str, str]
    registered_at: float = field(default_factory=time.monotonic)

    def is_fresh(self) -> bool:
        return time.monotonic() - self.registered_at < RENEW_AFTER_SECONDS


USERS: dict[str, User] = {}
# The Authorization headers of ended sessions. A request may have got its header before the session ended.
EXPIRED: set[str] = set()


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Gives every request a token that its operation accepts."""

    def get(self, case: Any, context: Any) -> str:
        name = _user_name(case)
        if name not in USERS or not USERS[name].is_fresh():
            USERS[name] = User(_register(Api(str(case.operation.base_url).rstrip("/"))))
        kind = "refresh_token" if case.operation.label.endswith("/refresh") else "access_token"
        return f"Bearer {USERS[name].tokens[kind]}"

    def set(self, case: Any, token: str, context: Any) -> None:
        case.headers = case.headers or {}
        case.headers["Authorization"] = token


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Skip requests with a text for which the API and the JSON schema give different results.

    The API counts characters after normalization, whereas minLength and maxLength count the characters as
    sent. The patterns of the schema exclude the common invisible characters, but not all invisible characters
    of Unicode.
    """
    return not any(_is_indescribable(text) for part in (case.body, case.query) for text in _texts(part))


def _is_indescribable(text: str) -> bool:
    cleaned, compatible = canonical(text), unicodedata.normalize("NFKC", text)
    if not cleaned and re.search(VISIBLE_TEXT, text):
        return True
    return len(text) >= SHORTEST_LIMIT and {len(cleaned), len(compatible)} != {len(text)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Replace well-formed idempotency keys, If-Match headers and passwords by values that the API accepts."""
    headers = case.headers or {}
    if headers.get("Authorization") in EXPIRED:
        headers["Authorization"] = SignedIn().get(case, context)
    if VALID_KEY.fullmatch(str(headers.get(KEY, ""))):
        headers[KEY] = str(uuid4())
    positive = case.meta.generation.mode == GenerationMode.POSITIVE
    well_formed = ENTITY_TAGS.fullmatch(str(headers.get("If-Match", "")))
    if "If-Match" in headers and (well_formed or positive) and case.meta.phase.name.value != "examples":
        headers["If-Match"] = "*"
    # schemathesis generates 0 as a valid value of If-None-Match, but an entity tag needs quotes.
    if positive and headers.get("If-None-Match") == "0":
        headers["If-None-Match"] = '"0"'
    if case.operation.label in SESSION_ENDING and isinstance(case.body, dict):
        password_fields = {
            name for name in PASSWORD_FIELDS if VALID_PASSWORD.fullmatch(str(case.body.get(name, "\n")))
        }
        case.body = {**case.body, **dict.fromkeys(password_fields, PASSWORD)}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """After a request that may have ended a session, let the next request register a new user."""
    ended = case.operation.label in SESSION_ENDING and response.status_code in (200, 204, 401, 429)
    if ended and (user := USERS.pop(_user_name(case), None)):
        EXPIRED.update(f"Bearer {token}" for token in user.tokens.values())


def _user_name(case: Any) -> str:
    label = str(case.operation.label)
    return label if label in SESSION_ENDING else "shared"


def _register(api: Api) -> dict[str, str]:
    credentials = {"email": f"fuzz.{uuid4()}@example.com", "password": PASSWORD}
    created = api.send(
        "POST", "/api/v1/users", {**credentials, "name": "Example User", "time_zone": "Europe/Lisbon"}
    )
    assert created.status_code == 201, created.text
    tokens = api.send("POST", "/api/v1/auth/login", credentials).json()
    return {kind: tokens[kind] for kind in ("access_token", "refresh_token")}
