"""A password hash costs much memory and time; many concurrent logins must not exhaust the server."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import argon2
import psutil
import pytest
from flask import Flask

from tests.processes import in_threads
from tests.webapp.conftest import PASSWORD, Person
from webapp.auth import hashing as module
from webapp.auth.credentials import Credentials
from webapp.auth.hashing import HASHES_AT_ONCE, LOCK_TIMEOUT, MAX_WAITING, HashQueue
from webapp.core.clock import utc_now
from webapp.core.errors import Busy
from webapp.database.connection import Database

LOGIN = "/api/v1/auth/login"
CROWD = 8
MIB = 1024 * 1024


@pytest.fixture
def real_hashes(quick_hashes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # This test uses the real costs of a hash; all other tests use minimal costs.
    monkeypatch.setattr(module, "PasswordHasher", argon2.PasswordHasher)


def _growth(work: Callable[[], object]) -> int:
    """Return by how many bytes the memory of this process grows at most while the function runs."""
    process, over = psutil.Process(), threading.Event()
    before = most = process.memory_info().rss

    def watch() -> None:
        nonlocal most
        while not over.wait(0.001):
            most = max(most, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    over.set()
    watcher.join()
    return most - before


@pytest.mark.usefixtures("real_hashes")
def test_concurrent_logins_need_memory_for_two_hashes(database: Database) -> None:
    credentials = Credentials(database, utc_now)

    def register(number: int) -> None:
        while True:
            try:
                hashed = credentials.hash(PASSWORD)
            except Busy:
                time.sleep(0.01)
            else:
                return credentials.create(f"user-{number}", PASSWORD, hashed)

    register(CROWD)
    assert _growth(lambda: in_threads(CROWD, register)) < (HASHES_AT_ONCE + 1) * 64 * MIB


@contextmanager
def occupied(queue: HashQueue, places: int) -> Iterator[None]:
    """Occupy `places` places of the queue during the `with` block, HASHES_AT_ONCE of them as if hashing."""
    ready, over = threading.Barrier(places + 1), threading.Event()

    def hold(number: int) -> None:
        with queue.admitted():
            if number < HASHES_AT_ONCE:
                with queue._computing():
                    ready.wait()
                    over.wait()
            else:
                ready.wait()
                over.wait()

    threads = [threading.Thread(target=hold, args=(number,)) for number in range(places)]
    for thread in threads:
        thread.start()
    ready.wait()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_full_queue_refuses_at_once() -> None:
    queue = HashQueue()
    with occupied(queue, HASHES_AT_ONCE + MAX_WAITING):
        started = time.monotonic()
        assert refusal(queue) == 1
        assert time.monotonic() - started < LOCK_TIMEOUT / 2
    with queue.admitted():
        assert queue.matches(queue.hash(PASSWORD), PASSWORD)


def refusal(queue: HashQueue) -> int:
    """Return the Retry-After of the response with which the full queue refuses a request."""
    with pytest.raises(Busy) as refused, queue.admitted():
        """Do nothing: `admitted` raises Busy before the block starts."""
    return int(refused.value.headers["Retry-After"])


def test_refused_clients_retry_at_different_times() -> None:
    """Retry-After differs between clients: if all retried after one second, most would get 503 again."""
    queue = HashQueue()
    with occupied(queue, HASHES_AT_ONCE + MAX_WAITING):
        seconds = [refusal(queue) for _ in range(20)]
        assert max(Counter(seconds).values()) <= HASHES_AT_ONCE + MAX_WAITING
        assert seconds == sorted(seconds)
        assert seconds[-1] <= 6
        assert max(refusal(queue) for _ in range(200)) == 30


def test_no_request_waits_longer_than_a_second() -> None:
    queue = HashQueue()
    with occupied(queue, HASHES_AT_ONCE):
        started = time.monotonic()
        with pytest.raises(Busy), queue.admitted():
            queue.hash(PASSWORD)
        assert LOCK_TIMEOUT <= time.monotonic() - started < 2 * LOCK_TIMEOUT


@pytest.mark.usefixtures("real_hashes")
def test_burst_of_logins_leaves_threads_free(app: Flask, ada: Person) -> None:
    """Of 40 concurrent logins, only a few use a thread for a hash; the others are refused at once."""
    inside, most = 0, 0
    lock = threading.Lock()
    verify = HashQueue.matches

    def watched(self: HashQueue, stored: str | None, password: str) -> bool:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        try:
            return verify(self, stored, password)
        finally:
            with lock:
                inside -= 1

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(HashQueue, "matches", watched)
        proof = {"email": "ada@example.com", "password": PASSWORD}
        answers = in_threads(40, lambda _: app.test_client().post(LOGIN, json=proof))
    assert most <= HASHES_AT_ONCE + MAX_WAITING
    assert {answer.status_code for answer in answers} == {200, 503}
    waits = [int(answer.headers["Retry-After"]) for answer in answers if answer.status_code == 503]
    assert 1 <= min(waits) <= max(waits) <= 30
