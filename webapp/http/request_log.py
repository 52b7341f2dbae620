"""The request log: one JSON object per request, with pseudonymous ids and no personal data."""

import json
import logging
import sys
import time
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Any

from flask import Flask, Response, g, request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from webapp.http.context import current_user_id
from webapp.http.request_ids import request_id

logger = logging.getLogger("webapp.requests")

FIELDS = ("component", "operation", "status", "duration_ms", "request_id", "user_id", "route", "http_status")


class JsonLines(logging.Formatter):
    """Formats a log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
            "component": "api",
        }
        line |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None) is not None}
        if record.exc_info and record.exc_info[0]:
            # The text of an exception may quote a document, so only its type and its stack are logged.
            line["exception"] = record.exc_info[0].__name__
            frames = extract_tb(record.exc_info[2])
            ours = [at for at in frames if "/webapp/" in at.filename or at is frames[-1]]
            line["stack"] = [f"{at.filename}:{at.lineno} {at.name}" for at in ours]
        return json.dumps(line)


def configure_logging() -> None:
    """Log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("pymongo").setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Log one line after each request."""
    app.before_request(_start)
    app.after_request(_write)


def _start() -> None:
    g.started = time.perf_counter()


def _write(response: Response) -> Response:
    ok = response.status_code < 400
    logger.info(
        "request",
        extra={
            "operation": f"{request.method} {_route()}",
            "route": _route(),
            "status": "success" if ok else "error",
            "http_status": response.status_code,
            "duration_ms": round((time.perf_counter() - g.started) * 1000, 1) if "started" in g else None,
            "request_id": request_id(),
            "user_id": _user_id(),
        },
    )
    return response


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "(none)"


def _user_id() -> str | None:
    try:
        return current_user_id()
    except (RuntimeError, JWTExtendedException, PyJWTError):
        return None
