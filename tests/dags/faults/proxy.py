"""A proxy between clients and the moto server; it injects network and AWS faults, or kills the client."""

import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tools.supervision.ports import LOOPBACK

CHILD_PATH = "/child/"
_NEVER_FORWARDED = ("connection", "expect", "keep-alive", "transfer-encoding")


class Fault(StrEnum):
    """The faults that the proxy can inject into a request."""

    THROTTLED = "throttled"
    INTERNAL_ERROR = "internal error"
    RESET_BEFORE = "reset before the request is forwarded"
    RESET_WITHIN = "reset within the request body"
    RESET_AFTER = "request executed, but reset before the response"
    NO_RESPONSE = "no response"
    TRUNCATED = "truncated response"
    KILL = "client killed"


@dataclass(frozen=True)
class Request:
    """The service and operation of a request, such as s3 and PUT, or glue and UpdatePartition."""

    service: str
    operation: str


# A function that returns the fault for a request, or None; its first argument is the number of earlier
# requests.
Plan = Callable[[int, Request], Fault | None]


def no_fault(_: int, __: Request) -> None:
    """A plan that injects no fault."""


def first_of_each_kind(*faults: Fault) -> Plan:
    """Return a plan that fails the first request of each service and operation, with each fault in turn."""
    seen: set[Request] = set()

    def decide(_: int, request: Request) -> Fault | None:
        if request in seen:
            return None
        seen.add(request)
        return faults[(len(seen) - 1) % len(faults)]

    return decide


def only_request(number: int, fault: Fault) -> Plan:
    """Return a plan that fails only the request with this number, counted from 0."""
    return lambda before, _: fault if before == number else None


def outage_from(number: int, fault: Fault) -> Plan:
    """Return a plan that fails every request from this number (counted from 0) on, as in an outage."""
    return lambda before, _: fault if before >= number else None


@dataclass
class Proxy:
    """The proxy: its address, its plan, and all requests (also failed ones) since the plan was set."""

    address: str
    plan: Plan = no_fault
    requests: list[Request] = field(default_factory=list)
    child: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def following(self, plan: Plan) -> Iterator[None]:
        """Use this plan until the block ends, then inject no faults."""
        with self.lock:
            self.plan = plan
            self.requests.clear()
        try:
            yield
        finally:
            self.plan = no_fault

    def decide(self, request: Request) -> Fault | None:
        with self.lock:
            self.requests.append(request)
            return self.plan(len(self.requests) - 1, request)


@contextmanager
def proxy_to(address: str) -> Iterator[Proxy]:
    """Run a proxy for the server at this address until the block ends."""

    class Handler(_Handler):
        upstream = urlsplit(address).netloc

    server = _Server((LOOPBACK, 0), Handler)
    Handler.proxy = Proxy(f"http://{LOOPBACK}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Handler.proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    # Clients keep connections open until they exit, so closing the server must not wait for the connections.
    block_on_close = False
    daemon_threads = True

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close the socket without a TCP shutdown, so that the client gets a connection reset."""
        self.close_request(request)

    def handle_error(self, *_: object) -> None:
        """Ignore connection errors of clients that were killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The headers and the body are written separately. With Nagle's algorithm, the body would be sent 40 ms
    # after the headers.
    disable_nagle_algorithm = True
    upstream: str
    proxy: Proxy

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _serve(self) -> None:
        if self.path.startswith(CHILD_PATH):
            self.proxy.child = int(self.path.removeprefix(CHILD_PATH))
            self._answer(200, [], b"")
            return
        request = self._request()
        fault = self.proxy.decide(request)
        if fault is Fault.RESET_WITHIN:
            self.rfile.read(1 if request.operation in ("PUT", "POST") else 0)
            self._reset()
            return
        body = self._body()
        if fault is None:
            self._answer(*self._forward(body))
        else:
            self._fail(request, body, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve

    def _request(self) -> Request:
        if target := self.headers.get("X-Amz-Target"):
            return Request("glue", target.rpartition(".")[2])
        return Request("s3", "COPY" if "x-amz-copy-source" in self.headers else self.command)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while length := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _fail(self, request: Request, body: bytes, fault: Fault) -> None:
        if fault in (Fault.THROTTLED, Fault.INTERNAL_ERROR):
            self._answer(*_refusal(request, fault))
            return
        if fault is Fault.KILL and self.proxy.child is not None:
            os.kill(self.proxy.child, signal.SIGKILL)
            self.proxy.child = None
        if fault is Fault.NO_RESPONSE:
            # This call returns when the client closes the connection after its timeout.
            self.connection.recv(1)
        if fault in (Fault.RESET_AFTER, Fault.TRUNCATED):
            status, headers, content = self._forward(body)
            if fault is Fault.TRUNCATED:
                self._answer(status, headers, content, sent=len(content) // 2)
        self._reset()

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection(self.upstream, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _NEVER_FORWARDED:
                    connection.putheader(name, value)
            if "Content-Length" not in self.headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _answer(
        self, status: int, headers: list[tuple[str, str]], content: bytes, sent: int | None = None
    ) -> None:
        self.send_response_only(status)
        named = {name.lower(): value for name, value in headers}
        for name, value in named.items():
            if name not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        # The response to HEAD states the length of the body that GET would return.
        length = named.get("content-length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if sent is None else content[:sent])

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


def _refusal(request: Request, fault: Fault) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the error response that the service itself would send for this fault."""
    if request.service == "glue":
        status, code = (400, "ThrottlingException") if fault is Fault.THROTTLED else (500, "InternalFailure")
        return status, [("x-amzn-errortype", code)], f'{{"__type": "{code}", "message": "no"}}'.encode()
    status, code = (503, "SlowDown") if fault is Fault.THROTTLED else (500, "InternalError")
    content = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>no</Message></Error>'
    return (
        status,
        [("content-type", "application/xml")],
        b"" if request.operation == "HEAD" else content.encode(),
    )
