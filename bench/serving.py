"""Runs database and API in a separate folder, for measurements and for tests that kill processes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from tools.data_folder import DataFolder
from tools.services import api, database
from tools.supervision.ports import LOOPBACK, free_port
from tools.supervision.processes import Service
from webapp.core.settings import Settings

READY_SECONDS = 30
# Rate limits are off, because they would slow down the measurements; other tests cover the limits.
SETTINGS = {"RATE_LIMIT_USER": "off", "RATE_LIMIT_ADDRESS": "off", "RATE_LIMIT_SIGN_IN": "off"}


@dataclass
class MeasuredProduct:
    """A running database and API.

    Only the thread that started these processes may restart them, because a process ends when the thread that
    started it ends.
    """

    folder: DataFolder
    mongodb_port: int
    port: int
    mongodb: Service
    web: Service

    @property
    def url(self) -> str:
        """The URL of the API."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def mongodb_uri(self) -> str:
        """The connection string of the database; a restart does not change it."""
        return database.uri(self.mongodb_port)

    def settings(self, database_name: str) -> Settings:
        """Return settings for an application in this process, with a second database on the same server."""
        return Settings(jwt_secret="x" * 48, mongodb_uri=self.mongodb_uri, mongodb_database=database_name)

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes of gunicorn."""
        return psutil.Process(self.web.process.pid).children()

    def kill_database(self) -> None:
        """Kill the database server without a shutdown, as a power failure would."""
        self.mongodb.process.kill()
        self.mongodb.process.wait()

    def restart_database(self) -> None:
        """Start a server on the files of the killed server, and wait until it responds."""
        self.mongodb = database.start(self.folder, self.mongodb_port)

    def kill_worker(self) -> None:
        """Kill one worker; gunicorn starts another one.

        A worker that was killed earlier is still listed until gunicorn collects its exit status, which can
        happen at any moment.
        """
        while True:
            for worker in self.workers():
                with suppress(psutil.NoSuchProcess):
                    if worker.status() != psutil.STATUS_ZOMBIE:
                        worker.kill()
                        return
            time.sleep(0.05)

    def wait_until_ready(self) -> None:
        """Wait until the API and its database are ready for requests."""
        self.web.wait_until(lambda: api.is_ready(self.port), seconds=READY_SECONDS)


@contextmanager
def running_product(folder: DataFolder) -> Iterator[MeasuredProduct]:
    """Start database and API with their data in the folder, and stop both when the block ends."""
    (folder.path / "logs").mkdir(exist_ok=True)
    mongodb_port, port = free_port(), free_port()
    mongodb = database.start(folder, mongodb_port)
    web = api.start(folder, folder.environment(database.uri(mongodb_port)) | SETTINGS, port)
    product = MeasuredProduct(folder, mongodb_port, port, mongodb, web)
    try:
        product.wait_until_ready()
        yield product
    finally:
        product.web.stop()
        product.mongodb.stop()
