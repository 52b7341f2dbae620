"""One user over HTTP: insists on every request until it gets a clear answer, and remembers the answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import requests

from bench.soak.mirror import Mirror
from bench.soak.model import Contradiction, Model
from bench.soak.recorder import Outcome, Recorder

API = "/api/v1"
PASSWORD = "work and be measured"  # noqa: S105  # of users that live as long as the measurement
CLIENT_TIMEOUT_SECONDS = 30.0
PAUSE_SECONDS = 0.2
# Access tokens live for fifteen minutes.
TOKEN_SECONDS = 600.0
# Nothing is away for this long; whoever still waits then never gets an answer.
PATIENCE_SECONDS = 120.0


@dataclass
class User:
    """Works alone in its own account; every write carries an Idempotency-Key and is retried under it."""

    url: str
    number: int
    random: Random
    recorder: Recorder
    session: requests.Session = field(default_factory=requests.Session)
    model: Model = field(default_factory=Model)
    mirror: Mirror = field(default_factory=Mirror)
    operation: str = "register"
    refresh_token: str = ""
    signed_in_at: float = 0.0
    last_write: tuple[str, str, Any, dict[str, str], requests.Response] | None = None

    @property
    def email(self) -> str:
        """The address that the user registers with."""
        return f"user-{self.number}@example.com"

    def sign_up(self) -> None:
        """Register and log in."""
        body = {"email": self.email, "name": f"User {self.number}", "password": PASSWORD}
        self.model.profile = self.write("POST", f"{API}/users", body, expected=201).json()
        self.model.user_id = self.model.profile["id"]
        self.last_write = None
        self.log_in()

    def log_in(self) -> None:
        """Get a new access token."""
        proof = {"email": self.email, "password": PASSWORD}
        self.take_tokens(self.send("POST", f"{API}/auth/login", proof, expected=200).json())

    def take_tokens(self, answer: Mapping[str, str]) -> None:
        """Sign in with these tokens from now on."""
        self.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.refresh_token = answer["refresh_token"]
        self.signed_in_at = time.monotonic()

    @property
    def should_refresh(self) -> bool:
        """The access token expires soon."""
        return time.monotonic() - self.signed_in_at > TOKEN_SECONDS

    def read(self, path: str, expected: int = 200, **headers: str) -> requests.Response:
        """GET until there is a clear answer."""
        return self.send("GET", path, expected=expected, headers=headers)

    def pages(self, path: str) -> list[dict[str, Any]]:
        """Read all items of a list, page by page; `path` has a query already."""
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
        """Send a write under a new key until it is acknowledged, and remember the key."""
        key = self.new_key()
        named = {"Idempotency-Key": key, **headers}
        answer = self.send(method, path, body, expected=expected, headers=named)
        if expected < 400:
            self.model.keys.append(key)
            self.last_write = method, path, body, named, answer
        return answer

    def new_key(self) -> str:
        """An Idempotency-Key for a new write."""
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
        """Send until there is a clear answer; raises Contradiction for any but the expected status."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.attempt(method, path, body, expected, **(headers or {}))
            if answer is not None:
                return answer
            if time.monotonic() > deadline:
                raise Contradiction(f"no clear answer for {PATIENCE_SECONDS:.0f} s: {method} {path}")
            time.sleep(PAUSE_SECONDS)

    def attempt(
        self, method: str, path: str, body: Any = None, expected: int = 200, **headers: str
    ) -> requests.Response | None:
        """Send once; None when there is no clear answer. Raises Contradiction for another status."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        started = self.recorder.now()
        try:
            answer = self.session.request(
                method, self.url + path, json=body, headers=named, timeout=CLIENT_TIMEOUT_SECONDS
            )
        except requests.Timeout:
            self.recorder.add(self.operation, Outcome.TIMEOUT, started)
            return None
        except requests.RequestException:
            self.recorder.add(self.operation, Outcome.RESET, started)
            return None
        outcome = judge_status(answer, expected)
        self.recorder.add(self.operation, outcome, started)
        if outcome is Outcome.ANSWERED:
            return answer
        if outcome is Outcome.WRONG:
            finding = f"{method} {path}: {answer.status_code} instead of {expected}: {answer.text[:300]}"
            if answer.status_code < 500:
                raise Contradiction(finding)
            self.recorder.find(finding)
        return None


def judge_status(answer: requests.Response, expected: int) -> Outcome:
    """Tell what an answer is: the expected one, an honest 503, or something that must not happen."""
    if answer.status_code == expected:
        return Outcome.ANSWERED if answer.headers.get("X-Request-ID") else Outcome.WRONG
    honest = (
        answer.status_code == 503
        and answer.headers.get("Content-Type") == "application/problem+json"
        and answer.headers.get("Retry-After", "").isdigit()
        and answer.headers.get("X-Request-ID")
    )
    return Outcome.UNAVAILABLE if honest else Outcome.WRONG
