"""The load: what users do, and how often. One line of LOAD adds an operation."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.soak import lists, tasks
from bench.soak.model import expect
from bench.soak.user import API, User

# A steady number of tasks, so that memory and latencies are compared under equal load.
MOST_TASKS = 60
TIME_ZONES = ("UTC", "Europe/Lisbon", "Asia/Tokyo", "America/New_York")


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


def show_profile(user: User) -> None:
    """Read the own profile."""
    expect({user.model.user_id: user.model.profile}, [user.read(f"{API}/users/me").json()])


def patch_profile(user: User) -> None:
    """Change name and time zone."""
    fields = {"name": f"User {user.random.getrandbits(20)}", "time_zone": user.random.choice(TIME_ZONES)}
    user.model.change_profile(user.write("PATCH", f"{API}/users/me", fields).json(), fields)


def show_insights(user: User) -> None:
    """Read the own figures and days; the pipeline that makes them does not run here."""
    user.read(f"{API}/insights/me")
    user.read(f"{API}/insights/me/daily")


def refresh_tokens(user: User) -> None:
    """Exchange the refresh token, which is good once: when the answer gets lost, log in again."""
    answer = user.attempt("POST", f"{API}/auth/refresh", Authorization=f"Bearer {user.refresh_token}")
    if answer is None:
        user.log_in()
    else:
        user.take_tokens(answer.json())


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
    Operation("batch", 4, tasks.write_batch, has_room),
    Operation("sync", 6, lists.sync),
    Operation("repeat a write", 4, tasks.repeat_write),
    Operation("show profile", 2, show_profile),
    Operation("patch profile", 1, patch_profile),
    Operation("insights", 1, show_insights),
    Operation("refresh tokens", 1, refresh_tokens),
    # A password takes a processor for a while, on purpose.
    Operation("log in", 0.2, User.log_in),
)

KEEP_SIGNED_IN = next(operation for operation in LOAD if operation.name == "refresh tokens")


def choose(user: User) -> Operation:
    """What the user does next."""
    possible = [operation for operation in LOAD if operation.possible(user)]
    return user.random.choices(possible, [operation.weight for operation in possible])[0]
