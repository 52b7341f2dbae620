"""The stacks hold together: what one needs, an earlier one puts out, or a deployment brings along."""

import json
import re
from typing import Any

import pytest

from tests.cloudformation.rules import Json

# What the deployment itself uploads or looks up, and what an operator may give.
BROUGHT = {"ApplicationBundleKey", "PlatformArn", "RequirementsVersion"}
OPTIONAL = {"AlertEmail", "CertificateArn"}


def unmet_needs(templates: dict[str, Json]) -> list[str]:
    """Name parameters without a default that nobody before the stack puts out."""
    known, findings = set(BROUGHT), []
    for stack, template in templates.items():
        for name, parameter in template.get("Parameters", {}).items():
            if name not in known and "Default" not in parameter:
                findings.append(f"{stack} {name}")
        known |= template["Outputs"].keys()
    return findings


def references(node: Any) -> set[str]:
    """Return the logical names that an expression refers to."""
    if isinstance(node, list):
        return {name for each in node for name in references(each)}
    if not isinstance(node, dict):
        return set()
    if "Ref" in node:
        return {node["Ref"]}
    if "Fn::GetAtt" in node:
        return {node["Fn::GetAtt"][0]}
    if isinstance(node.get("Fn::Sub"), str):
        return {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", node["Fn::Sub"])}
    return {name for each in node.values() for name in references(each)}


def test_every_need_is_met(templates: dict[str, Json]) -> None:
    assert unmet_needs(templates) == []


@pytest.mark.parametrize("stack", ["foundation"])
def test_lost_output_is_noticed(stack: str, templates: dict[str, Json]) -> None:
    del templates[stack]["Outputs"]["StoreKeyArn"]

    assert set(unmet_needs(templates)) == {"data StoreKeyArn", "webapp StoreKeyArn", "airflow StoreKeyArn"}


def test_wrong_order_is_noticed(templates: dict[str, Json]) -> None:
    assert unmet_needs(dict(reversed(templates.items())))


def test_operator_may_leave_out_two_things(templates: dict[str, Json]) -> None:
    optional = {
        name
        for template in templates.values()
        for name, parameter in template.get("Parameters", {}).items()
        if "Default" in parameter
    }

    assert optional == OPTIONAL


def test_outputs_of_stacks_differ(templates: dict[str, Json]) -> None:
    names = [name for template in templates.values() for name in template["Outputs"]]

    assert len(names) == len(set(names))


def test_every_parameter_is_used(template: Json) -> None:
    used = references(template["Resources"]) | references(template.get("Conditions", {}))

    assert template.get("Parameters", {}).keys() <= used


def test_every_reference_leads_somewhere(template: Json) -> None:
    known = template["Resources"].keys() | template.get("Parameters", {}).keys()
    used = references(template["Resources"]) | references(template["Outputs"])

    assert {name for name in used if not name.startswith("AWS::")} <= known


def test_two_environments_share_no_text_of_the_other(templates: dict[str, Json], environment: str) -> None:
    other = {"dev": "prod", "prod": "dev"}[environment]

    assert not [
        stack
        for stack, template in templates.items()
        if f"todo-insights-{other}" in json.dumps(template) or f"/{other}/" in json.dumps(template)
    ]
