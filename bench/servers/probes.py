"""Probes that show how a server handles slow, large, incomplete or malformed requests."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

from bench.servers.candidates import Server

SLOW_CLIENTS = 40
HEALTHY_SECONDS = 1.0
# The timeout of a probe in seconds: a little more than the 30 s that a request may take.
WAIT_SECONDS = 40
LARGE = 64 * 1024 * 1024

CLOSE = b"Host: a\r\nConnection: close\r\n"
POST = b"POST / HTTP/1.1\r\n" + CLOSE
REFUSED: dict[str, bytes] = {
    "no Host": b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "long line": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "long field": b"GET / HTTP/1.1\r\n" + CLOSE + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n",
    "malformed": b"GARBAGE\r\n\r\n",
}


def exchange(server: Server, sent: bytes, *, half_close: bool = False) -> str:
    """Send bytes and return the status of the answer, or `none`; a star marks a problem document."""
    received = b""
    with suppress(OSError), server.connect() as connection:
        connection.sendall(sent)
        if half_close:
            connection.shutdown(1)
        while more := connection.recv(65536):
            received += more
    return _status(received)


def _status(received: bytes) -> str:
    star = "*" if b"application/problem+json" in received else ""
    return received.split(b" ")[1].decode() + star if received.startswith(b"HTTP/") else "none"


def incomplete_body(server: Server) -> str:
    """Return the answer to a body that ends early, because the client closed its sending direction."""
    return exchange(server, POST + b"Content-Length: 500\r\n\r\n{}", half_close=True)


def slow(server: Server, head: bytes) -> str:
    """Return whether a request is answered within a second while other clients have sent only `head`."""
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            stack.enter_context(server.connect()).sendall(head)
        time.sleep(0.2)
        return "yes" if server.answers(HEALTHY_SECONDS) else "no"


def slow_heads(server: Server) -> str:
    """Return whether a request is answered within a second while other requests have incomplete heads."""
    return slow(server, b"GET / HTTP/1.1\r\nHost:")


def slow_bodies(server: Server) -> str:
    """Return whether a request is answered within a second while other requests have incomplete bodies."""
    return slow(server, POST + b"Content-Length: 1000\r\n\r\n{")


def large_body(server: Server, framing: bytes = b"Transfer-Encoding: chunked\r\n\r\n4000000\r\n") -> str:
    """Return the answer to a body of 64 MiB, and the number of MiB that the client could send."""
    sent, received = 0, b""
    with suppress(OSError), server.connect(3) as connection:
        with suppress(OSError):
            connection.sendall(POST + framing)
            while sent < LARGE:
                sent += connection.send(bytes(65536))
            connection.sendall(b"\r\n0\r\n\r\n")
        received = connection.recv(65536)
    return f"{_status(received)} after {sent >> 20} MiB"


def stalled_request(server: Server) -> str:
    """Return the answer to a client that sends a byte from time to time, and the seconds until the answer."""
    began, received = time.monotonic(), b""
    with suppress(OSError), server.connect(2) as connection:
        connection.sendall(POST + b"Content-Length: 1000\r\n\r\n")
        while time.monotonic() - began < WAIT_SECONDS:
            with suppress(TimeoutError):
                received = connection.recv(65536)
                return f"{_status(received)} after {time.monotonic() - began:.0f} s"
            connection.send(b" ")
    return "never" if time.monotonic() - began >= WAIT_SECONDS else "none"


def hung_worker(server: Server) -> str:
    """Return whether the server replaces a worker that hangs."""
    os.kill(server.worker().pid, signal.SIGSTOP)
    end = time.monotonic() + 1.5 * WAIT_SECONDS
    while time.monotonic() < end:
        if server.answers(2):
            return "yes"
        time.sleep(1)
    return "no"


PROBES: dict[str, Callable[[Server], str]] = {
    "answers during slow heads": slow_heads,
    "answers during slow bodies": slow_bodies,
    "incomplete body": incomplete_body,
    **{name: lambda server, sent=sent: exchange(server, sent) for name, sent in REFUSED.items()},  # type: ignore[misc]
    "body of 64 MiB": large_body,
    "stalled request": stalled_request,
    "hung worker is replaced": hung_worker,
}
