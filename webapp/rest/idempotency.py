"""`Idempotency-Key`: how a retry of a request is recognised (the key is claimed by the commit itself)."""

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
    """Describe the current request to the log; raises BadRequest on an unusable key."""
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
    """Describe a request of somebody who has no user id yet; its key is the bare one."""
    return Origin(
        user_id="",
        request_id=request_id(),
        key=client_key(),
        fingerprint=fingerprint(body),
        status_code=status_code,
    )


def client_key() -> str | None:
    """The key as the client sent it; None without one."""
    key = request.headers.get(HEADER)
    if key is not None and not PRINTABLE.fullmatch(key):
        raise BadRequest(f"{HEADER} must have 1 to 255 printable ASCII characters; a UUID does well.")
    return key


def fingerprint(body: Mapping[str, Any]) -> str:
    """A digest of what is asked: method, path and the validated body, whatever its spelling was."""
    asked = [request.method, request.path, body]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
