"""Security headers: on every answer, errors included."""

import pytest
from flask.testing import FlaskClient

PATHS = ("/health", "/openapi.json", "/nowhere", "/api/v1/tasks", "/docs", "/docs/", "/docs/nowhere.js")


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


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/docs")])
def test_api_answers_are_not_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path, buffered=True).headers["Cache-Control"] == "no-store"


def test_browsers_must_keep_using_tls(client: FlaskClient) -> None:
    told = client.get("/nowhere", base_url="https://todo.example").headers["Strict-Transport-Security"]
    assert int(told.partition(";")[0].partition("=")[2]) >= 31536000
    assert "Strict-Transport-Security" not in client.get("/nowhere").headers


@pytest.mark.parametrize("path", ["/docs/nowhere.js", "/docsx", "/redocx", "/api/docs"])
def test_errors_are_not_cached(client: FlaskClient, path: str) -> None:
    assert client.get(path, buffered=True).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("path", "alike"), [("/redoc", True), ("/docs/x", False), ("/redocx", False)])
def test_only_redoc_may_start_workers(client: FlaskClient, path: str, alike: bool) -> None:
    assert ("worker-src blob:" in client.get(path, buffered=True).headers["Content-Security-Policy"]) == alike


@pytest.mark.parametrize(("path", "workers"), [("/docs/", set()), ("/redoc", {"blob:"})])
def test_documentation_may_load_from_own_host_alone(
    client: FlaskClient, path: str, workers: set[str]
) -> None:
    policy = client.get(path, buffered=True).headers["Content-Security-Policy"]
    sources = {word for rule in policy.split(";") for word in rule.split()[1:]}
    assert sources == {"'none'", "'self'", "'unsafe-inline'", "data:"} | workers


def test_other_origins_are_not_allowed(client: FlaskClient) -> None:
    answer = client.options("/api/v1/tasks", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
