"""`Idempotency-Key`: identifies retries of a request. The commit of the change claims the key."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from flask import request

from webapp.changes import Origin
from webapp.core.errors import BadRequest
from webapp.http.request_ids import request_id

HEADER = "Idempotency-Key"
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def origin(user_id: str, time_zone: str, body: Mapping[str, Any], status_code: int) -> Origin:
    """Describe the current request for the log; raises BadRequest when the key is invalid."""
    key = client_key()
    return Origin(
        user_id=user_id,
        time_zone=time_zone,
        request_id=request_id(),
        key=None if key is None else f"{user_id}:{key}",
        fingerprint=fingerprint(body),
        status_code=status_code,
    )


def anonymous_origin(body: Mapping[str, Any], status_code: int) -> Origin:
    """Describe a request of a user without an id yet; the key is not scoped to a user."""
    return Origin(
        user_id="",
        request_id=request_id(),
        key=client_key(),
        fingerprint=fingerprint(body),
        status_code=status_code,
    )


def client_key() -> str | None:
    """Return the key that the client sent; None without one."""
    key = request.headers.get(HEADER)
    if key is not None and not PRINTABLE.fullmatch(key):
        raise BadRequest(f"{HEADER} must have 1 to 255 printable ASCII characters; a UUID is a good choice.")
    return key


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return a digest of method, path and validated body, independent of the formatting of the JSON."""
    asked = [request.method, request.path, body]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
