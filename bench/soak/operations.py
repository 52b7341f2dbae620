"""The operations of the simulated users, with their frequencies; add a new operation to OPERATIONS."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.soak import lists, tasks
from bench.soak.expected_state import require_equal
from bench.soak.user import API, User

# The maximum number of tasks of a user. With this limit, the number of tasks is stable, so that memory and
# latencies stay comparable during the soak.
MAX_TASKS = 60
TIME_ZONES = ("UTC", "Europe/Lisbon", "Asia/Tokyo", "America/New_York")


def always(user: User) -> bool:
    """Return True: the operation is always possible."""
    return True


def is_below_task_limit(user: User) -> bool:
    """Return whether the user has fewer than MAX_TASKS tasks."""
    return len(user.expected.tasks) < MAX_TASKS


def has_tasks(user: User) -> bool:
    """Return whether the user has a task."""
    return bool(user.expected.tasks)


def has_deleted(user: User) -> bool:
    """Return whether the user has deleted a task."""
    return bool(user.expected.deleted)


def show_profile(user: User) -> None:
    """Read the user's profile."""
    require_equal({user.expected.user_id: user.expected.profile}, [user.read(f"{API}/users/me").json()])


def patch_profile(user: User) -> None:
    """Change the user's name and time zone."""
    fields = {"name": f"User {user.random.getrandbits(20)}", "time_zone": user.random.choice(TIME_ZONES)}
    user.expected.change_profile(user.write("PATCH", f"{API}/users/me", fields).json(), fields)


def show_insights(user: User) -> None:
    """Read the user's insights without checking values, because the pipeline does not run in a soak."""
    user.read(f"{API}/insights/me")
    user.read(f"{API}/insights/me/daily")


def refresh_tokens(user: User) -> None:
    """Exchange the refresh token, which can be used only once; if the response is lost, log in again."""
    response = user.attempt("POST", f"{API}/auth/refresh", Authorization=f"Bearer {user.refresh_token}")
    if response is None:
        user.log_in()
    else:
        user.store_tokens(response.json())


@dataclass(frozen=True)
class Operation:
    """An operation of a user, with its relative frequency `weight` and its precondition `possible`."""

    name: str
    weight: float
    perform: Callable[[User], None]
    possible: Callable[[User], bool] = always


OPERATIONS = (
    Operation("create", 16, tasks.create_task, is_below_task_limit),
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
    Operation("batch", 4, tasks.write_batch, is_below_task_limit),
    Operation("sync", 6, lists.sync),
    Operation("repeat a write", 4, tasks.repeat_write),
    Operation("show profile", 2, show_profile),
    Operation("patch profile", 1, patch_profile),
    Operation("insights", 1, show_insights),
    Operation("refresh tokens", 1, refresh_tokens),
    # Logins are rare, because password hashing uses much CPU time by design.
    Operation("log in", 0.2, User.log_in),
)

REFRESH_TOKENS = next(operation for operation in OPERATIONS if operation.name == "refresh tokens")


def choose_operation(user: User) -> Operation:
    """Choose a possible operation at random, with its weight as relative probability."""
    possible = [operation for operation in OPERATIONS if operation.possible(user)]
    return user.random.choices(possible, [operation.weight for operation in possible])[0]
