"""The generated Python client (openapi-python-client) passes mypy --strict, and all its operations work."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.walkthroughs import operations, run, visited
from tests.serving import Api

FOLDER = Path(__file__).parent / "python"
WALKTHROUGH = FOLDER / "walkthrough.py"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture(scope="module")
def generator_output(generated: Path, document_file: Path) -> str:
    options = ["--meta", "none", "--config", str(FOLDER / "generator.yml")]
    source = ["--path", str(document_file), "--output-path", str(generated / "todo_client")]
    return run(["openapi-python-client", "generate", *options, *source], generated)


def test_generator_prints_no_warnings(generator_output: str) -> None:
    warnings = [line for line in generator_output.splitlines() if not line.startswith("Generating ")]
    assert warnings == []


@pytest.mark.usefixtures("generator_output")
def test_walkthrough_passes_type_check(generated: Path) -> None:
    verdict = run(
        ["mypy", "--strict", "--follow-imports=silent", WALKTHROUGH], generated, MYPYPATH=str(generated)
    )
    assert verdict.startswith("Success")


@pytest.mark.usefixtures("generator_output")
def test_every_operation_works(generated: Path, shared_api: Api, document: dict[str, Any]) -> None:
    printed = run([sys.executable, WALKTHROUGH, shared_api.url], generated, PYTHONPATH=str(generated))
    assert visited(printed, document) == operations(document)
