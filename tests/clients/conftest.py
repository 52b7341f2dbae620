"""The document that clients are generated from."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Api


@pytest.fixture(scope="session")
def document(shared_api: Api) -> dict[str, Any]:
    return dict(shared_api.send("GET", "/openapi.json").json())


@pytest.fixture(scope="session")
def document_file(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_text(json.dumps(document))
    return path
