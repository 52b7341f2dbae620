"""What a check before a deployment found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One row: what was looked at, whether a deployment can begin, and what to do if not."""

    subject: str
    ok: bool
    says: str
    hint: bool = False
    """Whether it goes well now but deserves a look."""

    @property
    def mark(self) -> str:
        """Return ok, hint or failed."""
        return "failed" if not self.ok else "hint" if self.hint else "ok"


def passed(subject: str, says: str) -> Finding:
    """Return a row about something that is as it should be."""
    return Finding(subject, ok=True, says=says)


def hint(subject: str, says: str) -> Finding:
    """Return a row that stops nothing, about something that may surprise later."""
    return Finding(subject, ok=True, says=says, hint=True)


def failed(subject: str, says: str) -> Finding:
    """Return a row about something that would end the deployment half-way."""
    return Finding(subject, ok=False, says=says)
