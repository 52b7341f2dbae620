"""The request log: one line per request, with ids instead of personal data; also records metrics."""

import time
from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from webapp.http.context import current_user_id
from webapp.http.request_ids import request_id
from webapp.metrics import MetricsRecorder

# The value of the log field `route` if the request matches no route, or could not be parsed.
NO_ROUTE = "(none)"

logger = structlog.get_logger("webapp.requests")


def init_app(app: Flask, recorder: MetricsRecorder) -> None:
    """Record each request and log one line for it."""

    def finish(response: Response) -> Response:
        started, rule = g.get("started"), request.url_rule
        milliseconds = None if started is None else round((time.perf_counter() - started) * 1000, 1)
        route = NO_ROUTE if rule is None else rule.rule
        status = response.status_code
        recorder.request(route, status, milliseconds)
        log_request(
            f"{request.method} {route}",
            route,
            status,
            milliseconds,
            request_id(),
            user_id=_user_id(),
            metadata={"response_bytes": response.content_length},
        )
        return response

    app.before_request(_start)
    app.after_request(finish)


def log_request(
    operation: str,
    route: str,
    http_status: int,
    milliseconds: float | None,
    request_id: str,
    user_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Log one request without the fields that are None; logs nothing before `configure_logging`."""
    if not structlog.is_configured():
        return
    fields = {
        "operation": operation,
        "status": "success" if http_status < 400 else "error",
        "duration_ms": milliseconds,
        "request_id": request_id,
        "user_id": user_id,
        "route": route,
        "http_status": http_status,
        "metadata": metadata,
    }
    logger.info("request", **{name: value for name, value in fields.items() if value is not None})


def _start() -> None:
    g.started = time.perf_counter()


def _user_id() -> str | None:
    try:
        return current_user_id()
    except (RuntimeError, JWTExtendedException, PyJWTError):
        return None
