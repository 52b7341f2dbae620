"""The database dies or hangs under load: answers stay honest and quick, and come back by themselves."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import requests

from tests.conftest import SECRET
from tests.serving import NO_LIMITS, Api
from tools.data_folder import DataFolder
from tools.ports import free_port
from tools.processes import Service
from tools.services import api, database

TASKS = "/api/v1/tasks"
# As many as gunicorn has threads, so that waiting ones would leave none for /health.
CLIENTS = 16
TIMEOUT_MS = 3000


@dataclass
class Product:
    """A served product, and the database under it."""

    folder: DataFolder
    mongodb: Service
    mongodb_port: int
    served: Service
    url: str

    def restart_database(self) -> None:
        self.mongodb = database.start(self.folder, self.mongodb_port)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    (tmp_path / "logs").mkdir()
    folder, mongodb_port, port = DataFolder(tmp_path), free_port(), free_port()
    mongodb = database.start(folder, mongodb_port)
    env = folder.environment(database.uri(mongodb_port)) | NO_LIMITS
    env |= {"JWT_SECRET_KEY": SECRET, "WEB_CONCURRENCY": "2", "DATABASE_TIMEOUT_MS": str(TIMEOUT_MS)}
    served = api.start(folder, env, port)
    opened = Product(folder, mongodb, mongodb_port, served, f"http://127.0.0.1:{port}")
    served.wait_until(lambda: api.is_ready(port), seconds=30)
    yield opened
    served.stop()
    opened.mongodb.process.send_signal(signal.SIGCONT)
    opened.mongodb.stop()


@dataclass
class Load:
    """What the clients met: how many answers of each status, and those that are not as they should be."""

    statuses: Counter[int] = field(default_factory=Counter)
    alive: int = 0
    strange: list[str] = field(default_factory=list)

    def note(self, answer: requests.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code != 200 and not is_honest(answer):
            self.strange.append(f"{answer.status_code} {answer.text}")


def is_honest(answer: requests.Response) -> bool:
    kind, seconds = answer.headers["Content-Type"], answer.headers.get("Retry-After", "0")
    return (answer.status_code, kind) == (503, "application/problem+json") and int(seconds) > 0


@contextmanager
def load(client: Api) -> Iterator[Load]:
    """Send requests from many clients, and ask for liveness meanwhile."""
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


def count_up(count: Callable[[], int], by: int, seconds: float = 20) -> None:
    """Wait until the count has grown by so many."""
    wanted, end = count() + by, time.monotonic() + seconds
    while count() < wanted:
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def test_killed_database_is_found_again(product: Product) -> None:
    _, client = Api(product.url).sign_up("ada@example.com")
    with load(client) as seen:
        count_up(lambda: seen.statuses[200], by=50)
        for _ in range(2):
            product.mongodb.process.kill()
            product.mongodb.process.wait()
            # Were each of them to look for the database itself, there would be eight of these in a second.
            count_up(lambda: seen.statuses[503], by=300)
            count_up(lambda: seen.alive, by=20)
            product.restart_database()
            count_up(lambda: seen.statuses[200], by=50)
    assert seen.strange == []


def test_hanging_database_is_given_up_in_time(product: Product) -> None:
    _, client = Api(product.url).sign_up("ada@example.com")
    workers = [child.pid for child in psutil.Process(product.served.process.pid).children()]
    with load(client) as seen:
        count_up(lambda: seen.statuses[200], by=50)
        product.mongodb.process.send_signal(signal.SIGSTOP)
        count_up(lambda: seen.statuses[503], by=200)
        count_up(lambda: seen.alive, by=20)
        product.mongodb.process.send_signal(signal.SIGCONT)
        count_up(lambda: seen.statuses[200], by=50)
    assert seen.strange == []
    assert [child.pid for child in psutil.Process(product.served.process.pid).children()] == workers


def test_hanging_database_holds_a_request_so_long(product: Product) -> None:
    """A write makes several calls; the first that takes too long ends it."""
    _, client = Api(product.url).sign_up("ada@example.com")
    product.mongodb.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    answer = client.send("POST", TASKS, {"title": "Water the plants"})
    assert is_honest(answer)
    assert TIMEOUT_MS / 1000 * 0.9 < time.monotonic() - begun < TIMEOUT_MS / 1000 * 2
