"""One error shape everywhere: `application/problem+json` (RFC 9457)."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from webapp.errors import Busy, TodoError
from webapp.extensions.request_ids import request_id

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
# A client that is still sending gets to read the answer only if somebody reads what it sends.
DRAIN_LIMIT = 16 * 1024 * 1024


def init_app(app: Flask) -> None:
    """Answer every error of the application in the one shape."""
    app.register_error_handler(TodoError, answer)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(PyMongoError, _database_problem)
    app.register_error_handler(Exception, _bug)


def answer(error: TodoError) -> Response:
    """Turn an error into its answer."""
    return _respond(error.status, error.title, error.detail, error.headers, errors=error.errors)


def _http_problem(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return current_app.make_response(error.get_response())
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    detail = error.description or HTTPStatus(error.code).description
    return _respond(error.code, HTTPStatus(error.code).phrase, detail, headers)


def _too_large(error: RequestEntityTooLarge) -> Response:
    drained = 0
    while drained < DRAIN_LIMIT and (chunk := request.environ["wsgi.input"].read(65536)):
        drained += len(chunk)
    limit = current_app.config["MAX_CONTENT_LENGTH"] // 1024
    response = _respond(413, "Content Too Large", f"A request body may have up to {limit} KiB.", {})
    response.headers["Connection"] = "close"
    return response


def _database_problem(error: PyMongoError) -> Response:
    logger.error("database error", exc_info=error, extra={"status": "error", "operation": "database"})
    return answer(Busy("The database cannot be reached right now; try again shortly."))


def _bug(error: Exception) -> Response:
    logger.error("unexpected error", exc_info=error, extra={"status": "error"})
    detail = "This is our fault; quote the request_id when you report it."
    return _respond(500, "Internal Server Error", detail, {})


def _respond(
    status: int, title: str, detail: str, headers: Mapping[str, str], errors: Any = None
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": request_id(),
    }
    if errors:
        body["errors"] = list(errors)
    return Response(current_app.json.dumps(body), status, dict(headers), content_type=CONTENT_TYPE)
