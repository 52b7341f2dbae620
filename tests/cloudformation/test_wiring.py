"""Each parameter of a stack is an output of an earlier stack, or the deployment provides it."""

import json

import pytest

from tests.cloudformation.rules.core import Json
from tests.cloudformation.rules.wiring import (
    ENVIRONMENT_RULES,
    OPTIONAL,
    EnvironmentRule,
    different_environments,
    missing_outputs,
    unset_parameters,
    unusable_log_keys,
)


@pytest.mark.parametrize("rule", ENVIRONMENT_RULES, ids=lambda rule: rule.__name__)
def test_stacks_hold_together(rule: EnvironmentRule, templates: dict[str, Json]) -> None:
    assert rule(templates) == []


@pytest.mark.parametrize("stack", ["foundation"])
def test_lost_output_is_noticed(stack: str, templates: dict[str, Json]) -> None:
    del templates[stack]["Outputs"]["StoreKeyArn"]

    assert set(unset_parameters(templates)) == {
        "data StoreKeyArn",
        "webapp StoreKeyArn",
        "airflow StoreKeyArn",
    }


def test_wrong_order_is_noticed(templates: dict[str, Json]) -> None:
    assert unset_parameters(dict(reversed(templates.items())))


def test_operator_may_leave_out_some_values(templates: dict[str, Json]) -> None:
    optional = {
        name
        for template in templates.values()
        for name, parameter in template.get("Parameters", {}).items()
        if "Default" in parameter
    }

    assert optional == OPTIONAL.keys()


def test_output_that_people_read_is_missed(templates: dict[str, Json]) -> None:
    del templates["webapp"]["Outputs"]["ApiHost"]

    assert missing_outputs(templates) == ["ApiHost"]


def test_output_of_two_stacks_is_noticed(templates: dict[str, Json]) -> None:
    templates["lake"]["Outputs"]["VpcId"] = templates["network"]["Outputs"]["VpcId"]

    assert missing_outputs(templates) == ["VpcId"]


def test_stack_of_another_environment_is_noticed(templates: dict[str, Json]) -> None:
    templates["lake"]["Description"] = "Todo insights, staging: the lake"

    assert different_environments(templates)


def test_key_that_refuses_logs_is_noticed(templates: dict[str, Json]) -> None:
    templates["foundation"]["Resources"]["StoreKey"]["Properties"]["KeyPolicy"]["Statement"].pop()

    assert {each.split()[0] for each in unusable_log_keys(templates)} == {"airflow"}


def test_two_environments_share_no_text_of_the_other(templates: dict[str, Json], environment: str) -> None:
    other = {"dev": "prod", "prod": "dev"}[environment]

    assert not [
        stack
        for stack, template in templates.items()
        if f"todo-insights-{other}" in json.dumps(template) or f"/{other}/" in json.dumps(template)
    ]
