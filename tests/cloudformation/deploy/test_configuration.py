"""The configuration of Sceptre agrees with the templates and with the settings."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # we install no type stubs for it
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import STACKS
from tests.cloudformation.rules.core import Json, statements
from tools.data_folder import ROOT

CONFIG = ROOT / "cloudformation" / "config"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """A YAML loader that reads the value `!tag argument` as the text "tag argument"."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: f"{suffix} {node.value}".strip())


def _read(path: Path, **variables: Any) -> Json:
    jinja = Environment(loader=FileSystemLoader(path.parent), undefined=StrictUndefined, autoescape=False)
    variables.setdefault("environment_variable", {"AWS_DEFAULT_REGION": "us-east-1"})
    found: Json = yaml.load(jinja.get_template(path.name).render(variables), Loader=_Loader)
    return found


def _configurations(environment: str) -> dict[str, Json]:
    project = _read(CONFIG / "config.yaml")
    group = _read(CONFIG / environment / "config.yaml")
    return {stack: _read(CONFIG / environment / f"{stack}.yaml", **project, **group) for stack in STACKS}


def _unmet(configurations: dict[str, Json], templates: dict[str, Json], environment: str) -> list[str]:
    """List parameters without a value, values without a parameter, and values with a wrong source.

    The source of a value is wrong if no earlier stack has this output, or if the output has another name
    than the parameter.
    """
    earlier: dict[str, set[str]] = {}
    findings = []
    for stack, template in templates.items():
        given = configurations[stack].get("parameters", {})
        findings += [f"{stack} {name}" for name in given.keys() ^ template.get("Parameters", {}).keys()]
        for name, value in given.items():
            kind, _, argument = value.partition(" ")
            source, _, output = argument.partition("::")
            known = earlier.get(source.removeprefix(f"{environment}/").removesuffix(".yaml"), set())
            if kind == "stack_output" and (output != name or output not in known):
                findings.append(f"{stack} {name}: {argument}")
        earlier[stack] = set(template["Outputs"])
    return findings


def test_parameters_are_outputs_of_earlier_stacks(environment: str, templates: dict[str, Json]) -> None:
    assert _unmet(_configurations(environment), templates, environment) == []


@pytest.mark.parametrize(
    "value", ["stack_output dev/data.yaml::StoreKeyArn", "stack_output dev/foundation.yaml::LakeKeyArn"]
)
@pytest.mark.parametrize("environment", ["dev"])
def test_wrong_source_is_noticed(value: str, environment: str, templates: dict[str, Json]) -> None:
    configurations = _configurations(environment)
    configurations["webapp"]["parameters"]["StoreKeyArn"] = value

    assert _unmet(configurations, templates, environment)


def test_each_stack_is_configured_and_nothing_else(environment: str) -> None:
    names = {path.stem for path in (CONFIG / environment).glob("*.yaml")} - {"config"}

    assert names == set(STACKS)


def test_stacks_carry_the_tags_of_their_environment(environment: str) -> None:
    group = _read(CONFIG / environment / "config.yaml")

    assert group["stack_tags"] == ENVIRONMENTS[environment].tags
    assert group["private_subnets"] == ENVIRONMENTS[environment].private_subnets


def test_stack_that_changes_views_is_deployed_after_them(
    environment: str, templates: dict[str, Json]
) -> None:
    configurations = _configurations(environment)
    changing = [
        stack
        for stack, template in templates.items()
        if any("glue:UpdateTable" in each["Action"] for _, each in statements(template))
    ]

    assert changing
    assert [
        each for each in changing if f"{environment}/views.yaml" not in configurations[each]["dependencies"]
    ] == []


def test_configuration_uses_every_hook_and_resolver() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    used = set(re.findall(r"!(\w+)", "".join(path.read_text() for path in CONFIG.rglob("*.yaml"))))

    assert used - {"stack_output"} == {*project["sceptre.hooks"], *project["sceptre.resolvers"]}


def test_each_file_is_for_its_stack(environment: str) -> None:
    found = {stack: each["sceptre_user_data"] for stack, each in _configurations(environment).items()}

    assert found == {stack: {"environment": environment, "stack": stack} for stack in STACKS}
