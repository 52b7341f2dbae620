"""The operations on tasks; every response is compared with the expected state."""

import time
from typing import Any

from bench.soak.expected_state import ConsistencyError, Task, require_equal
from bench.soak.user import API, RETRY_INTERVAL_SECONDS, RETRY_SECONDS, User

TASKS = f"{API}/tasks"
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
CATEGORIES = ("home", "work", "garden", None)
TAGS = ("soon", "waiting", "phone", "errand")
# Due dates far from today, so that the user's time zone does not decide whether a task is overdue.
PAST, FUTURE = ("2020-01-31", "2020-02-29"), "2099-12-24"
DUE_DATES = (None, *PAST, FUTURE)
MAX_PER_KIND = 3
EXPECTED = {"create": 201, "update": 200, "delete": 204}


def create_task(user: User) -> None:
    """Create a task with all fields."""
    fields = new_fields(user)
    user.expected.create(user.write("POST", TASKS, fields, expected=201).json(), fields)


def get_task(user: User) -> None:
    """Read a task; the response must equal the acknowledged state."""
    task = _any_task(user)
    require_equal({task["id"]: task}, [user.read(f"{TASKS}/{task['id']}").json()])


def get_unchanged_task(user: User) -> None:
    """Read a task with If-None-Match; the response must be 304."""
    task = _any_task(user)
    user.read(f"{TASKS}/{task['id']}", expected=304, If_None_Match=f'"{task["version"]}"')


def get_deleted_task(user: User) -> None:
    """Read a deleted task; the response must be 404."""
    user.read(f"{TASKS}/{_any_deleted(user)}", expected=404)


def replace_task(user: User) -> None:
    """Replace all fields of a task."""
    fields, path = new_fields(user), f"{TASKS}/{_any_task(user)['id']}"
    user.expected.change(user.write("PUT", path, fields).json(), fields)


def patch_task(user: User) -> None:
    """Change some fields of a task."""
    fields, task = some_fields(user), _any_task(user)
    user.expected.change(user.write("PATCH", f"{TASKS}/{task['id']}", fields).json(), fields)


def patch_known_version(user: User) -> None:
    """Change some fields of a task, with If-Match and its current version."""
    fields, task = some_fields(user), _any_task(user)
    path, known = f"{TASKS}/{task['id']}", f'"{task["version"]}"'
    user.expected.change(user.write("PATCH", path, fields, If_Match=known).json(), fields)


def patch_stale_version(user: User) -> None:
    """Change a task with an outdated If-Match; the response must be 412."""
    task = _any_task(user)
    stale = f'"{task["version"] - 1}"'
    user.write("PATCH", f"{TASKS}/{task['id']}", {"title": "Too late"}, expected=412, If_Match=stale)


def delete_task(user: User) -> None:
    """Delete a task."""
    task = _any_task(user)
    user.write("DELETE", f"{TASKS}/{task['id']}", expected=204)
    user.expected.delete(task["id"])


def restore_task(user: User) -> None:
    """Restore a deleted task; the task must have the content from before the delete."""
    user.expected.restore(user.write("POST", f"{TASKS}/{_any_deleted(user)}/restore").json())


def show_history(user: User) -> None:
    """Read the history of a task; it must have one entry for each version, newest first."""
    task = _any_task(user)
    steps = user.pages(f"{TASKS}/{task['id']}/history?limit=10")
    versions = [step["version"] for step in steps]
    if versions != list(range(task["version"], 0, -1)):
        raise ConsistencyError(
            f"{task['id']} has version {task['version']}, but its history has the versions {versions}"
        )


def repeat_write(user: User) -> None:
    """Repeat the last write with its Idempotency-Key; the API must replay the response."""
    if user.last_write is None:
        return
    method, path, body, headers, first = user.last_write
    replayed = user.send(method, path, body, expected=first.status_code, headers=headers)
    if replayed.headers.get("Idempotency-Replayed") != "true" or replayed.content != first.content:
        raise ConsistencyError(f"{method} {path} got a different response when it was repeated")


def write_batch(user: User) -> None:
    """Create, update and delete tasks in one batch; each result must equal the result of a single request."""
    operations = _operations(user)
    key = user.new_key()
    results = _retry_until_done(user, key, operations)
    for number, (operation, result) in enumerate(zip(operations, results, strict=True)):
        if result["status"] != EXPECTED[operation["op"]]:
            raise ConsistencyError(f"a batch returned {result} for {operation}")
        # The first operation has the Idempotency-Key of the request; the API derives the other keys from it.
        user.expected.keys.append(f"{key}\x1f{number}" if number else key)
        if operation["op"] == "create":
            user.expected.create(result["task"], operation["task"])
        elif operation["op"] == "update":
            user.expected.change(result["task"], operation["task"])
        else:
            user.expected.delete(operation["id"])


def _operations(user: User) -> list[dict[str, Any]]:
    pick = user.random.sample(
        list(user.expected.tasks.values()), k=min(2 * MAX_PER_KIND, len(user.expected.tasks))
    )
    updated, deleted = pick[:MAX_PER_KIND], pick[MAX_PER_KIND:]
    creates = [{"op": "create", "task": new_fields(user)} for _ in deleted or (1,)]
    updates = [
        {"op": "update", "id": task["id"], "if_match": f'"{task["version"]}"', "task": some_fields(user)}
        for task in updated
    ]
    deletes = [{"op": "delete", "id": task["id"]} for task in deleted]
    return user.random.sample(creates + updates + deletes, k=len(creates + updates + deletes))


def _retry_until_done(user: User, key: str, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    deadline, headers = time.monotonic() + RETRY_SECONDS, {"Idempotency-Key": key}
    while time.monotonic() < deadline:
        response = user.send(
            "POST", f"{TASKS}/batch", {"operations": operations}, expected=207, headers=headers
        )
        results: list[dict[str, Any]] = response.json()["results"]
        if all(result["status"] != 503 for result in results):
            return results
        time.sleep(RETRY_INTERVAL_SECONDS)
    raise ConsistencyError(f"a batch was not completed in {RETRY_SECONDS:.0f} s")


def _any_task(user: User) -> Task:
    return user.random.choice(list(user.expected.tasks.values()))


def _any_deleted(user: User) -> str:
    return user.random.choice(list(user.expected.deleted))


def new_fields(user: User) -> Task:
    """Return random fields for a new task."""
    choice = user.random.choice
    return {
        "title": f"Task {user.random.getrandbits(40):010x}",
        "description": choice((None, "All of them, with care." * 8)),
        "status": choice(STATUSES),
        "priority": choice(PRIORITIES),
        "category": choice(CATEGORIES),
        "tags": user.random.sample(TAGS, user.random.randint(0, 3)),
        "due_date": choice(DUE_DATES),
    }


def some_fields(user: User) -> Task:
    """Return random values for two fields."""
    fields = new_fields(user)
    return {name: fields[name] for name in user.random.sample(list(fields), 2)}
