"""Hashing passwords takes memory, and a crowd that logs in must not take all of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import argon2
import psutil
import pytest

from webapp.auth import credentials as module
from webapp.auth.credentials import HASHES_AT_ONCE, Credentials
from webapp.core.clock import utc_now
from webapp.core.database import Database

PASSWORD = "correct horse battery"
CROWD = 8
MIB = 1024 * 1024


def _growth(work: Callable[[], object]) -> int:
    """The most memory, in bytes, that this process has beyond what it has now, while it works."""
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


def test_crowd_takes_memory_for_two(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # Elsewhere tests hash quickly, and with next to no memory.
    monkeypatch.setattr(module, "PasswordHasher", argon2.PasswordHasher)
    credentials = Credentials(database, utc_now)

    def register(number: int) -> None:
        credentials.create(f"user-{number}", PASSWORD)

    def everybody() -> None:
        with ThreadPoolExecutor(CROWD) as pool:
            list(pool.map(register, range(CROWD)))

    register(CROWD)
    assert _growth(everybody) < (HASHES_AT_ONCE + 1) * 64 * MIB
