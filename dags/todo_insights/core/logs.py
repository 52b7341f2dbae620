"""Log entries: the result of one step, as one JSON object or as text.

An entry contains hours, tables, counts and reasons. It never contains text of a user. It does not contain the
message of an exception either, because the message may quote a document of a user.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Any, Literal, TextIO

import structlog

from .errors import SettingsError

COMPONENT = "etl"
_ROOT_PACKAGE = "todo_insights"


@dataclass(frozen=True)
class LogEntry:
    """The message of a log record, with its fields: `logger.info(LogEntry("published", "publish", rows=3))`.

    `window` is an hour or a range of hours, and `table` is a physical name. `metadata` contains the facts for
    which this class has no field. As text, an entry is its message and its facts as JSON, so that every
    handler shows both.
    """

    message: str
    operation: str
    status: Literal["success", "error"] = "success"
    duration_ms: float | None = None
    window: str | None = None
    table: str | None = None
    rows: int | None = None
    run_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The fields that are set, without the message."""
        return {
            name: value
            for name, value in asdict(self).items()
            if name != "message" and value is not None and value != {}
        }

    def __str__(self) -> str:
        return f"{self.message} {json.dumps(self.facts())}"


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a log record without its message; an exception gives only its type and its stack."""
    fields: dict[str, Any] = {"component": COMPONENT}
    if isinstance(record.msg, LogEntry):
        fields |= record.msg.facts()
    if record.exc_info and record.exc_info[0]:
        frames = extract_tb(record.exc_info[2])
        fields["exception"] = record.exc_info[0].__name__
        fields["stack"] = [f"{at.filename}:{at.lineno} {at.name}" for at in frames]
    return fields


def message_of(record: logging.LogRecord) -> str:
    """The message of a log record without its fields."""
    return record.msg.message if isinstance(record.msg, LogEntry) else record.getMessage()


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats a record as one line of JSON; a record without a LogEntry gets no fields of the pipeline."""

    def __init__(self) -> None:
        # The entry is built in `foreign_pre_chain`, because structlog removes the exception from the record
        # before it calls `processors`.
        super().__init__(
            processors=[structlog.processors.JSONRenderer(json.dumps)], foreign_pre_chain=[_line]
        )


def _line(logger: Any, method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    record: logging.LogRecord = event["_record"]
    return {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "message": message_of(record),
        **fields_of(record),
    }


def configure(form: str, stream: TextIO) -> None:
    """Configure logging: with `json`, write lines of JSON to a stream; with `text`, write no log lines.

    The pipeline logs from the level INFO on, libraries from WARNING on. Raises SettingsError for any other
    value of `form`.
    """
    handler = logging.StreamHandler(stream) if form == "json" else logging.NullHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger(_ROOT_PACKAGE).setLevel(logging.INFO)
    if form not in ("json", "text"):
        raise SettingsError(f"LOG_FORMAT is {form!r}; set json or text")
