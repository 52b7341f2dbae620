"""A simulated user, who retries each request until its result is known, and keeps the expected state."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import requests

from bench.soak.expected_state import ConsistencyError, ExpectedState
from bench.soak.recorder import AttemptOutcome, Recorder
from bench.soak.replica import Replica

API = "/api/v1"
PASSWORD = "work and be measured"  # noqa: S105  # of users in a temporary database
CLIENT_TIMEOUT_SECONDS = 30.0
RETRY_INTERVAL_SECONDS = 0.2
# The time in seconds after which a user refreshes the access token, which is valid for 15 minutes.
TOKEN_SECONDS = 600.0
# After this time in seconds, a request without a result is reported as an error of the API. The time is
# longer than every outage.
RETRY_SECONDS = 120.0


@dataclass
class User:
    """A simulated user with an account; every write has an Idempotency-Key, which its retries repeat."""

    url: str
    number: int
    random: Random
    recorder: Recorder
    session: requests.Session = field(default_factory=requests.Session)
    expected: ExpectedState = field(default_factory=ExpectedState)
    replica: Replica = field(default_factory=Replica)
    operation: str = "register"
    refresh_token: str = ""
    signed_in_at: float = 0.0
    last_write: tuple[str, str, Any, dict[str, str], requests.Response] | None = None

    @property
    def email(self) -> str:
        """The email address of the user."""
        return f"user-{self.number}@example.com"

    def sign_up(self) -> None:
        """Register and log in."""
        body = {"email": self.email, "name": f"User {self.number}", "password": PASSWORD}
        self.expected.profile = self.write("POST", f"{API}/users", body, expected=201).json()
        self.expected.user_id = self.expected.profile["id"]
        self.last_write = None
        self.log_in()

    def log_in(self) -> None:
        """Log in and store the new tokens."""
        credentials = {"email": self.email, "password": PASSWORD}
        self.store_tokens(self.send("POST", f"{API}/auth/login", credentials, expected=200).json())

    def store_tokens(self, response: Mapping[str, str]) -> None:
        """Store the tokens of a response for the following requests."""
        self.session.headers["Authorization"] = f"Bearer {response['access_token']}"
        self.refresh_token = response["refresh_token"]
        self.signed_in_at = time.monotonic()

    @property
    def token_expires_soon(self) -> bool:
        """Whether the access token has to be refreshed."""
        return time.monotonic() - self.signed_in_at > TOKEN_SECONDS

    def read(self, path: str, expected: int = 200, **headers: str) -> requests.Response:
        """Repeat a GET request until its result is known."""
        return self.send("GET", path, expected=expected, headers=headers)

    def pages(self, path: str) -> list[dict[str, Any]]:
        """Read all items of a list, page by page; `path` must contain a query string."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.read(f"{path}&cursor={cursor}" if cursor else path).json()
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    def write(
        self, method: str, path: str, body: Any = None, expected: int = 200, **headers: str
    ) -> requests.Response:
        """Repeat a write with a new Idempotency-Key until the write is acknowledged; store the key."""
        key = self.new_key()
        sent_headers = {"Idempotency-Key": key, **headers}
        response = self.send(method, path, body, expected=expected, headers=sent_headers)
        if expected < 400:
            self.expected.keys.append(key)
            self.last_write = method, path, body, sent_headers, response
        return response

    def new_key(self) -> str:
        """Return a new Idempotency-Key."""
        return str(UUID(int=self.random.getrandbits(128)))

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expected: int,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Repeat a request until its result is known; raises ConsistencyError for an unexpected status."""
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            response = self.attempt(method, path, body, expected, **(headers or {}))
            if response is not None:
                return response
            if time.monotonic() > deadline:
                raise ConsistencyError(f"no result for {RETRY_SECONDS:.0f} s: {method} {path}")
            time.sleep(RETRY_INTERVAL_SECONDS)

    def attempt(
        self, method: str, path: str, body: Any = None, expected: int = 200, **headers: str
    ) -> requests.Response | None:
        """Send a request once; returns None if its result is unknown.

        Raises ConsistencyError for a wrong status.
        """
        sent_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        started = self.recorder.now()
        try:
            response = self.session.request(
                method, self.url + path, json=body, headers=sent_headers, timeout=CLIENT_TIMEOUT_SECONDS
            )
        except requests.Timeout:
            self.recorder.add(self.operation, AttemptOutcome.TIMEOUT, started)
            return None
        except requests.RequestException:
            self.recorder.add(self.operation, AttemptOutcome.RESET, started)
            return None
        outcome = classify_response(response, expected)
        self.recorder.add(self.operation, outcome, started)
        if outcome is AttemptOutcome.ANSWERED:
            return response
        if outcome is AttemptOutcome.WRONG:
            finding = f"{method} {path}: {response.status_code} instead of {expected}: {response.text[:300]}"
            if response.status_code < 500:
                raise ConsistencyError(finding)
            self.recorder.add_finding(finding)
        return None


def classify_response(response: requests.Response, expected: int) -> AttemptOutcome:
    """Return ANSWERED for the expected status, UNAVAILABLE for a well-formed 503 problem, or else WRONG."""
    if response.status_code == expected:
        return AttemptOutcome.ANSWERED if response.headers.get("X-Request-ID") else AttemptOutcome.WRONG
    well_formed = (
        response.status_code == 503
        and response.headers.get("Content-Type") == "application/problem+json"
        and response.headers.get("Retry-After", "").isdigit()
        and response.headers.get("X-Request-ID")
    )
    return AttemptOutcome.UNAVAILABLE if well_formed else AttemptOutcome.WRONG
