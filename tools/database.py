"""The embedded database server: nx-27017, the MongoDB wire protocol over SQLite."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tools.places import BIN, DataFolder
from tools.ports import LOOPBACK, free_port
from tools.processes import Service


def start(folder: DataFolder, port: int) -> Service:
    """Start a server on the folder's database files and wait until it answers."""
    command = [
        BIN / "nx-27017",
        # One file for each database; in a single file all databases would share their collections.
        *("--data-dir", folder.path / "database"),
        *("--host", LOOPBACK),
        *("-p", str(port)),
        *("--pid-file", folder.path / f"database-{port}.pid"),
        *("--log-file", os.devnull),
    ]
    service = Service.start("The database", command, os.environ, folder.log("database"))
    service.wait_until(lambda: answers(uri(port)), seconds=15)
    return service


def uri(port: int) -> str:
    """The connection string of the server on this port."""
    return f"mongodb://{LOOPBACK}:{port}"


def answers(mongodb_uri: str) -> bool:
    """Tell whether a server answers a ping within half a second."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb_uri, serverSelectionTimeoutMS=500)
    try:
        client.admin.command("ping")
    except PyMongoError:
        return False
    finally:
        client.close()
    return True


@contextmanager
def at_hand(folder: DataFolder) -> Iterator[str]:
    """Give the connection string of a database on this folder.

    That is MONGODB_URI if it is set, else the server that runs on the folder already, else one that is
    started for as long as it is needed.
    """
    if given := os.environ.get("MONGODB_URI"):
        yield given
        return
    if running := _running(folder):
        yield running
        return
    port = free_port()
    service = start(folder, port)
    try:
        yield uri(port)
    finally:
        service.stop()


def _running(folder: DataFolder) -> str | None:
    try:
        found = uri(int(folder.database_port_file.read_text()))
    except (FileNotFoundError, ValueError):
        return None
    return found if answers(found) else None
