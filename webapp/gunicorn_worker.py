"""gunicorn's threaded worker, whose own answers look like the application's."""

import json
import logging
import socket
import struct
import uuid
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from webapp.extensions.headers import ALWAYS, API_POLICY
from webapp.extensions.problems import CONTENT_TYPE, problem

logger = logging.getLogger("webapp.requests")

# A client that sends nothing for so long loses its connection: it holds a thread while we wait.
PATIENCE_SECONDS = 10

FIELDS_DETAIL = (
    "A header field is malformed or contradicts another one; see RFC 9110, section 5, and RFC 9112."
)
BODY_DETAIL = "The chunks of the body are malformed; see RFC 9112, section 7.1."
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
    errors.InvalidChunkSize: (400, BODY_DETAIL),
    errors.ChunkMissingTerminator: (400, BODY_DETAIL),
    errors.InvalidChunkExtension: (400, BODY_DETAIL),
}
BUG = (500, "This is our fault; quote the request_id when you report it.")


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Answers what gunicorn cannot read as a problem (RFC 9457), and bounds how long a silent client is heard."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread, which waits for its bytes for a while only."""
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE_SECONDS, 0))
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
    title = HTTPStatus(status).phrase
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
