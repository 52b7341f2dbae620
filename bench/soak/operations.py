"""The load: what users do, and how often. One line of LOAD adds an operation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.soak.model import Contradiction, Task, differences
from bench.soak.user import API, User

TASKS = f"{API}/tasks"
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
CATEGORIES = ("home", "work", "garden", None)
TAGS = ("soon", "waiting", "phone", "errand")
TIME_ZONES = ("UTC", "Europe/Lisbon", "Asia/Tokyo", "America/New_York")
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
    weight: int
    perform: Callable[[User], None]
    possible: Callable[[User], bool] = always


def create_task(user: User) -> None:
    """Create a task with all fields."""
    fields = _fields(user)
    user.model.create(user.write("POST", TASKS, fields, expected=201).json(), fields)


def get_task(user: User) -> None:
    """Read a task: it is what was acknowledged."""
    task = _any_task(user)
    _expect({task["id"]: task}, {task["id"]: user.read(f"{TASKS}/{task['id']}").json()})


def get_unchanged_task(user: User) -> None:
    """Ask for a task only if it changed."""
    task = _any_task(user)
    user.read(f"{TASKS}/{task['id']}", expected=304, If_None_Match=f'"{task["version"]}"')


def get_deleted_task(user: User) -> None:
    """Read a task that is gone."""
    user.read(f"{TASKS}/{_any_deleted(user)}", expected=404)


def list_tasks(user: User) -> None:
    """Walk through all pages: everything acknowledged, newest first."""
    seen = walk(user, limit=25)
    if [task["id"] for task in seen] != sorted((task["id"] for task in seen), reverse=True):
        raise Contradiction("the list is not in the order of creation")
    _expect(user.model.tasks, {task["id"]: task for task in seen})


def list_by_status(user: User) -> None:
    """Walk through the tasks of one status."""
    status = user.random.choice(STATUSES)
    wanted = {key: task for key, task in user.model.tasks.items() if task["status"] == status}
    _expect(wanted, {task["id"]: task for task in walk(user, limit=10, query=f"&status={status}")})


def replace_task(user: User) -> None:
    """Replace a task as a whole."""
    fields, path = _fields(user), f"{TASKS}/{_any_task(user)['id']}"
    user.model.change(user.write("PUT", path, fields).json(), fields)


def patch_task(user: User) -> None:
    """Change some fields."""
    fields, task = _some_fields(user), _any_task(user)
    user.model.change(user.write("PATCH", f"{TASKS}/{task['id']}", fields).json(), fields)


def patch_known_version(user: User) -> None:
    """Change some fields of the version that was read."""
    fields, task = _some_fields(user), _any_task(user)
    path, known = f"{TASKS}/{task['id']}", f'"{task["version"]}"'
    user.model.change(user.write("PATCH", path, fields, If_Match=known).json(), fields)


def patch_stale_version(user: User) -> None:
    """Change a version that is history: refused, nothing happens."""
    task = _any_task(user)
    stale = f'"{task["version"] - 1}"'
    user.write("PATCH", f"{TASKS}/{task['id']}", {"title": "Too late"}, expected=412, If_Match=stale)


def delete_task(user: User) -> None:
    """Delete a task."""
    task = _any_task(user)
    user.write("DELETE", f"{TASKS}/{task['id']}", expected=204)
    user.model.delete(task["id"])


def repeat_write(user: User) -> None:
    """Send the last write again under its key: the same answer, and nothing happens."""
    if user.last_write is None:
        return
    method, path, body, headers, first = user.last_write
    again = user.send(method, path, body, expected=first.status_code, headers=headers)
    if again.headers.get("Idempotency-Replayed") != "true" or again.content != first.content:
        raise Contradiction(f"{method} {path} was answered otherwise when it was repeated")


def show_profile(user: User) -> None:
    """Read the own profile."""
    _expect({"me": user.model.profile}, {"me": user.read(f"{API}/users/me").json()})


LOAD = (
    Operation("create", 16, create_task, has_room),
    Operation("get", 16, get_task, has_tasks),
    Operation("get unchanged", 4, get_unchanged_task, has_tasks),
    Operation("get deleted", 2, get_deleted_task, has_deleted),
    Operation("list", 4, list_tasks),
    Operation("list by status", 6, list_by_status),
    Operation("replace", 8, replace_task, has_tasks),
    Operation("patch", 16, patch_task, has_tasks),
    Operation("patch if-match", 6, patch_known_version, has_tasks),
    Operation("patch stale", 2, patch_stale_version, has_tasks),
    Operation("delete", 10, delete_task, has_tasks),
    Operation("repeat a write", 4, repeat_write),
    Operation("show profile", 2, show_profile),
    Operation("log in", 1, User.log_in),
)


def choose(user: User) -> Operation:
    """What the user does next."""
    possible = [operation for operation in LOAD if operation.possible(user)]
    return user.random.choices(possible, [operation.weight for operation in possible])[0]


def walk(user: User, limit: int, query: str = "") -> list[Task]:
    """All items of a list, page by page."""
    items: list[Task] = []
    cursor: str | None = ""
    while cursor is not None:
        following = f"&cursor={cursor}" if cursor else ""
        page = user.read(f"{TASKS}?limit={limit}{query}{following}").json()
        items += page["items"]
        cursor = page["next_cursor"]
    return items


def _expect(known: dict[str, Any], seen: dict[str, Any]) -> None:
    if found := differences(known, seen):
        raise Contradiction("; ".join(found))


def _any_task(user: User) -> Task:
    return user.random.choice(list(user.model.tasks.values()))


def _any_deleted(user: User) -> str:
    return user.random.choice(list(user.model.deleted))


def _fields(user: User) -> Task:
    choice = user.random.choice
    return {
        "title": f"Task {user.random.getrandbits(40):010x}",
        "description": choice((None, "All of them, with care." * 8)),
        "status": choice(STATUSES),
        "priority": choice(PRIORITIES),
        "category": choice(CATEGORIES),
        "tags": user.random.sample(TAGS, user.random.randint(0, 3)),
        "due_date": choice((None, "2026-12-24", "2027-01-06")),
    }


def _some_fields(user: User) -> Task:
    fields = _fields(user)
    return {name: fields[name] for name in user.random.sample(list(fields), 2)}
