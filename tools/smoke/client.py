"""An HTTP client of the API; for an unexpected response, it raises an error with the difference."""

from dataclasses import dataclass
from typing import Any

import requests

SECONDS = 30


class Unexpected(Exception):
    """A response differs from the expected response; the message describes the difference."""


@dataclass
class Client:
    """Sends requests to one API. If `token` is set, the requests have this access token."""

    base_url: str
    token: str = ""

    def send(self, method: str, path: str, expect: int, body: Any = None, **headers: str) -> Any:
        """Send one request and return the JSON of the response, or None if the response has no body.

        Raises Unexpected if the status is not `expect`, and requests.RequestException if the API cannot be
        reached.
        """
        response = self.response(method, path, body, **headers)
        if response.status_code != expect:
            found = f"status {response.status_code} instead of {expect}"
            request_id = response.headers.get("X-Request-ID", "none")
            raise Unexpected(f"{method} {path}: {found} (request id {request_id})")
        return response.json() if response.content else None

    def response(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Send one request and return the response with any status."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        return requests.request(method, self.base_url + path, json=body, headers=sent, timeout=SECONDS)


def require(condition: bool, message: str) -> None:
    """Raise Unexpected with the message unless the condition is true."""
    if not condition:
        raise Unexpected(message)
