"""The request log: one line per request, with ids instead of personal data; also records metrics."""

import time
from typing import Any

from flask import Flask, Response, g

from webapp.core.logs import request_lines
from webapp.core.request_lines import RequestLine
from webapp.http.context import current_request, refused_user_id
from webapp.http.request_ids import request_id
from webapp.metrics import MetricsRecorder

# The value of the log field `route` if the request matches no route, or could not be parsed.
NO_ROUTE = "(none)"


def init_app(app: Flask, recorder: MetricsRecorder) -> None:
    """Record each request in the metrics, and log one line for it."""

    def finish(response: Response) -> Response:
        # `g` is a proxy, and each access to a proxy costs a microsecond, so the code uses the object itself.
        here, sent = g._get_current_object(), current_request()
        started, rule = here.get("started"), sent.url_rule
        milliseconds = None if started is None else round((time.perf_counter() - started) * 1000, 1)
        route = NO_ROUTE if rule is None else rule.rule
        status = response.status_code
        recorder.request(route, status, milliseconds)
        log_request(
            f"{sent.method} {route}",
            route,
            status,
            milliseconds,
            request_id(),
            user_id=here.get("user_id") or refused_user_id(),
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
    metadata: dict[str, Any] | None = None,
) -> None:
    """Log one request, without the fields that are None; before `configure_logging`, nothing is logged."""
    lines = request_lines()
    if lines is not None:
        lines.add(
            RequestLine(
                time.time(), operation, milliseconds, request_id, user_id, route, http_status, metadata
            )
        )


def _start() -> None:
    g.started = time.perf_counter()
