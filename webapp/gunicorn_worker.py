"""gunicorn's threaded worker, whose own answers look like the application's."""

import json
import logging
import socket
import struct
import time
import uuid
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http import errors, get_parser
from gunicorn.workers.gthread import ThreadWorker

from webapp.http.headers import ALWAYS, API_POLICY
from webapp.http.problems import CHUNKS, CONTENT_TYPE, problem

logger = logging.getLogger("webapp.requests")

# A client that is silent for so long, or sends one request for so long, gives back the thread that listens.
SILENCE_SECONDS = 5
REQUEST_SECONDS = 60

FIELDS_DETAIL = (
    "A header field is malformed or contradicts another one; see RFC 9110, section 5, and RFC 9112."
)
# Only what the client can mend; everything else is a bug of ours.
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    errors.LimitRequestLine: (414, "The request line may have up to 8190 bytes; shorten the address."),
    errors.LimitRequestHeaders: (431, "A header field may have up to 8190 bytes, and a request 100 of them."),
    errors.InvalidRequestLine: (400, "The request line is malformed; see RFC 9112, section 3."),
    errors.InvalidRequestMethod: (400, "The method is not one: write it in capital letters, such as GET."),
    errors.InvalidHTTPVersion: (505, "Use HTTP/1.1."),
    errors.InvalidHeader: (400, FIELDS_DETAIL),
    errors.InvalidHeaderName: (400, FIELDS_DETAIL),
    errors.ObsoleteFolding: (400, FIELDS_DETAIL),
    errors.InvalidSchemeHeaders: (400, FIELDS_DETAIL),
    errors.UnsupportedTransferCoding: (
        501,
        "Send the body with Transfer-Encoding: chunked or Content-Length.",
    ),
    errors.ExpectationFailed: (417, "The only expectation that is met is Expect: 100-continue."),
    errors.InvalidChunkSize: (400, CHUNKS),
    errors.ChunkMissingTerminator: (400, CHUNKS),
    errors.InvalidChunkExtension: (400, CHUNKS),
}
BUG = (500, "This is our fault; quote the request_id when you report it.")


class Patience:
    """A connection's socket for reading, which ends when its client is too slow."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._until = 0.0
        # Not a timeout of the socket: that would also bound how long a slow client takes to read an answer.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE_SECONDS, 0))

    def renew(self) -> None:
        """Start the time of another request."""
        self._until = time.monotonic() + REQUEST_SECONDS

    def recv(self, size: int) -> bytes:
        """Read what has arrived; raises NoMoreData when nothing has for too long."""
        try:
            if time.monotonic() < self._until:
                return self._sock.recv(size)
        except BlockingIOError:
            pass
        # Else gunicorn's main loop would listen a little longer when it closes the connection.
        self._sock.shutdown(socket.SHUT_RD)
        raise errors.NoMoreData

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Answers what gunicorn cannot read as a problem (RFC 9457), and gives no thread to a client for ever."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread that reads one request from it."""
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, Patience(conn.sock), conn.client)
        conn.parser.unreader.sock.renew()
        super().enqueue_req(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that never reached the application, or whose answer cannot be sent."""
        status, detail = _refusal(exc)
        request_id = str(uuid.uuid4())
        logger.log(
            logging.ERROR if status == BUG[0] else logging.INFO,
            "request",
            exc_info=exc if status == BUG[0] else None,
            extra={
                "operation": "(unreadable)",
                "route": "(none)",
                "status": "error",
                "http_status": status,
                "request_id": request_id,
            },
        )
        try:
            util.write_nonblock(client, _answer(status, detail, request_id))
        except OSError:
            logger.debug("the client is gone")


def _refusal(exc: Exception) -> tuple[int, str]:
    # An answer of ours that cannot be sent is an invalid header too, but no fault of the client.
    if not isinstance(exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName):
        for kind, refusal in REFUSALS.items():
            if isinstance(exc, kind):
                return refusal
    return BUG


def _answer(status: int, detail: str, request_id: str) -> bytes:
    title = "URI Too Long" if status == HTTPStatus.REQUEST_URI_TOO_LONG else HTTPStatus(status).phrase
    body = json.dumps(problem(status, title, detail, instance="", request_id=request_id)).encode()
    headers = {
        "Date": formatdate(usegmt=True),
        "Connection": "close",
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        "X-Request-ID": request_id,
        **ALWAYS,
        "Content-Security-Policy": API_POLICY,
        "Cache-Control": "no-store",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {title}\r\n{head}\r\n".encode() + body
