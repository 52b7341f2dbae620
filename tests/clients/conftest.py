"""A fixture: the OpenAPI document from which the clients are generated."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.data_folder import ROOT


@pytest.fixture(scope="session")
def document_file() -> Path:
    return ROOT / "docs" / "openapi.json"


@pytest.fixture(scope="session")
def document(document_file: Path) -> dict[str, Any]:
    return dict(json.loads(document_file.read_text()))
