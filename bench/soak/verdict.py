"""The verdict at the end of a soak: lists, log and projection hold what was acknowledged, no more."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo import MongoClient

from bench.consistency import inconsistencies
from bench.soak.lists import sync
from bench.soak.model import Contradiction, differences, expect, key_differences
from bench.soak.user import API, User

Database = Any
# The feed keeps some seconds away from the present.
SYNC_SECONDS = 30.0


def judge(mongodb_uri: str, users: Sequence[User]) -> list[str]:
    """Compare what every user knows with the API and with the database; returns what is wrong."""
    with ThreadPoolExecutor(4) as pool:
        findings = [finding for found in pool.map(_judge_api, users) for finding in found]
    with MongoClient[dict[str, Any]](mongodb_uri, tz_aware=True) as client:
        database = client["todo"]
        findings += [finding for user in users for finding in _judge_log(database, user)]
        findings += [f"log and projection disagree: {found}" for found in inconsistencies(database)]
    return findings


def _judge_api(user: User) -> list[str]:
    user.operation = "verify"
    try:
        _compare_with_api(user)
    except Contradiction as error:
        return [f"user {user.number}: {error}"]
    return []


def _compare_with_api(user: User) -> None:
    user.log_in()
    profile = user.read(f"{API}/users/me").json()
    known = {**user.model.tasks, user.model.user_id: user.model.profile}
    expect(known, [profile, *user.pages(f"{API}/tasks?limit=100")])
    deadline = time.monotonic() + SYNC_SECONDS
    while not user.mirror.is_complete(user.model):
        if time.monotonic() > deadline:
            raise Contradiction(f"the feed has not told everything after {SYNC_SECONDS:.0f} s")
        time.sleep(0.5)
        sync(user)


def _judge_log(database: Database, user: User) -> list[str]:
    wanted = {"entity_id": 1, "version": 1, "idempotency_key": 1}
    changes = list(database.changes.find({"user_id": user.model.user_id}, wanted))
    newest: dict[str, int] = {}
    for change in changes:
        newest[change["entity_id"]] = max(change["version"], newest.get(change["entity_id"], 0))
    prefix = f"{user.model.user_id}:"
    keys = [change["idempotency_key"].removeprefix(prefix) for change in changes]
    found = differences(user.model.versions, newest) + key_differences(user.model.keys, keys)
    return [f"the log of user {user.number}: {finding}" for finding in found]
