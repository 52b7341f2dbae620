"""The checks after a soak: lists, log and projection must contain exactly the acknowledged writes."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo import MongoClient

from bench.consistency import inconsistencies
from bench.soak.expected_state import ConsistencyError, differences, key_differences, require_equal
from bench.soak.lists import sync
from bench.soak.user import API, User

Database = Any
# The time in seconds until a replica must be complete: the change feed omits the changes of the last seconds.
SYNC_SECONDS = 30.0


def find_violations(mongodb_uri: str, users: Sequence[User]) -> list[str]:
    """Compare the expected state of every user with the API and the database; returns the findings."""
    with ThreadPoolExecutor(4) as pool:
        findings = [finding for found in pool.map(_check_api, users) for finding in found]
    with MongoClient[dict[str, Any]](mongodb_uri, tz_aware=True) as client:
        database = client["todo"]
        findings += [finding for user in users for finding in _check_log(database, user)]
        findings += [f"log and projection disagree: {found}" for found in inconsistencies(database)]
    return findings


def _check_api(user: User) -> list[str]:
    user.operation = "verify"
    try:
        _compare_with_api(user)
    except ConsistencyError as error:
        return [f"user {user.number}: {error}"]
    return []


def _compare_with_api(user: User) -> None:
    user.log_in()
    profile = user.read(f"{API}/users/me").json()
    known = {**user.expected.tasks, user.expected.user_id: user.expected.profile}
    require_equal(known, [profile, *user.pages(f"{API}/tasks?limit=100")])
    deadline = time.monotonic() + SYNC_SECONDS
    while not user.replica.is_complete(user.expected):
        if time.monotonic() > deadline:
            raise ConsistencyError(f"the feed is incomplete after {SYNC_SECONDS:.0f} s")
        time.sleep(0.5)
        sync(user)


def _check_log(database: Database, user: User) -> list[str]:
    projection = {"entity_id": 1, "version": 1, "idempotency_key": 1}
    changes = list(database.changes.find({"user_id": user.expected.user_id}, projection))
    newest: dict[str, int] = {}
    for change in changes:
        newest[change["entity_id"]] = max(change["version"], newest.get(change["entity_id"], 0))
    prefix = f"{user.expected.user_id}:"
    keys = [change["idempotency_key"].removeprefix(prefix) for change in changes]
    found = differences(user.expected.versions, newest) + key_differences(user.expected.keys, keys)
    return [f"the log of user {user.number}: {finding}" for finding in found]
