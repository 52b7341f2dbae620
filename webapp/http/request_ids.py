"""`X-Request-ID` in every response: the id that the client sent, if it is valid, otherwise a new id."""

import re
import uuid

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
VALID_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def init_app(app: Flask) -> None:
    """Add the id of the request to every response."""
    app.after_request(_send_back)


def request_id() -> str:
    """Return the id of the current request, the same on every call."""
    found: str | None = g.get("request_id")
    if found is None:
        found = g.request_id = accept_or_create(request.headers.get(HEADER, ""))
    return found


def accept_or_create(client_id: str) -> str:
    """Return `client_id`, the id that the client sent, if it is valid, and a new id otherwise."""
    return client_id if VALID_ID.fullmatch(client_id) else str(uuid.uuid4())


def _send_back(response: Response) -> Response:
    response.headers.add(HEADER, request_id())
    return response
