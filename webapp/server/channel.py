"""The class of a connection to a client: waitress's channel, with time limits and a graceful close."""

import socket
import time
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel

from webapp.server.parser import Parser, Refused
from webapp.server.responses import Refusal, Response

# Before the server closes a connection, it reads and discards bytes for up to LINGER_SECONDS, and up to
# LINGER_BYTES. Closing a socket with unread bytes would reset the connection, and a client that is still
# sending would lose the response.
LINGER_SECONDS = 2
LINGER_BYTES = 16 * 1024 * 1024
# A worker that is stopping closes a connection if no request has arrived on it for IDLE_SECONDS. A client
# that has just connected gets more time for its first request.
IDLE_SECONDS = 1
FIRST_REQUEST_SECONDS = 5


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
    answered = expired = False
    lingering_until: float | None = None
    discarded = 0
    # True after the client has sent its last byte, while it still waits for responses.
    half_closed = False

    def __init__(self, server: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(server, *args, **kwargs)
        self.server = ServerProxy(server, self)

    def needs_main_thread(self) -> bool:
        """Return whether the main thread has to send, close or read on this connection after a response."""
        return bool(self.requests or self.total_outbufs_len or self.will_close or self.close_when_flushed)

    def send_now(self) -> None:
        """Send as many queued bytes as the client accepts at once; the main thread sends the rest."""
        with self.outbuf_lock:
            self._flush_exception(self._flush_some, do_close=False)

    def is_last(self) -> bool:
        """Return whether the connection is closed after the response to the current request.

        A worker that is stopping closes its connections, but first answers the requests that the client sent
        without waiting (pipelining).
        """
        return bool(self.server.is_stopping()) and len(self.requests) <= 1 and self.request is None

    def end_overdue(self, seconds: float) -> bool:
        """End a request that takes longer than `seconds`; returns True if a thread is still executing it."""
        now = time.monotonic()
        if self.lingering_until is not None:
            if now > self.lingering_until:
                super().handle_close()
        elif self.request is not None and now - self.receiving_since > seconds:
            self._refuse(408)
        elif self.running_since is not None and now - self.running_since > seconds:
            self._expire()
            return True
        return False

    def end_idle(self) -> None:
        """Close the connection if it is idle; a worker that is stopping calls this method repeatedly."""
        if self._is_idle():
            # A request may have arrived since the last read, so the connection is read once more.
            self.handle_read()
            if self._is_idle():
                self.handle_close()

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
        """Stop sending, but read on until the client closes the connection too (RFC 9112, section 9.6)."""
        if self.socket is None or self.lingering_until is not None:
            return
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            super().handle_close()
            return
        self.lingering_until = time.monotonic() + LINGER_SECONDS
        with self.outbuf_lock:
            self.connected = False
            self.outbuf_lock.notify()

    def _is_idle(self) -> bool:
        busy = self.requests or self.request is not None or self.total_outbufs_len or not self.connected
        seconds = IDLE_SECONDS if self.answered else FIRST_REQUEST_SECONDS
        return not busy and time.time() - self.last_activity > seconds

    def _end_input(self) -> None:
        """Handle the end of the client's input; requests that arrived completely still get responses."""
        if self.request is not None:
            self._refuse(400)
        elif self.requests or self.total_outbufs_len:
            self.half_closed = True
            # A thread that ended the last request just before `half_closed` was set did not close the
            # connection.
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
                # The response is sent now: waitress would send such a short response only after the request
                # has ended.
                self._flush_some(do_close=False)
            self.expired = self.close_when_flushed = True
