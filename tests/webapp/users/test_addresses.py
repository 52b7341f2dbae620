"""Changes of the address: after crashes and concurrent requests, each address has exactly one user."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from tests.crashes import Crasher
from tests.invariants import assert_log_and_projection_agree
from tests.webapp.conftest import PASSWORD, MovableClock, Person
from tests.webapp.users.invariants import assert_everybody_holds_their_address
from webapp.app import create_app
from webapp.changes import Origin
from webapp.core.clock import utc_now
from webapp.core.errors import Conflict
from webapp.core.ids import new_id
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.startup import Startup
from webapp.users.addresses import Addresses
from webapp.users.emails import Claim, EmailClaims
from webapp.users.rules import Registration
from webapp.users.store import UserStore

ME = "/api/v1/users/me"
LOGIN = "/api/v1/auth/login"
REQUEST = "tests.webapp.changes.forked:request"
OLD, NEW = "ada@example.com", "ada@example.org"
PATH_OF_CHANGE = [
    "webapp/changes/log.py",
    "webapp/users/addresses.py",
    "webapp/users/emails.py",
    "webapp/users/profiles.py",
    "webapp/users/store.py",
]
PATH_OF_CLAIMS = ["webapp/users/emails.py", "webapp/users/store.py"]


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


@pytest.mark.sampled
def test_keyed_retry_completes_killed_change_of_address(
    crashes: Crasher, ada: Person, settings: Settings, database: Database
) -> None:
    """The retry is sent to the same process, or to a new process after the repair."""
    requests: dict[int, dict[str, Any]] = {}

    def arguments(number: int) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {ada.token}", "Idempotency-Key": f"key-{number}"}
        body = {"email": f"ada.{number}@example.com"}
        requests[number] = {"method": "PATCH", "path": ME, "json": body, "headers": headers}
        return {"settings": asdict(settings), "request": requests[number]}

    kills = crashes.every_kill(REQUEST, PATH_OF_CHANGE, arguments, times=2)
    for number, answer in enumerate(kills, 1):
        assert answer is None or answer["status"] == 200
        client = create_app(settings, database).test_client() if number % 2 else ada.client
        retry = client.open(**requests[number])
        assert (retry.status_code, retry.json["email"]) == (200, f"ada.{number}@example.com")
        assert retry.json["version"] == number + 2
        assert_everybody_holds_their_address(database)
        assert client.open(**requests[number]).data == retry.data
    assert_log_and_projection_agree(database)


def test_killed_change_of_address_blocks_others_for_ten_seconds(
    crashes: Crasher, register: Callable[..., Person], settings: Settings, database: Database
) -> None:
    """Ten seconds after the kill, other users can take the one of the two addresses that is not in use."""
    people: dict[int, Person] = {}

    def arguments(number: int) -> dict[str, Any]:
        people[number] = register(f"old.{number}@example.com")
        headers = {"Authorization": f"Bearer {people[number].token}"}
        body = {"email": f"new.{number}@example.com"}
        request = {"method": "PATCH", "path": ME, "json": body, "headers": headers}
        return {"settings": asdict(settings), "request": request}

    later = create_app(settings, database, lambda: utc_now() + timedelta(seconds=10))
    services(later).get(Startup).run_once()
    for number, _ in enumerate(crashes.every_kill(REQUEST, PATH_OF_CLAIMS, arguments), 1):
        addresses = [f"old.{number}@example.com", f"new.{number}@example.com"]
        taken = []
        for email in addresses:
            try:
                join(services(later).get(UserStore), email)
            except Conflict:
                taken.append(email)
        shown = services(later).get(UserStore).get(people[number].user_id, people[number].user_id)
        assert taken == [shown["email"]]
    assert_everybody_holds_their_address(database)
    assert_log_and_projection_agree(database)


@pytest.fixture
def abandoned(users: UserStore, database: Database, clock: MovableClock) -> str:
    """The id of a user whose change to the address NEW was killed directly after the claim."""
    user_id = join(users, OLD)
    assert EmailClaims(database).claim(NEW, Claim(user_id, clock()))
    return user_id


def test_new_claim_of_a_change_blocks_others(users: UserStore, abandoned: str, clock: MovableClock) -> None:
    eve = join(users, "eve@example.com")
    clock.advance(seconds=7, milliseconds=999)
    assert not move(users, eve, NEW)
    started = time.monotonic()
    with pytest.raises(Conflict) as refusal:
        join(users, NEW)
    assert time.monotonic() - started < 1
    assert refusal.value.headers == {"Retry-After": "3"}
    assert move(users, abandoned, NEW)


def test_stale_claim_of_a_change_is_taken_over(
    users: UserStore, database: Database, abandoned: str, clock: MovableClock
) -> None:
    clock.advance(seconds=10)
    assert move(users, join(users, "eve@example.com"), NEW)
    assert not move(users, abandoned, NEW)
    assert_everybody_holds_their_address(database)


def test_unreleased_old_address_is_free(users: UserStore, database: Database, clock: MovableClock) -> None:
    user_id = join(users, OLD)
    left = EmailClaims(database).holder(OLD)
    assert left is not None
    assert move(users, user_id, NEW)
    assert EmailClaims(database).claim(OLD, left)
    clock.advance(seconds=10)
    assert join(users, OLD) != user_id
    assert_everybody_holds_their_address(database)


def test_late_release_keeps_the_renewed_claim(
    users: UserStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request claims OLD again, in the same millisecond, before the first request releases OLD."""
    user_id, release = join(users, OLD), Addresses.release

    def release_too_late(self: Addresses, email: str, known: Claim | None) -> None:
        monkeypatch.setattr(Addresses, "release", release)
        assert move(users, user_id, OLD)
        release(self, email, known)

    monkeypatch.setattr(Addresses, "release", release_too_late)
    assert move(users, user_id, NEW)
    assert users.get(user_id, user_id)["email"] == OLD
    assert [claim["_id"] for claim in database.emails.find({})] == [OLD]
    assert_everybody_holds_their_address(database)


def test_change_after_concurrent_change_of_address_starts_again(
    users: UserStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id, claim = join(users, OLD), Addresses.claim_for_user

    def claim_while_a_rival_moves(self: Addresses, email: str, owner_id: str) -> Claim:
        monkeypatch.setattr(Addresses, "claim_for_user", claim)
        mine = claim(self, email, owner_id)
        assert move(users, user_id, "third@example.com")
        return mine

    monkeypatch.setattr(Addresses, "claim_for_user", claim_while_a_rival_moves)
    assert move(users, user_id, NEW)
    assert [row["_id"] for row in database.emails.find({})] == [NEW]
    assert_everybody_holds_their_address(database)


def test_one_of_two_rivals_gets_the_address(users: UserStore, database: Database) -> None:
    rivals = [join(users, f"{name}@example.com") for name in ("ada", "eve", "bob")]
    together = Barrier(len(rivals))

    def want(user_id: str) -> bool:
        together.wait()
        return move(users, user_id, NEW)

    with ThreadPoolExecutor(len(rivals)) as pool:
        assert sorted(pool.map(want, rivals)) == [False, False, True]
    assert_everybody_holds_their_address(database)
    assert_log_and_projection_agree(database)


def test_concurrent_swaps_keep_addresses_unique(settings: Settings, database: Database) -> None:
    """Two threads for one user and one thread for each of two other users change addresses at random."""
    here = services(create_app(settings, database, utc_now))
    services(create_app(settings, database)).get(Startup).run_once()
    users = here.get(UserStore)
    people = [join(users, f"{number}@example.com") for number in range(3)]
    wanted = ["0@example.com", "1@example.com", "2@example.com", "free@example.com", "FREE@example.com"]
    together = Barrier(4)

    def wander(number: int) -> int:
        chance = random.Random(number)
        together.wait()
        return sum(move(users, people[max(0, number - 1)], chance.choice(wanted)) for _ in range(25))

    with ThreadPoolExecutor(4) as pool:
        moves = list(pool.map(wander, range(4)))
    assert sum(moves) > 0
    assert_everybody_holds_their_address(database)
    assert_log_and_projection_agree(database)


def test_claim_ids_differ_in_the_same_millisecond(clock: MovableClock) -> None:
    owner = new_id(clock())
    assert Claim(owner, clock()).claim_id != Claim(owner, clock()).claim_id
