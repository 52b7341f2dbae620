"""The load: what users do, and how often. One line of LOAD adds an operation."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.soak import accounts, batches, lists, tasks
from bench.soak.user import User

# A steady number of tasks, so that memory and latencies are compared under equal load.
MOST_TASKS = 60


def always(user: User) -> bool:
    """No condition."""
    return True


def has_room(user: User) -> bool:
    """The user has fewer tasks than the most it keeps."""
    return len(user.model.tasks) < MOST_TASKS


def has_tasks(user: User) -> bool:
    """The user has a task."""
    return bool(user.model.tasks)


def has_deleted(user: User) -> bool:
    """The user has deleted a task."""
    return bool(user.model.deleted)


@dataclass(frozen=True)
class Operation:
    """Something that users do: `weight` is how often, `possible` when."""

    name: str
    weight: float
    perform: Callable[[User], None]
    possible: Callable[[User], bool] = always


LOAD = (
    Operation("create", 16, tasks.create_task, has_room),
    Operation("get", 16, tasks.get_task, has_tasks),
    Operation("get unchanged", 4, tasks.get_unchanged_task, has_tasks),
    Operation("get deleted", 2, tasks.get_deleted_task, has_deleted),
    Operation("list", 4, lists.list_tasks),
    Operation("list filtered", 8, lists.list_filtered),
    Operation("replace", 8, tasks.replace_task, has_tasks),
    Operation("patch", 16, tasks.patch_task, has_tasks),
    Operation("patch if-match", 6, tasks.patch_known_version, has_tasks),
    Operation("patch stale", 2, tasks.patch_stale_version, has_tasks),
    Operation("delete", 10, tasks.delete_task, has_tasks),
    Operation("restore", 6, tasks.restore_task, has_deleted),
    Operation("history", 4, tasks.show_history, has_tasks),
    Operation("batch", 4, batches.write_batch, has_room),
    Operation("sync", 6, lists.sync),
    Operation("repeat a write", 4, tasks.repeat_write),
    Operation("show profile", 2, accounts.show_profile),
    Operation("patch profile", 1, accounts.patch_profile),
    Operation("insights", 1, accounts.show_insights),
    Operation("refresh tokens", 1, accounts.refresh_tokens),
    # A password takes a processor for a while, on purpose.
    Operation("log in", 0.2, User.log_in),
)

KEEP_SIGNED_IN = next(operation for operation in LOAD if operation.name == "refresh tokens")


def choose(user: User) -> Operation:
    """What the user does next."""
    possible = [operation for operation in LOAD if operation.possible(user)]
    return user.random.choices(possible, [operation.weight for operation in possible])[0]
