"""A product for drills: a database, an API and a lake in a new folder."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.data_folder import ROOT, DataFolder
from tools.ports import free_port
from tools.processes import Service
from tools.services import api, database
from tools.smoke.client import Client

START_SECONDS = 60
# The rate limits are off, because a drill sends requests faster than a user.
NO_LIMITS = dict.fromkeys(("RATE_LIMIT_USER", "RATE_LIMIT_ADDRESS", "RATE_LIMIT_SIGN_IN"), "off")


class DrillFailed(Exception):
    """The product did not behave as the runbook describes; the message states the difference."""


@dataclass
class Product:
    """A running product, whose parts a drill can stop and start."""

    folder: DataFolder
    environment: dict[str, str]
    database_port: int
    database: Service
    api: Service
    client: Client

    @property
    def database_uri(self) -> str:
        """The URI of the database."""
        return database.uri(self.database_port)

    def start_database(self) -> None:
        """Start a database server on the files of the previous server."""
        self.database = database.start(self.folder, self.database_port)

    def run_pipeline(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """Run a command of the pipeline; returns its exit status and its log lines."""
        ran = subprocess.run(
            [sys.executable, "-m", "todo_insights", *arguments],
            cwd=ROOT,
            env=self.environment | {"LOG_FORMAT": "json"},
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]

    def api_lines(self) -> list[dict[str, Any]]:
        """Return the log lines of the API."""
        lines = self.folder.log("api").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextmanager
def running_product(path: Path) -> Iterator[Product]:
    """Start a product with one signed-in user, and stop the product after the block."""
    folder = DataFolder(path)
    folder.create()
    database_port, api_port = free_port(), free_port()
    mongodb = database.start(folder, database_port)
    environment = folder.environment(database.uri(database_port)) | NO_LIMITS
    environment["METRICS_FILE"] = str(folder.metrics_file)
    environment["LAKE_URI"] = (path / "lake").as_uri()
    served = api.start(folder, environment, api_port)
    try:
        served.wait_until(lambda: api.is_ready(api_port), START_SECONDS)
        client = Client(f"http://127.0.0.1:{api_port}")
        product = Product(folder, environment, database_port, mongodb, served, client)
        _sign_in(client)
        yield product
        mongodb = product.database
    finally:
        served.stop()
        mongodb.stop()


def _sign_in(client: Client) -> None:
    user = {"email": "drill@example.com", "name": "Drill", "password": secrets.token_urlsafe(24)}
    client.send("POST", "/api/v1/users", 201, user)
    credentials = {name: user[name] for name in ("email", "password")}
    client.token = client.send("POST", "/api/v1/auth/login", 200, credentials)["access_token"]
