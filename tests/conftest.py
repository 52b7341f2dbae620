"""Shared fixtures: the embedded database server, and a separate database for each test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.crashes import Crasher, crasher
from tests.serving import Api, serving
from tools.data_folder import DataFolder
from tools.services import database as server
from tools.supervision.ports import free_port
from webapp.core.settings import Settings
from webapp.database.connection import Database, connect

SECRET = "a secret for tests, long enough to be accepted"
# With this lifetime, tests can move the clock by days and keep their token. Tests of tokens use the real
# lifetime.
HUNDRED_YEARS_IN_MINUTES = 100 * 365 * 24 * 60
# Tests send more requests per minute than the rate limits allow, so the limits are off.
NO_LIMITS: dict[str, Any] = {"rate_limit_user": "", "rate_limit_address": "", "rate_limit_sign_in": ""}
# Folders and files with tests that take about a minute or more; the longest ones are first.
LONGEST = (
    "/tests/system/lake/",
    "/tests/dags/airflow/",
    "/tests/system/test_schemathesis.py",
    "/tests/system/test_tour.py",
    "/tests/tools/supervision/test_supervisor.py",
    "/tests/dags/faults/",
    "/tests/cloudformation/deploy/test_sceptre.py",
)
# Databases and lakes sync each write to the disk. In a memory file system, a sync takes almost no time.
MEMORY, REQUIRED_BYTES = Path("/dev/shm"), 4 * 2**30


def pytest_configure() -> None:
    """Put temporary files into memory if there is enough space and the file system allows executables."""
    if not MEMORY.is_dir():
        return
    status = os.statvfs(MEMORY)
    if status.f_bavail * status.f_frsize >= REQUIRED_BYTES and not status.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_xdist_auto_num_workers() -> int:
    """Use one process more than there are cores, because some tests wait most of the time."""
    return min((os.cpu_count() or 1) + 1, 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first; at the end, a long file would keep only one process busy."""
    items.sort(key=lambda item: [folder not in item.path.as_posix() for folder in LONGEST])


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("data"))
    (folder.path / "logs").mkdir()
    return folder


@pytest.fixture(scope="session")
def mongodb_uri(data_folder: DataFolder) -> Iterator[str]:
    port = free_port()
    service = server.start(data_folder, port)
    yield server.uri(port)
    service.stop()


@pytest.fixture(scope="session")
def shared_api(data_folder: DataFolder, mongodb_uri: str) -> Iterator[Api]:
    """A running API for all tests that register their own users and change no data of other users."""
    name = f"shared_{uuid4().hex}"
    with serving(data_folder, mongodb_uri, MONGODB_DATABASE=name, JWT_SECRET_KEY=SECRET) as api:
        yield api


@pytest.fixture
def settings(mongodb_uri: str) -> Settings:
    return Settings(
        jwt_secret=SECRET,
        mongodb_uri=mongodb_uri,
        mongodb_database=f"test_{uuid4().hex}",
        access_token_minutes=HUNDRED_YEARS_IN_MINUTES,
        # The longest timeout that is allowed, because on a busy machine the embedded server may not respond
        # for some seconds.
        database_timeout_ms=20_000,
        **NO_LIMITS,
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = connect(settings)
    yield opened
    client: MongoClient[dict[str, object]] = opened.client
    client.drop_database(opened.name)
    client.close()


@pytest.fixture(scope="module")
def crashes() -> Iterator[Crasher]:
    with crasher() as opened:
        yield opened
