"""Security headers: every response has them, including responses with errors."""

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD, Person

PATHS = ("/health", "/openapi.json", "/nowhere", "/api/v1/tasks", "/docs", "/redoc", "/docs/nowhere.js")


@pytest.mark.parametrize("path", PATHS)
def test_every_response_has_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"
    assert "Server" not in headers


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/api/v1/tasks", "/docs/nowhere.js"])
def test_api_answers_are_not_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path, buffered=True).headers["Cache-Control"] == "no-store"


def test_browsers_must_keep_using_tls(client: FlaskClient) -> None:
    policy = client.get("/nowhere", base_url="https://todo.example").headers["Strict-Transport-Security"]
    assert int(policy.partition(";")[0].partition("=")[2]) >= 31536000
    assert "Strict-Transport-Security" not in client.get("/nowhere").headers


@pytest.mark.parametrize("path", ["/docs/nowhere.js", "/docsx", "/redocx", "/api/docs"])
def test_errors_are_not_cached(client: FlaskClient, path: str) -> None:
    assert client.get(path, buffered=True).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("path", "alike"), [("/redoc", True), ("/docs/x", False), ("/redocx", False)])
def test_only_redoc_may_start_workers(client: FlaskClient, path: str, alike: bool) -> None:
    assert ("worker-src blob:" in client.get(path, buffered=True).headers["Content-Security-Policy"]) == alike


@pytest.mark.parametrize(("path", "workers"), [("/docs", set()), ("/redoc", {"blob:"})])
def test_documentation_loads_only_from_own_host(client: FlaskClient, path: str, workers: set[str]) -> None:
    policy = client.get(path, buffered=True).headers["Content-Security-Policy"]
    sources = {word for rule in policy.split(";") for word in rule.split()[1:]}
    assert sources == {"'none'", "'self'", "'unsafe-inline'", "data:"} | workers


def test_other_origins_are_not_allowed(client: FlaskClient) -> None:
    answer = client.options("/api/v1/tasks", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_response_without_content_has_no_content_type(ada: Person) -> None:
    task = f"/api/v1/tasks/{ada.create()['id']}"
    change = {"old_password": PASSWORD, "new_password": "a better horse battery"}
    empty = [
        ada.send("DELETE", task),
        ada.send("POST", "/api/v1/auth/logout"),
    ]
    login = {"email": "ada@example.com", "password": PASSWORD}
    ada.token = ada.client.post("/api/v1/auth/login", json=login).json["access_token"]
    empty.append(ada.send("PUT", "/api/v1/users/me/password", change))
    assert [(answer.status_code, answer.headers.get("Content-Type")) for answer in empty] == [(204, None)] * 3
    assert not [answer.headers["Content-Length"] for answer in empty if "Content-Length" in answer.headers]
