"""Records the attempts and the findings of a soak; a soak with findings fails."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class AttemptOutcome(StrEnum):
    """The outcomes of an attempt to send a request."""

    ANSWERED = "answered"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    RESET = "reset"
    WRONG = "wrong"


class Sample(NamedTuple):
    """An attempt to send a request, which ended `ended` seconds after the start of the recorder."""

    operation: str
    outcome: AttemptOutcome
    ended: float
    milliseconds: float


@dataclass
class Recorder:
    """Collects samples and findings from many threads."""

    samples: list[Sample] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """Return the seconds since the start of the recorder."""
        return time.monotonic() - self._begun

    def add(self, operation: str, outcome: AttemptOutcome, started: float) -> None:
        """Record an attempt that started at `started` (seconds) and ends now."""
        ended = self.now()
        self.samples.append(Sample(operation, outcome, ended, (ended - started) * 1000))

    def add_finding(self, finding: str) -> None:
        """Record a finding: a violation of what the API guarantees."""
        self.findings.append(finding)

    def count(self, outcome: AttemptOutcome) -> int:
        """Return the number of attempts with this outcome so far."""
        return sum(sample.outcome is outcome for sample in self.samples)

    def first_answer_after(self, moment: float) -> float | None:
        """Return when the first answered attempt after `moment` ended, or None; both times are in seconds."""
        ends = (s.ended for s in self.samples if s.outcome is AttemptOutcome.ANSWERED and s.ended > moment)
        return min(ends, default=None)
