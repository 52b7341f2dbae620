"""One stack of an environment: what is known of it, what happens to it, its end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from threading import Event
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.guards import HOLDS_DATA
from cloudformation.account.patience import Patient
from cloudformation.errors import DeployError
from cloudformation.progress import Progress
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name

Json = dict[str, Any]
# What a creation that failed leaves: stacks that can only be deleted.
DEAD = {"CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
STUCK = "UPDATE_ROLLBACK_FAILED"
NEXT = {
    "ROLLBACK_COMPLETE": "Mend the cause; the next deploy creates the stack anew.",
    "UPDATE_ROLLBACK_COMPLETE": "The stack is what it was before. Mend the cause and deploy again.",
    STUCK: "Mend the cause, or skip what cannot go back, then deploy again:\n"
    "aws cloudformation continue-update-rollback --stack-name {name} --resources-to-skip {resources}",
}


@dataclass(frozen=True)
class Environment:
    """One environment in one account, to which `client` leads: from a service's name to a client of boto3.

    `root` is the checkout that artefacts are made of.
    """

    settings: Settings
    templates: dict[str, Json]
    client: Callable[[str], Any]
    sleep: Callable[[float], None]
    progress: Progress
    root: Path
    stop: Event = field(default_factory=Event)

    def pause(self, seconds: float = 5) -> None:
        """Wait before AWS is asked again; raise KeyboardInterrupt once somebody has stopped the command."""
        self.progress.tick()
        self.sleep(seconds)
        if self.stop.is_set():
            raise KeyboardInterrupt


class Stack:
    """A stack by the title of its template, be it there or not."""

    def __init__(self, environment: Environment, title: str) -> None:
        self.environment, self.title = environment, title
        self.name = stack_name(environment.settings, title)
        self.cfn = Patient(environment.client("cloudformation"), environment.pause)

    @property
    def template(self) -> Json:
        """Return what it should become."""
        return self.environment.templates[self.title]

    def log(self, text: str, style: str = "") -> None:
        """Tell something about this stack."""
        self.environment.progress.log(self.title, text, style)

    def describe(self) -> Json | None:
        """Return what describe_stacks tells, None if there is no such stack."""
        try:
            found: list[Json] = self.cfn.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return found[0]

    def outputs(self) -> dict[str, str]:
        """Return what it puts out; nothing if it is not there."""
        found = self.describe() or {}
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}

    def resources(self) -> list[Json]:
        """Return what list_stack_resources tells of those that are there."""
        found = pages(self.cfn.list_stack_resources, "StackResourceSummaries", StackName=self.name)
        return [each for each in found if each["ResourceStatus"] != "DELETE_COMPLETE"]

    def settled(self) -> Json | None:
        """Wait until nobody works on it; return what describe_stacks tells then."""
        told = ""
        while (found := self.describe()) and _in_work(status := found["StackStatus"]):
            if status != told:
                self.log(f"{status}: waiting for what somebody else has begun", "yellow")
            told = status
            self.environment.pause()
        return found

    def changeable(self) -> Json | None:
        """Return what `settled` returns; raise DeployError with the way out of a rollback that failed."""
        if (found := self.settled()) and found["StackStatus"] == STUCK:
            raise self._failure(STUCK, None)
        return found

    def usable(self) -> Json | None:
        """Return the stack if it can be updated, None if it is to be created; a dead one is deleted first.

        Raises DeployError if somebody has to look at it before that.
        """
        if not (found := self.changeable()) or (status := found["StackStatus"]) not in DEAD:
            return found
        if held := [
            each["LogicalResourceId"] for each in self.resources() if each["ResourceType"] in HOLDS_DATA
        ]:
            raise DeployError(
                f"{self.name} is {status} and may hold data: {', '.join(held)}.\n"
                "Save what is needed, delete the stack by `destroy`, and deploy again."
            )
        self.log(f"{status}: deleted first, to be created anew", "yellow")
        self.delete(found["StackId"])
        return None

    def delete(self, stack_id: str) -> None:
        """Delete it and wait for its end; raise DeployError naming what does not go."""
        self.follow(stack_id, lambda: self.cfn.delete_stack(StackName=stack_id))

    def follow(self, stack_id: str, begin: Callable[[], object]) -> None:
        """Begin something and show what happens until it is over; raise DeployError if it went wrong."""
        last = next(self._events(stack_id), {"EventId": ""})["EventId"]
        begin()
        cause, status = None, "IN_PROGRESS"
        while _in_work(status):
            self.environment.pause()
            for event in self._events_after(stack_id, last):
                last = event["EventId"]
                self.environment.progress.event(self.title, event)
                cause = cause or (event if _tells_why(event) else None)
                if event["PhysicalResourceId"] == stack_id:
                    status = event["ResourceStatus"]
        if "ROLLBACK" in status or status.endswith("_FAILED"):
            raise self._failure(status, cause)

    def _events_after(self, stack_id: str, last: str) -> list[Json]:
        news = takewhile(lambda event: event["EventId"] != last, self._events(stack_id))
        # What happens while pages are read pushes events that were told already onto the next page.
        return list({event["EventId"]: event for event in news}.values())[::-1]

    def _events(self, stack_id: str) -> Iterator[Json]:
        return pages(self.cfn.describe_stack_events, "StackEvents", StackName=stack_id)

    def _failure(self, status: str, cause: Json | None) -> DeployError:
        failed = [each for each in self.resources() if each["ResourceStatus"].endswith("_FAILED")]
        why = "".join(
            f"\n{each['LogicalResourceId']} ({each['ResourceType']}): {each.get('ResourceStatusReason', '')}"
            for each in ([cause] if cause else failed)
        )
        names = " ".join(each["LogicalResourceId"] for each in failed)
        after = NEXT.get(status, "Mend the cause and run the command again.")
        return DeployError(f"{self.name} is {status}{why}\n{after.format(name=self.name, resources=names)}")


def pages(call: Callable[..., Json], key: str, **arguments: Any) -> Iterator[Json]:
    """Yield what lies under `key` in every page of an answer."""
    page = call(**arguments)
    yield from page[key]
    while page.get("NextToken"):
        page = call(**arguments, NextToken=page["NextToken"])
        yield from page[key]


def parameters(found: Json | None) -> dict[str, str]:
    """Return what a stack was given, as describe_stacks tells it."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in (found or {}).get("Parameters", ())}


def _in_work(status: str) -> bool:
    return status.endswith("IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def _tells_why(event: Json) -> bool:
    """Whether this is where it went wrong: a resource that failed, or an alarm that ended the update."""
    status = event["ResourceStatus"]
    return status.endswith(("_FAILED", "ROLLBACK_IN_PROGRESS")) and bool(event.get("ResourceStatusReason"))
