"""The parser gives the same result no matter how a request is split into packets."""

from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waitress.adjustments import Adjustments

from webapp.core.sizes import MAX_BODY_BYTES, MAX_HEAD_BYTES
from webapp.server.parser import MAX_BYTES_OF_CHUNKED_BODY, Parser

LIMITS = Adjustments(max_request_header_size=MAX_HEAD_BYTES, max_request_body_size=MAX_BYTES_OF_CHUNKED_BODY)
HEAD = b"POST /api/v1/tasks?a=b HTTP/1.1\r\nHost: todo.example\r\nX-A: 1\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
REQUESTS = {
    "without body": (HEAD + b"\r\n", None, b""),
    "with length": (HEAD + b"Content-Length: 11\r\n\r\nhello world", None, b"hello world"),
    "in chunks": (CHUNKED + b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n", None, b"hello world"),
    "with trailer": (CHUNKED + b"5\r\nhello\r\n0\r\nX-B: 2\r\n\r\n", None, b"hello"),
    "after an empty line": (b"\r\n" + HEAD + b"\r\n", None, b""),
    "with bad chunk": (CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n", 400, None),
    "with bad size": (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", 400, None),
    "with two framings": (HEAD + b"Content-Length: 5\r\n" + CHUNKED[len(HEAD) :] + b"0\r\n\r\n", 400, None),
    "with folded coding": (HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400, None),
    "with bare line feed": (HEAD + b"X-B: 1\nX-C: 2\r\n\r\n", 400, None),
    "with long line": (b"GET /" + b"a" * 8190 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, None),
    "with long field": (HEAD + b"X-B: " + b"a" * 8190 + b"\r\n\r\n", 431, None),
    "with large head": (HEAD + (b"X-B: " + b"a" * 8000 + b"\r\n") * 9 + b"\r\n", 431, None),
    "with large length": (HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), 413, None),
}


def parse(pieces: list[bytes]) -> tuple[int | None, bytes | None, bytes]:
    """Return the status of the error (if there is one), the body, and the bytes after the request."""
    with closing(Parser(LIMITS)) as parser:
        rest = b""
        for piece in pieces:
            left = piece
            while left and not parser.completed:
                left = left[parser.received(left) :]
            rest += left
        assert parser.completed
        if parser.error:
            return parser.error.code, None, b""
        return None, parser.get_body_stream().read(), rest


@pytest.mark.parametrize("name", REQUESTS)
@given(data=st.data())
def test_result_is_the_same_for_every_split(name: str, data: st.DataObject) -> None:
    request, status, body = REQUESTS[name]
    following = b"" if status else b"GET / HTTP/1.1\r\n"
    sent = request + following
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=12)))
    pieces = [sent[start:end] for start, end in pairwise([0, *cuts, len(sent)])]
    assert parse(pieces) == (status, body, following)


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 2**64 - 1])
def test_large_chunk_is_refused_by_its_size(size: int) -> None:
    """The refusal comes as soon as the size of the chunk is known, before the bytes of the chunk arrive."""
    with closing(Parser(LIMITS)) as parser:
        parser.received(CHUNKED)
        parser.received(b"%X\r\n" % size)
        assert parser.completed
        assert parser.error.code == 413


def test_large_body_of_allowed_chunks_is_refused_before_it_ends() -> None:
    chunk = b"%X\r\n%b\r\n" % (65536, b"a" * 65536)
    with closing(Parser(LIMITS)) as parser:
        parser.received(CHUNKED)
        for _ in range(MAX_BODY_BYTES // 65536):
            parser.received(chunk)
        assert not parser.completed
        parser.received(b"1\r\n")
        assert parser.completed
        assert parser.error.code == 413


def host_status(host: bytes) -> int | None:
    return parse([b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"])[0]


@pytest.mark.parametrize(
    "host",
    [b"a b", b"a/<>", b"a/b", b"user@a", b"a:b", b"a:1:2", b"[::1", b"::1", b"a?", b"a%zz", b"\xe4", b"a, b"],
)
def test_invalid_host_is_refused(host: bytes) -> None:
    """RFC 9112, section 3.2, requires the status 400 for such a request."""
    assert host_status(host) == 400


@pytest.mark.parametrize(
    "host", [b"", b"todo.example", b"127.0.0.1:8000", b"[::1]:8000", b"my_api:80", b"a:", b"a%20b"]
)
def test_valid_host_is_accepted(host: bytes) -> None:
    assert host_status(host) is None


def test_body_of_tiny_chunks_is_refused() -> None:
    chunks = b"1\r\na\r\n" * 1000
    sent = 0
    with closing(Parser(LIMITS)) as parser:
        parser.received(CHUNKED)
        while not parser.completed:
            sent += parser.received(chunks)
    assert parser.error.code == 413
    assert sent <= MAX_BYTES_OF_CHUNKED_BODY + len(chunks)
