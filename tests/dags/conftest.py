"""A real MongoDB-compatible server for the tests that read a log, and an empty lake for each test."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.dags.change_log import Document
from todo_insights.extract import Changes
from todo_insights.settings import ZONES, Settings

_START_SECONDS = 60


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mongodb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # A data folder, because with one file all database names would mean the same data.
    data = [f"--data-dir={folder}", f"--pid-file={folder / 'pid'}", f"--log-file={folder / 'log'}"]
    # Beside the interpreter: a test run need not have activated the virtualenv.
    program = Path(sys.executable).with_name("nx-27017")
    server = subprocess.Popen(
        [program, *data, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    uri = f"mongodb://127.0.0.1:{port}"
    try:
        _wait_for(uri)
        yield uri
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def settings(mongodb_uri: str, tmp_path: Path) -> Settings:
    lake = (tmp_path / "lake").as_uri()
    return Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database=f"todo_{uuid4().hex[:12]}",
        zone_uris=MappingProxyType({zone: f"{lake}/{zone}" for zone in ZONES}),
        catalog_uri=f"{lake}/catalog.sqlite",
        settle=timedelta(minutes=5),
    )


@pytest.fixture
def changes(settings: Settings) -> Iterator[Changes]:
    with MongoClient[Document](settings.mongodb_uri, tz_aware=True, retryWrites=False) as client:
        collection = client[settings.mongodb_database]["changes"]
        collection.create_index("at")
        yield collection


def _wait_for(uri: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with MongoClient[Document](uri, serverSelectionTimeoutMS=500) as client:
                client.admin.command("ping")
                return
        except PyMongoError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
