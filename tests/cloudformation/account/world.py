"""What surrounds the stacks: a clock, the resources that exist, their names, and the failures to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.cloudformation.account import buckets, guard, identity
from tests.cloudformation.account.errors import Failed
from tests.cloudformation.account.state import Resource, Stack

BEGINNING = datetime(2026, 11, 21, 12, tzinfo=UTC)
SNAPSHOT = "AWS::RDS::DBClusterSnapshot"


@dataclass
class Injected:
    """A failure to come: of a resource, at a verb, with a reason, in stacks whose name ends like this."""

    resource: str
    verb: str
    reason: str
    stack: str = ""


@dataclass(frozen=True)
class Detection:
    """A search for drift: of which stack, begun when, and how many resources it finds drifted."""

    stack: Stack
    begun: datetime
    drifted: int


@dataclass
class Running:
    """An operation under way, and when it goes on."""

    steps: Iterator[float]
    next: datetime


class World:
    """The account behind the API. Whoever calls a method holds the lock of the account."""

    def __init__(self, s3: Any, page: int) -> None:
        self.s3 = s3
        self.page = page
        """How many entries a list has before it goes on with a NextToken; AWS's pages are longer."""
        self.time = BEGINNING
        self.existing: list[Resource] = []
        self._dying: dict[Resource, datetime] = {}
        self.known: list[Stack] = []
        self.injected: list[Injected] = []
        self.detections: dict[str, Detection] = {}
        self.ringing: set[str] = set()
        self._running: list[Running] = []
        self._number = count(1)

    def nonce(self) -> int:
        """Return a number never given before."""
        return next(self._number)

    @property
    def dying(self) -> dict[Resource, datetime]:
        """Return the keys that are deleted, but can still be brought back, and the day they cannot."""
        return {key: end for key, end in self._dying.items() if end > self.time}

    def unique(self, name: str) -> str:
        """Return what sets a stack or change set apart from others of its name."""
        return str(uuid5(NAMESPACE_URL, f"{name} {self.nonce()}"))

    def begin(self, steps: Iterator[float]) -> None:
        """Start an operation: its first step is taken at once, the others as time passes."""
        self._running.append(Running(steps, self.time))
        self.pass_until(self.time)

    def pass_until(self, end: datetime) -> None:
        """Let time pass, and every operation under way do what it does until then."""
        while due := [each for each in self._running if each.next <= end]:
            first = min(due, key=lambda each: each.next)
            self.time = max(self.time, first.next)
            try:
                first.next += timedelta(seconds=next(first.steps))
            except StopIteration:
                self._running.remove(first)
        self.time = max(self.time, end)

    def announce(self, stack: Stack, status: str, reason: str = "") -> None:
        """Give a stack its status, and its events one of its own."""
        stack.status, stack.reason = status, reason
        self._event(stack, stack.name, "AWS::CloudFormation::Stack", stack.arn, status, reason)

    def tell(self, stack: Stack, resource: Resource, status: str, reason: str = "") -> None:
        """Give a resource its status, and its stack an event of it."""
        if status == "CREATE_IN_PROGRESS":  # which is told twice: before there is an id, and with it
            self._event(stack, resource.logical, resource.kind, "", status, "")
            reason = "Resource creation Initiated"
        resource.status, resource.reason, resource.changed = status, reason, self.time
        self._event(stack, resource.logical, resource.kind, resource.physical, status, reason)

    def _event(self, stack: Stack, logical: str, kind: str, physical: str, status: str, reason: str) -> None:
        event = {
            "StackId": stack.arn,
            "EventId": f"{logical}-{status}-{self.nonce()}",
            "StackName": stack.name,
            "LogicalResourceId": logical,
            "PhysicalResourceId": physical,
            "ResourceType": kind,
            "Timestamp": self.time,
            "ResourceStatus": status,
        }
        stack.events.append({**event, "ResourceStatusReason": reason} if reason else event)

    def check_injected(self, resource: Resource, verb: str) -> None:
        """Raise Failed, once, if a test wants this resource to fail at this verb."""
        for each in self.injected:
            matches = (each.resource, each.verb) == (resource.logical, verb)
            if matches and resource.stack.endswith(each.stack):
                self.injected.remove(each)
                raise Failed(each.reason)

    def make(self, resource: Resource) -> None:
        """Let a resource exist, unless another has its name.

        Raises:
            Failed: a resource of this type and name exists in the account, in whichever stack.
        """
        claim = identity.claim(resource.kind, resource.properties)
        for other in (each for each in self.existing if claim and each.kind == resource.kind):
            if claim == identity.claim(other.kind, other.properties):
                raise Failed(f"{resource.physical} already exists in stack {other.stack}")
        if resource.kind == "AWS::S3::Bucket" and self.s3:
            buckets.make(self.s3, resource)
        self.existing.append(resource)

    def change(self, old: Resource, new: Resource) -> None:
        """Let a resource be as `new` says."""
        self.existing = [new if each is old else each for each in self.existing]
        if new.kind == "AWS::S3::Bucket" and self.s3:
            buckets.configure(self.s3, new)

    def drop(self, resource: Resource, policy: str) -> None:
        """Let a resource go, as its policy says.

        Raises:
            Failed: it is protected, holds something, or something in another stack needs it.
        """
        resource = self._as_it_is(resource)
        if resource not in self.existing:
            return
        guard.check_deletion(resource, self.existing)
        if resource.kind == "AWS::S3::Bucket" and self.s3:
            buckets.drop(self.s3, resource)
        self.existing.remove(resource)
        if policy == "Snapshot":
            self.existing.append(_snapshot(resource, self.nonce()))
        if resource.kind == "AWS::KMS::Key":
            self.doom(resource, resource.properties.get("PendingWindowInDays", 30))

    def doom(self, key: Resource, days: int) -> None:
        """Let a key, which is no longer there, wait for its end."""
        self._dying[key] = self.time + timedelta(days=days)

    def _as_it_is(self, resource: Resource) -> Resource:
        """Return what exists of a resource, which is another state of it after a rollback that failed."""
        same = (each for each in self.existing if each.physical == resource.physical)
        return next((each for each in same if each.kind == resource.kind), resource)


def _snapshot(resource: Resource, nonce: int) -> Resource:
    name = f"{resource.stack}-snapshot-{resource.logical}-{nonce}".lower()
    origin = {"DBClusterIdentifier": resource.physical}
    origin |= {key: value for key, value in resource.properties.items() if key == "KmsKeyId"}
    return Resource(
        resource.logical, SNAPSHOT, name, origin, frozenset(), ("Retain", "Retain"), resource.tags, stack=""
    )
