"""The database dies or hangs under load: answers stay honest and quick, and come back by themselves."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.conftest import SECRET
from tests.serving import NO_LIMITS, Api
from tools import api, database
from tools.places import DataFolder
from tools.ports import free_port
from tools.processes import Service

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
    """What the clients met: statuses, bad answers, and how long /health and the others took at most."""

    answers: dict[int, int] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    successes: list[float] = field(default_factory=list)
    slowest: float = 0.0
    slowest_health: float = 0.0

    def note(self, answer: requests.Response, seconds: float) -> None:
        self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
        self.slowest = max(self.slowest, seconds)
        if answer.status_code == 200:
            self.successes.append(time.monotonic())
        elif (
            answer.status_code != 503
            or answer.headers["Content-Type"] != "application/problem+json"
            or int(answer.headers["Retry-After"]) < 1
        ):
            self.strange.append(f"{answer.status_code} {answer.text}")


@contextmanager
def load(client: Api) -> Iterator[Load]:
    """Send requests from many clients, and ask for liveness meanwhile."""
    seen, over = Load(), threading.Event()

    def repeat(work: Callable[[], None]) -> None:
        while not over.is_set():
            work()
            time.sleep(0.01)

    def ask() -> None:
        begun = time.monotonic()
        seen.note(client.send("GET", TASKS), time.monotonic() - begun)

    def live() -> None:
        begun = time.monotonic()
        assert client.send("GET", "/health").status_code == 200
        seen.slowest_health = max(seen.slowest_health, time.monotonic() - begun)

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        running = [pool.submit(repeat, work) for work in [ask] * CLIENTS + [live]]
        try:
            yield seen
        finally:
            over.set()
    for each in running:
        each.result()


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_killed_database_is_found_again(product: Product) -> None:
    _, client = Api(product.url).sign_up("ada@example.com")
    workers = product.served.process.pid
    with load(client) as seen:
        wait_until(lambda: seen.answers.get(200, 0) > 50, seconds=20)
        product.mongodb.process.kill()
        product.mongodb.process.wait()
        time.sleep(4)
        refused = seen.answers.get(503, 0)
        product.restart_database()
        restarted = time.monotonic()
        wait_until(lambda: seen.successes[-1] > restarted, seconds=20)
        first = next(at for at in seen.successes if at > restarted) - restarted
        time.sleep(1)
    print(seen.answers, refused, first, seen.slowest, seen.slowest_health, seen.strange[:3])
    assert seen.strange == []


def test_hanging_database_is_given_up_in_time(product: Product) -> None:
    _, client = Api(product.url).sign_up("ada@example.com")
    with load(client) as seen:
        wait_until(lambda: seen.answers.get(200, 0) > 50, seconds=20)
        product.mongodb.process.send_signal(signal.SIGSTOP)
        time.sleep(8)
        product.mongodb.process.send_signal(signal.SIGCONT)
        resumed = time.monotonic()
        wait_until(lambda: seen.successes[-1] > resumed, seconds=20)
        first = next(at for at in seen.successes if at > resumed) - resumed
    print(seen.answers, first, seen.slowest, seen.slowest_health, seen.strange[:3])
    assert seen.strange == []
