"""Alarms are raised in time when something fails, and are not raised otherwise."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from cloudformation.settings import DEV
from cloudformation.stacks import STACKS
from tests.cloudformation.rules.core import Json
from tools.signals.evaluator import Samples, first_alarm, is_raised

HOUR, DAY = 60, 24 * 60
GIB = 1024**3
# The failure begins after two days of normal operation.
FAILURE, END = 2 * DAY, 3 * DAY + HOUR
AGE = "LastPublishedHourAgeMinutes"
# The tests use the alarms of prod. The last test compares them with dev, where only the thresholds differ and
# the alarm on the replica lag is missing.
pytestmark = pytest.mark.parametrize(("stack", "environment"), [("monitoring", "prod")])


def always(value: float, start: int = 0, end: int = END) -> dict[int, float]:
    return dict.fromkeys(range(start, end), value)


def hourly(value: float, start: int = 0, end: int = END) -> dict[int, float]:
    """Return samples of a metric that each run publishes once, ten minutes after the end of its hour."""
    return dict.fromkeys(range(start + 10, end, HOUR), value)


def requests(errors: Callable[[int], float], total: float = 100) -> Samples:
    """Return samples of 100 requests per minute, of which `errors(minute)` fail.

    Beanstalk publishes these metrics every minute.
    """
    return {
        "ApplicationRequestsTotal": always(total),
        "ApplicationRequests5xx": {minute: errors(minute) for minute in range(END)},
        "ApplicationRequests4xx": {minute: errors(minute) for minute in range(END)},
    }


def from_failure(before: float, after: float) -> dict[int, float]:
    return {**always(before, 0, FAILURE), **always(after, FAILURE)}


def rising(per_minute: float, start: int) -> dict[int, float]:
    return {minute: GIB + per_minute * (minute - start) for minute in range(start, END)}


FEW_REQUESTS: Samples = {"ApplicationRequestsTotal": {FAILURE: 3.0}, "ApplicationRequests5xx": {FAILURE: 1.0}}
# Each row has the name of the case, the alarm, the samples, and the number of minutes within which the alarm
# must be raised.
RAISED: list[tuple[str, str, Samples, int]] = [
    ("one request in twenty fails", "ApiErrors", requests(lambda m: 5 * (m >= FAILURE)), 15),
    ("0.2 % of a day's requests fail", "ApiObjective", requests(lambda m: 0.2), DAY),
    ("half of all requests are refused", "ApiRefusals", requests(lambda m: 50 * (m >= FAILURE)), 15),
    ("requests take two seconds", "ApiLatency", {"LatencyMs": from_failure(80, 2000)}, 30),
    ("environment health is severe", "ApiHealth", {"EnvironmentHealth": from_failure(0, 25)}, 10),
    ("environment sends no metrics", "ApiHealth", {"EnvironmentHealth": always(0, 0, FAILURE)}, 10),
    ("passwords are guessed", "LoginFailures", {"LoginFailures": from_failure(0, 60)}, 15),
    ("no process sends metrics", "ApiMetrics", {"Requests": always(0, 0, FAILURE)}, 30),
    ("database is unavailable", "DatabaseErrors", {"DatabaseErrors": from_failure(0, 20)}, 15),
    ("database is busy", "DatabaseCpu", {"CPUUtilization": from_failure(20, 97)}, 30),
    (
        "connections run out",
        "DatabaseConnections",
        {"DatabaseConnections": from_failure(50, 950), "DatabaseConnectionsLimit": always(1000)},
        15,
    ),
    ("rotation fails", "PasswordRotation", {"Errors": from_failure(0, 1)}, 10),
    ("memory runs out", "DatabaseMemory", {"FreeableMemory": from_failure(GIB, GIB / 16)}, 30),
    (
        "a client writes in a loop",
        "DatabaseGrowth",
        {"VolumeBytesUsed": always(GIB, 0, FAILURE) | rising(20 * GIB / DAY, FAILURE)},
        DAY,
    ),
    (
        "a replica falls behind",
        "DatabaseReplicaLag",
        {"DBClusterReplicaLagMaximum": from_failure(20, 5000)},
        30,
    ),
    ("scheduler dead, DAG paused or workers stuck", "InsightsAge", {AGE: hourly(9, 0, FAILURE)}, 100),
    ("nothing is published", "InsightsAge", {AGE: hourly(9, 0, FAILURE) | hourly(130, FAILURE)}, 110),
    ("runs publish after 40 minutes", "HourObjective", {AGE: hourly(40)}, 3 * HOUR),
    ("an hour fails", "HoursFailed", {"HoursFailed": hourly(0, 0, FAILURE) | hourly(1, FAILURE)}, 2 * HOUR),
    ("a tenth is rejected", "Rejects", {"RowsRejected": hourly(9), "RowsExtracted": hourly(90)}, 2 * HOUR),
    ("files are left", "OrphanFiles", {"OrphanFiles": dict.fromkeys(range(HOUR, END, DAY), 3.0)}, DAY),
    ("scheduler is dead", "AirflowScheduler", {"SchedulerHeartbeat": always(10, 0, FAILURE)}, 30),
    ("a DAG cannot be loaded", "DagImport", {"ImportErrors": from_failure(0, 1)}, 15),
    ("cancelled queries scan much", "AthenaScans", {"ProcessedBytes/CANCELED": hourly(200.0 * GIB)}, 2 * DAY),
]
QUIET: list[tuple[str, str, Samples]] = [
    ("one error in three requests", "ApiErrors", FEW_REQUESTS),
    ("one error in a thousand", "ApiErrors", requests(lambda m: 0.1)),
    ("no requests", "ApiErrors", {}),
    ("one error in two thousand", "ApiObjective", requests(lambda m: 0.05)),
    ("no requests for a day", "ApiObjective", {}),
    ("one request in ten is refused", "ApiRefusals", requests(lambda m: 10)),
    ("a warning of Beanstalk", "ApiHealth", {"EnvironmentHealth": always(15)}),
    ("a few wrong passwords", "LoginFailures", {"LoginFailures": always(2)}),
    ("a slow minute", "ApiLatency", {"LatencyMs": {**always(80), FAILURE: 5000.0}}),
    ("no requests", "ApiLatency", {}),
    ("a busy minute", "DatabaseCpu", {"CPUUtilization": {**always(20), FAILURE: 100.0}}),
    ("runs on time", "InsightsAge", {AGE: hourly(9)}),
    ("one slow run", "InsightsAge", {AGE: {**hourly(9), FAILURE + 40: 40.0}}),
    ("runs on time", "HourObjective", {AGE: hourly(9)}),
    ("one late hour", "HourObjective", {AGE: {**hourly(9), FAILURE + 10: 40.0}}),
    ("no changes at night", "Rejects", {"RowsRejected": hourly(0), "RowsExtracted": hourly(0)}),
    ("heartbeats", "AirflowScheduler", {"SchedulerHeartbeat": always(10)}),
    ("few queries", "AthenaScans", {"ProcessedBytes/SUCCEEDED": {FAILURE: 1.0 * GIB}}),
    ("no query", "AthenaScans", {}),
    ("no requests", "ApiRefusals", {}),
    ("processes without requests", "ApiMetrics", {"Requests": always(0)}),
    (
        "a deployment replaces processes",
        "ApiMetrics",
        {"Requests": always(3, 0, FAILURE) | always(3, FAILURE + 5)},
    ),
    ("database answers", "DatabaseErrors", {"DatabaseErrors": always(0)}),
    ("no requests", "DatabaseErrors", {}),
    (
        "connections within the limit",
        "DatabaseConnections",
        {"DatabaseConnections": always(400), "DatabaseConnectionsLimit": always(1000)},
    ),
    ("the database grows slowly", "DatabaseGrowth", {"VolumeBytesUsed": rising(0.5 * GIB / DAY, 0)}),
    ("no value of the volume", "DatabaseGrowth", {}),
    ("replicas follow", "DatabaseReplicaLag", {"DBClusterReplicaLagMaximum": always(20)}),
    ("rotations succeed", "PasswordRotation", {"Errors": always(0)}),
    ("enough memory", "DatabaseMemory", {"FreeableMemory": always(GIB)}),
    ("no value of memory", "DatabaseMemory", {}),
    ("hours are published", "HoursFailed", {"HoursFailed": hourly(0)}),
    ("no run", "HoursFailed", {}),
    ("maintenance finds nothing", "OrphanFiles", {"OrphanFiles": dict.fromkeys(range(HOUR, END, DAY), 0.0)}),
    ("DAGs are loaded", "DagImport", {"ImportErrors": always(0)}),
]
# A test below checks that these are all alarms of the templates.
ALARMS = sorted({each[1] for each in RAISED})
# A dead API, host, pipeline or scheduler sends no data, so missing data is a failure. For a database or a
# query, missing data is no failure.
RAISED_BY_SILENCE = {"ApiHealth", "ApiMetrics", "InsightsAge", "AirflowScheduler"}
# CloudWatch evaluates older values in place of missing values; the longest period is a day.
SILENT_MINUTES = 5 * DAY


@pytest.mark.parametrize(
    ("alarm", "samples", "within"), [pytest.param(*each[1:], id=each[0]) for each in RAISED]
)
def test_alarm_is_raised_in_time(alarm: str, samples: Samples, within: int, resources: Json) -> None:
    raised = first_alarm(resources[alarm]["Properties"], samples, FAILURE, END)

    assert raised is not None
    assert raised - FAILURE <= within


@pytest.mark.parametrize(
    ("alarm", "samples"), [pytest.param(*each[1:], id=f"{each[1]}: {each[0]}") for each in QUIET]
)
def test_alarm_stays_quiet(alarm: str, samples: Samples, resources: Json) -> None:
    assert first_alarm(resources[alarm]["Properties"], samples, FAILURE - DAY, END) is None


def test_each_alarm_is_raised_once_and_left_quiet_once(resources: Json) -> None:
    alarms = {name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}

    assert alarms <= {each[1] for each in RAISED} & {each[1] for each in QUIET}


def first_case(cases: Sequence[tuple[Any, ...]], alarm: str) -> Samples:
    """Return the samples of the first test case of this alarm that has samples."""
    return next(each[2] for each in cases if each[1] == alarm and each[2])


def before(samples: Samples, end: int) -> Samples:
    return {
        name: {minute: value for minute, value in values.items() if minute < end}
        for name, values in samples.items()
    }


def without_every_third(samples: Samples) -> Samples:
    return {
        name: {minute: values[minute] for number, minute in enumerate(sorted(values)) if number % 3 != 1}
        for name, values in samples.items()
    }


@pytest.mark.parametrize("alarm", ALARMS)
def test_missing_data_raises_only_alarms_on_silence(alarm: str, resources: Json) -> None:
    usual = before(first_case(QUIET, alarm), FAILURE) or {}

    raised = first_alarm(resources[alarm]["Properties"], usual, FAILURE, FAILURE + SILENT_MINUTES)

    assert (raised is not None) == (alarm in RAISED_BY_SILENCE)


@pytest.mark.parametrize("alarm", ALARMS)
def test_missing_data_ends_all_other_alarms(alarm: str, resources: Json) -> None:
    properties, failing = resources[alarm]["Properties"], first_case(RAISED, alarm)
    raised = first_alarm(properties, failing, FAILURE, END)
    assert raised is not None

    stopped = before(failing, raised)

    assert is_raised(properties, stopped, END + SILENT_MINUTES) == (alarm in RAISED_BY_SILENCE)


@pytest.mark.parametrize("alarm", ALARMS)
def test_alarm_is_raised_although_values_are_missing(alarm: str, resources: Json) -> None:
    failing = without_every_third(first_case(RAISED, alarm))

    assert first_alarm(resources[alarm]["Properties"], failing, FAILURE, END) is not None


def test_long_periods_would_look_back_for_hours(resources: Json) -> None:
    """Without FILL, CloudWatch would use values of earlier 90-minute periods, and raise the alarm too late.

    The evaluator of the tests models this behaviour.
    """
    alarm: dict[str, Any] = dict(resources["InsightsAge"]["Properties"])
    (query,) = [each for each in alarm["Metrics"] if "MetricStat" in each]
    stat = {**query["MetricStat"], "Period": 5400}
    alarm |= {"Metrics": [{**query, "MetricStat": stat}], "EvaluationPeriods": 1, "DatapointsToAlarm": 1}

    raised = first_alarm(alarm, {AGE: hourly(9, 0, FAILURE)}, FAILURE, END)

    assert raised is not None
    assert raised - FAILURE > 3 * HOUR


def test_alarms_of_dev_differ_only_in_thresholds(resources: Json) -> None:
    dev = STACKS["monitoring"](DEV).to_dict()["Resources"]

    assert set(ALARMS) - dev.keys() == {"DatabaseReplicaLag"}
    for name in set(ALARMS) & dev.keys():
        changed = {key: resources[name]["Properties"][key] for key in ("Tags", "Threshold")}
        expected = json.dumps(dev[name]["Properties"] | changed).replace('"dev"', '"prod"')
        assert json.loads(expected) == resources[name]["Properties"]
