"""Refresh: two browser tabs can refresh at the same time, but the reuse of an old token ends the session."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import SECRET
from tests.processes import in_threads
from tests.webapp import forged_tokens
from tests.webapp.conftest import MovableClock, Person
from webapp.app import create_app
from webapp.auth.sessions import ENDED, REUSED
from webapp.auth.tokens import EXPIRED
from webapp.core.settings import Settings
from webapp.database.connection import Database, purge_expired

REFRESH = "/api/v1/auth/refresh"
OTHER_SECRET = "another secret, of more than 32 bytes as well"
TABS = 4


def refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post(REFRESH, headers={"Authorization": f"Bearer {token}"})


def successor(client: FlaskClient, token: str) -> str:
    answer = refresh(client, token)
    assert answer.status_code == 200, answer.json
    return str(answer.json["refresh_token"])


def detail(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("detail", "")


def test_second_tab_gets_the_same_successor(ada: Person, clock: MovableClock) -> None:
    first = refresh(ada.client, ada.refresh_token).json
    clock.advance(seconds=30)
    second = refresh(ada.client, ada.refresh_token).json
    assert second["refresh_token"] == first["refresh_token"]
    for tokens in (first, second):
        assert (
            ada.send("GET", "/api/v1/tasks", Authorization=f"Bearer {tokens['access_token']}").status_code
            == 200
        )
    # The field `expires_in` of the response is the lifetime of the new access token.
    issued = forged_tokens.claims_of(second["access_token"])
    assert issued["exp"] == int(clock().timestamp()) + second["expires_in"]


def test_concurrent_refreshes_keep_the_session(app: Flask, ada: Person) -> None:
    token = ada.refresh_token
    for _ in range(5):
        tokens = set(in_threads(TABS, lambda _, old=token: successor(app.test_client(), old)))  # type: ignore[misc]
        assert len(tokens) == 1
        token = tokens.pop()
    assert ada.send("GET", "/api/v1/tasks").status_code == 200


def test_late_reuse_ends_the_session(ada: Person, clock: MovableClock) -> None:
    following = successor(ada.client, ada.refresh_token)
    clock.advance(seconds=30, milliseconds=1)
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)
    assert detail(refresh(ada.client, following)) == (401, ENDED)
    assert detail(ada.send("GET", "/api/v1/tasks")) == (401, ENDED)


def test_reuse_after_use_of_successor_ends_the_session(ada: Person) -> None:
    """A client that has used the new token no longer needs the old token: another client has sent it."""
    latest = successor(ada.client, successor(ada.client, ada.refresh_token))
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)
    assert detail(refresh(ada.client, latest)) == (401, ENDED)


def test_logout_ends_the_grace(ada: Person) -> None:
    successor(ada.client, ada.refresh_token)
    assert ada.send("POST", "/api/v1/auth/logout").status_code == 204
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, ENDED)


def test_password_change_ends_the_grace(ada: Person) -> None:
    successor(ada.client, ada.refresh_token)
    change = {"old_password": "correct horse battery", "new_password": "a better horse battery"}
    assert ada.send("PUT", "/api/v1/users/me/password", change).status_code == 204
    assert refresh(ada.client, ada.refresh_token).status_code == 401


def test_successor_lasts_thirty_days_from_the_exchange(ada: Person, clock: MovableClock) -> None:
    following = successor(ada.client, ada.refresh_token)
    clock.advance(seconds=20)
    assert successor(ada.client, ada.refresh_token) == following
    clock.advance(days=30, seconds=-20)
    assert detail(refresh(ada.client, following)) == (401, EXPIRED)


@pytest.mark.parametrize("seconds", [-29, 29])
def test_clock_of_the_second_process_may_differ(
    ada: Person, settings: Settings, database: Database, clock: MovableClock, seconds: int
) -> None:
    other = create_app(settings, database, lambda: clock() + timedelta(seconds=seconds)).test_client()
    following = successor(ada.client, ada.refresh_token)
    assert successor(other, ada.refresh_token) == following
    assert successor(other, following) == successor(ada.client, following)


def test_successor_stays_the_same_with_a_new_signing_key(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    """One process already signs with the new key, the other one still with the old key."""
    rotated = replace(settings, jwt_secret=OTHER_SECRET, jwt_secret_previous=SECRET)
    before = create_app(replace(settings, jwt_secret_previous=OTHER_SECRET), database, clock).test_client()
    after = create_app(rotated, database, clock).test_client()
    first, second = successor(before, ada.refresh_token), successor(after, ada.refresh_token)
    assert forged_tokens.claims_of(first) == forged_tokens.claims_of(second)
    # Both processes gave the same token. So the use of this token in one process and then in the other counts
    # as one exchange.
    assert forged_tokens.claims_of(successor(after, first)) == forged_tokens.claims_of(
        successor(before, second)
    )
    assert detail(refresh(after, ada.refresh_token)) == (401, REUSED)


def test_token_used_by_earlier_version_has_no_grace(
    ada: Person, database: Database, clock: MovableClock
) -> None:
    """An earlier release recorded that a token was used, but not when."""
    used = forged_tokens.claims_of(ada.refresh_token)["jti"]
    database.revoked_tokens.insert_one({"_id": used, "expires_at": clock() + timedelta(days=31)})
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)


def test_record_of_a_use_is_kept_longer_than_the_token(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    successor(ada.client, ada.refresh_token)
    clock.advance(days=30, seconds=-1)
    purge_expired(database, settings, clock())
    assert detail(refresh(ada.client, ada.refresh_token)) == (401, REUSED)
    clock.advance(days=32)
    purge_expired(database, settings, clock())
    assert database.revoked_tokens.count_documents({}) == 0
