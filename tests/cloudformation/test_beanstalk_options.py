"""The options in the application bundle have valid Beanstalk names and values."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # we install no type stubs for it

from tests.cloudformation.rules.beanstalk import API_VARIABLES, is_known
from tests.cloudformation.rules.beanstalk import options as options_of
from tests.cloudformation.rules.core import Json

ROOT = Path(__file__).parents[2]


@pytest.fixture
def options() -> dict[str, dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / ".ebextensions").glob("*.config")):
        settings.update(yaml.safe_load(path.read_text())["option_settings"])
    return settings


def test_options_are_in_the_catalogue(options: dict[str, dict[str, Any]]) -> None:
    assert options
    assert not [
        f"{namespace} {name}={value}"
        for namespace, values in options.items()
        for name, value in values.items()
        if not is_known(namespace, name, value)
    ]


def test_no_option_is_given_twice(options: dict[str, dict[str, Any]], templates: dict[str, Json]) -> None:
    by_stack = {(namespace, name) for namespace, name, _ in options_of(templates["webapp"])}
    by_bundle = {(namespace, name) for namespace, values in options.items() for name in values}

    assert not by_stack & by_bundle


def test_load_balancer_asks_for_readiness(options: dict[str, dict[str, Any]]) -> None:
    process = options["aws:elasticbeanstalk:environment:process:default"]

    assert process["HealthCheckPath"] == "/health/ready"
    assert int(process["HealthCheckTimeout"]) < int(process["HealthCheckInterval"])


def test_only_the_procfile_starts_the_server(options: dict[str, dict[str, Any]]) -> None:
    assert "aws:elasticbeanstalk:container:python" not in options


def test_catalogue_has_the_variables_of_the_api() -> None:
    listed = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert set(listed) >= API_VARIABLES
