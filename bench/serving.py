"""The product on ports and in a folder of its own: to be measured, and to be killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tools import api, database
from tools.places import DataFolder
from tools.ports import LOOPBACK, free_port
from tools.processes import Service
from webapp.core.settings import Settings

READY_SECONDS = 30
# Load is what is measured here; its limits have tests of their own.
SETTINGS = {"RATE_LIMIT_USER": "off", "RATE_LIMIT_ADDRESS": "off", "RATE_LIMIT_SIGN_IN": "off"}


@dataclass
class Product:
    """A database and an API. Only the thread that started them may restart them: they end when it does."""

    folder: DataFolder
    mongodb_port: int
    port: int
    mongodb: Service
    web: Service

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def mongodb_uri(self) -> str:
        """Where the database is, also after a restart."""
        return database.uri(self.mongodb_port)

    def settings(self, database_name: str) -> Settings:
        """For an application in this process, on a database of its own beside that of the product."""
        return Settings(jwt_secret="x" * 48, mongodb_uri=self.mongodb_uri, mongodb_database=database_name)

    def workers(self) -> list[psutil.Process]:
        """The processes of gunicorn that answer requests."""
        return psutil.Process(self.web.process.pid).children()

    def kill_the_database(self) -> None:
        """Kill the database server as a power cut would."""
        self.mongodb.process.kill()
        self.mongodb.process.wait()

    def restart_the_database(self) -> None:
        """Start a server on the files that the killed one left, and wait until it answers."""
        self.mongodb = database.start(self.folder, self.mongodb_port)

    def kill_a_worker(self) -> None:
        """Kill one worker of gunicorn, which starts another."""
        self.workers()[0].kill()

    def wait_until_ready(self) -> None:
        """Wait until the API and its database answer."""
        self.web.wait_until(lambda: api.is_ready(self.port), seconds=READY_SECONDS)


@contextmanager
def served(folder: DataFolder) -> Iterator[Product]:
    """Start a product in the folder, and stop it at the end."""
    (folder.path / "logs").mkdir(exist_ok=True)
    mongodb_port, port = free_port(), free_port()
    mongodb = database.start(folder, mongodb_port)
    web = api.start(folder, folder.environment(database.uri(mongodb_port)) | SETTINGS, port)
    product = Product(folder, mongodb_port, port, mongodb, web)
    try:
        product.wait_until_ready()
        yield product
    finally:
        product.web.stop()
        product.mongodb.stop()
