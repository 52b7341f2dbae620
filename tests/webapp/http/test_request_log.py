"""Log lines: JSON with the documented fields, text on a terminal, and no personal data."""

import io
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    InvalidOperation,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from tests.webapp.conftest import Person
from webapp.core.environment import SettingsError
from webapp.core.logs import configure_logging

TASKS = "/api/v1/tasks"
Lines = Callable[[], list[dict[str, Any]]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_request_line_has_documented_fields(ada: Person, log_lines: Lines) -> None:
    task = ada.create()
    patched = ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "b"}, X_Request_ID="my-own-request")
    line = log_lines()[-1]
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() is not None
    assert 0 < line.pop("duration_ms") < 10_000
    assert line == {
        "level": "INFO",
        "message": "request",
        "component": "api",
        "operation": f"PATCH {TASKS}/<task_id>",
        "status": "success",
        "request_id": "my-own-request",
        "user_id": ada.user_id,
        "route": f"{TASKS}/<task_id>",
        "http_status": 200,
        "metadata": {"response_bytes": len(patched.data)},
    }


@pytest.mark.parametrize(
    ("path", "token", "status", "route"),
    [("/nowhere/ada", "", 404, "(none)"), (TASKS, "", 401, TASKS), (TASKS, "Bearer a.b.c", 401, TASKS)],
)
def test_refused_request_is_logged_as_error(
    client: FlaskClient, log_lines: Lines, path: str, token: str, status: int, route: str
) -> None:
    client.get(path, headers={"Authorization": token} if token else {})
    (line,) = log_lines()
    logged = {name: line.get(name) for name in ("status", "http_status", "route", "user_id")}
    assert logged == {"status": "error", "http_status": status, "route": route, "user_id": None}


def test_exception_is_logged_without_its_message(log_lines: Lines) -> None:
    try:
        raise LookupError("a document with an address")
    except LookupError:
        logging.getLogger("webapp").exception("failed", extra={"operation": "erase"})
    (line,) = log_lines()
    assert (line["level"], line["message"], line["operation"]) == ("ERROR", "failed", "erase")
    assert line["exception"] == "LookupError"
    assert "test_request_log.py" in line["stack"][-1]
    assert "address" not in str(line)


EXPIRED = (
    "127.0.0.1:27017: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired"
)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ServerSelectionTimeoutError(f"{EXPIRED}, Timeout: 2.0s, Topology Description: <…>"), EXPIRED),
        (AutoReconnect(f"{EXPIRED} (configured timeouts: connectTimeoutMS: 2000.0ms)"), EXPIRED),
        (DuplicateKeyError("duplicate key: ada@example.com", 11000), "code 11000"),
        (InvalidOperation("the document of ada@example.com"), "InvalidOperation"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_database_error_is_logged_with_a_reason_but_without_documents(
    app: Flask, log_lines: Lines, error: PyMongoError, reason: str
) -> None:
    def fail() -> str:
        raise error

    app.add_url_rule("/broken", view_func=fail)
    assert app.test_client().get("/broken").status_code == 503
    line = next(line for line in log_lines() if line["message"] == "database error")
    assert line["metadata"] == {"reason": reason}
    assert "ada@example.com" not in str(log_lines())


@pytest.mark.usefixtures("log_lines")
def test_terminal_gets_exceptions_without_their_message(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    configure_logging(stream, {"LOG_FORMAT": "text"})
    try:
        raise LookupError("a document with an address")
    except LookupError:
        logging.getLogger("webapp").exception("failed")
    first, *stack, last = stream.getvalue().splitlines()
    assert "failed" in first
    assert "test_request_log.py" in stack[0]
    assert last == "LookupError"
    assert "address" not in stream.getvalue()
    # The logging module writes its own errors to the standard error output.
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("log_lines")
@pytest.mark.parametrize(
    ("stream", "chosen", "is_json"),
    [(Terminal, "", False), (io.StringIO, "", True), (Terminal, "json", True), (io.StringIO, "text", False)],
)
def test_terminal_gets_text_unless_a_format_is_chosen(
    client: FlaskClient, stream: type[io.StringIO], chosen: str, is_json: bool
) -> None:
    configure_logging(out := stream(), {"LOG_FORMAT": chosen, "NO_COLOR": "1"})
    client.get(TASKS)
    logging.getLogger("webapp").warning("started %d times", 2)
    request, warning = out.getvalue().splitlines()
    assert (request.startswith("{"), warning.startswith("{")) == (is_json, is_json)
    assert "started 2 times" in warning
    assert TASKS in request


def test_unknown_format_is_an_error() -> None:
    with pytest.raises(SettingsError, match="LOG_FORMAT must be json or text, not 'loud'"):
        configure_logging(io.StringIO(), {"LOG_FORMAT": "loud"})
