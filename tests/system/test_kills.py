"""Workers and database server die (SIGKILL) under load: what was acknowledged is there, once."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from pymongo import MongoClient

from tests.conftest import SECRET
from tests.invariants import assert_log_and_projection_agree
from tests.system.conftest import NO_LIMITS, Api
from tools import api, database
from tools.places import DataFolder
from tools.ports import free_port
from tools.processes import Service

TASKS = "/api/v1/tasks"
CLIENTS, WRITES, WRITES_BETWEEN_KILLS = 4, 60, 30


class Killable:
    """A served product whose parts a test kills and brings back."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.mongodb_port, self.port = free_port(), free_port()
        self.mongodb = database.start(folder, self.mongodb_port)
        env = folder.environment(database.uri(self.mongodb_port)) | NO_LIMITS | {"JWT_SECRET_KEY": SECRET}
        self.served: Service = api.start(folder, env, self.port)
        self.served.wait_until(lambda: api.is_ready(self.port), seconds=30)

    def kill_a_worker(self) -> None:
        workers = psutil.Process(self.served.process.pid).children()
        os.kill(workers[0].pid, signal.SIGKILL)

    def kill_the_database(self) -> None:
        self.mongodb.process.kill()
        self.mongodb.process.wait()
        time.sleep(0.5)
        self.mongodb = database.start(self.folder, self.mongodb_port)

    def stop(self) -> None:
        self.served.stop()
        self.mongodb.stop()


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Killable]:
    (tmp_path / "logs").mkdir()
    opened = Killable(DataFolder(tmp_path))
    yield opened
    opened.stop()


def insist(client: Api, key: str) -> tuple[str, dict[str, Any]]:
    """Send the same keyed request until it is acknowledged; every other answer must be an honest 503."""
    while True:
        try:
            answer = client.send("POST", TASKS, {"title": key}, Idempotency_Key=key)
        except requests.RequestException:
            time.sleep(0.05)
            continue
        if answer.status_code == 201:
            return key, answer.json()
        assert answer.status_code == 503, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        time.sleep(0.05)


def test_acknowledged_writes_survive_kills_once(product: Killable) -> None:
    user_id, client = Api(f"http://127.0.0.1:{product.port}").sign_up("ada@example.com")
    progress = threading.Semaphore(0)

    def write(key: str) -> tuple[str, dict[str, Any]]:
        acknowledged = insist(client, key)
        progress.release()
        return acknowledged

    keys = [f"{name}-{number}" for number in range(WRITES) for name in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        writes = pool.map(write, keys)
        # After every few acknowledged writes, however fast the machine is.
        for number in range(1, len(keys) // WRITES_BETWEEN_KILLS):
            for _ in range(WRITES_BETWEEN_KILLS):
                assert progress.acquire(timeout=120), "the writers make no progress"
            product.kill_the_database() if number % 3 == 0 else product.kill_a_worker()
        acknowledged = dict(writes)
    product.served.wait_until(lambda: api.is_ready(product.port), seconds=30)

    with MongoClient[dict[str, Any]](database.uri(product.mongodb_port), tz_aware=True) as mongo:
        stored = mongo["todo"]
        titles = sorted(task["title"] for task in stored.tasks.find({"user_id": user_id}))
        assert titles == sorted(keys)
        logged = [change["idempotency_key"] for change in stored.changes.find({"entity": "task"})]
        assert sorted(logged) == sorted(f"{user_id}:{key}" for key in keys)
        assert_log_and_projection_agree(stored)
    for key, task in acknowledged.items():
        assert client.send("GET", f"{TASKS}/{task['id']}").json() == task, key
