"""The classes that write responses: waitress's tasks, with the headers and error documents of this API."""

import json
import time
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from waitress.task import ErrorTask, WSGITask

from webapp.core.errors import TITLES
from webapp.http.context import services
from webapp.http.cors import server_headers
from webapp.http.headers import ALWAYS, API_POLICY
from webapp.http.problems import CONTENT_TYPE, DETAILS, problem
from webapp.http.request_ids import accept_or_create
from webapp.http.request_log import NO_ROUTE, log_request
from webapp.metrics import MetricsRecorder

HEADERS = {
    "Content-Type": CONTENT_TYPE,
    **ALWAYS,
    "Content-Security-Policy": API_POLICY,
    "Cache-Control": "no-store",
}


class Head:
    """A mixin for tasks of waitress that writes the head of a response (status line and header fields).

    The mixin replaces a method of waitress that changes the case of header names, and closes the connection
    after a response with status 204.
    """

    def build_response_header(self: Any) -> bytes:
        """Return the status line and the header fields as bytes."""
        if self.version == "1.0" or self.request.connection_close or self.channel.is_last():
            self.set_close_on_finish()
        names = {name.lower() for name, _ in self.response_headers}
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.response_headers)]
        if "date" not in names:
            lines.append(f"Date: {_date(int(time.time()))}")
        if self.has_body and "content-length" not in names:
            self.chunked_response = self.content_length is None
            lines.append(
                "Transfer-Encoding: chunked"
                if self.chunked_response
                else f"Content-Length: {self.content_length}"
            )
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Response(Head, WSGITask):  # type: ignore[misc]  # waitress ships no types
    """The task that writes a response of the application."""

    def finish(self) -> None:
        """End the response and send it from this thread, which is faster than waking the main thread."""
        super().finish()
        self.channel.send_now()


class Refusal(Head, ErrorTask):  # type: ignore[misc]
    """The task that writes an error response of the server itself, as a problem document (RFC 9457)."""

    def execute(self) -> None:
        """Write the problem document with security headers, and one log line without data from the client."""
        code = self.request.error.code
        request_id = accept_or_create(self.request.headers.get("X_REQUEST_ID", ""))
        instance = self.request.path.encode("latin-1").decode(errors="replace")
        answer = problem(code, TITLES[code], DETAILS[code], instance=instance, request_id=request_id)
        body = json.dumps(answer).encode()
        self.version, self.status, self.content_length = "1.1", f"{code} {TITLES[code]}", len(body)
        application = services(self.channel.server.application)
        origins = application.settings.cors_origins
        cors = server_headers(origins, self.request.origin())
        self.response_headers = list({**HEADERS, **cors, "X-Request-ID": request_id}.items())
        self.set_close_on_finish()
        application.get(MetricsRecorder).request(NO_ROUTE, code, None)
        log_request("(unreadable)", NO_ROUTE, code, None, request_id)
        self.write(body)


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    """Return the header Date, formatted once per second."""
    return formatdate(seconds, usegmt=True)
