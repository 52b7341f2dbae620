"""Evaluates the alarms of the CloudFormation templates for a local product."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tools.data_folder import ROOT
from tools.signals.evaluator import Samples, is_raised

TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "monitoring.json"
MINUTES_PER_DAY = 24 * 60


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


def load_alarms() -> dict[str, dict[str, Any]]:
    """Return the properties of the metric alarms in the template of dev, by title."""
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    return {
        name: each["Properties"]
        for name, each in resources.items()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }


def evaluate(samples: Samples, known: set[str], minute: int) -> list[AlarmState]:
    """Evaluate each alarm at a minute; `known` contains the names of metrics that this product can emit.

    An alarm on any other metric, such as a metric of DocumentDB, gets the state NO_DATA.
    """
    return [_state(title, alarm, samples, known, minute) for title, alarm in sorted(load_alarms().items())]


def metric_names(alarm: dict[str, Any]) -> set[str]:
    """Return the names of the metrics that an alarm uses."""
    return {each["MetricStat"]["Metric"]["MetricName"] for each in alarm["Metrics"] if "MetricStat" in each}


def _state(title: str, alarm: dict[str, Any], samples: Samples, known: set[str], minute: int) -> AlarmState:
    description, _, link = alarm["AlarmDescription"]["Fn::Sub"].partition(" What to do: ")
    state = State.NO_DATA
    if metric_names(alarm) <= known:
        state = State.ALARM if is_raised(alarm, samples, minute) else State.OK
    return AlarmState(title, state, description, link.partition("}")[2])
