"""The embedded database server: nx-27017, which implements the MongoDB wire protocol and uses SQLite."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tools.data_folder import BIN, DataFolder
from tools.supervision.ports import LOOPBACK, free_port
from tools.supervision.processes import Service
from tools.supervision.supervisor import Part
from webapp.core.settings import Settings
from webapp.database.connection import reason_of

# A database that a command starts must respond within this time in seconds. A start takes a second, and
# longer on a busy machine.
START_SECONDS = 60
HEALTH_MILLISECONDS = 5000


def start(folder: DataFolder, port: int) -> Service:
    """Start a server on the folder's database files, and wait until the server responds."""
    return launch(folder, port).require_ready(lambda: is_reachable(uri(port)), START_SECONDS)


def part(folder: DataFolder, port: int) -> Part:
    """Return the database server as a part of the product."""
    return Part(
        "The database",
        lambda: launch(folder, port),
        lambda: None if is_reachable(uri(port), HEALTH_MILLISECONDS) else "does not respond to a ping",
        stops_last=True,
    )


def launch(folder: DataFolder, port: int) -> Service:
    """Start a server on the folder's database files; does not wait until the server `is_reachable`."""
    files = folder.path / "database"
    files.mkdir(parents=True, exist_ok=True)
    create_indexes(files / f"{Settings.mongodb_database}.db")
    command = [
        BIN / "nx-27017",
        # The server uses one file per database, because in a single file all databases would share their
        # collections.
        *("--data-dir", files),
        *("--host", LOOPBACK),
        *("-p", str(port)),
        *("--pid-file", folder.path / f"database-{port}.pid"),
        *("--log-file", os.devnull),
    ]
    return Service.start("The database", command, os.environ, folder.log("database"))


def create_indexes(file: Path) -> None:
    """Create the indexes that the server cannot create itself in a database file, unless they exist.

    These are the index of the list of tasks, on `user_id` and `_id`, and the index of the change log for
    ranges of `at`. Without the first one, the server sorts all tasks of a user for each list: 5.2 ms instead
    of 0.7 ms for 2,000 tasks. Without the second one, the server reads the whole log for each range.
    """
    # The package is imported here because its import takes a quarter of a second, and only commands that
    # start a server need the package.
    from neosqlite import Connection

    with Connection(str(file)) as connection:
        tasks, _ = connection["tasks"], connection["changes"]
        extract = f"{tasks.query_engine.jsonb.json_function_prefix}_extract"
        connection.db.execute(
            f"CREATE INDEX IF NOT EXISTS tasks_of_user ON tasks ({extract}(data, '$.user_id'), _id)"
        )
        # SQLite uses an index on an expression only if the query contains exactly the same expression. The
        # server compares dates with this expression.
        connection.db.execute(
            "CREATE INDEX IF NOT EXISTS changes_by_time ON changes "
            """(datetime(COALESCE(json_extract(data, '$.at."$date"'), json_extract(data, '$.at'))))"""
        )


def uri(port: int) -> str:
    """Return the connection string of the server on this port."""
    return f"mongodb://{LOOPBACK}:{port}"


def is_reachable(mongodb_uri: str, milliseconds: int = 500) -> bool:
    """Return whether a server responds to a ping within this number of milliseconds."""
    return not problem(mongodb_uri, milliseconds)


def problem(mongodb_uri: str, milliseconds: int = 500) -> str:
    """Return why the server does not respond to a ping within this time; "" if the server responds."""
    client: MongoClient[dict[str, Any]]
    try:
        with MongoClient(
            mongodb_uri,
            serverSelectionTimeoutMS=milliseconds,
            socketTimeoutMS=milliseconds,
            # If this timeout ends first, the error has the reason why the server was not found.
            connectTimeoutMS=round(0.8 * milliseconds),
        ) as client:
            client.admin.command("ping")
    except PyMongoError as error:
        return reason_of(error) or type(error).__name__
    return ""


def address(mongodb_uri: str) -> str:
    """Return the hosts and ports in a connection string, without the user and the password."""
    return urlsplit(mongodb_uri).netloc.rpartition("@")[2]


@contextmanager
def available_database(folder: DataFolder) -> Iterator[str]:
    """Yield the connection string of this folder's database.

    Uses MONGODB_URI if it is set. Otherwise uses the server that already runs for the folder, or else a new
    server that is stopped when the block ends.
    """
    if configured := os.environ.get("MONGODB_URI"):
        yield configured
        return
    if running := _running_server(folder):
        yield running
        return
    port = free_port()
    service = start(folder, port)
    try:
        yield uri(port)
    finally:
        service.stop()


def _running_server(folder: DataFolder) -> str | None:
    try:
        address = uri(int(folder.database_port_file.read_text()))
    except (FileNotFoundError, ValueError):
        return None
    return address if is_reachable(address) else None
