"""Fixtures that every room shares: the real embedded database server, and databases of one's own on it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.crashes import Crasher, crasher
from tests.serving import Api, serving
from tools import database as server
from tools.places import DataFolder
from tools.ports import free_port
from webapp.core.database import Database, connect
from webapp.core.settings import Settings

SECRET = "a secret for tests, long enough to be taken"
# A test may move its clock by days and go on with its token; those about tokens take the real lifetime.
A_CENTURY_OF_MINUTES = 100 * 365 * 24 * 60
# Tests are faster than people; those of the limits themselves set some.
NO_LIMITS: dict[str, Any] = {"rate_limit_user": "", "rate_limit_address": "", "rate_limit_sign_in": ""}


# Databases and lakes sync each write, and tests would wait for a disk; nothing here pulls the plug.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 2**30


def pytest_configure() -> None:
    """Keep what tests write in memory, where there is plenty of it and programs may be run."""
    if not MEMORY.is_dir():
        return
    found = os.statvfs(MEMORY)
    if found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole systems first: they take longest, and another process runs the rest beside them."""
    items.sort(key=lambda item: "/tests/system/lake/" not in item.path.as_posix())


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
    """One served API for all tests whose users do not meet."""
    name = f"shared_{uuid4().hex}"
    with serving(data_folder, mongodb_uri, MONGODB_DATABASE=name, JWT_SECRET_KEY=SECRET) as api:
        yield api


@pytest.fixture
def settings(mongodb_uri: str) -> Settings:
    return Settings(
        jwt_secret=SECRET,
        mongodb_uri=mongodb_uri,
        mongodb_database=f"test_{uuid4().hex}",
        access_token_minutes=A_CENTURY_OF_MINUTES,
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
