"""Operations that read lists; the pages must contain exactly the acknowledged tasks."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench.soak.expected_state import ConsistencyError, Task, require_equal
from bench.soak.replica import NEVER
from bench.soak.tasks import FUTURE, PAST, PRIORITIES, STATUSES, TASKS
from bench.soak.user import API, User

Predicate = Callable[[Task], bool]


def _has(field: str, value: str) -> Predicate:
    return lambda task: bool(task[field] == value)


def _is_overdue(task: Task) -> bool:
    return task["status"] in ("pending", "in_progress") and (task["due_date"] or FUTURE) < FUTURE


# The filters of a list: the query string of each filter, and a function that returns whether a task matches
# the filter.
FILTERS: dict[str, tuple[tuple[str, Predicate], ...]] = {
    "status": tuple((f"status={status}", _has("status", status)) for status in STATUSES),
    "priority": tuple((f"priority={priority}", _has("priority", priority)) for priority in PRIORITIES),
    "category": (("category=home", _has("category", "home")),),
    "tag": (
        ("tag=soon", lambda task: "soon" in task["tags"]),
        ("tag=soon&tag=phone", lambda task: bool({"soon", "phone"} & set(task["tags"]))),
    ),
    "due": (
        (f"due_before={FUTURE}", lambda task: task["due_date"] in PAST),
        (f"due_after={PAST[0]}", lambda task: (task["due_date"] or "") > PAST[0]),
    ),
    "overdue": (("overdue=true", _is_overdue), ("overdue=false", lambda task: not _is_overdue(task))),
    "q": (("q=CARE", lambda task: task["description"] is not None),),
}
SORTS: dict[str, Callable[[Task], Any]] = {
    "created_at": lambda task: task["id"],
    "updated_at": lambda task: (task["updated_at"], task["id"]),
    "due_date": lambda task: (task["due_date"] or "9999", task["id"]),
    "priority": lambda task: (PRIORITIES.index(task["priority"]), task["id"]),
}


def list_tasks(user: User) -> None:
    """Read all pages of the list; they must contain all acknowledged tasks, newest first."""
    seen = user.pages(f"{TASKS}?limit=25")
    require_equal(user.expected.tasks, seen)
    if [task["id"] for task in seen] != sorted((task["id"] for task in seen), reverse=True):
        raise ConsistencyError("the list is not ordered by creation time")


def list_filtered(user: User) -> None:
    """Read all pages of a list with up to two filters and a random order."""
    tests = [user.random.choice(FILTERS[name]) for name in user.random.sample(list(FILTERS), k=2)]
    chosen = tests[: user.random.randint(0, 2)]
    name, backwards = user.random.choice(list(SORTS)), user.random.choice((True, False))
    query = "&".join([f"limit=10&sort={'-' if backwards else ''}{name}", *(words for words, _ in chosen)])
    wanted = [task for task in user.expected.tasks.values() if all(passes(task) for _, passes in chosen)]
    seen = user.pages(f"{TASKS}?{query}")
    if seen != sorted(wanted, key=SORTS[name], reverse=backwards):
        require_equal({task["id"]: task for task in wanted}, seen)
        raise ConsistencyError(f"the list {query} is not in the requested order")


def sync(user: User) -> None:
    """Update the user's local copy (replica) from the change feed, and check the copy."""
    more = True
    while more:
        cursor = "" if user.replica.cursor is None else f"&cursor={user.replica.cursor}"
        page = user.read(f"{API}/changes?limit=50{cursor}").json()
        for item in page["items"]:
            user.replica.apply(item)
        user.replica.cursor, more = page["next_cursor"], page["has_more"]
    if user.replica.snapshot_end == NEVER:
        user.replica.snapshot_end = datetime.now(UTC).isoformat()
    user.replica.check(user.expected)
