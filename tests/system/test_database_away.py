"""The database stops or hangs under load: requests get 503 quickly, and succeed after its recovery."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
import pytest
import requests

from tests.conftest import SECRET
from tests.serving import NO_LIMITS, Api
from tools.data_folder import DataFolder
from tools.services import api, database
from tools.supervision.ports import free_port
from tools.supervision.processes import Service

TASKS = "/api/v1/tasks"
# gunicorn has this number of threads. If all threads waited for the database, /health would not respond.
CLIENTS = 16
TIMEOUT_MS = 3000


@dataclass
class ApiWithDatabase:
    """A served API and its database."""

    folder: DataFolder
    mongodb: Service
    mongodb_port: int
    served: Service
    url: str

    def restart_database(self) -> None:
        self.mongodb = database.start(self.folder, self.mongodb_port)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWithDatabase]:
    folder, mongodb_port, port = DataFolder(tmp_path_factory.mktemp("product")), free_port(), free_port()
    (folder.path / "logs").mkdir()
    mongodb = database.start(folder, mongodb_port)
    env = folder.environment(database.uri(mongodb_port)) | NO_LIMITS
    env |= {"JWT_SECRET_KEY": SECRET, "WEB_CONCURRENCY": "2", "DATABASE_TIMEOUT_MS": str(TIMEOUT_MS)}
    served = api.start(folder, env, port)
    opened = ApiWithDatabase(folder, mongodb, mongodb_port, served, f"http://127.0.0.1:{port}")
    served.wait_until(lambda: api.is_ready(port), seconds=30)
    yield opened
    served.stop()
    opened.mongodb.process.send_signal(signal.SIGCONT)
    opened.mongodb.stop()


@dataclass
class Load:
    """The numbers of responses to all clients by status, and the unexpected responses as text."""

    statuses: Counter[int] = field(default_factory=Counter)
    alive: int = 0
    unexpected: list[str] = field(default_factory=list)

    def note(self, answer: requests.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code != 200 and not is_well_formed(answer):
            self.unexpected.append(f"{answer.status_code} {answer.text}")


def is_well_formed(answer: requests.Response) -> bool:
    kind, seconds = answer.headers["Content-Type"], answer.headers.get("Retry-After", "0")
    return (answer.status_code, kind) == (503, "application/problem+json") and int(seconds) > 0


@contextmanager
def load(client: Api) -> Iterator[Load]:
    """Send requests from many clients, and meanwhile check that /health responds."""
    seen, over = Load(), threading.Event()

    def ask() -> None:
        while not over.wait(0.01):
            seen.note(client.send("GET", TASKS))

    def live() -> None:
        while not over.wait(0.01):
            assert client.send("GET", "/health").status_code == 200
            seen.alive += 1

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        running = [pool.submit(work) for work in [ask] * CLIENTS + [live]]
        try:
            yield seen
        finally:
            over.set()
    for each in running:
        each.result()


def wait_for(count: Callable[[], int], by: int, seconds: float = 20) -> None:
    """Wait until the number that `count` returns has grown by `by`; fail after `seconds`."""
    wanted, end = count() + by, time.monotonic() + seconds
    while count() < wanted:
        assert time.monotonic() < end, "the count grows too slowly"
        time.sleep(0.02)


def test_requests_succeed_after_restart_of_killed_database(product: ApiWithDatabase) -> None:
    _, client = Api(product.url).sign_up("ada@example.com")
    with load(client) as seen:
        wait_for(lambda: seen.statuses[200], by=50)
        for _ in range(2):
            product.mongodb.process.kill()
            product.mongodb.process.wait()
            # If each request waited for the database, there would be only eight responses per second.
            wait_for(lambda: seen.statuses[503], by=300)
            wait_for(lambda: seen.alive, by=20)
            product.restart_database()
            wait_for(lambda: seen.statuses[200], by=50)
    assert seen.unexpected == []


def test_hanging_database_leads_to_503(product: ApiWithDatabase) -> None:
    _, client = Api(product.url).sign_up("bob@example.com")
    workers = [child.pid for child in psutil.Process(product.served.process.pid).children()]
    with load(client) as seen:
        wait_for(lambda: seen.statuses[200], by=50)
        product.mongodb.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: seen.statuses[503], by=200)
        wait_for(lambda: seen.alive, by=20)
        product.mongodb.process.send_signal(signal.SIGCONT)
        wait_for(lambda: seen.statuses[200], by=50)
    assert seen.unexpected == []
    assert [child.pid for child in psutil.Process(product.served.process.pid).children()] == workers


def test_hanging_database_delays_request_by_timeout(product: ApiWithDatabase) -> None:
    """A write calls the database several times, but its request ends after the first timeout."""
    _, client = Api(product.url).sign_up("cyd@example.com")
    product.mongodb.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    answer = client.send("POST", TASKS, {"title": "Water the plants"})
    product.mongodb.process.send_signal(signal.SIGCONT)
    assert is_well_formed(answer)
    assert TIMEOUT_MS / 1000 * 0.9 < time.monotonic() - begun < TIMEOUT_MS / 1000 * 2
