"""The parser of requests: limits the size of a request, and refuses ambiguous framing (RFC 9112)."""

import re

from waitress.parser import HTTPRequestParser, TransferEncodingNotImplemented

from webapp.core.sizes import MAX_BODY_BYTES, MAX_FIELDS, MAX_LINE_BYTES

# The maximum size of a chunked body, including the lines with the chunk sizes. A larger body in chunks of a
# few bytes would keep the main thread busy for seconds.
MAX_BYTES_OF_CHUNKED_BODY = 2 * MAX_BODY_BYTES

REQUEST_LINE = re.compile(rb"[!-~]+ [!-~]+ (HTTP/[\d.]+)")
# A host and a port (RFC 3986, section 3.2), or the empty text for a target without a host. A comma is not
# allowed: waitress joins two Host fields with a comma, and a request with two Host fields must be refused.
HOST = re.compile(r"(\[[\w.~!$&'()*+;=:-]+\]|([\w.~!$&'()*+;=-]|%[0-9A-Fa-f]{2})*)(:[0-9]*)?", re.ASCII)
ORIGIN = re.compile(rb"^origin:[ \t]*(\S+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
TRANSFER_CODING = re.compile(rb"^transfer-encoding:[ \t]*(.*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


class Refused(Exception):
    """The server refuses the request; `code` is the status of the response."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """Parses one request; a refused request counts as complete at once, and `error` is set."""

    # The path stays empty if the request line cannot be parsed.
    path = ""
    # The bytes that arrived last while the head (request line and header fields) was incomplete. The method
    # `origin` appends them to the earlier bytes.
    _last_of_head = b""

    def received(self, data: bytes) -> int:
        """Parse bytes from the connection; returns how many of the bytes belong to this request."""
        if self.body_rcv is None:
            self._last_of_head = data
        try:
            if self.body_rcv is None:
                _check_line((self.header_plus + data[: MAX_LINE_BYTES + 2])[: MAX_LINE_BYTES + 2])
            consumed: int = super().received(data)
            if self.chunked:
                self._check_chunks()
        except Refused as refused:
            self.error, self.completed = refused, True
            return len(data)
        return consumed

    def origin(self) -> str:
        """Return the header field Origin, even from a head that cannot be parsed; empty if it is absent."""
        head = self.header_plus + self._last_of_head
        found = ORIGIN.search(head.partition(b"\r\n\r\n")[0])
        return found[1].decode("latin-1") if found else ""

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the header fields; raises Refused."""
        line, _, fields = header_plus.partition(b"\r\n")
        request_line = REQUEST_LINE.fullmatch(line)
        if not request_line:
            raise Refused(400)
        if request_line[1] not in (b"HTTP/1.0", b"HTTP/1.1"):
            raise Refused(505)
        lines = fields.split(b"\r\n")
        if len(lines) > MAX_FIELDS + 2 or max(map(len, lines)) > MAX_LINE_BYTES:
            raise Refused(431)
        # A folded header field (obs-fold) is refused, because servers and proxies interpret it differently.
        if any(each[:1] in (b" ", b"\t") for each in lines):
            raise Refused(400)
        try:
            super().parse_header(header_plus)
        except (ValueError, TransferEncodingNotImplemented):
            raise Refused(400) from None
        self._check_framing(fields)

    def _check_framing(self, fields: bytes) -> None:
        headers = self.headers
        host = headers.get("HOST")
        if (host is None and self.version == "1.1") or not HOST.fullmatch(host or ""):
            raise Refused(400)
        codings = TRANSFER_CODING.findall(fields)
        if codings and (
            self.version == "1.0"
            or "CONTENT_LENGTH" in headers
            or [coding.lower() for coding in codings] != [b"chunked"]
        ):
            raise Refused(400)
        if headers.get("EXPECT", "100-continue").lower() != "100-continue":
            raise Refused(417)
        if self.content_length > MAX_BODY_BYTES:
            raise Refused(413)

    def _check_chunks(self) -> None:
        """Refuse a body that is too large as soon as the size of its current chunk is known."""
        if len(self.body_rcv.getbuf()) + self.body_rcv.chunk_remainder > MAX_BODY_BYTES:
            raise Refused(413)


def _check_line(start: bytes) -> None:
    if len(start) > MAX_LINE_BYTES and b"\r\n" not in start:
        raise Refused(414)
