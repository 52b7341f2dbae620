"""The product for drills: a database, the API, and the command line of the pipeline, in one data folder."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import psutil
import requests
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from tools import ToolError
from tools.data_folder import ROOT, DataFolder
from tools.services import api, database
from tools.signals.samples import read_api
from tools.smoke.client import Client, Unexpected
from tools.supervision.ports import LOOPBACK, free_port
from tools.supervision.processes import Service

TASKS = "/api/v1/tasks"
START_SECONDS = RECOVERY_SECONDS = 60.0
# The number of requests before an incident, from which the usual values of the metrics are taken. With this
# number, the two slowest requests, which hash a password, are above the 99th percentile.
USUAL_REQUESTS, SENDERS = 200, 4
# The rate limits are off, because a drill sends requests faster than a user.
NO_LIMITS = dict.fromkeys(("RATE_LIMIT_USER", "RATE_LIMIT_ADDRESS", "RATE_LIMIT_SIGN_IN"), "off")
# The samples of one minute, by the name of the metric.
Emitted = dict[str, list[float]]
Line = dict[str, Any]
T = TypeVar("T")


class DrillFailed(Exception):
    """The product did not behave as the runbook describes; the message states the difference."""


# The errors of the product, of its services and of its processes, which make a drill fail.
FAILURES = (
    *(DrillFailed, ToolError, Unexpected, requests.RequestException, OSError),
    *(PyMongoError, BotoCoreError, ClientError, psutil.Error),
)


@dataclass
class Database:
    """A running database server; `kill` begins an outage, and `start` ends it."""

    folder: DataFolder
    port: int
    service: Service

    def kill(self) -> None:
        """Kill the server with SIGKILL, as in a crash."""
        self.service.process.kill()
        self.service.process.wait()

    def start(self) -> None:
        """Start a server on the files of the previous server."""
        self.service = database.start(self.folder, self.port)


@dataclass
class Product:
    """A running API with one signed-in user; `usual` has the metrics of a minute without an incident."""

    folder: DataFolder
    environment: Mapping[str, str]
    service: Service
    client: Client
    metrics_file: Path
    usual: Emitted = field(default_factory=dict)

    def api_lines(self) -> list[Line]:
        """Return the log lines of the API."""
        return _json_lines(self.folder.log("api").read_text())

    def statuses(self, requests: int) -> set[int]:
        """Send requests from a few threads, as several users do; return the statuses of the responses."""

        def send(number: int) -> int:
            return self.client.response("GET", TASKS).status_code

        with ThreadPoolExecutor(SENDERS) as pool:
            return set(pool.map(send, range(requests)))

    def wait_until_recovered(self) -> float:
        """Wait until a task can be written and read; return the seconds that this took."""
        started = time.monotonic()
        while self.client.response("POST", TASKS, {"title": "After the incident"}).status_code != 201:
            if time.monotonic() - started > RECOVERY_SECONDS:
                raise DrillFailed(
                    f"{RECOVERY_SECONDS:.0f} s after the end of the fault, no task can be written"
                )
            time.sleep(0.2)
        self.client.send("GET", TASKS, 200)
        return time.monotonic() - started

    def sign_up(self, email: str) -> Client:
        """Register and log in another user; returns a client of this user."""
        client = Client(self.client.base_url)
        _sign_up(client, email)
        return client

    def replace_workers(self) -> None:
        """Replace the processes of the API, as a deployment does; the old ones write their metrics first."""
        old = psutil.Process(self.service.process.pid).children()
        self.service.process.send_signal(signal.SIGHUP)
        _, running = psutil.wait_procs(old, timeout=START_SECONDS)
        if running:
            raise DrillFailed(f"old processes of the API still run {START_SECONDS:.0f} s after SIGHUP")

    def take_metrics(self, least_requests: int = 1) -> Emitted:
        """Return the metrics in the API's metrics file, and empty the file.

        Returns {}, and does not empty the file, if the API has counted fewer requests than `least_requests`.
        The values of all minutes in the file are returned as one minute, because a drill takes less than a
        minute.
        """
        totals = read_api(self.metrics_file, since=0).totals
        if sum(sum(values) for values in totals["Requests"].values()) < least_requests:
            return {}
        os.truncate(self.metrics_file, 0)
        return {
            name: [each for values in minutes.values() for each in values] for name, minutes in totals.items()
        }

    def run_pipeline(self, *arguments: str) -> tuple[int, list[Line]]:
        """Run a command of the pipeline; returns its exit status and its log lines."""
        ran = subprocess.run(
            [sys.executable, "-m", "todo_insights", *arguments],
            cwd=ROOT,
            env={**self.environment, "LOG_FORMAT": "json"},
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, _json_lines(ran.stderr)


@contextmanager
def running_database(folder: DataFolder) -> Iterator[Database]:
    """Start a database server, and stop it after the block."""
    folder.create()
    port = free_port()
    opened = Database(folder, port, database.start(folder, port))
    # `make top` reads the port and the time of the start.
    folder.database_port_file.write_text(str(port))
    folder.record_start(datetime.now(UTC))
    try:
        yield opened
    finally:
        opened.service.stop()


@contextmanager
def running_api(
    folder: DataFolder, mongodb_uri: str, command_prefix: Sequence[object] = (), **settings: str
) -> Iterator[Product]:
    """Start the API, measure its usual metrics, and stop it after the block; it writes its last metrics then.

    `command_prefix` is a command that runs the command of the API, for example in a mount namespace.
    """
    port = free_port()
    paths = {"METRICS_FILE": str(folder.metrics_file), "LAKE_URI": (folder.path / "lake").as_uri()}
    environment = folder.environment(mongodb_uri) | NO_LIMITS | paths | settings
    with api.running(folder, environment, port, START_SECONDS, command_prefix) as service:
        root = Path(f"/proc/{service.process.pid}/root") if command_prefix else Path("/")
        metrics_file = root / environment["METRICS_FILE"].lstrip("/")
        product = Product(folder, environment, service, Client(f"http://{LOOPBACK}:{port}"), metrics_file)
        _sign_up(product.client, "drill@example.com")
        product.statuses(USUAL_REQUESTS)
        product.replace_workers()
        product.usual = wait_for(
            lambda: product.take_metrics(USUAL_REQUESTS), "the API has written no metrics"
        )
        yield product


@contextmanager
def running_product(folder: DataFolder) -> Iterator[tuple[Database, Product]]:
    """Start a database and the API, and stop them after the block."""
    with running_database(folder) as opened, running_api(folder, database.uri(opened.port)) as product:
        yield opened, product


def interrupt_on_signals() -> None:
    """Let the first SIGTERM, SIGINT or SIGHUP raise KeyboardInterrupt, and ignore later signals.

    Stopping the product takes some seconds, and must not be interrupted.
    """
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in numbers:
        signal.signal(each, interrupt)


def wait_for(read: Callable[[], T], problem: str, seconds: float = RECOVERY_SECONDS, pause: float = 0.2) -> T:
    """Call `read` until its result is not empty; raises DrillFailed with `problem` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := read()):
        if time.monotonic() > deadline:
            raise DrillFailed(problem)
        time.sleep(pause)
    return found


def find_line(lines: Sequence[Line], message: str) -> Line:
    """Return the last line whose message starts with `message`; raises DrillFailed if there is none."""
    found = [line for line in lines if line["message"].startswith(message)]
    if not found:
        raise DrillFailed(f"the log has no line «{message}»")
    return found[-1]


def _json_lines(text: str) -> list[Line]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _sign_up(client: Client, email: str) -> None:
    user = {"email": email, "name": "Drill", "password": secrets.token_urlsafe(24)}
    client.send("POST", "/api/v1/users", 201, user)
    credentials = {name: user[name] for name in ("email", "password")}
    client.token = client.send("POST", "/api/v1/auth/login", 200, credentials)["access_token"]
