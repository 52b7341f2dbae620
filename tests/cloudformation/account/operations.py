"""What a stack goes through: generators that yield the seconds until their next step.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from collections.abc import Generator, Iterator

from tests.cloudformation.account import guard
from tests.cloudformation.account.making import Making
from tests.cloudformation.account.state import Request, Stack
from tests.cloudformation.account.undoing import put_back, take_down
from tests.cloudformation.account.world import World

Steps = Iterator[float]


def create(world: World, stack: Stack, request: Request) -> Steps:
    """Create a stack that was under review; if anything fails, take down what there is."""
    stack.request = request
    world.announce(stack, "CREATE_IN_PROGRESS", "User Initiated")
    making = Making(world, stack)
    yield from making.steps()
    stack.undo = {}
    failing = _failing("create", making.failed) or (yield from _watch(world, request))
    if not failing:
        stack.outputs = making.desired.outputs()
        world.announce(stack, "CREATE_COMPLETE")
        return
    world.announce(stack, "ROLLBACK_IN_PROGRESS", f"{failing}Rollback requested by user.")
    stuck: list[str] = []
    yield from take_down(world, stack, list(stack.resources.values()), stuck)
    world.announce(stack, "ROLLBACK_FAILED" if stuck else "ROLLBACK_COMPLETE", _failing("delete", stuck))


def update(world: World, stack: Stack, request: Request) -> Steps:
    """Update a stack; if anything fails, or an alarm among its triggers rings, put it back as it was."""
    stack.before, stack.undo, stack.leaving = stack.request, {}, []
    stack.request, stack.updated = request, world.time
    world.announce(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    making = Making(world, stack)
    yield from making.steps()
    failing = _failing("update", making.failed) or (yield from _watch(world, request))
    if failing:
        yield from roll_back(world, stack, failing)
        return
    stack.outputs = making.desired.outputs()
    removed = [old for name, old in stack.resources.items() if name not in making.desired.declared]
    world.announce(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    yield from take_down(world, stack, removed, [])
    yield from _clean_up(world, stack, policy=1)
    world.announce(stack, "UPDATE_COMPLETE")


def roll_back(world: World, stack: Stack, reason: str, skipped: list[str] | None = None) -> Steps:
    """Put a stack back as it was before its update; what cannot be put back is left for another try."""
    world.announce(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    stuck: list[str] = []
    yield from put_back(world, stack, skipped or [], stuck)
    if stuck:
        world.announce(stack, "UPDATE_ROLLBACK_FAILED", _failing("update", stuck))
        return
    stack.request, stack.before = stack.before or stack.request, None
    world.announce(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    yield from _clean_up(world, stack, policy=0)
    world.announce(stack, "UPDATE_ROLLBACK_COMPLETE")


def delete(world: World, stack: Stack, retained: list[str]) -> Steps:
    """Delete a stack: what nobody needs any longer first."""
    world.announce(stack, "DELETE_IN_PROGRESS", "User Initiated")
    for name in retained:
        world.tell(stack, stack.resources.pop(name), "DELETE_SKIPPED")
    stuck: list[str] = []
    yield from take_down(world, stack, [*stack.resources.values(), *stack.leaving], stuck)
    if stuck:
        world.announce(stack, "DELETE_FAILED", _failing("delete", stuck))
        return
    stack.deleted = world.time
    world.announce(stack, "DELETE_COMPLETE")


def somebody_else(world: World, stack: Stack, seconds: float) -> Steps:
    """Keep a stack busy, as an operation begun elsewhere does."""
    world.announce(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    yield seconds
    world.announce(stack, "UPDATE_COMPLETE")


def _watch(world: World, request: Request) -> Generator[float, None, str]:
    """Wait as long as the triggers are to be watched; return why they roll the stack back, or nothing."""
    yield 60.0 * request.rollback.get("MonitoringTimeInMinutes", 0)
    return guard.alarming(request.rollback, world.existing, world.ringing)


def _clean_up(world: World, stack: Stack, policy: int) -> Steps:
    """Let go what the stack has no more use for; what cannot go is forgotten, as CloudFormation does."""
    yield from take_down(world, stack, stack.leaving, [], which=policy)
    stack.undo, stack.leaving = {}, []
    for name in stack.resources.keys() - stack.request.template["Resources"].keys():
        del stack.resources[name]


def _failing(verb: str, names: list[str]) -> str:
    return f"The following resource(s) failed to {verb}: [{', '.join(names)}]. " if names else ""
