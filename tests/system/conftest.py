"""A fixture that serves the API with a separate database for each test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.conftest import SECRET
from tests.serving import Api, serving
from tools.data_folder import DataFolder


@pytest.fixture
def database_name() -> str:
    return f"served_{uuid4().hex}"


@pytest.fixture
def served(data_folder: DataFolder, mongodb_uri: str, database_name: str) -> Iterator[Api]:
    with serving(data_folder, mongodb_uri, MONGODB_DATABASE=database_name, JWT_SECRET_KEY=SECRET) as api:
        yield api
