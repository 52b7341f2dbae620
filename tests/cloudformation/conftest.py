"""Fixtures: the templates of both environments, in the form that CloudFormation reads."""

import json
from functools import cache
from pathlib import Path

import pytest

from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import STACKS, render
from tests.cloudformation.rules.core import Json


@cache
def _rendered(environment: str) -> dict[Path, str]:
    return render([environment])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test for the stack with the name of its folder, else for all stacks or those of `parametrize`."""
    given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "stack" in metafunc.fixturenames and not any("stack" in names for names in given):
        folder = metafunc.definition.path.parent.name
        metafunc.parametrize("stack", [folder] if folder in STACKS else [*STACKS])


@pytest.fixture(params=sorted(ENVIRONMENTS))
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def templates(environment: str) -> dict[str, Json]:
    """All templates of an environment by stack, in order of creation, as a copy that a test may change."""
    return {path.stem: json.loads(text) for path, text in _rendered(environment).items()}


@pytest.fixture
def template(stack: str, environment: str) -> Json:
    """The template of one stack; to read one template is faster than to read all."""
    found: Json = json.loads(_rendered(environment)[Path(environment) / f"{stack}.json"])
    return found


@pytest.fixture
def resources(template: Json) -> Json:
    found: Json = template["Resources"]
    return found
