"""Concurrent clients of two gunicorn workers: each update is applied exactly once."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import requests
from pymongo import MongoClient

from tests.invariants import assert_log_and_projection_agree
from tests.serving import Api

TASKS = "/api/v1/tasks"
CLIENTS, UPDATES, SHARED_TASKS = 8, 60, 5


def in_parallel(work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, range(CLIENTS)))


def update_unconditionally(api: Api, path: str) -> int:
    answer = api.send("PATCH", path, {"tags": ["touched"]})
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["version"]
    return version


def count_up(api: Api, path: str) -> int:
    """Read a number, add one, and write the sum with If-Match; start again if another client was faster."""
    while True:
        seen = api.send("GET", path)
        title = str(int(seen.json()["title"]) + 1)
        answer = api.send("PATCH", path, {"title": title}, If_Match=seen.headers["ETag"])
        if answer.status_code == 200:
            version: int = answer.json()["version"]
            return version
        assert answer.status_code == 412, answer.text


def test_concurrent_updates_are_not_lost(served: Api, mongodb_uri: str, database_name: str) -> None:
    """Half of the clients send If-Match, the other half does not."""
    _, ada = served.sign_up("ada@example.com")
    task_ids = [ada.send("POST", TASKS, {"title": "0"}).json()["id"] for _ in range(SHARED_TASKS)]
    paths = [f"{TASKS}/{task_id}" for task_id in task_ids]

    def work(client: int) -> list[tuple[str, int]]:
        update = count_up if client % 2 else update_unconditionally
        choices = Random(client).choices(paths, k=UPDATES)
        return [(path, update(ada, path)) for path in choices]

    results = in_parallel(work)
    acknowledged = [each for result in results for each in result]
    assert len(set(acknowledged)) == len(acknowledged) == CLIENTS * UPDATES
    counted = Counter(path for result in results[1::2] for path, _ in result)
    for path, updates in Counter(path for path, _ in acknowledged).items():
        task = ada.send("GET", path).json()
        assert (task["version"], task["title"]) == (updates + 1, str(counted[path]))
    with MongoClient[dict[str, Any]](mongodb_uri, tz_aware=True) as client:
        database = client[database_name]
        assert database.changes.count_documents({"entity": "task"}) == CLIENTS * UPDATES + SHARED_TASKS
        assert_log_and_projection_agree(database)


def test_concurrent_retries_create_one_task(shared_api: Api) -> None:
    _, ada = shared_api.sign_up("retries@example.com")
    for number in range(20):
        key = f"key-{number}"
        answers = in_parallel(
            lambda _, key=key: ada.send("POST", TASKS, {"title": key}, Idempotency_Key=key)  # type: ignore[misc]
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({(answer.content, answer.headers["Location"]) for answer in answers}) == 1
        replays = [answer for answer in answers if answer.headers.get("Idempotency-Replayed") == "true"]
        assert len(replays) == CLIENTS - 1
    assert len(ada.send("GET", f"{TASKS}?limit=100").json()["items"]) == 20


def register(api: Api, user: dict[str, str], **headers: str) -> requests.Response:
    """Register; after a 503, repeat the request, because the API hashes only a few passwords at a time.

    The repetition comes sooner than Retry-After says, so the API answers 503 more often.
    """
    while (answer := api.send("POST", "/api/v1/users", user, **headers)).status_code == 503:
        time.sleep(int(answer.headers["Retry-After"]) / 10)
    return answer


def test_concurrent_registrations_create_one_user(shared_api: Api) -> None:
    user = {"email": "registrations@example.com", "name": "Ada", "password": "correct horse battery"}
    answers = in_parallel(lambda _: register(shared_api, user))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}


def test_concurrent_registrations_with_one_key_agree(shared_api: Api) -> None:
    user = {"email": "one.key@example.com", "name": "Ada", "password": "correct horse battery"}
    answers = in_parallel(lambda _: register(shared_api, user, Idempotency_Key="once"))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
