"""A proxy between the pipeline and the emulated AWS (S3, Glue and CloudWatch); it injects faults."""

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

REQUEST_LINE = re.compile(rb"(?:GET|PUT|POST|HEAD|DELETE) (\S+) HTTP/1\.1\r\n")
SERVER_ERROR = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: 0\r\n\r\n"
)


@dataclass
class Fault:
    """A fault for requests whose decoded target matches `target`: no response, or a response with status 500.

    `blocks` is true if there is no response. `callers` are the local ports of the clients that sent matching
    requests.
    """

    target: re.Pattern[str]
    blocks: bool
    callers: list[int] = field(default_factory=list)
    met: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def caller(self, seconds: float) -> int:
        """Wait for the first request that the fault affects; return the local port of its client."""
        assert self.met.wait(seconds), f"no request for {self.target.pattern} in {seconds} s"
        return self.callers[0]


class FaultyProxy(socketserver.ThreadingTCPServer):
    """Forwards connections to the server on the local port `behind`, and injects the current fault."""

    allow_reuse_address = True
    daemon_threads = True
    # Closing the proxy must not wait until clients close their connections.
    block_on_close = False

    def __init__(self, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.behind = behind
        self.fault: Fault | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator["FaultyProxy"]:
        thread = threading.Thread(target=self.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join()

    @contextmanager
    def holding(self, target: str) -> Iterator[Fault]:
        """Until the block ends, give no response to requests with a matching target."""
        yield from self._applying(Fault(re.compile(target), blocks=True))

    @contextmanager
    def failing(self, target: str) -> Iterator[Fault]:
        """Until the block ends, respond with status 500 to requests with a matching target."""
        yield from self._applying(Fault(re.compile(target), blocks=False))

    def _applying(self, fault: Fault) -> Iterator[Fault]:
        self.fault = fault
        try:
            yield fault
        finally:
            self.fault = None
            fault.over.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connection errors of clients that were killed."""


class _Connection(socketserver.BaseRequestHandler):
    server: FaultyProxy

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.behind)) as server:
            answers = threading.Thread(target=_forward, args=(server, self.request), daemon=True)
            answers.start()
            with suppress(OSError):
                while part := self.request.recv(65536):
                    if self._apply_fault(part):
                        break
                    server.sendall(part)
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            answers.join()

    def _apply_fault(self, part: bytes) -> bool:
        """Inject the fault if the target of the request matches.

        One read contains at most one request, because clients wait for a response before the next request.
        """
        fault, found = self.server.fault, REQUEST_LINE.match(part)
        if fault is None or found is None or not fault.target.search(unquote(found[1].decode())):
            return False
        fault.callers.append(self.client_address[1])
        fault.met.set()
        if fault.blocks:
            fault.over.wait()
        else:
            self.request.sendall(SERVER_ERROR)
        return True


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
