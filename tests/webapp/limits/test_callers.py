"""Callers: a request counts against the limit of its authenticated user, otherwise of its address."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from werkzeug.datastructures import Headers

from tests.webapp.conftest import MovableClock, Person

TASKS = "/api/v1/tasks"
Limited = Callable[..., FlaskClient]


def signed(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


@pytest.mark.parametrize("spelling", ["forged", "expired", "none", "nonsense"])
def test_request_with_invalid_token_counts_for_address(
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


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_each_address_has_a_separate_limit(limited: Limited, first: str, second: str, shared: bool) -> None:
    client = limited(address="1/minute")
    client.get("/nowhere", environ_base={"REMOTE_ADDR": first})
    answer = client.get("/nowhere", environ_base={"REMOTE_ADDR": second})
    assert answer.status_code == (429 if shared else 404)


@pytest.mark.parametrize(
    ("proxies", "statuses"), [(0, [404, 429, 429]), (1, [404, 404, 429]), (2, [404, 429, 404])]
)
def test_forged_address_does_not_evade_the_limit(limited: Limited, proxies: int, statuses: list[int]) -> None:
    """Each trusted proxy appends one entry to X-Forwarded-For; a client can forge all earlier entries."""
    client = limited(address="1/minute", trusted_proxies=proxies)
    chains = ["192.0.2.7, 203.0.113.1, 10.0.0.1", "192.0.2.8, 203.0.113.1, 10.0.0.2", "203.0.113.2, 10.0.0.2"]
    answers = [client.get("/nowhere", headers={"X-Forwarded-For": chain}) for chain in chains]
    assert [answer.status_code for answer in answers] == statuses


SPELLINGS = [
    "Bearer {}",
    "bearer {}",
    "BEARER   {}",
    "  Bearer {}  ",
    "Bearer\t{}",
    "Bearer {}\t",
    "\tBearer {}",
    "Bearer \t{}",
    "Bearer {} {}",
    "Bearer {},",
    "Bearer {}, Bearer {}",
    "Basic YTpi, Bearer {}",
    "Bearer {}, Basic YTpi",
    ",Bearer {}",
    "Bearer: {}",
    "Bearer={}",
    'Bearer "{}"',
    "Bearer{}",
    "Token {}",
    "{}",
    "",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_header_is_counted_as_it_authenticates(limited: Limited, ada: Person, spelling: str) -> None:
    """A request whose Authorization header authenticates a user counts for this user.

    Any other request counts for its address.
    """
    client = limited(user="5/minute", address="7/minute")
    answer = client.get(TASKS, headers={"Authorization": spelling.replace("{}", ada.token)})
    counted = answer.headers["RateLimit-Policy"].partition(";")[0]
    assert (answer.status_code, counted) in {(200, '"user"'), (401, '"address"')}
    fine = spelling.strip().lower() in ("bearer {}", "bearer   {}")
    assert answer.status_code == (200 if fine else 401)


def test_repeated_header_is_counted_as_it_authenticates(limited: Limited, ada: Person) -> None:
    client = limited(user="5/minute", address="7/minute")
    twice = Headers([("Authorization", f"Bearer {ada.token}")] * 2)
    answer = client.get(TASKS, headers=twice)
    assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (401, '"address";q=7;w=60')
