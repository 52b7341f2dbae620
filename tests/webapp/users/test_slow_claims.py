"""Slow requests: a request renews its expired claim on an address, or loses the claim to another request."""

import time
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from tests.invariants import assert_log_and_projection_agree
from tests.processes import in_threads
from tests.webapp.conftest import PASSWORD, MovableClock
from tests.webapp.users.invariants import assert_everybody_holds_their_address
from webapp.changes import ChangeLog, CommitResult, Origin
from webapp.core.errors import Conflict
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.startup import Startup
from webapp.users.emails import Claim, EmailClaims
from webapp.users.rules import Registration
from webapp.users.store import UserStore


@pytest.fixture
def users(app: Flask) -> UserStore:
    services(app).get(Startup).run_once()
    return services(app).get(UserStore)


def join(users: UserStore, email: str) -> str:
    """Register a user; returns the id."""
    return users.register(Registration(email, "Someone", PASSWORD), Origin("")).change.entity_id


def move(users: UserStore, user_id: str, email: str) -> bool:
    """Change the address of a user; returns False if another user has the address."""
    try:
        users.change(user_id, {"email": email}, Origin(user_id))
    except Conflict:
        return False
    return True


def test_slow_change_does_not_use_a_claim_that_others_took(
    users: UserStore, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim of a slow request expires before its commit, and another user takes the address."""
    slow, quick = join(users, OLD), join(users, "eve@example.com")
    commit = ChangeLog.commit

    def commit_late(self: ChangeLog, *args: Any, **kwargs: Any) -> CommitResult:
        monkeypatch.setattr(ChangeLog, "commit", commit)
        clock.advance(seconds=10)
        assert move(users, quick, NEW)
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(ChangeLog, "commit", commit_late)
    assert not move(users, slow, NEW)
    assert users.get(slow, slow)["email"] == OLD
    assert_everybody_holds_their_address(database)


def test_slow_change_renews_its_claim(
    users: UserStore, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id, commit = join(users, OLD), ChangeLog.commit

    def commit_late(self: ChangeLog, *args: Any, **kwargs: Any) -> CommitResult:
        monkeypatch.setattr(ChangeLog, "commit", commit)
        clock.advance(seconds=2, milliseconds=1)
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(ChangeLog, "commit", commit_late)
    assert move(users, user_id, NEW)
    claim = EmailClaims(database).holder(NEW)
    assert claim is not None
    assert claim.claimed_at == clock()
    assert_everybody_holds_their_address(database)


OLD, NEW = "ada@example.com", "ada@example.org"
EMAIL = "ada@example.com"
ADA = Registration(EMAIL, "Ada", PASSWORD)


def origin(key: str | None = None) -> Origin:
    return Origin("", key=key, fingerprint="what Ada asked", status_code=201)


@pytest.mark.parametrize("key", [None, "k"])
def test_slow_registration_renews_its_claim(
    users: UserStore,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
) -> None:
    commit = ChangeLog.commit

    def commit_late(self: ChangeLog, *args: Any, **kwargs: Any) -> CommitResult:
        monkeypatch.setattr(ChangeLog, "commit", commit)
        clock.advance(seconds=2, milliseconds=1)
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(ChangeLog, "commit", commit_late)
    made = users.register(ADA, origin(key)).change
    assert made.document["at"] == clock()
    assert EmailClaims(database).holder(EMAIL) == Claim(made.entity_id, clock(), key)
    assert users.authenticate(EMAIL, PASSWORD).user_id == made.entity_id


def test_slow_registration_does_not_use_a_claim_that_others_took(
    users: UserStore, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = ChangeLog.commit

    def commit_late(self: ChangeLog, *args: Any, **kwargs: Any) -> CommitResult:
        monkeypatch.setattr(ChangeLog, "commit", commit)
        clock.advance(seconds=10)
        users.register(Registration(EMAIL, "Eve", "another password"), origin())
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(ChangeLog, "commit", commit_late)
    with pytest.raises(Conflict, match="already registered"):
        users.register(ADA, origin())
    assert [user["name"] for user in database.users.find({})] == ["Eve"]
    assert_log_and_projection_agree(database)


def test_losers_of_a_race_get_the_result_at_once(users: UserStore, database: Database) -> None:
    """The commit of the winner takes 0.1 seconds, as with a slow database."""
    together, commit = Barrier(4), ChangeLog.commit

    def slow_commit(self: ChangeLog, *args: Any, **kwargs: Any) -> CommitResult:
        time.sleep(0.1)
        return commit(self, *args, **kwargs)

    def race(number: int) -> tuple[str, float]:
        together.wait()
        started = time.monotonic()
        try:
            users.register(Registration(EMAIL, f"Ada {number}", PASSWORD), origin())
        except Conflict as refusal:
            return refusal.detail, time.monotonic() - started
        return "registered", time.monotonic() - started

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ChangeLog, "commit", slow_commit)
        results = in_threads(4, race)
    details = sorted(detail.partition(";")[0] for detail, _ in results)
    assert details == ["This e-mail address is already registered"] * 3 + ["registered"]
    assert max(seconds for _, seconds in results) < 1
    assert database.users.count_documents({}) == 1
