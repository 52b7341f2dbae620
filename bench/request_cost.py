"""The cost of hostile requests relative to a valid request of the same size: `make fuzz-cost`.

The cost is the CPU time of the application in this process, without the HTTP server and the database. The
program prints the most expensive requests. It fails if a request of 1 MiB costs more than ten times as much
as a valid request.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from flask.testing import FlaskClient
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.hostile_requests import EMAIL, PASSWORD, SizedRequest, hostile_requests, valid_request
from tools.data_folder import DataFolder
from tools.services import database
from tools.supervision.ports import free_port
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import connect

MAX_RATIO = 10
SHOWN = 15
# The expected statuses of valid requests. A second registration with the same address gets
# 409, but is validated in the same way.
EXPECTED = (200, 201, 207, 409)


@dataclass(frozen=True)
class Cost:
    """The CPU seconds of a request, and the CPU seconds of a valid request of the same size."""

    request: SizedRequest
    seconds: float
    valid_seconds: float
    status: int
    response_bytes: int

    @property
    def ratio(self) -> float:
        """The cost of the request divided by the cost of the valid request."""
        return self.seconds / self.valid_seconds


class CostMeter:
    """Sends requests of one user to an application in this process."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self._valid: dict[tuple[str, int], float] = {}
        user = {"email": EMAIL, "name": "Ada", "password": PASSWORD}
        client.post("/api/v1/users", json=user)
        login = client.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        self._token = (login.json or {})["access_token"]

    def send(self, request: SizedRequest) -> Any:
        """Send one request to the application; returns the response."""
        method, path = request.operation.split()
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            **request.headers,
        }
        return self._client.open(
            path, method=method, data=request.body, query_string=request.query, headers=headers
        )

    def measure(self, request: SizedRequest) -> Cost:
        """Measure a request three times; returns the lowest cost."""
        # The cost of a valid request is measured once for all requests of about the same size.
        size = 1 << request.size.bit_length() - 1
        key = (request.operation, size)
        if key not in self._valid:
            self._valid[key], response = self._seconds(valid_request(request.operation, size))
            if response.status_code not in EXPECTED:
                answer = f"{response.status_code} {response.get_data(True)}"
                raise RuntimeError(f"a valid request {key} must succeed, but got: {answer}")
        seconds, response = self._seconds(request)
        return Cost(request, seconds, self._valid[key], response.status_code, len(response.data))

    def _seconds(self, request: SizedRequest) -> tuple[float, Any]:
        attempts = []
        for _ in range(3):
            start = time.process_time()
            response = self.send(request)
            attempts.append(time.process_time() - start)
        return min(attempts), response


@contextmanager
def cost_meter() -> Iterator[CostMeter]:
    """Start a temporary database, and build an application with this database and without rate limits."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = DataFolder(Path(name)), free_port()
        (folder.path / "logs").mkdir()
        server = database.start(folder, port)
        try:
            settings = Settings(
                jwt_secret="x" * 48,
                mongodb_uri=database.uri(port),
                rate_limit_user="",
                rate_limit_address="",
                rate_limit_sign_in="",
            )
            yield CostMeter(create_app(settings, connect(settings)).test_client())
        finally:
            server.stop()


def main() -> int:
    """Measure all requests and print the most expensive ones; returns 1 if a request is too expensive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=200, help="number of random requests")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    random = Random(options.seed)  # noqa: S311  # a reproducible choice, nothing secret
    requests = track(hostile_requests(random, options.random), "Measuring", console=Console(stderr=True))
    with cost_meter() as meter:
        costs = [meter.measure(each) for each in requests]
    worst = sorted(costs, key=lambda cost: -cost.ratio)
    table = Table("request", "operation", "KiB", "status", "response KiB", "CPU ms", "valid ms", "ratio")
    for cost in worst[:SHOWN]:
        request = cost.request
        sizes = (f"{request.size / 1024:.0f}", str(cost.status), f"{cost.response_bytes / 1024:.1f}")
        times = (f"{cost.seconds * 1000:.1f}", f"{cost.valid_seconds * 1000:.1f}", f"{cost.ratio:.1f}")
        table.add_row(request.name, request.operation, *sizes, *times)
    console = Console()
    console.print(table)
    console.print(f"{len(costs)} requests, worst ratio {worst[0].ratio:.1f}, limit {MAX_RATIO}")
    return int(worst[0].ratio > MAX_RATIO)


if __name__ == "__main__":
    sys.exit(main())
