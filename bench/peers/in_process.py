"""Calls the application in this process, without an HTTP server, with the stand-in for the database."""

import io
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from bench.peers.candidates import CANDIDATES
from bench.peers.recording import SECRET, Recording
from tools.supervision.ports import LOOPBACK
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import connect

LIMIT = "100000000/minute"


@dataclass(frozen=True)
class Operation:
    """A request in the form in which a WSGI server passes it to the application."""

    environ: dict[str, Any]
    body: bytes

    @classmethod
    def parse(cls, request: str) -> "Operation":
        """Parse the text of an HTTP request."""
        head, _, body = request.partition("\r\n\r\n")
        line, *fields = head.split("\r\n")
        method, target, _ = line.split(" ")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": urlsplit(target).path,
            "QUERY_STRING": urlsplit(target).query,
            "REQUEST_URI": target,
            "SCRIPT_NAME": "",
            "SERVER_NAME": LOOPBACK,
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": LOOPBACK,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for field in fields:
            name, _, value = field.partition(": ")
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        return cls(environ, body.encode())

    def call(self, app: Flask, key: str = "") -> tuple[str, bytes]:
        """Send the request to the application; returns the status line and the body.

        `key` replaces the Idempotency-Key of a request that has one.
        """
        environ = {**self.environ, "wsgi.input": io.BytesIO(self.body)}
        if "HTTP_IDEMPOTENCY_KEY" in environ:
            environ["HTTP_IDEMPOTENCY_KEY"] = key
        status: list[str] = []

        def start_response(line: str, headers: Any, error: Any = None) -> Any:
            status.append(line)

        chunks = app.wsgi_app(environ, start_response)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        return status[0], body


def operations(recording: Recording) -> dict[str, Operation]:
    """Return the operations of `make bench` by name."""
    requests = CANDIDATES["ours"].requests(recording)
    return {name: Operation.parse(request) for name, request in requests.items()}


def application(mongodb_port: int) -> Flask:
    """Build the application with the stand-in as its database, and rate limits that are never reached."""
    settings = Settings(
        jwt_secret=SECRET,
        mongodb_uri=f"mongodb://{LOOPBACK}:{mongodb_port}/?directConnection=true",
        rate_limit_user=LIMIT,
        rate_limit_address=LIMIT,
        rate_limit_sign_in=LIMIT,
    )
    return create_app(settings, connect(settings))


def send(app: Flask, operation: Operation, count: int) -> None:
    """Send an operation `count` times; raises RuntimeError if a response has an error status."""
    for number in range(count):
        status, body = operation.call(app, str(number))
        if status[0] != "2":
            raise RuntimeError(f"{status}: {body!r}")
