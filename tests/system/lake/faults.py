"""A proxy that stands between the pipeline and its stores, and spoils what a test names."""

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
OUT_OF_ORDER = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: 0\r\n\r\n"
)


@dataclass
class Fault:
    """What happens to requests whose decoded target matches: they wait, or they are answered with 500.

    `callers` are the ports of the clients it happened to.
    """

    target: re.Pattern[str]
    holds: bool
    callers: list[int] = field(default_factory=list)
    met: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def caller(self, seconds: float) -> int:
        """Wait for the first request that the fault hits; returns its client's port."""
        assert self.met.wait(seconds), f"no request for {self.target.pattern} came"
        return self.callers[0]


class FaultyProxy(socketserver.ThreadingTCPServer):
    """Passes bytes to the server on `behind`, a port of this machine, but for the present fault."""

    allow_reuse_address = True
    daemon_threads = True
    # A test ends when it is over, not when the last client hangs up.
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
        """Let requests for a target wait until the block ends; they are never answered."""
        yield from self._spoiling(Fault(re.compile(target), holds=True))

    @contextmanager
    def failing(self, target: str) -> Iterator[Fault]:
        """Answer requests for a target with 500 until the block ends."""
        yield from self._spoiling(Fault(re.compile(target), holds=False))

    def _spoiling(self, fault: Fault) -> Iterator[Fault]:
        self.fault = fault
        try:
            yield fault
        finally:
            self.fault = None
            fault.over.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that vanish are what this is for."""


class _Connection(socketserver.BaseRequestHandler):
    server: FaultyProxy

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.behind)) as server:
            answers = threading.Thread(target=_pour, args=(server, self.request), daemon=True)
            answers.start()
            with suppress(OSError):
                while part := self.request.recv(65536):
                    if self._is_spoiled(part):
                        break
                    server.sendall(part)
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            answers.join()

    def _is_spoiled(self, part: bytes) -> bool:
        """Meet the fault if there is one for this request; no client sends the next before the answer."""
        fault, found = self.server.fault, REQUEST_LINE.match(part)
        if fault is None or found is None or not fault.target.search(unquote(found[1].decode())):
            return False
        fault.callers.append(self.client_address[1])
        fault.met.set()
        if fault.holds:
            fault.over.wait()
        else:
            self.request.sendall(OUT_OF_ORDER)
        return True


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
