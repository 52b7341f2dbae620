"""How users look through their tasks: every page shows what was acknowledged, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench.soak.mirror import NEVER
from bench.soak.model import Contradiction, Task, expect
from bench.soak.tasks import FUTURE, PAST, PRIORITIES, STATUSES, TASKS
from bench.soak.user import API, User

Passes = Callable[[Task], bool]


def _has(field: str, value: str) -> Passes:
    return lambda task: bool(task[field] == value)


def _is_overdue(task: Task) -> bool:
    return task["status"] in ("pending", "in_progress") and (task["due_date"] or FUTURE) < FUTURE


# By the name of the parameter: what a request may ask for, and which tasks it should get.
FILTERS: dict[str, tuple[tuple[str, Passes], ...]] = {
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
    """Walk through all pages: everything acknowledged, newest first."""
    seen = user.pages(f"{TASKS}?limit=25")
    expect(user.model.tasks, seen)
    if [task["id"] for task in seen] != sorted((task["id"] for task in seen), reverse=True):
        raise Contradiction("the list is not in the order of creation")


def list_filtered(user: User) -> None:
    """Walk through a list with up to two filters, in any order."""
    tests = [user.random.choice(FILTERS[name]) for name in user.random.sample(list(FILTERS), k=2)]
    chosen = tests[: user.random.randint(0, 2)]
    name, backwards = user.random.choice(list(SORTS)), user.random.choice((True, False))
    query = "&".join([f"limit=10&sort={'-' if backwards else ''}{name}", *(words for words, _ in chosen)])
    wanted = [task for task in user.model.tasks.values() if all(passes(task) for _, passes in chosen)]
    seen = user.pages(f"{TASKS}?{query}")
    if seen != sorted(wanted, key=SORTS[name], reverse=backwards):
        expect({task["id"]: task for task in wanted}, seen)
        raise Contradiction(f"the list {query} is not in its order")


def sync(user: User) -> None:
    """Bring the user's copy up to date from the feed of changes."""
    more = True
    while more:
        cursor = "" if user.mirror.cursor is None else f"&cursor={user.mirror.cursor}"
        page = user.read(f"{API}/changes?limit=50{cursor}").json()
        for item in page["items"]:
            user.mirror.apply(item)
        user.mirror.cursor, more = page["next_cursor"], page["has_more"]
    if user.mirror.whole_since == NEVER:
        user.mirror.whole_since = datetime.now(UTC).isoformat()
    user.mirror.check(user.model)
