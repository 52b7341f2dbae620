"""Malformed and unusual requests over a real connection get a problem as response, and change no data."""

import gzip
import json
import re
import socket
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import requests
from requests.structures import CaseInsensitiveDict

from tests.serving import Api
from webapp.core.sizes import MAX_BODY_BYTES

HOST = b"Host: todo.example\r\nConnection: close\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
Answer = tuple[int, CaseInsensitiveDict[str], bytes]

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
    "unknown coding": (LOGIN + b"Transfer-Encoding: other\r\n\r\n0\r\n\r\n", 400),
    "two codings": (LOGIN + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    "chunked twice": (LOGIN + b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    "coding in two fields": (LOGIN + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", 400),
    "coding in HTTP/1.0": (
        LOGIN.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "no host": (b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    "chunk without size": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
    "chunk too long": (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n", 400),
    "unknown expectation": (b"GET /health HTTP/1.1\r\n" + HOST + b"Expect: magic\r\n\r\n", 417),
}
READABLE = {
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


def exchange(api: Api, sent: bytes, *, half_close: bool = False) -> Answer:
    """Send only these bytes, and read the response until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.sendall(sent)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    headers = CaseInsensitiveDict[str]()
    for field in fields:
        name, value = field.split(": ", 1)
        headers[name] = value
    return int(status.split()[1]), headers, body


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


def test_unreadable_requests_get_problems(shared_api: Api) -> None:
    for name, (sent, status) in UNREADABLE.items():
        assert assert_problem(exchange(shared_api, sent), status)["detail"], name


def test_unusual_requests_get_problems(shared_api: Api) -> None:
    for name, (sent, status) in READABLE.items():
        assert assert_problem(exchange(shared_api, sent), status)["detail"], name


def test_unreadable_request_is_logged_without_its_text(shared_api: Api, data_folder: Any) -> None:
    sent = b"GET /private/ada@example.com HTTP/7\r\n" + HOST + b"\r\n"
    problem = assert_problem(exchange(shared_api, sent), 505)
    # The server writes lines in batches, shortly after the responses.
    end = time.monotonic() + 10
    while problem["request_id"] not in (log := data_folder.log("api").read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    (line,) = [line for line in log.splitlines() if problem["request_id"] in line]
    assert json.loads(line)["http_status"] == 505
    assert "ada@example.com" not in log


@pytest.mark.parametrize(
    "field", [b"X-Forwarded-Proto: https", b"X-Forwarded-Ssl: on", b"SCRIPT_NAME: /other"]
)
def test_client_is_no_trusted_proxy(shared_api: Api, field: bytes) -> None:
    status, headers, _ = exchange(shared_api, b"GET /health HTTP/1.1\r\n" + HOST + field + b"\r\n\r\n")
    assert status == 200
    assert "Strict-Transport-Security" not in headers


BODIES = {
    "shorter than its length": b"Content-Length: 500\r\n\r\n%s",
    "without its last chunk": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
    "with half a chunk": b"Transfer-Encoding: chunked\r\n\r\n100\r\n%s",
    "with two codings": b"Transfer-Encoding: gzip, chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", BODIES)
def test_incomplete_or_badly_framed_body_changes_nothing(name: str, shared_api: Api) -> None:
    _, ada = shared_api.sign_up(f"{uuid4()}@example.com")
    task = b'{"title": "Half of a request"}'
    framing = BODIES[name].replace(b"%x", b"%x" % len(task)).replace(b"%s", task)
    head = LOGIN.replace(b"/auth/login", b"/tasks") + b"Authorization: Bearer " + ada.token.encode() + b"\r\n"

    assert_problem(exchange(shared_api, head + framing, half_close=True), 400)
    assert ada.send("GET", "/api/v1/tasks").json()["items"] == []


def test_half_closed_client_gets_the_answer_to_a_whole_request(shared_api: Api) -> None:
    status, _, body = exchange(shared_api, b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", half_close=True)
    assert (status, json.loads(body)["status"]) == (200, "ok")


def test_connection_outlives_an_answer_without_content(shared_api: Api) -> None:
    _, ada = shared_api.sign_up(f"{uuid4()}@example.com")
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {ada.token}"
        task = session.post(shared_api.url + "/api/v1/tasks", json={"title": "Brief"}, timeout=30)
        gone = session.delete(f"{shared_api.url}/api/v1/tasks/{task.json()['id']}", timeout=30)
    assert (gone.status_code, gone.content, gone.headers.get("Connection")) == (204, b"", None)


def test_pipelined_requests_are_answered_in_order(shared_api: Api) -> None:
    first = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shared_api.port), timeout=30) as connection:
        connection.sendall(first + b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(rb"HTTP/1\.1 (\d+)", received) == [b"200", b"404"]


def test_body_of_exactly_the_limit_is_read_in_chunks_too(shared_api: Api) -> None:
    body = b"[" + b" " * (MAX_BODY_BYTES - 2) + b"]"
    chunks = (body[start : start + 1000] for start in range(0, len(body), 1000))
    headers = {"Content-Type": "application/json"}
    url = shared_api.url + "/api/v1/auth/login"
    assert requests.post(url, data=body, headers=headers, timeout=30).status_code == 422
    assert requests.post(url, data=chunks, headers=headers, timeout=30).status_code == 422


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 1000000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3B9ACA00\r\n"]
)
def test_server_stops_reading_a_body_that_is_too_large(framing: bytes, shared_api: Api) -> None:
    sent = 0
    with socket.create_connection(("127.0.0.1", shared_api.port), timeout=30) as connection:
        connection.sendall(LOGIN + framing)
        with suppress(ConnectionError):
            while sent < 1_000_000_000:
                sent += connection.send(b"x" * 65536)
    # The client can send this many bytes: the limit, the bytes that the server discards so that the client
    # can read the response, and the buffers of two sockets.
    assert sent < 30 * MAX_BODY_BYTES


@pytest.mark.parametrize("chunked", [False, True])
def test_client_with_a_body_that_is_too_large_reads_why(chunked: bool, shared_api: Api) -> None:
    body = [b"x" * 65536] * 128
    sent = (
        LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"10000\r\n%s\r\n" % each for each in body)
        if chunked
        else LOGIN + b"Content-Length: %d\r\n\r\n" % (128 * 65536) + b"".join(body)
    )
    assert "1024 KiB" in assert_problem(exchange(shared_api, sent), 413)["detail"]


def test_refusal_of_compressed_body_names_accepted_codings(shared_api: Api) -> None:
    body = gzip.compress(b'{"email": "ada@example.com", "password": "correct horse"}')
    sent = LOGIN + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    status, headers, body = exchange(shared_api, sent)
    assert (status, headers["Accept-Encoding"]) == (415, "identity")
    assert "Content-Encoding" in json.loads(body)["detail"]


@pytest.mark.parametrize("count", [1, 3])
def test_client_that_ends_its_side_gets_every_response(shared_api: Api, count: int) -> None:
    request = b"GET /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shared_api.port), timeout=30) as connection:
        connection.sendall(request * count)
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.count(b"HTTP/1.1 401 ") == count
