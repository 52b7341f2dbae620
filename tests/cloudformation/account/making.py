"""Bringing the resources of a stack up to what is asked for, wave by wave."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tests.cloudformation.account import guard, identity
from tests.cloudformation.account.desired import Desired
from tests.cloudformation.account.errors import Failed
from tests.cloudformation.account.plan import must_be_new
from tests.cloudformation.account.state import Resource, Stack
from tests.cloudformation.account.world import World

Steps = Iterator[float]
SECONDS = {
    "AWS::DocDB::DBCluster": 60.0,
    "AWS::DocDB::DBInstance": 60.0,
    "AWS::EC2::NatGateway": 30.0,
    "AWS::ElasticBeanstalk::Environment": 60.0,
    "AWS::MWAA::Environment": 120.0,
}
NEW = "Requested update requires the creation of a new physical resource; hence creating one."
CUSTOM_NAMED = "CloudFormation cannot update a stack when a custom-named resource requires replacing."


def seconds(resource: Resource) -> float:
    """Return how long it takes to make or change a resource."""
    return SECONDS.get(resource.kind, 5.0)


class Making:
    """One creation or update of a stack; `failed` names what could not be made."""

    def __init__(self, world: World, stack: Stack) -> None:
        self.world, self.stack = world, stack
        self.desired = Desired(stack, stack.request, stack.resources)
        self.failed: list[str] = []

    def steps(self) -> Steps:
        """Make one wave after the other, until something fails."""
        removed = [old for name, old in self.stack.resources.items() if name not in self.desired.declared]
        for old in removed:
            self._try(old.logical, partial(guard.check_policy, self.stack, old, "Update:Delete"))
        for wave in [] if self.failed else self.desired.waves():
            begun: dict[str, Callable[[], None]] = {}
            for name in wave:
                self._try(name, partial(self._begin, name, begun))
            elapsed = 0.0
            for name in sorted(begun, key=lambda name: seconds(self.stack.resources[name])):
                takes = seconds(self.stack.resources[name])
                yield takes - elapsed
                elapsed = takes
                self._try(name, begun[name])
            if self.failed:
                return

    def _begin(self, name: str, begun: dict[str, Callable[[], None]]) -> None:
        """Begin what one resource needs, if anything, and note how it ends."""
        old = self.stack.resources.get(name)
        if old is None:
            begun[name] = self._create(self.desired.resource(name, None, self.world.nonce()))
            return
        new = self.desired.resource(name, old.physical, self.world.nonce())
        if must_be_new(old, new):
            begun[name] = self._replace(old, self.desired.resource(name, None, self.world.nonce()))
        elif old.properties != new.properties:
            begun[name] = self._modify(old, new)
        elif (old.policies, old.depends) != (new.policies, new.depends):
            same = replace(old, policies=new.policies, depends=new.depends)
            self.stack.undo[name], self.stack.resources[name] = old, same
            self.world.change(old, same)

    def _create(self, new: Resource) -> Callable[[], None]:
        self.stack.undo[new.logical] = None
        self.stack.resources[new.logical] = new
        self.world.tell(self.stack, new, "CREATE_IN_PROGRESS")
        return lambda: self._finish("CREATE", new, lambda: self.world.make(new))

    def _replace(self, old: Resource, new: Resource) -> Callable[[], None]:
        guard.check_policy(self.stack, old, "Update:Replace")
        claim = identity.claim(new.kind, new.properties)
        if claim and claim == identity.claim(old.kind, old.properties):
            raise Failed(f"{CUSTOM_NAMED} Rename {old.physical} and update the stack again.")
        self.stack.undo[old.logical] = old
        self.stack.leaving.append(old)
        self.world.tell(self.stack, old, "UPDATE_IN_PROGRESS", NEW)
        self.stack.resources[new.logical] = new
        self.world.tell(self.stack, new, "UPDATE_IN_PROGRESS", "Resource creation Initiated")
        return lambda: self._finish("UPDATE", new, lambda: self.world.make(new))

    def _modify(self, old: Resource, new: Resource) -> Callable[[], None]:
        guard.check_policy(self.stack, old, "Update:Modify")
        self.stack.undo[old.logical] = old
        # What somebody changed by hand stays as it is until the template changes that very property.
        new.actual = {
            name: value
            for name, value in old.actual.items()
            if old.properties.get(name) == new.properties.get(name)
        }
        self.stack.resources[new.logical] = new
        self.world.tell(self.stack, new, "UPDATE_IN_PROGRESS")
        return lambda: self._finish("UPDATE", new, lambda: self.world.change(old, new))

    def _finish(self, verb: str, new: Resource, do: Callable[[], None]) -> None:
        self.world.check_injected(new, verb)
        guard.check_secrets(new, self.world.existing)
        do()
        self.world.tell(self.stack, new, f"{verb}_COMPLETE")

    def _try(self, name: str, step: Callable[[], None]) -> None:
        """Take a step; when one has failed, what was begun beside it is cancelled."""
        if self.failed:
            if name in self.stack.resources and self.stack.resources[name].status.endswith("_IN_PROGRESS"):
                self._fail(name)
            return
        try:
            step()
        except Failed as reason:
            self.failed.append(name)
            self._fail(name, str(reason))

    def _fail(self, name: str, reason: str = "") -> None:
        is_new = name in self.stack.undo and self.stack.undo[name] is None
        status = "CREATE_FAILED" if is_new else "UPDATE_FAILED"
        cancelled = f"Resource {'creation' if is_new else 'update'} cancelled"
        self.world.tell(self.stack, self.stack.resources[name], status, reason or cancelled)
