"""Sessions: refresh, logout from one or all sessions, and stolen refresh tokens."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.webapp import forged_tokens
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.auth.sessions import ENDED, OUTDATED, REUSED
from webapp.auth.tokens import EXPIRED, WRONG_KIND

TASKS = "/api/v1/tasks"
REFRESH = "/api/v1/auth/refresh"
LOGOUT = "/api/v1/auth/logout"
RIVALS = 4


def send_with_token(person: Person, token: str, method: str = "GET", path: str = TASKS) -> TestResponse:
    return person.send(method, path, Authorization=f"Bearer {token}")


def refresh(person: Person, token: str) -> TestResponse:
    return send_with_token(person, token, "POST", REFRESH)


def log_in(person: Person) -> dict[str, Any]:
    proof = {"email": "ada@example.com", "password": PASSWORD}
    return dict(person.client.post("/api/v1/auth/login", json=proof).json or {})


def detail(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("detail", "")


def test_refresh_exchanges_both_tokens(ada: Person, clock: MovableClock) -> None:
    clock.advance(minutes=20)
    assert detail(ada.send("GET", TASKS)) == (401, EXPIRED)
    renewed = refresh(ada, ada.refresh_token)
    assert renewed.status_code == 200
    assert {name: renewed.json[name] for name in ("token_type", "expires_in")} == {
        "token_type": "Bearer",
        "expires_in": 900,
    }
    assert send_with_token(ada, renewed.json["access_token"]).status_code == 200
    assert refresh(ada, renewed.json["refresh_token"]).status_code == 200
    old, new = (forged_tokens.claims_of(each) for each in (ada.refresh_token, renewed.json["refresh_token"]))
    assert old["sid"] == new["sid"]
    assert old["jti"] != new["jti"]


def test_refresh_token_lasts_thirty_days(ada: Person, clock: MovableClock) -> None:
    clock.advance(days=30, seconds=-1)
    renewed = refresh(ada, ada.refresh_token)
    assert renewed.status_code == 200
    clock.advance(days=30)
    assert detail(refresh(ada, renewed.json["refresh_token"])) == (401, EXPIRED)


def test_other_sessions_survive_a_theft(ada: Person) -> None:
    other = log_in(ada)
    refresh(ada, refresh(ada, ada.refresh_token).json["refresh_token"])
    assert detail(refresh(ada, ada.refresh_token)) == (401, REUSED)
    assert send_with_token(ada, other["access_token"]).status_code == 200
    assert refresh(ada, other["refresh_token"]).status_code == 200


@pytest.mark.parametrize("path", [TASKS, "/api/v1/users/me"])
def test_refresh_token_is_no_access_token(ada: Person, path: str) -> None:
    assert detail(send_with_token(ada, ada.refresh_token, path=path)) == (401, WRONG_KIND)


def test_access_token_is_no_refresh_token(ada: Person) -> None:
    assert detail(refresh(ada, ada.token)) == (401, WRONG_KIND)
    assert refresh(ada, ada.refresh_token).status_code == 200


def test_logout_ends_only_this_session(ada: Person) -> None:
    other = log_in(ada)
    assert (out := ada.send("POST", LOGOUT)).status_code == 204
    assert out.data == b""
    assert detail(ada.send("GET", TASKS)) == (401, ENDED)
    assert detail(refresh(ada, ada.refresh_token)) == (401, ENDED)
    assert send_with_token(ada, other["access_token"]).status_code == 200


def test_logout_everywhere_ends_all_sessions(ada: Person, register: Callable[..., Person]) -> None:
    eve, other = register("eve@example.com"), log_in(ada)
    assert ada.send("POST", f"{LOGOUT}?everywhere=true").status_code == 204
    for token in (ada.token, other["access_token"]):
        assert detail(send_with_token(ada, token)) == (401, OUTDATED)
    assert detail(refresh(ada, other["refresh_token"])) == (401, OUTDATED)
    assert send_with_token(ada, log_in(ada)["access_token"]).status_code == 200
    assert eve.send("GET", TASKS).status_code == 200


def test_invalid_everywhere_parameter_is_refused(ada: Person) -> None:
    answer = ada.send("POST", f"{LOGOUT}?everywhere=perhaps")
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (422, "everywhere")
    assert ada.send("GET", TASKS).status_code == 200
