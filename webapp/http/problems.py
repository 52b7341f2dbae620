"""Turns every error into a response with `application/problem+json` (RFC 9457)."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestTimeout

from webapp.core.errors import TITLES, TodoError
from webapp.core.sizes import MAX_BODY_BYTES, MAX_FIELDS, MAX_HEAD_BYTES, MAX_LINE_BYTES
from webapp.http.request_ids import request_id

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

# The detail for each status, for errors of the server and of the application. werkzeug's own descriptions are
# not used, because they address users of a browser.
DETAILS = {
    400: "The request is incomplete or malformed; compare it with RFC 9112 and the documentation at /docs.",
    404: "This path does not exist; the documentation is at /docs. Paths do not end in a slash.",
    405: "This path does not support this method; the header Allow lists the supported methods.",
    408: "The request took too long to arrive completely; send it again.",
    413: f"A request body may have up to {MAX_BODY_BYTES // 1024} KiB.",
    414: f"The request line may have up to {MAX_LINE_BYTES} bytes; shorten the URL.",
    416: "The header Range names a range that does not exist.",
    417: "The only supported expectation is Expect: 100-continue.",
    431: (
        f"A header field may have up to {MAX_LINE_BYTES} bytes, and a request {MAX_FIELDS} fields "
        f"with {MAX_HEAD_BYTES // 1024} KiB in all."
    ),
    500: "The service has a bug; quote the request_id when you report it.",
    504: "The service took too long. A write may have happened: repeat it with the same Idempotency-Key.",
    505: "The only supported versions are HTTP/1.1 and HTTP/1.0.",
}


def init_app(app: Flask) -> None:
    """Register handlers that turn every error into a problem response."""
    app.register_error_handler(TodoError, answer)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(ClientDisconnected, lambda error: _http_problem(RequestTimeout()))
    app.register_error_handler(Exception, _unexpected_error)


def problem(status: int, title: str, detail: str, *, instance: str, request_id: str) -> dict[str, Any]:
    """Return the members that every problem response has; `instance` is the request's path, or empty."""
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "request_id": request_id,
    }


def answer(error: TodoError) -> Response:
    """Return the problem response for an error."""
    return _respond(error.status, error.detail, error.headers, errors=error.errors)


def _http_problem(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return current_app.make_response(error.get_response())
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    detail = DETAILS.get(error.code) or error.description or HTTPStatus(error.code).description
    return _respond(error.code, detail, headers)


def _unexpected_error(error: Exception) -> Response:
    logger.error("unexpected error", exc_info=error, extra={"status": "error"})
    return _respond(500, DETAILS[500], {})


def _respond(status: int, detail: str, headers: Mapping[str, str], errors: Any = None) -> Response:
    body = problem(status, TITLES[status], detail, instance=request.path, request_id=request_id())
    if errors:
        body["errors"] = list(errors)
    status_line = f"{status} {TITLES[status]}"
    return Response(current_app.json.dumps(body), status_line, dict(headers), content_type=CONTENT_TYPE)
