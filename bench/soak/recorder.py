"""What happened during a soak: one sample for each attempt, and findings, any of which fails the run."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """How an attempt ended."""

    ANSWERED = "answered"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    RESET = "reset"
    WRONG = "wrong"


class Sample(NamedTuple):
    """One attempt; `ended` is in seconds since the start of the recorder."""

    operation: str
    outcome: Outcome
    ended: float
    milliseconds: float


@dataclass
class Recorder:
    """Collects from many threads."""

    samples: list[Sample] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._begun

    def add(self, operation: str, outcome: Outcome, started: float) -> None:
        """Record an attempt that began at `started` and ends now."""
        ended = self.now()
        self.samples.append(Sample(operation, outcome, ended, (ended - started) * 1000))

    def find(self, finding: str) -> None:
        """Record something that must not happen."""
        self.findings.append(finding)

    def count(self, outcome: Outcome) -> int:
        """How many attempts ended like this so far."""
        return sum(sample.outcome is outcome for sample in self.samples)

    def first_answer_after(self, moment: float) -> float | None:
        """When the first attempt was answered that ended after the moment; None when none was."""
        ends = (s.ended for s in self.samples if s.outcome is Outcome.ANSWERED and s.ended > moment)
        return min(ends, default=None)
