"""Serves the API as in production: gunicorn with two workers and a real database server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tools.data_folder import DataFolder
from tools.services import api
from tools.supervision.ports import free_port

PASSWORD = "correct horse battery"
# Tests send more requests per minute than the rate limits allow, so the limits are off.
NO_LIMITS = {"RATE_LIMIT_USER": "off", "RATE_LIMIT_ADDRESS": "off", "RATE_LIMIT_SIGN_IN": "off"}


@dataclass(frozen=True)
class Api:
    """A client of a served API; if `token` is set, requests have it as the access token."""

    url: str
    token: str = ""

    @property
    def port(self) -> int:
        """The port on which the API listens."""
        return int(self.url.rpartition(":")[2])

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        sent_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent_headers["Authorization"] = f"Bearer {self.token}"
        return requests.request(method, self.url + path, json=body, headers=sent_headers, timeout=30)

    def sign_up(self, email: str, time_zone: str = "UTC") -> tuple[str, "Api"]:
        """Register and log in; returns the user's id and a client with the access token."""
        user = {"email": email, "name": "Example User", "password": PASSWORD, "time_zone": time_zone}
        created = self.send("POST", "/api/v1/users", user)
        assert created.status_code == 201, created.text
        return created.json()["id"], self.sign_in(email)

    def sign_in(self, email: str) -> "Api":
        """Log in and return a client with the access token."""
        answer = self.send("POST", "/api/v1/auth/login", {"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return Api(self.url, answer.json()["access_token"])


@contextmanager
def serving(folder: DataFolder, mongodb_uri: str, **settings: str) -> Iterator[Api]:
    """Serve the API until the block ends; `settings` are additional environment variables."""
    port = free_port()
    env = {**folder.environment(mongodb_uri), "WEB_CONCURRENCY": "2", "PATH": os.environ["PATH"]}
    with api.running(folder, env | NO_LIMITS | settings, port, seconds=30):
        yield Api(f"http://127.0.0.1:{port}")
