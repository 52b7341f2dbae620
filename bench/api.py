"""The throughput and latency of the API with a temporary local database: `make bench-embedded`.

Client, server and database share the cores of this machine, so the throughput is lower than on three
machines. Two columns can be compared between machines. One column is the throughput relative to GET /health,
which does not use the database. The other column is the number of database round trips; with a remote
database, each round trip takes the network latency.
"""

import argparse
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.api_requests import Request, create_test_data, operations
from bench.round_trips import count_round_trips
from bench.serving import running_product
from tools.data_folder import DataFolder
from tools.supervision.ports import LOOPBACK


@dataclass(frozen=True)
class Client:
    """Sends requests on one persistent connection."""

    connection: http.client.HTTPConnection

    @classmethod
    def connect(cls, port: int) -> "Client":
        """Open a connection to the API."""
        return cls(http.client.HTTPConnection(LOOPBACK, port, timeout=30))

    def send(self, request: Request, token: str) -> Any:
        """Send one request and wait for its response; raises RuntimeError unless the request succeeds."""
        method, path, body = request
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {content.decode()}")
        return json.loads(content)


@dataclass(frozen=True)
class Load:
    """Concurrent clients that send the same kind of request."""

    port: int
    token: str
    clients: int

    def measure(self, request: Callable[[int], Request], seconds: float) -> tuple[float, list[float]]:
        """Send requests for `seconds`; returns the requests per second, and all latencies in milliseconds.

        `request` returns the request with a given number.
        """
        started_at = time.perf_counter()

        def work(number: int) -> list[float]:
            client, latencies = Client.connect(self.port), list[float]()
            while (start := time.perf_counter()) < started_at + seconds:
                client.send(request(len(latencies) * self.clients + number), self.token)
                latencies.append((time.perf_counter() - start) * 1000)
            client.connection.close()
            return latencies

        with ThreadPoolExecutor(self.clients) as pool:
            latencies = [each for results in pool.map(work, range(self.clients)) for each in results]
        return len(latencies) / (time.perf_counter() - started_at), latencies


def main() -> None:
    """Measure all operations and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="duration for each operation")
    parser.add_argument("--clients", type=int, default=4, help="number of concurrent connections")
    options = parser.parse_args()
    console = Console()
    table = Table("operation", "requests/s", "p50 ms", "p99 ms", "relative to GET /health", "round trips")
    with tempfile.TemporaryDirectory() as name, running_product(DataFolder(Path(name))) as product:
        round_trips = count_round_trips(product.settings("round_trips"))
        token, task_ids = create_test_data(Client.connect(product.port).send)
        load, baseline = Load(product.port, token, options.clients), 0.0
        for name, request in operations(task_ids).items():
            with console.status(f"Measuring {name}"):
                load.measure(request, 1)
                rate, latencies = load.measure(request, options.seconds)
            baseline = baseline or rate
            percentiles = statistics.quantiles(latencies, n=100, method="inclusive")
            figures = (
                f"{rate:.0f}",
                f"{percentiles[49]:.1f}",
                f"{percentiles[98]:.1f}",
                f"{rate / baseline:.2f}",
            )
            table.add_row(name, *figures, str(round_trips[name]))
    console.print(table)


if __name__ == "__main__":
    main()
