"""Security headers: on every answer, errors included."""

import pytest
from flask.testing import FlaskClient

PATHS = ("/health", "/openapi.json", "/nowhere", "/api/v1/tasks", "/docs", "/docs/", "/docs/nowhere.js")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_secured(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/docs")])
def test_api_answers_are_not_stored(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_documentation_may_load_from_own_host_alone(client: FlaskClient) -> None:
    policy = client.get("/docs/").headers["Content-Security-Policy"]
    sources = {word for rule in policy.split(";") for word in rule.split()[1:]}
    assert sources == {"'none'", "'self'", "'unsafe-inline'", "data:", "blob:"}


def test_other_origins_are_not_let_in(client: FlaskClient) -> None:
    answer = client.options("/api/v1/tasks", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
