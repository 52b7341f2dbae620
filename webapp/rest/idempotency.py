"""`Idempotency-Key`: identifies retries of a request (docs/decisions/0038)."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from flask import request, url_for

from webapp.changes import KeyClaims, Origin
from webapp.core.errors import BadRequest
from webapp.http.context import service
from webapp.http.request_ids import request_id

HEADER = "Idempotency-Key"
PRECONDITIONS = ("If-Match", "If-None-Match")
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def origin(user_id: str, time_zone: str, body: Mapping[str, Any], status_code: int) -> Origin:
    """Return the origin of a change by the current request, and claim the idempotency key of the request.

    Raises BadRequest when the key is invalid, and Invalid when the key belongs to a different request.
    """
    key = client_key()
    described = Origin(
        user_id=user_id,
        time_zone=time_zone,
        request_id=request_id(),
        key=None if key is None else f"{user_id}:{key}",
        fingerprint=fingerprint(body, _path_of(user_id)),
        status_code=status_code,
    )
    service(KeyClaims).claim(described)
    return described


def anonymous_origin(body: Mapping[str, Any], status_code: int) -> Origin:
    """Return the origin of a registration; its key is not scoped to a user, who has no id yet."""
    return Origin(
        user_id="",
        request_id=request_id(),
        key=client_key(),
        fingerprint=fingerprint(body, request.path),
        status_code=status_code,
    )


def client_key() -> str | None:
    """Return the idempotency key of the current request, or None if the header is absent."""
    key = request.headers.get(HEADER)
    if key is not None and not PRINTABLE.fullmatch(key):
        raise BadRequest(f"{HEADER} must have 1 to 255 printable ASCII characters; a UUID is a good choice.")
    return key


def fingerprint(body: Mapping[str, Any], path: str) -> str:
    """Return a digest of a request: of its method, path, preconditions, and validated body as JSON.

    The body has only the fields that the client sent, so the schemas of bodies with an idempotency key set no
    `load_default`. If the defaults of absent fields were included, a field that a later release adds would
    change the fingerprint of a retry across the upgrade, and the retry would get 422. The only exceptions are
    the defaults in the fingerprints that the first release stored: `fingerprinted` in `webapp.tasks.fields`,
    and the time zone of a registration.
    """
    asked: list[Any] = [request.method, path, body]
    preconditions = {name: request.headers[name] for name in PRECONDITIONS if name in request.headers}
    if preconditions:
        asked.append(preconditions)
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _path_of(user_id: str) -> str:
    """Return the path of the request, with the id of the user in place of `me`."""
    arguments = request.view_args or {}
    if arguments.get("user_id") != "me":
        return request.path
    return url_for(str(request.endpoint), **{**arguments, "user_id": user_id})
