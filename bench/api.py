"""Requests per second and latency of the API on an embedded database of its own: `make bench`.

Client, server and database share this machine's cores, so the figures are a lower bound; the last column
compares each operation with GET /health, which touches nothing, measured in the same run.
"""

import argparse
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tools import api, database
from tools.places import DataFolder
from tools.ports import LOOPBACK, free_port

PASSWORD = "measure and compare"  # noqa: S105  # of a user that lives as long as the measurement
TASKS = "/api/v1/tasks"
Request = tuple[str, str, bytes | None]


@dataclass(frozen=True)
class Client:
    """Sends requests as one signed-in user."""

    port: int
    token: str = ""

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection that is kept alive."""
        return http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)

    def send(self, connection: http.client.HTTPConnection, request: Request) -> Any:
        """Send one request; raises RuntimeError unless it succeeds."""
        method, path, body = request
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)


@contextmanager
def served() -> Iterator[int]:
    """A database and an API of our own; gives the API's port."""
    with tempfile.TemporaryDirectory() as name:
        folder = DataFolder(Path(name))
        (folder.path / "logs").mkdir()
        mongodb = database.start(folder, mongodb_port := free_port())
        service = api.start(folder, folder.environment(database.uri(mongodb_port)), port := free_port())
        try:
            service.wait_until(lambda: api.is_ready(port), seconds=30)
            yield port
        finally:
            service.stop()
            mongodb.stop()


def sign_up(port: int) -> Client:
    """Register and log in."""
    client = Client(port)
    connection = client.connect()
    user = {"email": "bench@example.com", "name": "Bench", "password": PASSWORD}
    client.send(connection, ("POST", "/api/v1/users", json.dumps(user).encode()))
    proof = json.dumps({"email": "bench@example.com", "password": PASSWORD}).encode()
    token = client.send(connection, ("POST", "/api/v1/auth/login", proof))["access_token"]
    connection.close()
    return Client(port, token)


def measure(
    client: Client, request: Callable[[int], Request], seconds: float, clients: int
) -> tuple[float, list[float]]:
    """Send requests from several clients for a while; returns requests per second and latencies in ms."""
    begun = time.perf_counter()

    def work(number: int) -> list[float]:
        connection = client.connect()
        latencies: list[float] = []
        while (start := time.perf_counter()) < begun + seconds:
            client.send(connection, request(len(latencies) * clients + number))
            latencies.append((time.perf_counter() - start) * 1000)
        connection.close()
        return latencies

    with ThreadPoolExecutor(clients) as pool:
        latencies = [each for results in pool.map(work, range(clients)) for each in results]
    return len(latencies) / (time.perf_counter() - begun), latencies


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="for each operation")
    parser.add_argument("--clients", type=int, default=4, help="connections at the same time")
    options = parser.parse_args()
    console = Console()
    table = Table("operation", "requests/s", "p50 ms", "p99 ms", "of GET /health")
    with served() as port:
        client = sign_up(port)
        connection = client.connect()
        body = json.dumps({"title": "Water the plants", "category": "home", "tags": ["soon"]}).encode()
        made = [client.send(connection, ("POST", TASKS, body))["id"] for _ in range(200)]
        connection.close()
        operations: dict[str, Callable[[int], Request]] = {
            "GET /health": lambda number: ("GET", "/health", None),
            "create": lambda number: ("POST", TASKS, body),
            "get": lambda number: ("GET", f"{TASKS}/{made[number % len(made)]}", None),
            "update": lambda number: ("PATCH", f"{TASKS}/{made[number % len(made)]}", b'{"priority":"high"}'),
            "list 20": lambda number: ("GET", TASKS, None),
        }
        baseline = 0.0
        for name, request in operations.items():
            with console.status(f"Measuring {name}"):
                measure(client, request, 1, options.clients)
                rate, latencies = measure(client, request, options.seconds, options.clients)
            baseline = baseline or rate
            cuts = statistics.quantiles(latencies, n=100)
            table.add_row(name, f"{rate:.0f}", f"{cuts[49]:.1f}", f"{cuts[98]:.1f}", f"{rate / baseline:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
