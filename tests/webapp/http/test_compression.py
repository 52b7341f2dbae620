"""Compression on request makes responses smaller; responses with tokens are never compressed."""

import gzip
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conformance import Contract, decoded
from tests.webapp.conftest import PASSWORD, Person
from webapp.http.compression import CODINGS, WITH_TOKENS

TASKS = "/api/v1/tasks"
LONG = "Water the plants, and the cactus too. " * 130


@pytest.mark.parametrize("coding", CODINGS)
def test_large_response_is_compressed(client: FlaskClient, ada: Person, coding: str) -> None:
    path = f"{TASKS}/{ada.create(description=LONG)['id']}"
    plain, small = ada.send("GET", path), ada.send("GET", path, Accept_Encoding=coding)
    assert (plain.headers.get("Content-Encoding"), small.headers["Content-Encoding"]) == (None, coding)
    assert (decoded(small), small.headers["ETag"]) == (plain.data, plain.headers["ETag"])
    assert len(small.data) * 5 < len(plain.data)
    assert int(small.headers["Content-Length"]) == len(small.data)
    assert "accept-encoding" in small.vary.as_set()


@pytest.mark.parametrize("coding", CODINGS)
def test_tag_of_compressed_response_allows_a_write(ada: Person, coding: str) -> None:
    path = f"{TASKS}/{ada.create(description=LONG)['id']}"
    tag = ada.send("GET", path, Accept_Encoding=coding).headers["ETag"]
    changed = ada.send("PATCH", path, {"title": "b"}, If_Match=tag, Accept_Encoding=coding)
    assert (changed.status_code, changed.headers["Content-Encoding"]) == (200, coding)
    again = {"If_None_Match": changed.headers["ETag"], "Accept_Encoding": coding}
    unchanged = ada.send("GET", path, **again)
    assert (unchanged.status_code, unchanged.data, "Content-Encoding" in unchanged.headers) == (
        304,
        b"",
        False,
    )
    assert ada.send("PATCH", path, {"title": "c"}, If_Match=tag).status_code == 412


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "deflate", "gzip;q=0, br;q=0, *;q=0"])
def test_response_is_plain_unless_the_client_accepts_a_coding(ada: Person, accepted: str) -> None:
    path = f"{TASKS}/{ada.create(description=LONG)['id']}"
    assert "Content-Encoding" not in ada.send("GET", path, Accept_Encoding=accepted).headers


def test_refused_coding_is_not_used(ada: Person) -> None:
    path = f"{TASKS}/{ada.create(description=LONG)['id']}"
    for refused in CODINGS:
        answer = ada.send("GET", path, Accept_Encoding=f"{refused};q=0, *")
        assert answer.headers.get("Content-Encoding") != refused


@pytest.mark.parametrize(
    ("accepted", "coding", "document_coding"),
    [
        ("gzip;q=0, br", "br", None),
        ("identity;q=0, gzip", "gzip", "gzip"),
        ("identity;q=0, *", "zstd", "gzip"),
        ("*;q=0, gzip;q=0.1", "gzip", "gzip"),
        ("zstd;q=0.2, gzip;q=0.9", "gzip", "gzip"),
        ("identity, gzip;q=0.5", None, None),
        ("*;q=0", None, None),
    ],
)
def test_coding_with_the_highest_weight_is_used(
    client: FlaskClient, ada: Person, accepted: str, coding: str | None, document_coding: str | None
) -> None:
    """RFC 9110, section 12.5.3, defines the weights. Every response has Vary for caches, even a 304."""
    path = f"{TASKS}/{ada.create(description=LONG)['id']}"
    answer = ada.send("GET", path, Accept_Encoding=accepted)
    tag = answer.headers["ETag"]
    unchanged = ada.send("GET", path, Accept_Encoding=accepted, If_None_Match=tag)
    document = client.get("/openapi.json", headers={"Accept-Encoding": accepted})
    assert [answer.status_code, unchanged.status_code] == [200, 304]
    assert answer.headers.get("Content-Encoding") == coding
    assert document.headers.get("Content-Encoding") == document_coding
    for each in (answer, unchanged, document):
        assert "accept-encoding" in each.vary.as_set()


def test_small_response_is_not_compressed(ada: Person) -> None:
    small = ada.send("GET", f"{TASKS}/{ada.create()['id']}", Accept_Encoding="gzip")
    assert (len(small.data) < 1024, "Content-Encoding" in small.headers) == (True, False)


def test_responses_with_tokens_are_never_compressed(
    client: FlaskClient, ada: Person, contract: Contract
) -> None:
    accepted = {"Accept-Encoding": "gzip, br, zstd"}
    login = {"email": "ada@example.com", "password": PASSWORD}
    answer = client.post("/api/v1/auth/login", json=login, headers=accepted)
    assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False)
    # All operations that return a token have paths below WITH_TOKENS, and their responses are never
    # compressed.
    with_tokens = [
        path
        for path, item in contract.document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
        for response in operation["responses"].values()
        for media in response.get("content", {}).values()
        if "access_token" in contract.resolve(media["schema"]).get("properties", {})
    ]
    assert with_tokens
    assert all(path.startswith(WITH_TOKENS) for path in with_tokens)


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/docs", "/docs/swagger-ui-bundle.js", "/redoc/redoc_page.js"]
)
@pytest.mark.parametrize("accepted", ["", "gzip, deflate, br, zstd"])
def test_document_is_cached_and_revalidated(client: FlaskClient, path: str, accepted: str) -> None:
    headers = {"Accept-Encoding": accepted}
    answer = client.get(path, headers=headers)
    assert answer.headers["Cache-Control"].startswith("public")
    assert answer.headers.get("Content-Encoding") == ("gzip" if accepted else None)
    again = client.get(path, headers={**headers, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    assert "accept-encoding" in again.vary.as_set()


def test_forms_of_a_document_have_different_tags(client: FlaskClient) -> None:
    """With equal tags, a client could combine parts of the compressed form and of the plain form."""
    plain = client.get("/openapi.json")
    small = client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(small.data) == plain.data
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert len(small.data) * 5 < len(plain.data)
    headers: dict[str, Any] = {"Range": "bytes=0-9", "If-Range": small.headers["ETag"]}
    assert client.get("/openapi.json", headers=headers).status_code == 200
    part = client.get("/openapi.json", headers={**headers, "Accept-Encoding": "gzip"})
    assert (part.status_code, part.data) == (206, small.data[:10])


def test_head_has_the_headers_of_get(ada: Person, contract: Contract) -> None:
    task = ada.create(description=LONG)["id"]
    own = ("X-Request-ID", "Date")
    for path, item in contract.document["paths"].items():
        if "get" not in item or path == "/api/v1/changes":
            continue
        for accepted in ("", "gzip"):
            target = path.format(task_id=task, user_id="me")
            get = ada.send("GET", target, Accept_Encoding=accepted)
            head = ada.send("HEAD", target, Accept_Encoding=accepted)
            assert (head.status_code, head.data) == (200, b""), path
            shown = [{n: v for n, v in each.headers.items() if n not in own} for each in (get, head)]
            assert shown[0] == shown[1], path
