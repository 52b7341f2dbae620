"""CORS: scripts of listed origins may call the API and read every response; other scripts may not."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.webapp.conftest import MovableClock
from webapp.app import create_app
from webapp.core.errors import Busy
from webapp.core.settings import Settings
from webapp.database.connection import Database

LISTED = "https://app.example"
ORIGINS = (LISTED, "http://localhost:5173", "http://[::1]:3000")
TASKS = "/api/v1/tasks"
LOGIN = "/api/v1/auth/login"
SHOWN = {
    "Accept-Patch",
    "Allow",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
}


@pytest.fixture
def app(settings: Settings, database: Database, clock: MovableClock) -> Flask:
    return create_app(replace(settings, cors_origins=ORIGINS), database, clock)


def preflight(client: FlaskClient, method: str, header: str, origin: str = LISTED) -> TestResponse:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
    return client.options(f"{TASKS}/some-id", headers={"Origin": origin, **asked})


@pytest.mark.parametrize("origin", ORIGINS)
def test_listed_origin_is_allowed(client: FlaskClient, origin: str) -> None:
    headers = client.get("/health", headers={"Origin": origin}).headers
    assert headers["Access-Control-Allow-Origin"] == origin
    assert set(headers["Access-Control-Expose-Headers"].split(", ")) == SHOWN
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "https://app.example.evil.example",
        "https://app_example",
        "null",
        LISTED + ":444",
    ],
)
def test_other_origin_is_not_allowed(client: FlaskClient, origin: str) -> None:
    for answer in (
        client.get("/health", headers={"Origin": origin}),
        preflight(client, "PUT", "etag", origin),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("headers", [{}, {"Origin": LISTED}, {"Origin": "https://elsewhere.example"}])
def test_caches_keep_origins_apart(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get("/health", headers=headers).vary.as_set() == {
        "origin",
        "accept-encoding",
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_preflight_allows_every_method(client: FlaskClient, method: str) -> None:
    answer = preflight(client, method, "authorization")
    assert answer.status_code == 200
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")


@pytest.mark.parametrize(
    "header",
    ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-ID"],
)
def test_preflight_allows_every_header_of_the_api(client: FlaskClient, header: str) -> None:
    asked = header.lower()
    assert preflight(client, "PUT", asked).headers["Access-Control-Allow-Headers"] == asked


def test_preflight_allows_no_other_headers(client: FlaskClient) -> None:
    assert "Access-Control-Allow-Headers" not in preflight(client, "PUT", "x-other").headers


def test_scripts_can_read_every_error(app: Flask) -> None:
    def fail() -> str:
        raise LookupError

    def refuse() -> str:
        raise Busy("Later.")

    app.add_url_rule("/broken", view_func=fail)
    app.add_url_rule("/busy", view_func=refuse)
    client, origin = app.test_client(), {"Origin": LISTED}
    answers = [
        client.get("/nowhere", headers=origin),
        client.get(TASKS, headers=origin),
        client.put(LOGIN, headers=origin),
        client.post(LOGIN, data=b" " * 2**21, headers=origin | {"Content-Type": "application/json"}),
        client.post(LOGIN, json={}, headers=origin),
        client.get("/broken", headers=origin),
        client.get("/busy", headers=origin),
    ]
    assert [answer.status_code for answer in answers] == [404, 401, 405, 413, 422, 500, 503]
    assert {answer.headers.get("Access-Control-Allow-Origin") for answer in answers} == {LISTED}
