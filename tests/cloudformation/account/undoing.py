"""Taking resources down, and putting back what an update changed."""

from collections.abc import Iterator

from tests.cloudformation.account.errors import Failed
from tests.cloudformation.account.making import seconds
from tests.cloudformation.account.state import Resource, Stack
from tests.cloudformation.account.world import World


def take_down(
    world: World, stack: Stack, going: list[Resource], stuck: list[str], which: int = 0
) -> Iterator[float]:
    """Delete resources, none before those that depend on it; note in `stuck` what stays against our will.

    `which` of their policies tells what becomes of them: 0 the DeletionPolicy, 1 the UpdateReplacePolicy.
    """
    left, failed = list(going), list[Resource]()
    while ready := [each for each in left if not _needed(each, [*left, *failed])]:
        for old in ready:
            if not _stays(stack, old.policies[which]):
                world.tell(stack, old, "DELETE_IN_PROGRESS")
        yield 5.0
        for old in ready:
            left.remove(old)
            try:
                _take_one(world, stack, old, old.policies[which])
            except Failed as reason:
                failed.append(old)
                stuck.append(old.logical)
                world.tell(stack, old, "DELETE_FAILED", str(reason))


def _needed(resource: Resource, others: list[Resource]) -> bool:
    return any(resource.logical in other.depends for other in others if other is not resource)


def _take_one(world: World, stack: Stack, old: Resource, policy: str) -> None:
    stays = _stays(stack, policy)
    if not stays:
        world.check_injected(old, "DELETE")
        world.drop(old, policy)
    if stack.resources.get(old.logical) is old:
        del stack.resources[old.logical]
    world.tell(stack, old, "DELETE_SKIPPED" if stays else "DELETE_COMPLETE")


def _stays(stack: Stack, policy: str) -> bool:
    return policy == "Retain" or (policy == "RetainExceptOnCreate" and "ROLLBACK" not in stack.status)


def put_back(world: World, stack: Stack, skipped: list[str], stuck: list[str]) -> Iterator[float]:
    """Put back what an update changed, the last first; what it added or replaced things with is to leave."""
    for name, old in list(reversed(stack.undo.items())):
        new = stack.resources[name]
        if old is None or name in skipped:
            if old is None:
                stack.leaving.append(new)
            del stack.undo[name]
            continue
        if old.properties == new.properties:
            _restore(world, stack, old, new)
            continue
        world.tell(stack, new, "UPDATE_IN_PROGRESS")
        yield seconds(old)
        try:
            world.check_injected(old, "ROLLBACK")
        except Failed as reason:
            stuck.append(name)
            world.tell(stack, new, "UPDATE_FAILED", str(reason))
            continue
        _restore(world, stack, old, new)
        world.tell(stack, old, "UPDATE_COMPLETE")


def _restore(world: World, stack: Stack, old: Resource, new: Resource) -> None:
    if old in stack.leaving:
        stack.leaving.remove(old)
        stack.leaving.append(new)
    else:
        world.change(new, old)
    stack.resources[old.logical] = old
    del stack.undo[old.logical]
