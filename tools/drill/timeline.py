"""The time from an incident to its alarms, computed with the alarms of the templates.

A drill takes seconds, but alarms need minutes or hours. So the values that the product emitted are extended:
a day of the usual values, followed by three hours of the values during the incident.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from todo_insights.metrics.catalogue import CATALOGUE
from tools.drill.incident import Outcome
from tools.drill.product import Emitted
from tools.signals.alarms import (
    is_composite_raised,
    load_alarms,
    load_composite_alarms,
    members,
    metric_names,
)
from tools.signals.evaluator import first_alarm, is_raised

Samples = dict[str, dict[int, list[float]]]
Json = dict[str, Any]

HOUR, DAY = 60, 24 * 60
# The approximate minute of an hour in which a run of the pipeline publishes its metrics.
RUN_MINUTE = 10
# The values of an incident are extended to this number of minutes. Alarms that need more time are not shown.
INCIDENT_MINUTES = 3 * HOUR


@dataclass(frozen=True)
class Timeline:
    """The samples by metric and minute; the incident begins after DAY minutes of usual values."""

    samples: Samples

    @classmethod
    def of(cls, outcome: Outcome) -> "Timeline":
        """Extend the metrics of a drill to a day of usual values and three hours of the incident."""
        samples = _repeat(outcome.usual, 0, DAY)
        for name, values in _repeat(outcome.emitted, DAY, DAY + INCIDENT_MINUTES).items():
            samples[name] = samples.get(name, {}) | values
        return cls(samples)

    @cached_property
    def alarms(self) -> dict[str, int]:
        """The minutes from the beginning of the incident to each alarm, also to composite alarms, sorted.

        Only alarms on metrics that the product emits are evaluated. An alarm that the usual values already
        raise is left out, because the incident does not cause it.
        """
        found = {}
        for title, alarm in load_alarms().items():
            if metric_names(alarm) <= self.samples.keys():
                before = first_alarm(alarm, self.samples, DAY // 2, DAY - 1)
                raised = first_alarm(alarm, self.samples, DAY, DAY + INCIDENT_MINUTES)
                if before is None and raised is not None:
                    found[title] = raised - DAY
        for title, composite in load_composite_alarms().items():
            minutes = self._minutes_to_composite(composite, found)
            if minutes is not None:
                found[title] = minutes
        return dict(sorted(found.items(), key=lambda each: each[1]))

    def _minutes_to_composite(self, composite: Json, found: Mapping[str, int]) -> int | None:
        """Return the minutes until a composite alarm is raised; `found` has the minutes of metric alarms.

        Returns None if the incident does not raise the composite alarm.
        """
        alarms = {title: alarm for title, alarm in load_alarms().items() if title in found}
        caused = members(composite) & alarms.keys()
        for minutes in sorted(found[each] for each in caused):
            raised = {each for each in caused if is_raised(alarms[each], self.samples, DAY + minutes)}
            if is_composite_raised(composite, raised.__contains__):
                return minutes
        return None


def one_after_the_other(timelines: Iterable[Timeline], usual: int, incident: int) -> Samples:
    """Return samples as if one product had all incidents, each after `usual` minutes of usual values."""
    joined: Samples = {}
    for number, timeline in enumerate(timelines):
        # The shift is a number of whole hours, so that hourly samples keep their minute of the hour.
        shift = number * (usual + incident) + usual - DAY
        for name, values in timeline.samples.items():
            chosen = {
                minute + shift: values[minute] for minute in values if -usual <= minute - DAY < incident
            }
            joined[name] = joined.get(name, {}) | chosen
    return joined


def _repeat(values: Emitted, start: int, end: int) -> Samples:
    """Return samples from `start` to `end`: metrics of the pipeline once per hour, others every minute."""
    hourly, every_minute = range(start + RUN_MINUTE, end, HOUR), range(start, end)
    return {
        name: dict.fromkeys(hourly if name in CATALOGUE else every_minute, each)
        for name, each in values.items()
    }
