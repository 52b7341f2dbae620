"""Ten seconds after a registration was killed, another registration can take over its claim on an address."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.invariants import assert_log_and_projection_agree
from tests.webapp.conftest import PASSWORD, MovableClock
from webapp.auth.credentials import Credentials
from webapp.changes import Origin
from webapp.core.errors import Conflict
from webapp.core.ids import new_id
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.startup import Startup
from webapp.users.emails import Claim, EmailClaims
from webapp.users.rules import Registration
from webapp.users.store import UserStore

EMAIL = "ada@example.com"
ADA = Registration(EMAIL, "Ada", PASSWORD)


@pytest.fixture
def users(app: Flask) -> UserStore:
    services(app).get(Startup).run_once()
    return services(app).get(UserStore)


@pytest.fixture
def abandoned(users: UserStore, database: Database, clock: MovableClock) -> Claim:
    """The claim of a registration with the key "k" that was killed directly after the claim."""
    claim = Claim(new_id(clock()), clock(), "k")
    assert EmailClaims(database).claim(EMAIL, claim)
    return claim


def origin(key: str | None = None) -> Origin:
    return Origin("", key=key, fingerprint="what Ada asked", status_code=201)


@pytest.mark.parametrize("key", [None, "another"])
def test_new_claim_blocks_others(
    users: UserStore, abandoned: Claim, clock: MovableClock, key: str | None
) -> None:
    clock.advance(seconds=9, milliseconds=999)
    started = time.monotonic()
    with pytest.raises(Conflict, match="in progress") as refusal:
        users.register(ADA, origin(key))
    assert time.monotonic() - started < 1
    assert refusal.value.headers == {"Retry-After": "1"}


@pytest.mark.parametrize("key", [None, "another"])
def test_old_claim_is_taken_over(
    users: UserStore, database: Database, abandoned: Claim, clock: MovableClock, key: str | None
) -> None:
    clock.advance(seconds=10)
    made = users.register(ADA, origin(key)).change.entity_id
    assert made != abandoned.user_id
    assert EmailClaims(database).holder(EMAIL) == Claim(made, clock(), key)
    assert users.authenticate(EMAIL, PASSWORD).user_id == made


@pytest.mark.parametrize("seconds", [0, 1, 2, 10, 3600])
def test_keyed_retry_adopts_its_claim(
    users: UserStore, abandoned: Claim, clock: MovableClock, seconds: int
) -> None:
    clock.advance(seconds=seconds)
    outcome = users.register(ADA, origin("k"))
    assert (outcome.change.entity_id, outcome.replayed) == (abandoned.user_id, False)
    assert users.register(ADA, origin("k")).replayed


def test_one_of_two_takeovers_succeeds(
    users: UserStore, database: Database, abandoned: Claim, clock: MovableClock
) -> None:
    clock.advance(seconds=10)
    together = Barrier(2)

    def take(name: str) -> str | None:
        together.wait()
        try:
            return users.register(Registration(EMAIL, name, PASSWORD), origin()).change.entity_id
        except Conflict:
            return None

    with ThreadPoolExecutor(2) as pool:
        winners = [user_id for user_id in pool.map(take, ("Ada", "Eve")) if user_id]
    assert [user["_id"] for user in database.users.find({})] == winners
    assert len(winners) == 1
    assert_log_and_projection_agree(database)


def test_retry_of_old_claim_cannot_be_overtaken(
    users: UserStore,
    database: Database,
    abandoned: Claim,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep = Credentials.create

    def keep_while_a_rival_registers(self: Credentials, *details: str) -> None:
        monkeypatch.setattr(Credentials, "create", keep)
        with pytest.raises(Conflict):
            users.register(Registration(EMAIL, "Eve", "another password"), origin())
        keep(self, *details)

    monkeypatch.setattr(Credentials, "create", keep_while_a_rival_registers)
    clock.advance(minutes=10)
    users.register(ADA, origin("k"))
    assert [user["name"] for user in database.users.find({})] == ["Ada"]
    assert users.authenticate(EMAIL, PASSWORD).user_id == abandoned.user_id


def test_renewed_claim_is_not_the_abandoned_one(database: Database, abandoned: Claim) -> None:
    claims = EmailClaims(database)
    renewed = replace(abandoned, claimed_at=abandoned.claimed_at + timedelta(minutes=1))
    rival = Claim(new_id(renewed.claimed_at), renewed.claimed_at)
    assert claims.take_over(EMAIL, abandoned, renewed)
    assert not claims.take_over(EMAIL, abandoned, rival)
    assert claims.holder(EMAIL) == renewed


def test_abandoned_claim_cannot_log_in(client: FlaskClient, abandoned: Claim) -> None:
    answer = client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 401


def test_committed_user_keeps_claim_without_projection(
    users: UserStore, database: Database, clock: MovableClock
) -> None:
    made = users.register(ADA, origin()).change.entity_id
    database.users.delete_one({"_id": made})
    clock.advance(hours=1)
    with pytest.raises(Conflict, match="already registered"):
        users.register(Registration(EMAIL, "Eve", PASSWORD), origin())
    assert users.get(made, made)["name"] == "Ada"
