"""The templates of both environments, as CloudFormation would read them."""

import json
from pathlib import Path

import pytest

from cloudformation.__main__ import render
from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules import Json


@pytest.fixture(params=sorted(ENVIRONMENTS))
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def template(environment: str) -> Json:
    """The lake's template, freshly rendered and the test's own to damage."""
    text = render([environment])[Path(environment) / "lake.json"]
    parsed: Json = json.loads(text)
    return parsed


@pytest.fixture
def resources(template: Json) -> Json:
    found: Json = template["Resources"]
    return found
