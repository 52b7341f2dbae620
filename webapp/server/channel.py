"""Waitress's classes for connections and responses, adapted to the worker."""

import json
import socket
import time
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import ErrorTask, WSGITask

from webapp.core.errors import TITLES
from webapp.http.context import services
from webapp.http.cors import server_headers
from webapp.http.headers import ALWAYS, API_POLICY
from webapp.http.problems import CONTENT_TYPE, DETAILS, problem
from webapp.http.request_ids import accept_or_create
from webapp.http.request_log import NO_ROUTE, log_request
from webapp.metrics import MetricsRecorder
from webapp.server.parser import Parser, Refused

# After a refusal, the server reads for up to this many seconds, and up to this many bytes, before it closes
# the connection. Closing a socket with unread bytes would reset the connection, and a client that is still
# sending would lose the response.
LINGER_SECONDS = 2
LINGER_BYTES = 16 * 1024 * 1024
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
        if self.version == "1.0" or self.request.connection_close or not self.channel.server.accepting:
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
        self.channel.refused = True
        application.get(MetricsRecorder).request(NO_ROUTE, code, None)
        log_request("(unreadable)", NO_ROUTE, code, None, request_id)
        self.write(body)


class ServerProxy:
    """Wraps the server for one channel, so that the main thread is woken only when it has work to do."""

    def __init__(self, server: Any, channel: "Channel") -> None:
        self._server = server
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def pull_trigger(self) -> None:
        """Wake the main thread, unless it already waits for the next request of this channel."""
        if self._channel.needs_main_thread():
            self._server.pull_trigger()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection: the main thread reads the requests, and threads of the pool run complete requests."""

    parser_class = Parser
    task_class = Response
    error_task_class = Refusal

    request: Any
    receiving_since = 0.0
    running_since: float | None = None
    answered = expired = refused = False
    lingering_until: float | None = None
    discarded = 0
    # The client has sent its last byte, but waits for responses.
    half_closed = False

    def __init__(self, server: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(server, *args, **kwargs)
        self.server = ServerProxy(server, self)

    def needs_main_thread(self) -> bool:
        """Return whether the main thread has to send, close or read after a response."""
        return bool(self.requests or self.total_outbufs_len or self.will_close or self.close_when_flushed)

    def send_now(self) -> None:
        """Send as many queued bytes as the client accepts at once; the main thread sends the rest."""
        with self.outbuf_lock:
            self._flush_exception(self._flush_some, do_close=False)

    def end_overdue(self, seconds: float) -> bool:
        """End a request that takes longer than `seconds`; returns True if it still keeps a thread busy."""
        now = time.monotonic()
        if self.lingering_until is not None and now > self.lingering_until:
            super().handle_close()
        elif self.request is not None and now - self.receiving_since > seconds:
            self._refuse(408)
        elif self.running_since is not None and now - self.running_since > seconds:
            self._expire()
            return True
        return False

    def handle_read(self) -> None:
        """Read the bytes that have arrived; responds with 400 if the input ends within a request."""
        try:
            data = self.socket.recv(self.adj.recv_bytes)
        except BlockingIOError:
            return
        except OSError:
            super().handle_close()
            return
        if self.lingering_until is not None:
            self.discarded += len(data)
            if not data or self.discarded > LINGER_BYTES:
                super().handle_close()
        elif data:
            self.last_activity = time.time()
            self.received(data)
        else:
            self._end_input()

    def received(self, data: bytes) -> bool:
        """Add bytes to the current request, or start a request."""
        if self.request is None:
            self.receiving_since = time.monotonic()
        return bool(super().received(data))

    def service(self) -> None:
        """Run one complete request; a thread of the pool calls this method."""
        self.answered, self.running_since = False, time.monotonic()
        try:
            super().service()
        finally:
            self.running_since = None
        if self.half_closed and not self.requests:
            self.close_when_flushed = True
            self.server.pull_trigger()

    def write_soon(self, data: Any) -> int:
        """Queue bytes of a response; raises ClientDisconnected after the request has expired."""
        with self.outbuf_lock:
            if self.expired:
                raise ClientDisconnected
            self.answered = True
            return int(super().write_soon(data))

    def readable(self) -> bool:
        """Return whether the main loop should read from this connection."""
        return self.lingering_until is not None or (not self.half_closed and bool(super().readable()))

    def writable(self) -> bool:
        """Return whether the main loop has to send bytes, or to close the connection."""
        return self.lingering_until is None and bool(super().writable())

    def handle_close(self) -> None:
        """Close the connection; after a refusal, first read and discard bytes that the client still sends."""
        if not self.refused or self.lingering_until is not None:
            super().handle_close()
            return
        self.lingering_until, self.will_close = time.monotonic() + LINGER_SECONDS, False
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def _end_input(self) -> None:
        """Handle the end of the client's input; requests that arrived completely still get responses."""
        if self.request is not None:
            self._refuse(400)
        elif self.requests or self.total_outbufs_len:
            self.half_closed = True
            # A thread may have ended the last request just before `half_closed` was set.
            if not self.requests:
                self.close_when_flushed = True
        else:
            super().handle_close()

    def _refuse(self, code: int) -> None:
        with self.requests_lock:
            request, self.request = self.request, None
            request.error, request.completed = Refused(code), True
            self.requests.append(request)
            if len(self.requests) == 1:
                self.server.add_task(self)

    def _expire(self) -> None:
        with self.outbuf_lock:
            if not self.answered:
                request = self.parser_class(self.adj)
                request.error = Refused(504)
                Refusal(self, request).service()
                # The response is sent now: waitress would keep so few bytes until the request has ended.
                self._flush_some(do_close=False)
            self.expired = self.close_when_flushed = True


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    """Return the header Date, formatted once per second."""
    return formatdate(seconds, usegmt=True)
