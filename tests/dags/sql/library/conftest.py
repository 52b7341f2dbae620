"""All tests in this folder share one lake, because they only read from the lake."""

import pytest

from tests.dags.sql.library.story import build
from todo_insights.catalog.stores import Stores


@pytest.fixture(scope="package")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    return build(tmp_path_factory.mktemp("library"))
