"""Workers and the database server are killed under load; each acknowledged write is stored exactly once."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from pymongo import MongoClient

from bench.serving import MeasuredProduct, running_product
from tests.invariants import assert_log_and_projection_agree
from tests.serving import Api
from tools.data_folder import DataFolder

TASKS = "/api/v1/tasks"
CLIENTS, WRITES, WRITES_BETWEEN_KILLS = 4, 60, 30


@pytest.fixture
def product(tmp_path: Path) -> Iterator[MeasuredProduct]:
    with running_product(DataFolder(tmp_path)) as opened:
        yield opened


def kill_database(product: MeasuredProduct) -> None:
    product.kill_database()
    time.sleep(0.5)
    product.restart_database()


def retry_until_created(client: Api, key: str) -> tuple[str, dict[str, Any]]:
    """Send a create with this key until it is acknowledged; every other response must be a 503 problem."""
    while True:
        try:
            response = client.send("POST", TASKS, {"title": key}, Idempotency_Key=key)
        except requests.RequestException:
            time.sleep(0.05)
            continue
        if response.status_code == 201:
            return key, response.json()
        assert response.status_code == 503, response.text
        assert response.headers["Content-Type"] == "application/problem+json"
        assert int(response.headers["Retry-After"]) > 0
        time.sleep(0.05)


def test_acknowledged_writes_survive_kills_once(product: MeasuredProduct) -> None:
    user_id, client = Api(product.url).sign_up("ada@example.com")
    progress = threading.Semaphore(0)

    def write(key: str) -> tuple[str, dict[str, Any]]:
        acknowledged = retry_until_created(client, key)
        progress.release()
        return acknowledged

    keys = [f"{name}-{number}" for number in range(WRITES) for name in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        writes = pool.map(write, keys)
        # The time of a kill depends on the number of acknowledged writes, so the speed of the machine does
        # not matter.
        for number in range(1, len(keys) // WRITES_BETWEEN_KILLS):
            for _ in range(WRITES_BETWEEN_KILLS):
                assert progress.acquire(timeout=120), "no write was acknowledged for 120 s"
            kill_database(product) if number % 3 == 0 else product.kill_worker()
        acknowledged = dict(writes)
    product.wait_until_ready()

    with MongoClient[dict[str, Any]](product.mongodb_uri, tz_aware=True) as mongo:
        stored = mongo["todo"]
        titles = sorted(task["title"] for task in stored.tasks.find({"user_id": user_id}))
        assert titles == sorted(keys)
        logged = [change["idempotency_key"] for change in stored.changes.find({"entity": "task"})]
        assert sorted(logged) == sorted(f"{user_id}:{key}" for key in keys)
        assert_log_and_projection_agree(stored)
    for key, task in acknowledged.items():
        assert client.send("GET", f"{TASKS}/{task['id']}").json() == task, key
