"""Request targets (RFC 3986): what is no address is refused instead of being guessed at."""

import re
from urllib.parse import unquote_to_bytes

from flask import Flask, request

from webapp.core.errors import BadRequest

BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def init_app(app: Flask) -> None:
    """Check the target of every request before anything else looks at it."""
    app.before_request(_check)


def _check() -> None:
    # What the client sent, before any decoding; waitress and werkzeug's test client agree on its name.
    target = request.environ.get("REQUEST_URI", "")
    if BROKEN_ESCAPE.search(target):
        raise BadRequest("The address has a % that two hexadecimal digits do not follow; write %25 for a %.")
    try:
        unquote_to_bytes(target.encode("latin-1", "replace")).decode()
    except UnicodeDecodeError:
        raise BadRequest("The address is not UTF-8; percent-encode its characters as UTF-8.") from None
