"""Access tokens: only our own, only while they last, only of users that exist."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import SECRET
from tests.webapp.conftest import Person
from webapp.database import Database

TASKS = "/api/v1/tasks"


def claims(**other: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    usual = {"sub": "01a1fd9e-0000-7000-8000-000000000000", "jti": "1", "type": "access", "fresh": False}
    return {**usual, "iat": now, "exp": now + timedelta(minutes=5), **other}


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unsigned() -> str:
    seconds = {name: value.timestamp() for name, value in claims().items() if isinstance(value, datetime)}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims() | seconds)}."


def signed(secret: str = SECRET, algorithm: str = "HS256", **other: Any) -> str:
    return jwt.encode(claims(**other), secret, algorithm)


def signed_with_sha512() -> str:
    """By hand, since PyJWT warns of our secret's length for this algorithm."""
    content = signed().split(".")[1]
    text = f"{part({'alg': 'HS512', 'typ': 'JWT'})}.{content}"
    digest = hmac.digest(SECRET.encode(), text.encode(), "sha512")
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def assert_unauthorized(answer: TestResponse) -> None:
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="todo"'
    assert (answer.json["title"], answer.json["status"]) == ("Unauthorized", 401)


def test_token_made_with_our_secret_is_taken(client: FlaskClient) -> None:
    """Keeps the tests below honest: what they change is what is refused."""
    assert client.get(TASKS, headers={"Authorization": f"Bearer {signed()}"}).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        unsigned,
        lambda: signed(secret="a different secret of more than 32 bytes"),
        lambda: signed_with_sha512(),
        lambda: signed(exp=datetime.now(UTC) - timedelta(seconds=1)),
        lambda: signed(nbf=datetime.now(UTC) + timedelta(minutes=1)),
        lambda: signed(type="refresh"),
        lambda: signed(sub=7),
        lambda: signed()[:-4] + "AAAA",
        lambda: ".".join([signed().split(".")[0], part(claims(iat=0, exp=2**40)), signed().split(".")[2]]),
        lambda: f"{part({'alg': ['HS256']})}.{part({})}.x",
        lambda: f"{base64.urlsafe_b64encode(b'[' * 3000).decode().rstrip('=')}.{part({})}.x",
    ],
    ids=[
        "none-algorithm",
        "other-secret",
        "other-algorithm",
        "expired",
        "not-yet-valid",
        "refresh-type",
        "number-as-subject",
        "cut-signature",
        "exchanged-claims",
        "list-as-algorithm",
        "deep-header",
    ],
)
def test_token_of_other_making_is_refused(client: FlaskClient, token: Callable[[], str]) -> None:
    assert_unauthorized(client.get(TASKS, headers={"Authorization": f"Bearer {token()}"}))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer x y",
        "Bearer a.b.c",
        "Basic YTpi",
        "bearer\t.",
        "Bearer \xe9",
    ],
)
def test_garbage_header_is_refused(client: FlaskClient, header: str) -> None:
    assert_unauthorized(client.get(TASKS, headers={"Authorization": header}))


def test_missing_header_is_refused(client: FlaskClient) -> None:
    assert_unauthorized(client.get(TASKS))


def test_token_in_query_is_not_looked_at(ada: Person) -> None:
    assert_unauthorized(ada.client.get(f"{TASKS}?jwt={ada.token}&access_token={ada.token}"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/users/me"),
        ("POST", TASKS),
        ("PATCH", f"{TASKS}/01a1fd9e-0000-7000-8000-000000000000"),
        ("DELETE", f"{TASKS}/01a1fd9e-0000-7000-8000-000000000000"),
    ],
)
def test_token_of_vanished_user_is_refused(
    client: FlaskClient, database: Database, method: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {signed()}"}
    assert_unauthorized(client.open(path, method=method, json={"title": "x"}, headers=headers))
    assert database.changes.count_documents({}) == 0
