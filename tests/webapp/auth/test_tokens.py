"""Tokens: only unexpired tokens that this API has signed with a configured key are accepted."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import SECRET
from tests.webapp import forged_tokens
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from webapp.app import create_app
from webapp.auth.tokens import EXPIRED, INVALID, MISSING, SKEW_SECONDS
from webapp.core.settings import Settings
from webapp.credentials.signing_keys import key_id
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"
OTHER_SECRET = "another secret, of more than 32 bytes as well"


def assert_refused(answer: TestResponse, detail: str = INVALID) -> None:
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert (answer.json["title"], answer.json["detail"]) == ("Unauthorized", detail)
    error = "" if detail == MISSING else ', error="invalid_token"'
    assert answer.headers["WWW-Authenticate"] == f'Bearer realm="todo"{error}'


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_tokens_have_documented_claims(ada: Person) -> None:
    access, refresh = forged_tokens.claims_of(ada.token), forged_tokens.claims_of(ada.refresh_token)
    assert access.keys() == refresh.keys() == {"sub", "sid", "gen", "jti", "iat", "exp", "type", "fresh"}
    assert (access["type"], refresh["type"]) == ("access", "refresh")
    assert (access["sub"], access["gen"], access["sid"]) == (ada.user_id, 0, refresh["sid"])
    assert access["exp"] - access["iat"] == 15 * 60
    assert refresh["exp"] - refresh["iat"] == 30 * 24 * 3600
    assert access["jti"] != refresh["jti"]
    assert jwt.get_unverified_header(ada.token) == {"alg": "HS256", "typ": "JWT", "kid": key_id(SECRET)}


def test_unchanged_copy_of_a_token_is_accepted(ada: Person) -> None:
    """An unchanged copy is accepted, so the changes in the tests below are the cause of the refusals."""
    copy = forged_tokens.with_other_claims(ada.token)
    assert ada.client.get(TASKS, headers=bearing(copy)).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        forged_tokens.unsigned,
        forged_tokens.signed_with_rsa,
        forged_tokens.signed_with_public_key,
        forged_tokens.signed_with_sha512,
        lambda good: forged_tokens.signed(forged_tokens.claims_of(good), secret=OTHER_SECRET),
        lambda good: forged_tokens.signed(forged_tokens.claims_of(good), OTHER_SECRET, key_id(OTHER_SECRET)),
        lambda good: forged_tokens.signed(forged_tokens.claims_of(good), kid="(none)"),
        lambda good: forged_tokens.signed(forged_tokens.claims_of(good), kid=["list"]),
        lambda good: forged_tokens.signed(forged_tokens.claims_of(good), kid=7),
        lambda good: forged_tokens.signed([1, 2]),  # type: ignore[arg-type]  # no claims at all
        lambda good: forged_tokens.with_other_claims(good, sub=7),
        lambda good: forged_tokens.with_other_claims(good, sid=7),
        lambda good: forged_tokens.with_other_claims(good, gen="0"),
        lambda good: forged_tokens.with_other_claims(good, exp="tomorrow"),
        lambda good: forged_tokens.with_other_claims(good, exp=float("inf")),
        lambda good: forged_tokens.with_other_claims(good, iat=None),
        lambda good: good[:-4] + "AAAA",
        lambda good: ".".join(
            [good.split(".")[0], forged_tokens.signed({}).split(".")[1], good.split(".")[2]]
        ),
        lambda good: f"{base64.urlsafe_b64encode(b'[' * 3000).decode().rstrip('=')}.e30.x",
    ],
    ids=[
        "none-algorithm",
        "rsa",
        "public-key-as-secret",
        "other-algorithm",
        "other-secret",
        "other-secret-with-its-kid",
        "no-kid",
        "list-as-kid",
        "number-as-kid",
        "list-as-claims",
        "number-as-subject",
        "number-as-session",
        "text-as-generation",
        "text-as-expiry",
        "endless-expiry",
        "null-as-issue-time",
        "cut-signature",
        "exchanged-claims",
        "deep-header",
    ],
)
def test_forged_token_is_refused(ada: Person, forge: Callable[[str], str]) -> None:
    assert_refused(ada.client.get(TASKS, headers=bearing(forge(ada.token))))


@pytest.mark.parametrize("claim", ["sub", "sid", "gen", "jti", "iat", "exp"])
def test_token_without_claim_is_refused(ada: Person, claim: str) -> None:
    assert_refused(ada.client.get(TASKS, headers=bearing(forged_tokens.without_claim(ada.token, claim))))


def test_access_token_lasts_fifteen_minutes(ada: Person, clock: MovableClock) -> None:
    clock.advance(minutes=14, seconds=59)
    assert ada.send("GET", TASKS).status_code == 200
    clock.advance(seconds=1)
    assert_refused(ada.send("GET", TASKS), EXPIRED)


@pytest.mark.parametrize(("ahead", "status"), [(SKEW_SECONDS, 200), (SKEW_SECONDS + 1, 401)])
def test_clock_of_issuer_may_be_slightly_ahead(ada: Person, ahead: int, status: int) -> None:
    issued = forged_tokens.claims_of(ada.token)["iat"]
    token = forged_tokens.with_other_claims(ada.token, iat=issued + ahead)
    assert ada.client.get(TASKS, headers=bearing(token)).status_code == status


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "beArer"])
def test_scheme_is_accepted_in_any_case(ada: Person, scheme: str) -> None:
    answer = ada.client.get(TASKS, headers={"Authorization": f"{scheme} {ada.token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", MISSING),
        ("Basic YTpi", MISSING),
        ("bearer\t.", INVALID),
        ("bearers x", MISSING),
        ("Bearer", INVALID),
        ("Bearer ", INVALID),
        ("Bearer x", INVALID),
        ("bearer x", INVALID),
        ("Bearer x y", INVALID),
        ("Bearer a.b.c", INVALID),
        ("Bearer \xe9", INVALID),
    ],
)
def test_malformed_header_is_refused(client: FlaskClient, header: str, detail: str) -> None:
    assert_refused(client.get(TASKS, headers={"Authorization": header}), detail)


def test_missing_header_is_refused(client: FlaskClient) -> None:
    assert_refused(client.get(TASKS), MISSING)


def test_token_in_query_is_ignored(ada: Person) -> None:
    assert_refused(ada.client.get(f"{TASKS}?jwt={ada.token}&access_token={ada.token}"), MISSING)


def restarted(settings: Settings, database: Database, clock: MovableClock, **other: Any) -> FlaskClient:
    """Return a client of a second application with changed settings, as after a restart of the API."""
    return create_app(replace(settings, **other), database, clock).test_client()


def test_changed_secret_logs_no_user_out(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    keys = {"jwt_secret": OTHER_SECRET, "jwt_secret_previous": SECRET}
    client = restarted(settings, database, clock, **keys)
    assert client.get(TASKS, headers=bearing(ada.token)).status_code == 200
    renewed = client.post("/api/v1/auth/refresh", headers=bearing(ada.refresh_token)).json["access_token"]
    assert jwt.get_unverified_header(renewed)["kid"] == key_id(OTHER_SECRET)
    assert client.get(TASKS, headers=bearing(renewed)).status_code == 200


def test_token_of_removed_secret_is_refused(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    client = restarted(settings, database, clock, jwt_secret=OTHER_SECRET)
    assert_refused(client.get(TASKS, headers=bearing(ada.token)))


def test_key_id_does_not_name_another_key(
    ada: Person, settings: Settings, database: Database, clock: MovableClock
) -> None:
    keys = {"jwt_secret": OTHER_SECRET, "jwt_secret_previous": SECRET}
    client = restarted(settings, database, clock, **keys)
    swapped = forged_tokens.signed(forged_tokens.claims_of(ada.token), SECRET, key_id(OTHER_SECRET))
    assert_refused(client.get(TASKS, headers=bearing(swapped)))


def test_token_check_needs_two_reads(ada: Person, commands: Callable[[], list[str]]) -> None:
    commands()
    ada.send("POST", "/api/v1/auth/logout?everywhere=perhaps")
    assert commands() == ["find", "find"]


def test_no_password_or_hash_is_in_tokens(ada: Person) -> None:
    assert PASSWORD not in str(forged_tokens.claims_of(ada.token))
    assert "example.com" not in str(forged_tokens.claims_of(ada.token))
