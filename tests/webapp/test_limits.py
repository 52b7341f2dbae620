"""Rate limits: of each user, of each address, and tighter where passwords can be guessed."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from werkzeug.test import TestResponse

from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.app import create_app
from webapp.core.database import Database
from webapp.core.settings import Settings
from webapp.limits import SIGN_IN

TASKS = "/api/v1/tasks"
LOGIN = "/api/v1/auth/login"
NOBODY = {"email": "nobody@example.com", "password": PASSWORD}
Limited = Callable[..., FlaskClient]


@pytest.fixture
def limited(settings: Settings, database: Database, clock: MovableClock) -> Limited:
    """Makes clients of an application with these limits; the other limits are off."""

    def make(**limits: Any) -> FlaskClient:
        named = {f"rate_limit_{name}": limit for name, limit in limits.items() if name != "trusted_proxies"}
        rest = {name: limit for name, limit in limits.items() if name == "trusted_proxies"}
        return create_app(replace(settings, **named, **rest), database, clock).test_client()

    return make


def signed(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def assert_refused(answer: TestResponse) -> None:
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    seconds = int(answer.headers["Retry-After"])
    assert 0 < seconds <= 60
    assert answer.json["title"] == "Too Many Requests"
    assert f"{seconds} s" in answer.json["detail"]


def test_user_is_limited_wherever_from(limited: Limited, ada: Person) -> None:
    client = limited(user="3/minute")
    answers = [
        client.get(TASKS, headers=signed(ada), environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert_refused(answers[-1])


def test_users_have_limits_of_their_own(limited: Limited, register: Callable[..., Person]) -> None:
    ada, bela = register("ada@example.com"), register("bela@example.com")
    client = limited(user="1/minute")
    statuses = [client.get(TASKS, headers=signed(person)).status_code for person in (ada, bela, ada, bela)]
    assert statuses == [200, 200, 429, 429]


def test_signed_in_request_costs_its_address_nothing(limited: Limited, ada: Person) -> None:
    client = limited(user="9/minute", address="1/minute")
    assert [client.get(TASKS, headers=signed(ada)).status_code for _ in range(3)] == [200] * 3
    assert client.get(TASKS).status_code == 401


@pytest.mark.parametrize("spelling", ["forged", "expired", "none", "nonsense"])
def test_token_that_proves_nothing_counts_for_address(
    limited: Limited, app: Flask, clock: MovableClock, ada: Person, spelling: str
) -> None:
    tokens = {
        "forged": ada.token[:-8] + "AAAAAAAA",
        "expired": _expired(app, clock, ada.user_id),
        "none": "",
        "nonsense": "\xff.\xfe.x",
    }
    client = limited(user="1/minute", address="2/minute")
    headers = {"Authorization": f"Bearer {tokens[spelling]}"}
    assert [client.get(TASKS, headers=headers).status_code for _ in range(3)] == [401, 401, 429]
    assert client.get(TASKS, headers=signed(ada)).status_code == 200


def _expired(app: Flask, clock: MovableClock, user_id: str) -> str:
    ended = {"exp": int(clock().timestamp()) - 1}
    with app.app_context():
        return str(create_access_token(user_id, expires_delta=False, additional_claims=ended))


@pytest.mark.parametrize("path", ["/nowhere", TASKS, "/openapi.json", LOGIN])
def test_address_is_limited_on_every_path(limited: Limited, path: str) -> None:
    client = limited(address="2/minute")
    client.get(path)
    client.get(path)
    assert_refused(client.get(path))


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_addresses_have_limits_of_their_own(limited: Limited, first: str, second: str, shared: bool) -> None:
    client = limited(address="1/minute")
    client.get("/nowhere", environ_base={"REMOTE_ADDR": first})
    answer = client.get("/nowhere", environ_base={"REMOTE_ADDR": second})
    assert answer.status_code == (429 if shared else 404)


@pytest.mark.parametrize(
    ("proxies", "statuses"), [(0, [404, 429, 429]), (1, [404, 404, 429]), (2, [404, 429, 404])]
)
def test_forged_address_does_not_help(limited: Limited, proxies: int, statuses: list[int]) -> None:
    """The client wrote all but the last entries, as many as there are proxies."""
    client = limited(address="1/minute", trusted_proxies=proxies)
    chains = ["192.0.2.7, 203.0.113.1, 10.0.0.1", "192.0.2.8, 203.0.113.1, 10.0.0.2", "203.0.113.2, 10.0.0.2"]
    answers = [client.get("/nowhere", headers={"X-Forwarded-For": chain}) for chain in chains]
    assert [answer.status_code for answer in answers] == statuses


def test_signing_in_is_limited_more_tightly(limited: Limited) -> None:
    client = limited(address="9/minute", sign_in="2/minute")
    statuses = [client.post(LOGIN, json=NOBODY).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert client.get("/nowhere").status_code == 404


def test_ways_to_sign_in_share_one_limit(limited: Limited) -> None:
    client = limited(sign_in="1/minute")
    assert client.post("/api/v1/users", json={}).status_code == 422
    assert_refused(client.post(LOGIN, json=NOBODY))


def test_limited_paths_are_served(app: Flask) -> None:
    served = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert served >= SIGN_IN


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/health"), ("GET", "/health/ready"), ("OPTIONS", TASKS)]
)
def test_health_and_preflight_are_free(limited: Limited, method: str, path: str) -> None:
    client = limited(address="1/minute")
    answers = [client.open(path, method=method) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [answer for answer in answers if "RateLimit" in answer.headers]


def test_headers_tell_policy_and_rest(limited: Limited, ada: Person) -> None:
    client = limited(user="600/minute", address="5/hour", sign_in="2/second")
    headers = client.get(TASKS, headers=signed(ada)).headers
    assert headers["RateLimit-Policy"] == '"user";q=600;w=60'
    assert re.fullmatch(r'"user";r=599;t=(60|59)', headers["RateLimit"])
    headers = client.post(LOGIN, json=NOBODY).headers
    assert set(headers["RateLimit-Policy"].split(", ")) == {'"address";q=5;w=3600', '"sign-in";q=2;w=1'}
    told = re.findall(r'"([a-z-]+)";r=(\d+);t=\d+', headers["RateLimit"])
    assert sorted(told) == [("address", "4"), ("sign-in", "1")]


def test_refusal_tells_when_window_ends(limited: Limited) -> None:
    client = limited(address="1/minute")
    client.get("/nowhere")
    answer = client.get("/nowhere")
    left, seconds = re.findall(r'"address";r=(\d+);t=(\d+)', answer.headers["RateLimit"])[0]
    assert left == "0"
    assert abs(int(seconds) - int(answer.headers["Retry-After"])) <= 1


def test_window_ends(limited: Limited) -> None:
    client = limited(address="1/second")
    client.get("/nowhere")
    answer = client.get("/nowhere")
    assert answer.status_code == 429
    time.sleep(int(answer.headers["Retry-After"]) + 0.1)
    assert client.get("/nowhere").status_code == 404


def test_switched_off_limits_say_nothing(client: FlaskClient) -> None:
    headers = client.get("/nowhere").headers
    assert [name for name in ("RateLimit", "RateLimit-Policy", "Retry-After") if name in headers] == []


def test_absent_storage_lets_requests_through(limited: Limited, caplog: pytest.LogCaptureFixture) -> None:
    client = limited(address="2/minute", storage_uri="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100")
    assert [client.get("/nowhere").status_code for _ in range(2)] == [404, 404]
    assert "falling back to in-memory storage" in caplog.text
    assert_refused(client.get("/nowhere"))


def test_log_keeps_addresses_out(limited: Limited, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    client = limited(address="1/minute")
    for _ in range(2):
        client.get("/nowhere", environ_base={"REMOTE_ADDR": "192.0.2.44"})
    assert [record.http_status for record in caplog.records if hasattr(record, "http_status")] == [404, 429]
    assert "192.0.2.44" not in caplog.text
