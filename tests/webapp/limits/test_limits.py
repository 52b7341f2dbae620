"""Rate limits per user and per address; login, registration and similar requests have a lower limit."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.processes import in_threads
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.app import create_app
from webapp.auth import hashing
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.limits import SIGN_IN, counters

TASKS = "/api/v1/tasks"
LOGIN = "/api/v1/auth/login"
NO_USER = {"email": "nobody@example.com", "password": PASSWORD}
Limited = Callable[..., FlaskClient]


@pytest.fixture
def real_hashes(quick_hashes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PasswordHasher", argon2.PasswordHasher)


def signed(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def assert_refused(answer: TestResponse) -> None:
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    seconds = int(answer.headers["Retry-After"])
    assert 0 < seconds <= 60
    assert answer.json["title"] == "Too Many Requests"
    assert f"{seconds} s" in answer.json["detail"]


def test_user_is_limited_from_any_address(limited: Limited, ada: Person) -> None:
    client = limited(user="3/minute")
    answers = [
        client.get(TASKS, headers=signed(ada), environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert_refused(answers[-1])


def test_log_names_the_user_of_refused_requests(
    limited: Limited, ada: Person, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    client = limited(user="1/minute", address="1/minute")
    for _ in range(2):
        client.get(TASKS, headers=signed(ada))
        client.get(TASKS, headers={"Authorization": "Bearer a.b.c"})
    found = [(line["http_status"], line.get("user_id")) for line in log_lines()]
    assert found == [(200, ada.user_id), (401, None), (429, ada.user_id), (429, None)]


def test_each_user_has_a_separate_limit(limited: Limited, register: Callable[..., Person]) -> None:
    ada, bela = register("ada@example.com"), register("bela@example.com")
    client = limited(user="1/minute")
    statuses = [client.get(TASKS, headers=signed(person)).status_code for person in (ada, bela, ada, bela)]
    assert statuses == [200, 200, 429, 429]


def test_signed_in_request_does_not_count_for_address(limited: Limited, ada: Person) -> None:
    client = limited(user="9/minute", address="1/minute")
    assert [client.get(TASKS, headers=signed(ada)).status_code for _ in range(3)] == [200] * 3
    assert client.get(TASKS).status_code == 401


@pytest.mark.parametrize("path", ["/nowhere", TASKS, "/openapi.json", LOGIN])
def test_address_is_limited_on_every_path(limited: Limited, path: str) -> None:
    client = limited(address="2/minute")
    client.get(path)
    client.get(path)
    assert_refused(client.get(path))


def test_sign_in_has_a_lower_limit(limited: Limited) -> None:
    client = limited(address="9/minute", sign_in="2/minute")
    statuses = [client.post(LOGIN, json=NO_USER).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert client.get("/nowhere").status_code == 404


def test_ways_to_sign_in_share_one_limit(limited: Limited) -> None:
    client = limited(sign_in="1/minute")
    assert client.post("/api/v1/users", json={}).status_code == 422
    assert_refused(client.post(LOGIN, json=NO_USER))


def test_changing_the_address_counts_as_signing_in(limited: Limited, ada: Person) -> None:
    """Like a registration, a change of the e-mail address reveals whether the new address is registered."""
    client = limited(user="9/minute", sign_in="2/minute")
    change = {"email": "eve@example.com"}
    assert client.patch("/api/v1/users/me", json=change, headers=signed(ada)).status_code == 200
    assert client.post(LOGIN, json=NO_USER).status_code == 401
    assert_refused(client.patch("/api/v1/users/me", json=change, headers=signed(ada)))
    assert_refused(client.delete("/api/v1/users/me", json={"password": PASSWORD}, headers=signed(ada)))
    assert client.get("/api/v1/users/me", headers=signed(ada)).status_code == 200


def test_signing_in_is_limited_on_all_machines_together(machine: Limited) -> None:
    clients = [machine(address="9/minute", sign_in="3/minute") for _ in range(2)]
    answers = [clients[number % 2].post(LOGIN, json=NO_USER) for number in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert [answer.headers["RateLimit"].rpartition(";t")[0] for answer in answers] == [
        '"address";r=8;t=60, "sign-in";r=2',
        '"address";r=8;t=60, "sign-in";r=1',
        '"address";r=7;t=60, "sign-in";r=0',
        '"address";r=7;t=60, "sign-in";r=0',
        '"address";r=6;t=60, "sign-in";r=0',
    ]


def test_processes_of_a_machine_share_ordinary_limits(limited: Limited, ada: Person) -> None:
    workers = [limited(user="3/minute") for _ in range(2)]
    answers = [workers[number % 2].get(TASKS, headers=signed(ada)) for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_refused_sign_in_writes_nothing(limited: Limited, database: Database) -> None:
    client = limited(sign_in="1/minute")
    for _ in range(2):
        client.post(LOGIN, json=NO_USER)
    stored = list(database.rate_limits.find({}))
    assert_refused(client.post(LOGIN, json=NO_USER))
    assert list(database.rate_limits.find({})) == stored
    assert "127.0.0.1" not in repr(stored)


def test_limited_paths_are_served(app: Flask) -> None:
    served = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert served >= SIGN_IN


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/health"), ("GET", "/health/ready"), ("OPTIONS", TASKS)]
)
def test_health_and_preflight_are_not_limited(limited: Limited, method: str, path: str) -> None:
    client = limited(address="1/minute")
    answers = [client.open(path, method=method) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [answer for answer in answers if "RateLimit" in answer.headers]


def test_headers_have_policy_and_remaining_requests(limited: Limited, ada: Person) -> None:
    client = limited(user="600/minute", address="5/hour", sign_in="2/second")
    headers = client.get(TASKS, headers=signed(ada)).headers
    assert headers["RateLimit-Policy"] == '"user";q=600;w=60'
    assert re.fullmatch(r'"user";r=599;t=(60|59)', headers["RateLimit"])
    headers = client.post(LOGIN, json=NO_USER).headers
    assert set(headers["RateLimit-Policy"].split(", ")) == {'"address";q=5;w=3600', '"sign-in";q=2;w=1'}
    stated = re.findall(r'"([a-z-]+)";r=(\d+);t=\d+', headers["RateLimit"])
    assert sorted(stated) == [("address", "4"), ("sign-in", "1")]


def test_error_has_the_end_of_the_window(limited: Limited) -> None:
    client = limited(address="1/minute")
    client.get("/nowhere")
    answer = client.get("/nowhere")
    left, seconds = re.findall(r'"address";r=(\d+);t=(\d+)', answer.headers["RateLimit"])[0]
    assert left == "0"
    assert abs(int(seconds) - int(answer.headers["Retry-After"])) <= 1


def test_new_window_allows_requests_again(limited: Limited, clock: MovableClock) -> None:
    client = limited(address="1/second")
    client.get("/nowhere")
    answer = client.get("/nowhere")
    assert answer.status_code == 429
    clock.advance(seconds=int(answer.headers["Retry-After"]))
    assert client.get("/nowhere").status_code == 404


def test_disabled_limits_send_no_headers(client: FlaskClient) -> None:
    headers = client.get("/nowhere").headers
    assert [name for name in ("RateLimit", "RateLimit-Policy", "Retry-After") if name in headers] == []


def test_folder_of_another_user_is_not_used(
    limited: Limited, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Any user of the machine can create this folder in /dev/shm first, and could then change the counts."""
    folder = counters._folder(replace(settings, rate_limit_address="2/minute"))
    folder.mkdir()
    folder.chmod(0o777)
    client = limited(address="2/minute")
    assert [client.get("/nowhere").status_code for _ in range(3)] == [404, 404, 429]
    assert "falling back to in-memory storage" in caplog.text
    assert list(folder.iterdir()) == []


def test_unavailable_storage_refuses_no_request(limited: Limited, caplog: pytest.LogCaptureFixture) -> None:
    client = limited(address="2/minute", storage_uri="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100")
    assert [client.get("/nowhere").status_code for _ in range(2)] == [404, 404]
    assert "falling back to in-memory storage" in caplog.text
    assert_refused(client.get("/nowhere"))


def test_log_contains_no_addresses(limited: Limited, log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    client = limited(address="1/minute")
    for _ in range(2):
        client.get("/nowhere", environ_base={"REMOTE_ADDR": "192.0.2.44"})
    assert [line["http_status"] for line in log_lines()] == [404, 429]
    assert "192.0.2.44" not in str(log_lines())


def test_correct_logins_that_retry_after_503_never_get_429(
    settings: Settings, database: Database, register: Callable[..., Person], real_hashes: None
) -> None:
    """The logins of 24 clients with one address overfill the queues of two processes; some get 503."""
    for number in range(24):
        register(f"user-{number}@example.com")
    limits = replace(settings, rate_limit_sign_in="30/minute")
    processes = [create_app(limits, database) for _ in range(2)]

    def log_in(number: int) -> list[int]:
        login = {"email": f"user-{number}@example.com", "password": PASSWORD}
        statuses: list[int] = []
        while len(statuses) < 60:
            answer = processes[number % 2].test_client().post(LOGIN, json=login)
            statuses.append(answer.status_code)
            if answer.status_code != 503:
                break
            time.sleep(int(answer.headers["Retry-After"]))
        return statuses

    clients = in_threads(24, log_in)
    refused = sum(statuses.count(503) for statuses in clients)
    assert refused > 30 - 24
    assert [statuses[-1] for statuses in clients] == [200] * 24
    assert [counts["count"] for counts in database.rate_limits.find({})] == [24]
