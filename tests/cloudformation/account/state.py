"""What the fake account holds: stacks, their resources, their events, their change sets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.cloudformation.account.expressions import ACCOUNT, REGION
from tests.cloudformation.rules import Json


@dataclass(frozen=True)
class Request:
    """What a change set asks for: a template, the values of its parameters, tags, limits of a rollback."""

    text: str = "{}"
    template: Json = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    rollback: Json = field(default_factory=dict)


@dataclass(eq=False)
class Resource:
    """One resource that exists in the account."""

    logical: str
    kind: str
    physical: str
    properties: Json
    depends: frozenset[str]
    policies: tuple[str, str]
    """What becomes of it: its DeletionPolicy and its UpdateReplacePolicy."""
    tags: dict[str, str]
    stack: str
    status: str = ""
    reason: str = ""
    changed: datetime | None = None
    actual: dict[str, Any] = field(default_factory=dict)
    """Properties that somebody changed behind CloudFormation's back."""


@dataclass(eq=False)
class ChangeSet:
    """A change set: what would be done, and whether it still can."""

    name: str
    arn: str
    request: Request
    created: datetime
    changes: list[Json]
    outcome: tuple[str, str, str]
    """Status, execution status and reason that it reaches."""
    description: str = ""


@dataclass(eq=False)
class Stack:
    """A stack, alive or deleted."""

    name: str
    identity: str
    created: datetime
    request: Request = field(default_factory=Request)
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    executed: ChangeSet | None = None
    policy: str | None = None
    protected: bool = False
    before: Request | None = None
    """What the stack was before the update under way."""
    undo: dict[str, Resource | None] = field(default_factory=dict)
    """What that update has touched, as it was before (None: it was not there)."""
    leaving: list[Resource] = field(default_factory=list)
    """What goes at its end: predecessors if it succeeds, successors if it is rolled back."""
    drift: tuple[str, datetime | None] = ("NOT_CHECKED", None)

    @property
    def arn(self) -> str:
        """Return the id of the stack, which a deleted one can still be asked for by."""
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/{self.identity}"

    @property
    def change_set_arns(self) -> list[str]:
        """Return the ids of the change sets that can still be asked for."""
        return [each.arn for each in [*self.change_sets.values(), self.executed] if each]

    @property
    def busy(self) -> bool:
        """Return whether an operation is under way, so that no other can begin."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"
