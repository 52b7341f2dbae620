"""Alarms and charts use metrics that are really published."""

import json
import re
from pathlib import Path

import pytest

from tests.cloudformation.rules import alarms as alarm_rules
from tests.cloudformation.rules.core import Json, of_type
from todo_insights.metrics.catalogue import CATALOGUE

ROOT = Path(__file__).parents[3]


def test_charts_of_the_api_are_published(templates: dict[str, Json], template: Json) -> None:
    """Enhanced health publishes only the metrics that its configuration document lists."""
    settings = templates["webapp"]["Resources"]["Environment"]["Properties"]["OptionSettings"]
    (document,) = [each["Value"] for each in settings if each.get("OptionName") == "ConfigDocument"]
    published = json.loads(document)["CloudWatchMetrics"]["Environment"].keys()
    watched = set(
        re.findall(r"\b(?:Application(?:Latency|Requests)\w+|EnvironmentHealth)\b", json.dumps(template))
    )

    assert watched <= published


@pytest.mark.parametrize(
    ("namespace", "names"),
    [("TodoApi/Etl", alarm_rules.ETL), ("TodoApi/Business", alarm_rules.BUSINESS)],
    ids=["etl", "business"],
)
def test_catalogue_is_that_of_the_pipeline(namespace: str, names: set[str]) -> None:
    assert {name for name, each in CATALOGUE.items() if each.namespace == namespace} == names


@pytest.mark.parametrize(("environment", "lag"), [("dev", False), ("prod", True)])
def test_lag_is_watched_where_there_are_replicas(lag: bool, resources: Json) -> None:
    assert ("DatabaseReplicaLag" in resources) is lag


def test_runbook_has_a_section_for_each_alarm(template: Json) -> None:
    runbook = (ROOT / "docs/runbooks/alarms.md").read_text()
    headings = {
        heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.+)$", runbook, re.MULTILINE)
    }
    kinds = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    linked = {
        alarm["AlarmDescription"]["Fn::Sub"].rpartition("#")[2]
        for kind in kinds
        for alarm in of_type(template, kind).values()
    }

    assert linked <= headings


def test_budget_counts_only_this_environment(environment: str, resources: Json) -> None:
    budget = resources["Budget"]["Properties"]["Budget"]

    assert budget["CostFilters"] == {"TagKeyValue": [f"user:CostCenter$todo-insights-{environment}"]}
