"""The client that openapi-python-client generates: it type-checks strictly, and every operation works."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.walkthroughs import operations, run, visited
from tests.serving import Api

FOLDER = Path(__file__).parent / "python"
WALK = FOLDER / "walkthrough.py"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture(scope="module")
def generator_output(generated: Path, document_file: Path) -> str:
    options = ["--meta", "none", "--config", str(FOLDER / "generator.yml")]
    source = ["--path", str(document_file), "--output-path", str(generated / "todo_client")]
    return run(["openapi-python-client", "generate", *options, *source], generated)


def test_generator_has_nothing_to_remark(generator_output: str) -> None:
    remarks = [line for line in generator_output.splitlines() if not line.startswith("Generating ")]
    assert remarks == []


@pytest.mark.usefixtures("generator_output")
def test_walk_agrees_with_generated_types(generated: Path) -> None:
    verdict = run(["mypy", "--strict", "--follow-imports=silent", WALK], generated, MYPYPATH=str(generated))
    assert verdict.startswith("Success")


@pytest.mark.usefixtures("generator_output")
def test_walk_through_every_operation_succeeds(
    generated: Path, shared_api: Api, document: dict[str, Any]
) -> None:
    printed = run([sys.executable, WALK, shared_api.url], generated, PYTHONPATH=str(generated))
    assert visited(printed, document) == operations(document)
