"""The format of log lines: a JSON object, or readable text on a terminal; both without personal data."""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from traceback import extract_tb
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from webapp.core.environment import SettingsError, quoted
from webapp.core.request_lines import RequestLine, RequestLines

COMPONENT = "api"
# The values of LOG_FORMAT; by default a terminal gets text, and any other output gets JSON.
JSON, TEXT = "json", "text"


# The writer of the request log. The variable is global, like the handlers of the logging module, and
# `configure_logging` sets it. While the variable is None, requests are not logged.
_request_lines: RequestLines | None = None


def configure_logging(stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Log to a stream, by default standard error; raises SettingsError when LOG_FORMAT is invalid."""
    global _request_lines
    stream = stream or sys.stderr
    renderer = _renderer(stream, environ)
    _request_lines = RequestLines(stream, partial(_render_request, renderer))
    handler = _OrderedHandler(stream, _request_lines)
    handler.setFormatter(_formatter(renderer))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("pymongo").setLevel(logging.WARNING)


def request_lines() -> RequestLines | None:
    """Return the writer of the request log; None before `configure_logging`."""
    return _request_lines


def gunicorn_logging() -> dict[str, Any]:
    """Return gunicorn's setting `logconfig_dict`, which gives gunicorn's log lines the format of the API."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "webapp.core.logs.line_formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
    }


def line_formatter() -> logging.Formatter:
    """Return the formatter of log lines; raises SettingsError when LOG_FORMAT is invalid."""
    return _formatter(_renderer(sys.stderr, os.environ))


def add_common_fields(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Add the time, the level, the message and the component before the other fields of a log line."""
    return {
        "timestamp": _timestamp(time.time()),
        "level": event.pop("level", method).upper(),
        "message": event.pop("event"),
        "component": COMPONENT,
        **event,
    }


def describe_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace an exception with its type and stack, because its message may contain personal data."""
    raised: ExcInfo | None = event.pop("exc_info", None)
    if raised and raised[0]:
        frames = extract_tb(raised[2])
        ours = [at for at in frames if "/webapp/" in at.filename or at is frames[-1]]
        event["exception"] = raised[0].__name__
        event["stack"] = [f"{at.filename}:{at.lineno} {at.name}" for at in ours]
    return event


class _OrderedHandler(logging.StreamHandler[TextIO]):
    """Writes the lines of earlier requests before each record, so that the lines are in the order of time."""

    def __init__(self, stream: TextIO, lines: RequestLines) -> None:
        super().__init__(stream)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Write the request lines that wait, and then the record."""
        with suppress(OSError):
            self._lines.flush()
        super().emit(record)


def _render_request(renderer: Processor, line: RequestLine) -> str:
    fields = {
        "timestamp": _timestamp(line.time),
        "level": "INFO",
        "message": "request",
        "component": COMPONENT,
        "operation": line.operation,
        "status": "success" if line.http_status < 400 else "error",
        "duration_ms": line.milliseconds,
        "request_id": line.request_id,
        "user_id": line.user_id,
        "route": line.route,
        "http_status": line.http_status,
        "metadata": line.metadata,
    }
    for optional in ("duration_ms", "user_id", "metadata"):
        if fields[optional] is None:
            del fields[optional]
    return str(renderer(None, "info", fields))


def _timestamp(moment: float) -> str:
    seconds, milliseconds = divmod(int(moment * 1000), 1000)
    return f"{_second(seconds)}.{milliseconds:03}+00:00"


@lru_cache(maxsize=1)
def _second(moment: int) -> str:
    """Return a time in seconds since 1970 as date and time; the cache formats each second only once."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _formatter(renderer: Processor) -> logging.Formatter:
    """Return a formatter for records of the logging module; the `extra` of a record becomes fields."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.ExtraAdder(), _add_exception],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            describe_exception,
            add_common_fields,
            renderer,
        ],
    )


def _add_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event["exc_info"] = event["_record"].exc_info
    return event


def _renderer(stream: TextIO, environ: Mapping[str, str]) -> Processor:
    chosen = environ.get("LOG_FORMAT") or (TEXT if stream.isatty() else JSON)
    if chosen not in (JSON, TEXT):
        raise SettingsError(f"LOG_FORMAT must be {JSON} or {TEXT}, not {quoted(chosen)}.")
    if chosen == JSON:
        return structlog.processors.JSONRenderer(_to_json)
    console = structlog.dev.ConsoleRenderer(
        colors=stream.isatty() and not environ.get("NO_COLOR"),
        event_key="message",
        sort_keys=False,
        exception_formatter=structlog.dev.plain_traceback,
    )
    return lambda logger, method, event: console(logger, method, _with_stack_as_text(event))


def _with_stack_as_text(event: EventDict) -> EventDict:
    """Return the event with its stack in the form that `ConsoleRenderer` can write."""
    return {**event, "stack": "\n".join(event["stack"])} if "stack" in event else event


def _to_json(event: EventDict, default: Callable[[Any], Any]) -> str:
    return orjson.dumps(event, default).decode()
