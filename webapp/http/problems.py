"""Every error response is `application/problem+json` (RFC 9457)."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge, RequestTimeout

from webapp.core.errors import TITLES, BadRequest, TodoError
from webapp.http.request_ids import request_id

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
# A client that is still sending reads the response only after the server has read the rest of the body.
DRAIN_LIMIT = 16 * 1024 * 1024

# These replace werkzeug's descriptions, which address users of a browser.
DETAILS = {
    400: "The request cannot be read; compare it with the documentation at /docs.",
    404: "This path does not exist; the documentation is at /docs. Paths do not end in a slash.",
    405: "This path does not support this method; the header Allow lists the supported methods.",
    408: "The request took too long to arrive completely; send it again.",
    416: "The header Range names a range that does not exist.",
}
CHUNKS = "The chunks of the body are malformed; see RFC 9112, section 7.1."


def init_app(app: Flask) -> None:
    """Register handlers that turn every error into a problem response."""
    app.register_error_handler(TodoError, answer)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(ClientDisconnected, lambda error: _http_problem(RequestTimeout()))
    # gunicorn parses the chunks of a body while the view reads it.
    app.register_error_handler(ParseException, lambda error: answer(BadRequest(CHUNKS)))
    app.register_error_handler(Exception, _unexpected_error)


def problem(status: int, title: str, detail: str, *, instance: str, request_id: str) -> dict[str, Any]:
    """Return the members of every problem; `instance` is the path of the request, empty if unknown."""
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "request_id": request_id,
    }


def answer(error: TodoError) -> Response:
    """Return the response for an error."""
    return _respond(error.status, error.detail, error.headers, errors=error.errors)


def _http_problem(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return current_app.make_response(error.get_response())
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    detail = DETAILS.get(error.code) or error.description or HTTPStatus(error.code).description
    return _respond(error.code, detail, headers)


def _too_large(error: RequestEntityTooLarge) -> Response:
    drained = 0
    with suppress(OSError):
        while drained < DRAIN_LIMIT and (chunk := request.environ["wsgi.input"].read(65536)):
            drained += len(chunk)
    limit = current_app.config["MAX_CONTENT_LENGTH"] // 1024
    response = _respond(413, f"A request body may have up to {limit} KiB.", {})
    response.headers["Connection"] = "close"
    return response


def _unexpected_error(error: Exception) -> Response:
    logger.error("unexpected error", exc_info=error, extra={"status": "error"})
    detail = "The service has a bug; quote the request_id when you report it."
    return _respond(500, detail, {})


def _respond(status: int, detail: str, headers: Mapping[str, str], errors: Any = None) -> Response:
    body = problem(status, TITLES[status], detail, instance=request.path, request_id=request_id())
    if errors:
        body["errors"] = list(errors)
    return Response(current_app.json.dumps(body), status, dict(headers), content_type=CONTENT_TYPE)
