"""Evaluates the alarms of the CloudFormation templates for a local product."""

import json
import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tools.data_folder import ROOT
from tools.signals.evaluator import Samples, is_raised

TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "monitoring.json"
# Matches the name of an alarm in the rule of a composite alarm.
MEMBER = re.compile(r'ALARM\("\$\{(\w+)\}"\)')
Json = dict[str, Any]


class State(StrEnum):
    """The state of an alarm; alarms on services that run only on AWS, such as DocumentDB, have no data."""

    OK = "ok"
    ALARM = "alarm"
    NO_DATA = "no data here"


@dataclass(frozen=True)
class AlarmState:
    """The state of an alarm, with the first sentence of its description and its section in the runbook."""

    title: str
    state: State
    description: str
    runbook: str


def load_alarms() -> dict[str, Json]:
    """Return the properties of the metric alarms in the template of dev, by title."""
    return _load("AWS::CloudWatch::Alarm")


def load_composite_alarms() -> dict[str, Json]:
    """Return the properties of the composite alarms in the template of dev, by title."""
    return _load("AWS::CloudWatch::CompositeAlarm")


def evaluate(samples: Samples, known: Set[str], minute: int, started: int | None = None) -> list[AlarmState]:
    """Evaluate each alarm at a minute, composite alarms first.

    `known` contains the names of metrics that this product can emit. An alarm on any other metric, such as a
    metric of DocumentDB, gets the state NO_DATA. An alarm that missing data raises gets NO_DATA until all its
    periods are later than the minute `started`, in which the product was started. A composite alarm gets
    NO_DATA if all alarms in its rule have NO_DATA.
    """
    alarms, composites = load_alarms(), load_composite_alarms()
    raised = {
        title: is_raised(alarm, samples, minute)
        for title, alarm in alarms.items()
        if metric_names(alarm) <= known and not _is_too_early(alarm, minute, started)
    }
    for title, alarm in composites.items():
        if members(alarm) & raised.keys():
            raised[title] = is_composite_raised(alarm, lambda member: raised.get(member, False))
    return [
        _state(title, alarm, raised.get(title))
        for group in (composites, alarms)
        for title, alarm in sorted(group.items())
    ]


def metric_names(alarm: dict[str, Any]) -> set[str]:
    """Return the names of the metrics that an alarm uses."""
    return {each["MetricStat"]["Metric"]["MetricName"] for each in alarm["Metrics"] if "MetricStat" in each}


def members(composite: Json) -> set[str]:
    """Return the titles of the alarms in the rule of a composite alarm."""
    return set(MEMBER.findall(composite["AlarmRule"]["Fn::Sub"]))


def is_composite_raised(composite: Json, is_member_raised: Callable[[str], bool]) -> bool:
    """Return whether the rule of a composite alarm is true for these states of its alarms."""
    rule = MEMBER.sub(lambda found: str(is_member_raised(found[1])), composite["AlarmRule"]["Fn::Sub"])
    # The rule now contains only True, False, AND, OR and parentheses.
    result: bool = eval(rule.replace("AND", "and").replace("OR", "or"), {"__builtins__": {}})  # noqa: S307  # the template's own text
    return result


def _is_too_early(alarm: Json, minute: int, started: int | None) -> bool:
    if started is None or alarm["TreatMissingData"] != "breaching":
        return False
    (period,) = {each["MetricStat"]["Period"] // 60 for each in alarm["Metrics"] if "MetricStat" in each}
    evaluated: int = alarm["EvaluationPeriods"] * period
    return minute - started < evaluated


def _load(kind: str) -> dict[str, Json]:
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == kind}


def _state(title: str, alarm: Json, raised: bool | None) -> AlarmState:
    description, _, link = alarm["AlarmDescription"]["Fn::Sub"].partition(" What to do: ")
    state = State.NO_DATA if raised is None else State.ALARM if raised else State.OK
    return AlarmState(title, state, description, link.partition("}")[2])
