"""The generated TypeScript client (openapi-typescript) compiles strictly, and all its operations work."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.walkthroughs import operations, run, visited
from tests.serving import Api

FOLDER = Path(__file__).parent / "typescript"
INSTALLED = FOLDER / "node_modules" / ".bin"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(not INSTALLED.exists(), reason="the generator is not installed: make clients"),
]


@pytest.fixture(scope="module")
def generator_output(document_file: Path) -> str:
    shutil.rmtree(FOLDER / "generated", ignore_errors=True)
    (FOLDER / "generated").mkdir()
    # Fields with a default are optional in requests; without this option, the generator makes them required.
    options = ["--output", "generated/api.d.ts", "--default-non-nullable=false"]
    return run([INSTALLED / "openapi-typescript", document_file, *options], FOLDER)


@pytest.fixture(scope="module")
def walkthrough(generator_output: str) -> Path:
    assert run([INSTALLED / "tsc", "--project", "."], FOLDER) == ""
    return FOLDER / "generated" / "walkthrough.js"


def test_generator_prints_no_warnings(generator_output: str) -> None:
    warnings = [line for line in generator_output.splitlines() if line and line[0] not in "✨🚀"]
    assert warnings == []


def test_every_operation_works(walkthrough: Path, shared_api: Api, document: dict[str, Any]) -> None:
    printed = run(["node", walkthrough, shared_api.url], FOLDER)
    assert visited(printed, document) == operations(document)
