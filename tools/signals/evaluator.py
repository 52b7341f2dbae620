"""Evaluates a metric alarm for one minute in the same way as CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

Json = dict[str, Any]
# The samples of a metric by minute: one number or a list of numbers per minute. A minute without samples is
# absent.
Samples = Mapping[str, Mapping[int, float | Sequence[float]]]
Value = float | None


def _percentile(percent: int, values: list[float]) -> float:
    return sorted(values)[math.ceil(percent / 100 * len(values)) - 1]


STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
    # The result is one of the samples, as when CloudWatch computes a percentile of few values.
    **{f"p{each}": partial(_percentile, each) for each in (50, 95, 99)},
}
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}
# CloudWatch also retrieves this number of older periods, and evaluates them in place of missing periods.
LOOK_BACK = 2


def first_alarm(alarm: Json, samples: Samples, start: int, end: int) -> int | None:
    """Return the first minute between `start` and `end` in which the alarm is raised, or None."""
    periods = [each["MetricStat"]["Period"] // 60 for each in alarm["Metrics"] if "MetricStat" in each]
    minutes = range(start, end + 1, min(periods))
    return next((minute for minute in minutes if is_raised(alarm, samples, minute)), None)


def is_raised(alarm: Json, samples: Samples, minute: int) -> bool:
    """Return whether the alarm is raised at this minute."""
    periods: int = alarm["EvaluationPeriods"]
    needed: int = alarm["DatapointsToAlarm"]
    newest_last = [_value(alarm, samples, minute, back) for back in range(periods + LOOK_BACK - 1, -1, -1)]
    real = [value for value in newest_last if value is not None]
    considered: list[Value] = [*real[-periods:]] if len(real) >= periods else newest_last[-periods:]
    compare, threshold = COMPARISONS[alarm["ComparisonOperator"]], alarm["Threshold"]
    missing: bool = alarm.get("TreatMissingData") == "breaching"
    breaching: list[bool] = [missing if value is None else compare(value, threshold) for value in considered]
    return sum(breaching) >= needed


def _value(alarm: Json, samples: Samples, minute: int, back: int) -> Value:
    """Return the alarm's value in the period that is `back` periods before the newest complete period."""
    series = {each["Id"]: each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each}
    values = {key: _aggregate(stat, samples, minute, back) for key, stat in series.items()}
    expressions = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
    if not expressions:
        (value,) = values.values()
        return value
    rates = {f"rate_{key}": _rate(stat, samples, minute, back) for key, stat in series.items()}
    return calculate(re.sub(r"RATE\((\w+)\)", r"rate_\1", expressions[0]), {**values, **rates})


def _rate(stat: Json, samples: Samples, minute: int, back: int) -> Value:
    """Return the change per second from the previous period to the given period."""
    before, after = (_aggregate(stat, samples, minute, each) for each in (back + 1, back))
    return None if before is None or after is None else (after - before) / stat["Period"]


def _aggregate(stat: Json, samples: Samples, minute: int, back: int) -> Value:
    minutes = stat["Period"] // 60
    end = minute - minute % minutes - back * minutes
    metric = stat["Metric"]
    state = [each["Value"] for each in metric["Dimensions"] if each["Name"] == "QueryState"]
    found = samples.get("/".join([metric["MetricName"], *state]), {})
    return aggregate(found, stat["Stat"], range(end - minutes, end))


def aggregate(found: Mapping[int, float | Sequence[float]], statistic: str, minutes: range) -> Value:
    """Return the statistic of the samples in these minutes, or None if there are no samples."""
    minutely = [found[each] for each in minutes if each in found]
    values = [value for each in minutely for value in (each if isinstance(each, Sequence) else [each])]
    return STATISTICS[statistic](values) if values else None


def calculate(expression: str, values: Mapping[str, Value]) -> Value:
    """Calculate a CloudWatch expression of IF, FILL and arithmetic; returns None if an operand is missing."""
    functions: dict[str, Any] = {
        "IF": lambda condition, yes, no: yes() if condition else no(),
        "FILL": lambda value, filled: filled if value is None else value,
    }
    # Only the branch that IF selects is calculated, because the other branch could divide by zero.
    lazy = re.sub(r"IF\((.+?), (.+?), (.+?)\)", r"IF(\1, lambda: \2, lambda: \3)", expression)
    try:
        result: float = eval(lazy, {"__builtins__": {}, **functions, **values})  # noqa: S307  # the template's own text
    except TypeError:
        return None
    return result
