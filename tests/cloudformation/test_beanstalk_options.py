"""The options in the application bundle have valid Beanstalk names and values."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # we install no type stubs for it

from cloudformation.artefacts import contents
from tests.cloudformation.rules.beanstalk import API_VARIABLES, is_known
from tests.cloudformation.rules.beanstalk import options as options_of
from tests.cloudformation.rules.core import Json

ROOT = Path(__file__).parents[2]


@pytest.fixture
def options() -> dict[str, dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / ".ebextensions").glob("*.config")):
        for namespace, values in yaml.safe_load(path.read_text())["option_settings"].items():
            settings.setdefault(namespace, {}).update(values)
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
    (module,) = re.findall(r"^web: python -m (\w+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)

    assert module in contents.API_FOLDERS
    assert find_spec(f"{module}.__main__")
    assert "aws:elasticbeanstalk:container:python" not in options


def test_only_the_server_block_hides_the_version_of_nginx() -> None:
    """The platform's http block may already contain server_tokens, and nginx refuses a second setting."""
    files = [
        path for path in (ROOT / ".platform").rglob("*.conf") if "server_tokens off;" in path.read_text()
    ]

    assert [path.parent.name for path in files] == ["elasticbeanstalk"]


@pytest.mark.parametrize("stack", ["webapp"])
def test_agent_sends_the_metrics_file_to_the_group_of_the_stack(
    options: dict[str, dict[str, Any]], resources: Json
) -> None:
    files = yaml.safe_load((ROOT / ".ebextensions/metrics.config").read_text())["files"]
    agent = files["/opt/aws/amazon-cloudwatch-agent/etc/todo-api.json"]["content"]
    (group,) = re.findall(r'"`(.+)`"', agent)
    (sent,) = json.loads(agent.replace(f"`{group}`", ""))["logs"]["logs_collected"]["files"]["collect_list"]
    separator, parts = json.loads(group)["Fn::Join"]
    # The environment has the name of its stack.
    name = separator.join("${AWS::StackName}" if isinstance(each, dict) else each for each in parts)

    assert sent["file_path"] == options["aws:elasticbeanstalk:application:environment"]["METRICS_FILE"]
    assert files["/etc/logrotate.d/todo-api"]["content"].startswith(f"{sent['file_path']} {{")
    assert resources["MetricsLogGroup"]["Properties"]["LogGroupName"] == {"Fn::Sub": name}
    assert resources["Environment"]["Properties"]["EnvironmentName"] == {"Ref": "AWS::StackName"}


def test_catalogue_has_the_variables_of_the_api() -> None:
    listed = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert set(listed) >= API_VARIABLES
