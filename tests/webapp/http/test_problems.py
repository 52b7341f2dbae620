"""All errors have one format, and contain no internal information of the API."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import default_exceptions
from werkzeug.test import TestResponse

from tests.webapp.conftest import Person
from webapp.core.errors import Busy

PROBLEM = "application/problem+json"
LOGIN = "/api/v1/auth/login"
JSON = "application/json"
SECRET = "a-secret-that-no-client-may-see"


def assert_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.content_type) == (status, PROBLEM)
    body = dict(answer.json or {})
    assert list(body)[:6] == ["type", "title", "status", "detail", "instance", "request_id"]
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "title"),
    [
        ("GET", "/nowhere", {}, 404, "Not Found"),
        ("GET", "/api/v1/tasks/", {}, 404, "Not Found"),
        ("GET", LOGIN, {}, 405, "Method Not Allowed"),
        ("POST", LOGIN, {"data": b"{", "content_type": JSON}, 400, "Bad Request"),
        ("POST", LOGIN, {"data": b"{}", "content_type": "text/plain"}, 415, "Unsupported Media Type"),
        ("POST", LOGIN, {"data": b" " * 2**20 + b"{}", "content_type": JSON}, 413, "Content Too Large"),
        ("POST", LOGIN, {"json": {}}, 422, "Unprocessable Content"),
        ("GET", "/api/v1/tasks", {}, 401, "Unauthorized"),
    ],
)
def test_every_error_has_the_same_format(
    client: FlaskClient, method: str, path: str, sent: dict[str, Any], status: int, title: str
) -> None:
    body = assert_problem(client.open(path, method=method, **sent), status)
    assert (body["title"], body["instance"]) == (title, path)
    assert ("errors" in body) == (status == HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/api/v1/tasks/", {}, 404),
        ("GET", "/docs/nowhere.js", {}, 404),
        ("BREW", "/health", {}, 405),
        ("GET", "/docs/swagger-ui.css", {"headers": {"Range": "bytes=99999999-"}}, 416),
    ],
)
def test_errors_have_messages_of_the_api(
    client: FlaskClient, method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    detail = assert_problem(client.open(path, method=method, **sent), status)["detail"]
    assert detail not in (default_exceptions[status].description, HTTPStatus(status).description)


def test_unknown_path_error_names_the_documentation(client: FlaskClient) -> None:
    assert "/docs" in client.get("/api/v1/task").json["detail"]


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/tasks", "/health"])
def test_head_is_like_get_without_body(client: FlaskClient, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content_type, head.data) == (get.status_code, get.content_type, b"")


def test_options_lists_the_methods(client: FlaskClient) -> None:
    answer = client.options("/api/v1/tasks")
    assert (answer.status_code, answer.data) == (200, b"")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/v1/tasks", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/api/v1/tasks/x", {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}),
        ("DELETE", "/health", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", LOGIN, {"POST", "OPTIONS"}),
    ],
)
def test_wrong_method_error_lists_allowed_methods(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.open(path, method=method)
    assert_problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_body_of_unknown_length_is_limited(client: FlaskClient) -> None:
    """A chunked body has no Content-Length, so the API refuses it after it has read too many bytes."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer = client.post(
        LOGIN, data=b'{"email":"' + b"x" * 2**20 + b'"}', content_type=JSON, environ_overrides=chunked
    )
    assert_problem(answer, 413)


def test_internal_error_shows_no_details(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> str:
        raise LookupError(SECRET)

    app.add_url_rule("/broken", view_func=fail, methods=["POST"])
    answer = app.test_client().post("/broken", json={"title": SECRET})
    body = assert_problem(answer, 500)
    assert body["title"] == "Internal Server Error"
    text = answer.get_data(as_text=True)
    assert not any(word in text for word in (SECRET, "LookupError", "Traceback", ".py"))
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [LookupError]


def test_busy_error_has_retry_after(app: Flask) -> None:
    def refuse() -> str:
        raise Busy("Later.", retry_after=7)

    app.add_url_rule("/busy", view_func=refuse)
    answer = app.test_client().get("/busy")
    assert assert_problem(answer, 503)["detail"] == "Later."
    assert answer.headers["Retry-After"] == "7"


def test_error_repeats_no_value(ada: Person) -> None:
    path = f"/api/v1/tasks/{ada.create()['id']}"
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": JSON}
    bodies: list[Any] = [
        {"title": SECRET * 20},
        {"title": "x", "status": SECRET},
        {"title": "x", "due_date": SECRET},
        {"title": "x", "tags": [SECRET * 3]},
        {"title": "x", "surprise": SECRET},
        [SECRET],
        SECRET,
    ]
    texts = [json.dumps(body) for body in bodies] + [f'{{"title": {SECRET}}}', f'{{"title": "{SECRET}"']
    answers = [ada.client.put(path, data=text, headers=headers) for text in texts]
    answers.append(ada.client.put(path, data=SECRET, headers={**headers, "Content-Type": "text/plain"}))
    answers.append(ada.client.get(f"/api/v1/tasks?status={SECRET}&cursor={SECRET}", headers=headers))
    answers.append(ada.client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {SECRET}"}))
    assert all(400 <= answer.status_code < 500 for answer in answers)
    assert not [answer.data for answer in answers if SECRET.encode() in answer.data]


def test_long_field_names_are_shortened(client: FlaskClient) -> None:
    answer = client.post(LOGIN, json={"x" * 5000: 1})
    assert max(len(error["pointer"]) for error in answer.json["errors"]) < 120


def test_status_line_has_the_title(client: FlaskClient, ada: Person) -> None:
    """The reason phrase in the status line equals the title, even where werkzeug has an older phrase."""
    invalid = ada.send("POST", "/api/v1/tasks", {})
    too_large = client.post("/api/v1/users", data=b" " * 2**21, content_type="application/json")
    assert [invalid.status, too_large.status] == ["422 Unprocessable Content", "413 Content Too Large"]
    for answer in (invalid, too_large, client.get("/nowhere")):
        assert answer.status == f"{answer.status_code} {answer.json['title']}"
