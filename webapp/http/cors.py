"""CORS: the web origins whose scripts may call the API (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

import re
from collections.abc import Sequence

from flask import Flask, Response
from flask_cors import CORS

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
REQUEST_HEADERS = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-ID",
]
RESPONSE_HEADERS = [
    "Accept-Patch",
    "Allow",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
]
PREFLIGHT_SECONDS = 600


def init_app(app: Flask, origins: Sequence[str]) -> None:
    """Allow scripts of these origins to call the API, without cookies: tokens are sent in a header."""
    if not origins:
        return
    CORS(
        app,
        origins=[re.compile(re.escape(origin) + r"\Z") for origin in origins],
        methods=METHODS,
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
        supports_credentials=False,
        always_send=False,
        vary_header=False,
        max_age=PREFLIGHT_SECONDS,
    )
    app.after_request(_vary)


def server_headers(origins: Sequence[str], origin: str) -> dict[str, str]:
    """Return the CORS headers for a response that the server sends without Flask; `origin` may be empty."""
    if not origins:
        return {}
    if origin not in origins:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": ", ".join(RESPONSE_HEADERS),
        "Vary": "Origin",
    }


def _vary(response: Response) -> Response:
    """Add `Vary: Origin` to every response, so that caches do not serve a response to another origin."""
    response.vary.add("Origin")
    return response
