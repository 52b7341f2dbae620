"""An account of our own: CloudFormation, the tags of what it made, and whatever else a test brings along.

What it would do otherwise than AWS it refuses (NotImplementedError), so that no test passes by its ignorance.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from tests.cloudformation.account import (
    change_set_calls,
    drift_calls,
    neighbours,
    operations,
    stack_calls,
    tagging,
)
from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.state import Resource, Stack
from tests.cloudformation.account.wire import connect
from tests.cloudformation.account.world import Injected, World
from tests.cloudformation.rules import Json

Calls = Mapping[str, Callable[[World, Json], Json]]
CLOUDFORMATION: Calls = {**stack_calls.CALLS, **change_set_calls.CALLS, **drift_calls.CALLS}
OURS: Mapping[str, Calls] = {"cloudformation": CLOUDFORMATION, "resourcegroupstaggingapi": tagging.CALLS}
A_CALL = timedelta(milliseconds=100)
INTERNAL = 'Resource handler returned message: "Internal Failure" (HandlerErrorCode: InternalFailure)'


class Call(NamedTuple):
    """One call to CloudFormation, spelt as boto3's method is, and the stack it was about ("" if none)."""

    operation: str
    stack: str


class FakeAccount:
    """An AWS account in memory, for any number of threads.

    `clients` are those of other services, by name (moto's, or botocore's Stubber). With `s3` among them
    buckets really exist there, and templates are read from there. A few services also answer for what
    CloudFormation made here, and ask the client brought along for the rest (neighbours.py). `page` is how
    many entries a list has before it goes on with a NextToken.
    """

    def __init__(self, page: int = 20, **clients: Any) -> None:
        self.calls: list[Call] = []
        self._world = World(clients.get("s3"), page)
        self._lock = threading.RLock()
        self._throttled: dict[str, int] = {}
        self._brought = clients
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the client of a service, as boto3's Session.client does."""
        with self._lock:
            if service not in self._clients:
                if service not in (*OURS, *neighbours.CALLS, *self._brought):
                    raise LookupError(f"the account has no {service}: pass it as FakeAccount({service}=...)")
                self._clients[service] = self._connected(service)
            return self._clients[service]

    def now(self) -> datetime:
        """Return the time of the account."""
        with self._lock:
            return self._world.time

    def sleep(self, seconds: float) -> None:
        """Let time pass, and what is under way go on. Threads that sleep at once sleep side by side."""
        end = self.now() + timedelta(seconds=seconds)
        time.sleep(0.0005)  # the other threads come to their own sleep meanwhile
        with self._lock:
            self._world.pass_until(max(end, self._world.time))

    @property
    def stacks(self) -> dict[str, Stack]:
        """Return the stacks that exist, by name."""
        with self._lock:
            return {stack.name: stack for stack in self._world.known if not stack.deleted}

    def resources(self) -> list[Resource]:
        """Return everything that exists in the account, what deleted stacks have left behind included."""
        with self._lock:
            return list(self._world.existing)

    def leftovers(self) -> list[Resource]:
        """Return what exists though its stack is gone; keys that wait for their end are not among it."""
        return [each for each in self.resources() if each.stack not in self.stacks]

    def fail(
        self, resource: str, on: str, reason: str = INTERNAL, *, stack: str = "", rollback_too: bool = False
    ) -> None:
        """Let a resource fail, once: on CREATE, UPDATE, DELETE or ROLLBACK (of an update).

        `stack` is the end of a stack's name, for logical ids that several stacks have.
        """
        verbs = [on, "ROLLBACK"] if rollback_too else [on]
        with self._lock:
            self._world.injected += [Injected(resource, verb, reason, stack) for verb in verbs]

    def throttle(self, operation: str, times: int) -> None:
        """Refuse the next calls of an operation, spelt as boto3's method is, as too many."""
        with self._lock:
            self._throttled[operation] = times

    def busy(self, stack: str, seconds: float) -> None:
        """Begin somebody else's update of a stack, which takes a while."""
        with self._lock:
            found = stack_calls.find(self._world, stack)
            self._world.begin(operations.somebody_else(self._world, found, seconds))

    def drift(self, stack: str, resource: str, name: str, value: Any) -> None:
        """Change a property of a resource behind CloudFormation's back."""
        with self._lock:
            stack_calls.find(self._world, stack).resources[resource].actual[name] = value

    def forget(self, kind: str) -> None:
        """Delete everything of a type, as somebody does by hand."""
        with self._lock:
            self._world.existing = [each for each in self._world.existing if each.kind != kind]

    def ring(self, alarms: Iterable[str]) -> None:
        """Let alarms go off, by ARN: those that a rollback waits for."""
        with self._lock:
            self._world.ringing.update(alarms)

    def _connected(self, service: str) -> Any:
        if service in OURS:
            return connect(service, partial(self._answer, OURS[service]))
        if service in neighbours.CALLS:
            return connect(service, partial(self._answer_with, service))
        return self._brought[service]

    def _answer(self, calls: Calls, operation: str, asked: Json) -> Json:
        with self._lock:
            if calls is CLOUDFORMATION:
                self.calls.append(Call(operation, stack_calls.meant(self._world, asked)))
            self._pass(operation)
            if operation not in calls:
                raise NotImplementedError(f"the fake account has no {operation}")
            return calls[operation](self._world, asked)

    def _answer_with(self, service: str, operation: str, asked: Json) -> Json:
        """Answer for a service of which the account knows only what CloudFormation made."""
        ask = partial(self._ask, service, operation, asked)
        with self._lock:
            self._pass(operation)
            call = neighbours.CALLS[service].get(operation)
            return call(self._world, asked, ask) if call else ask()

    def _ask(self, service: str, operation: str, asked: Json) -> Json:
        if service not in self._brought:
            if operation not in neighbours.CALLS[service]:
                raise LookupError(f"the account has no {operation}: pass FakeAccount({service}=...)")
            code = neighbours.ABSENT.get(service, {}).get(operation, "NotFound")
            raise Refused(f"Nothing was found for {asked}", code)
        try:
            answer: Json = getattr(self._brought[service], operation)(**asked)
        except ClientError as error:
            raise Refused(error.response["Error"]["Message"], error.response["Error"]["Code"]) from error
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _pass(self, operation: str) -> None:
        """Let the time of a call pass, or refuse it as one too many."""
        if self._throttled.get(operation):
            self._throttled[operation] -= 1
            raise Refused("Rate exceeded", "Throttling")
        self._world.pass_until(self._world.time + A_CALL)
