"""The checks of the API; they register a new user."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tools.smoke.client import Client, Unexpected, require

Check = tuple[str, Callable[[], str]]

USERS, LOGIN, ME = "/api/v1/users", "/api/v1/auth/login", "/api/v1/users/me"
TASKS, CHANGES = "/api/v1/tasks", "/api/v1/changes"
# The maximum time in seconds until a change appears in the feed after its commit.
FEED_SECONDS = 30


@dataclass(frozen=True)
class WrittenTask:
    """A task that was written: its id, the id of the request, and a time before the write."""

    task_id: str
    request_id: str
    written_at: datetime


class SmokeUser:
    """A user whom the checks register; `erase` erases the user afterwards."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._user = {
            "email": f"smoke-{uuid4().hex}@example.com",
            "name": "Smoke test",
            "password": secrets.token_urlsafe(24),
        }
        self._refresh_token = ""
        self._registered = False
        self._task: WrittenTask | None = None

    @property
    def checks(self) -> tuple[Check, ...]:
        """Return the name and the function of each check, in the order in which the checks run."""
        return (
            ("health", self._check_health),
            ("register and log in", self._register),
            ("authentication", self._check_authentication),
            ("idempotency", self._check_idempotency),
            ("conditional write", self._check_precondition),
            ("paging", self._check_paging),
            ("sync", self._check_sync),
            ("insights", self._check_insights),
        )

    @property
    def task(self) -> WrittenTask:
        """Return the task for the check of the lake; raises Unexpected if no task was written."""
        if self._task is None:
            raise Unexpected("no task was written")
        return self._task

    def erase(self) -> str:
        """Erase the user, and check that the account is gone."""
        if not self._registered:
            return "there is no user"
        credentials = {name: self._user[name] for name in ("email", "password")}
        # The user logs in again, because the checks may have failed before the login, or ended the session.
        self._client.token = self._client.send("POST", LOGIN, 200, credentials)["access_token"]
        self._client.send("DELETE", ME, 204, {"password": self._user["password"]})
        self._client.token = ""
        self._client.send("POST", LOGIN, 401, credentials)
        return "the account is gone"

    def _check_health(self) -> str:
        self._client.send("GET", "/health", 200)
        ready = self._client.send("GET", "/health/ready", 200)
        return f"version {ready['version']}, environment {ready['environment']}"

    def _register(self) -> str:
        self._client.send("POST", USERS, 201, self._user)
        self._registered = True
        credentials = {name: self._user[name] for name in ("email", "password")}
        tokens = self._client.send("POST", LOGIN, 200, credentials)
        self._client.token, self._refresh_token = tokens["access_token"], tokens["refresh_token"]
        found = self._client.send("GET", ME, 200)
        require(found["email"] == self._user["email"], "the profile belongs to another user")
        return f"user {found['id']}"

    def _check_authentication(self) -> str:
        anonymous = Client(self._client.base_url)
        anonymous.send("GET", TASKS, 401)
        anonymous.send("GET", TASKS, 401, Authorization="Bearer a.b.c")
        anonymous.send("POST", LOGIN, 401, {"email": self._user["email"], "password": "not the password"})
        refresh = f"Bearer {self._refresh_token}"
        tokens = anonymous.send("POST", "/api/v1/auth/refresh", 200, Authorization=refresh)
        self._client.token = tokens["access_token"]
        self._client.send("GET", ME, 200)
        return "no token, a forged token and a wrong password get 401; a refreshed token works"

    def _check_idempotency(self) -> str:
        key, request_id = str(uuid4()), f"smoke-{uuid4().hex}"
        started = datetime.now(UTC)
        headers = {"Idempotency_Key": key, "X_Request_ID": request_id}
        first, again = (
            self._client.send("POST", TASKS, 201, {"title": "Smoke test"}, **headers) for _ in range(2)
        )
        self._task = WrittenTask(first["id"], request_id, started)
        require(first["id"] == again["id"], "a repeated request created a second task")
        self._client.send("POST", TASKS, 422, {"title": "Another task"}, Idempotency_Key=key)
        return "a repeated request creates one task; the key cannot be used for another request"

    def _check_precondition(self) -> str:
        path = f"{TASKS}/{self.task.task_id}"
        tag = self._client.response("GET", path).headers["ETag"]
        self._client.send("PATCH", path, 200, {"status": "in_progress"}, If_Match=tag)
        self._client.send("PATCH", path, 412, {"status": "completed"}, If_Match=tag)
        return "an outdated ETag gets 412"

    def _check_paging(self) -> str:
        created = {self.task.task_id}
        for number in range(4):
            created.add(self._client.send("POST", TASKS, 201, {"title": f"Smoke test {number}"})["id"])
        pages = [[each["id"] for each in page["items"]] for page in self._pages(f"{TASKS}?limit=2")]
        listed = [each for page in pages for each in page]
        require(sorted(listed) == sorted(created), f"{len(created)} tasks exist, and the pages have {listed}")
        return f"{len(listed)} tasks on {len(pages)} pages, each one once"

    def _check_sync(self) -> str:
        snapshot = list(self._pages(f"{CHANGES}?limit=100"))
        cursor = snapshot[-1]["next_cursor"]
        written = self._client.send("POST", TASKS, 201, {"title": "After the snapshot"})["id"]
        deadline = time.monotonic() + FEED_SECONDS
        while time.monotonic() < deadline:
            page = self._client.send("GET", f"{CHANGES}?cursor={cursor}", 200)
            cursor = page["next_cursor"]
            if written in str(page["items"]):
                return "a later change is in the feed"
            time.sleep(1)
        raise Unexpected(f"the change is not in the feed after {FEED_SECONDS} seconds")

    def _check_insights(self) -> str:
        response = self._client.response("GET", "/api/v1/insights/me")
        # The pipeline writes the insights of a new user only after the end of the current hour.
        require(response.status_code in (200, 404), f"status {response.status_code} instead of 200 or 404")
        return "available" if response.status_code == 200 else "not computed yet for the new user"

    def _pages(self, path: str) -> Iterator[Any]:
        """Yield every page of a list or feed; on the last page of a feed, `has_more` is false."""
        page = self._client.send("GET", path, 200)
        yield page
        while page["next_cursor"] and page.get("has_more", True):
            page = self._client.send("GET", f"{path}&cursor={page['next_cursor']}", 200)
            yield page
