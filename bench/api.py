"""Requests per second and latency of the API on an embedded database of its own: `make bench`.

Client, server and database share this machine's cores, so the figures are a lower bound. Two columns compare
operations on any machine: the ratio to GET /health, which touches nothing, measured in the same run; and the
number of database round trips, which a database across a network multiplies by its latency.
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

from bench.operations import Request, operations, settle_in
from bench.round_trips import count_round_trips
from bench.serving import served
from tools.data_folder import DataFolder
from tools.ports import LOOPBACK


@dataclass(frozen=True)
class Client:
    """Sends requests on one connection that is kept alive."""

    connection: http.client.HTTPConnection

    @classmethod
    def connect(cls, port: int) -> "Client":
        """Open a connection to the API."""
        return cls(http.client.HTTPConnection(LOOPBACK, port, timeout=30))

    def send(self, request: Request, token: str) -> Any:
        """Send one request; raises RuntimeError unless it succeeds."""
        method, path, body = request
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)


@dataclass(frozen=True)
class Load:
    """Clients that send one kind of request at the same time."""

    port: int
    token: str
    clients: int

    def measure(self, request: Callable[[int], Request], seconds: float) -> tuple[float, list[float]]:
        """Send for a while; returns requests per second and latencies in ms."""
        begun = time.perf_counter()

        def work(number: int) -> list[float]:
            client, latencies = Client.connect(self.port), list[float]()
            while (start := time.perf_counter()) < begun + seconds:
                client.send(request(len(latencies) * self.clients + number), self.token)
                latencies.append((time.perf_counter() - start) * 1000)
            client.connection.close()
            return latencies

        with ThreadPoolExecutor(self.clients) as pool:
            latencies = [each for results in pool.map(work, range(self.clients)) for each in results]
        return len(latencies) / (time.perf_counter() - begun), latencies


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="for each operation")
    parser.add_argument("--clients", type=int, default=4, help="connections at the same time")
    options = parser.parse_args()
    console = Console()
    table = Table("operation", "requests/s", "p50 ms", "p99 ms", "of GET /health", "round trips")
    with tempfile.TemporaryDirectory() as name, served(DataFolder(Path(name))) as product:
        round_trips = count_round_trips(product.settings("round_trips"))
        token, made = settle_in(Client.connect(product.port).send)
        load, baseline = Load(product.port, token, options.clients), 0.0
        for name, request in operations(made).items():
            with console.status(f"Measuring {name}"):
                load.measure(request, 1)
                rate, latencies = load.measure(request, options.seconds)
            baseline = baseline or rate
            cuts = statistics.quantiles(latencies, n=100, method="inclusive")
            figures = (f"{rate:.0f}", f"{cuts[49]:.1f}", f"{cuts[98]:.1f}", f"{rate / baseline:.2f}")
            table.add_row(name, *figures, str(round_trips[name]))
    console.print(table)


if __name__ == "__main__":
    main()
