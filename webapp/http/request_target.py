"""Rejects malformed request targets (RFC 3986), which werkzeug would silently correct."""

import re
from urllib.parse import unquote_to_bytes

from flask import Flask, request

from webapp.core.errors import BadRequest

BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def init_app(app: Flask) -> None:
    """Check the target of every request."""
    app.before_request(_check)


def _check() -> None:
    # The target before percent-decoding; waitress and werkzeug's test client both set this variable.
    target = request.environ.get("REQUEST_URI", "")
    if BROKEN_ESCAPE.search(target):
        raise BadRequest("The URL has a % without two hexadecimal digits after it; write %25 for a %.")
    try:
        unquote_to_bytes(target.encode("latin-1", "replace")).decode()
    except UnicodeDecodeError:
        raise BadRequest("The URL is not UTF-8; percent-encode its characters as UTF-8.") from None
