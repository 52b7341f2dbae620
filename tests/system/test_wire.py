"""What gunicorn answers by itself, and what strange requests meet: problems, never a page or a crash."""

import json
import socket
from typing import Any

import pytest

from tests.serving import Api

HOST = b"Host: todo.example\r\nConnection: close\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
Answer = tuple[int, dict[str, str], bytes]

UNREADABLE = {
    "no request": (b"GARBAGE\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n", 400),
    "small method": (b"get /health HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "old version": (b"GET /health HTTP/0.9\r\n" + HOST + b"\r\n", 505),
    "new version": (b"GET /health HTTP/9.9\r\n" + HOST + b"\r\n", 505),
    "long line": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "large field": (b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "many fields": (b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: a\r\n" * 101 + b"\r\n", 431),
    "field name": (b"GET /health HTTP/1.1\r\n" + HOST + b"X A: a\r\n\r\n", 400),
    "NUL in field": (b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\n\r\n", 400),
    "folded field": (b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: a\r\n b\r\n\r\n", 400),
    "two hosts": (b"GET /health HTTP/1.1\r\n" + HOST + b"Host: other.example\r\n\r\n", 400),
    "NUL in path": (b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "bad bytes in path": (b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "bad host in target": (b"GET http://[::1/health HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "negative length": (LOGIN + b"Content-Length: -1\r\n\r\n{}", 400),
    "two lengths": (LOGIN + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "length and chunks": (LOGIN + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "unknown coding": (LOGIN + b"Transfer-Encoding: other\r\n\r\n0\r\n\r\n", 501),
    "unknown expectation": (b"GET /health HTTP/1.1\r\n" + HOST + b"Expect: magic\r\n\r\n", 417),
}
READABLE = {
    "chunk without size": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
    "good chunks": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 422),
    "two tokens": (
        b"GET /api/v1/tasks HTTP/1.1\r\n" + HOST + b"Authorization: Bearer a\r\n" * 2 + b"\r\n",
        401,
    ),
    "two request ids": (
        b"GET /api/v1/tasks HTTP/1.1\r\n" + HOST + b"X-Request-ID: 12345678\r\n" * 2 + b"\r\n",
        401,
    ),
    "absolute target": (b"GET http://other.example/nowhere HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "authority target": (b"CONNECT other.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "asterisk target": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "escaped NUL": (b"GET /nowhere/%00 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "escaped NUL in docs": (b"GET /docs/%00 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "parent folder": (b"GET /docs/%2e%2e/%2e%2e/index.css HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "broken escape": (b"GET /api/v1/tasks/%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "broken escape in query": (b"GET /api/v1/tasks?q=100% HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no UTF-8 in path": (b"GET /api/v1/tasks/%ff HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no UTF-8 in query": (b"GET /api/v1/tasks?q=%c3%28 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "unknown method": (b"BREW /health HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "trace": (b"TRACE /health HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "range beyond the end": (
        b"GET /docs/swagger-ui.css HTTP/1.1\r\n" + HOST + b"Range: bytes=99999999-\r\n\r\n",
        416,
    ),
}


def exchange(api: Api, sent: bytes) -> Answer:
    """Send bytes as they are, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", int(api.url.rpartition(":")[2])), timeout=30) as connection:
        connection.sendall(sent)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), dict(field.split(": ", 1) for field in fields), body


def assert_problem(answer: Answer, status: int) -> dict[str, Any]:
    found, headers, body = answer
    assert (found, headers["Content-Type"]) == (status, "application/problem+json")
    assert int(headers["Content-Length"]) == len(body)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Connection"] == "close"
    problem = dict(json.loads(body))
    assert list(problem)[:6] == ["type", "title", "status", "detail", "instance", "request_id"]
    assert (problem["status"], problem["request_id"]) == (status, headers["X-Request-ID"])
    return problem


def test_unreadable_requests_get_problems(served: Api) -> None:
    for name, (sent, status) in UNREADABLE.items():
        assert assert_problem(exchange(served, sent), status)["detail"], name


def test_strange_requests_get_problems(served: Api) -> None:
    for name, (sent, status) in READABLE.items():
        assert assert_problem(exchange(served, sent), status)["detail"], name


def test_unreadable_request_is_logged_without_its_text(served: Api, data_folder: Any) -> None:
    sent = b"GET /private/ada@example.com HTTP/7\r\n" + HOST + b"\r\n"
    problem = assert_problem(exchange(served, sent), 505)
    log = data_folder.log("api").read_text()
    (line,) = [line for line in log.splitlines() if problem["request_id"] in line]
    assert json.loads(line)["http_status"] == 505
    assert "ada@example.com" not in log


@pytest.mark.parametrize(
    "field", [b"X-Forwarded-Proto: https", b"X-Forwarded-Ssl: on", b"SCRIPT_NAME: /other"]
)
def test_client_is_no_trusted_proxy(served: Api, field: bytes) -> None:
    status, headers, _ = exchange(served, b"GET /health HTTP/1.1\r\n" + HOST + field + b"\r\n\r\n")
    assert status == 200
    assert "Strict-Transport-Security" not in headers


def test_slow_client_gives_its_thread_back(served: Api) -> None:
    port = int(served.url.rpartition(":")[2])
    # More of them than there are threads.
    slow = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(17)]
    for connection in slow:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: todo.example")
    assert served.send("GET", "/health").status_code == 200
    assert [connection.recv(100) for connection in slow] == [b""] * len(slow)
    for connection in slow:
        connection.close()


def test_body_that_never_ends_is_given_up(served: Api) -> None:
    assert_problem(exchange(served, LOGIN + b"Content-Length: 20\r\n\r\n{"), 408)
