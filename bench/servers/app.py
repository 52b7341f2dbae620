"""The application with which every server is measured: it reads the body and returns a short JSON answer."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b'{"message": "Hello, world!"}'


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body of any request, and return a short JSON answer."""
    if environ["REQUEST_METHOD"] == "POST":
        while environ["wsgi.input"].read(65536):
            pass
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))])
    return [BODY]
