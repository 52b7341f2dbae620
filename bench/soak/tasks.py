"""What users do with one task; every answer is compared with what the user knows."""

import time
from typing import Any

from bench.soak.model import Contradiction, Task, expect
from bench.soak.user import API, PATIENCE_SECONDS, PAUSE_SECONDS, User

TASKS = f"{API}/tasks"
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
CATEGORIES = ("home", "work", "garden", None)
TAGS = ("soon", "waiting", "phone", "errand")
# Far from today, so that it does not matter in which time zone it is today.
PAST, FUTURE = ("2020-01-31", "2020-02-29"), "2099-12-24"
DUE_DATES = (None, *PAST, FUTURE)
MOST_OF_EACH = 3
EXPECTED = {"create": 201, "update": 200, "delete": 204}


def create_task(user: User) -> None:
    """Create a task with all fields."""
    fields = new_fields(user)
    user.model.create(user.write("POST", TASKS, fields, expected=201).json(), fields)


def get_task(user: User) -> None:
    """Read a task: it is what was acknowledged."""
    task = _any_task(user)
    expect({task["id"]: task}, [user.read(f"{TASKS}/{task['id']}").json()])


def get_unchanged_task(user: User) -> None:
    """Ask for a task only if it changed."""
    task = _any_task(user)
    user.read(f"{TASKS}/{task['id']}", expected=304, If_None_Match=f'"{task["version"]}"')


def get_deleted_task(user: User) -> None:
    """Read a task that is gone."""
    user.read(f"{TASKS}/{_any_deleted(user)}", expected=404)


def replace_task(user: User) -> None:
    """Replace a task as a whole."""
    fields, path = new_fields(user), f"{TASKS}/{_any_task(user)['id']}"
    user.model.change(user.write("PUT", path, fields).json(), fields)


def patch_task(user: User) -> None:
    """Change some fields."""
    fields, task = some_fields(user), _any_task(user)
    user.model.change(user.write("PATCH", f"{TASKS}/{task['id']}", fields).json(), fields)


def patch_known_version(user: User) -> None:
    """Change some fields of the version that was read."""
    fields, task = some_fields(user), _any_task(user)
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


def restore_task(user: User) -> None:
    """Restore a deleted task: it is what was deleted."""
    user.model.restore(user.write("POST", f"{TASKS}/{_any_deleted(user)}/restore").json())


def show_history(user: User) -> None:
    """Read all changes of a task: one for each version, newest first."""
    task = _any_task(user)
    steps = user.pages(f"{TASKS}/{task['id']}/history?limit=10")
    versions = [step["version"] for step in steps]
    if versions != list(range(task["version"], 0, -1)):
        raise Contradiction(f"{task['id']} is at version {task['version']}, its history says {versions}")


def repeat_write(user: User) -> None:
    """Send the last write again under its key: the same answer, and nothing happens."""
    if user.last_write is None:
        return
    method, path, body, headers, first = user.last_write
    again = user.send(method, path, body, expected=first.status_code, headers=headers)
    if again.headers.get("Idempotency-Replayed") != "true" or again.content != first.content:
        raise Contradiction(f"{method} {path} was answered otherwise when it was repeated")


def write_batch(user: User) -> None:
    """Create, update and delete some tasks at once; every operation is answered as on its own."""
    operations = _operations(user)
    key = user.new_key()
    results = _insist(user, key, operations)
    for number, (operation, result) in enumerate(zip(operations, results, strict=True)):
        if result["status"] != EXPECTED[operation["op"]]:
            raise Contradiction(f"a batch answers {operation} with {result}")
        # The first operation commits under the client's key, the others under keys made of it.
        user.model.keys.append(f"{key}\x1f{number}" if number else key)
        if operation["op"] == "create":
            user.model.create(result["task"], operation["task"])
        elif operation["op"] == "update":
            user.model.change(result["task"], operation["task"])
        else:
            user.model.delete(operation["id"])


def _operations(user: User) -> list[dict[str, Any]]:
    pick = user.random.sample(list(user.model.tasks.values()), k=min(2 * MOST_OF_EACH, len(user.model.tasks)))
    updated, deleted = pick[:MOST_OF_EACH], pick[MOST_OF_EACH:]
    creates = [{"op": "create", "task": new_fields(user)} for _ in deleted or (1,)]
    updates = [
        {"op": "update", "id": task["id"], "if_match": f'"{task["version"]}"', "task": some_fields(user)}
        for task in updated
    ]
    deletes = [{"op": "delete", "id": task["id"]} for task in deleted]
    return user.random.sample(creates + updates + deletes, k=len(creates + updates + deletes))


def _insist(user: User, key: str, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    deadline, headers = time.monotonic() + PATIENCE_SECONDS, {"Idempotency-Key": key}
    while time.monotonic() < deadline:
        answer = user.send(
            "POST", f"{TASKS}/batch", {"operations": operations}, expected=207, headers=headers
        )
        results: list[dict[str, Any]] = answer.json()["results"]
        if all(result["status"] != 503 for result in results):
            return results
        time.sleep(PAUSE_SECONDS)
    raise Contradiction(f"a batch was not carried out in {PATIENCE_SECONDS:.0f} s")


def _any_task(user: User) -> Task:
    return user.random.choice(list(user.model.tasks.values()))


def _any_deleted(user: User) -> str:
    return user.random.choice(list(user.model.deleted))


def new_fields(user: User) -> Task:
    """Fields of a new task, chosen at random."""
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
    """New values for two fields."""
    fields = new_fields(user)
    return {name: fields[name] for name in user.random.sample(list(fields), 2)}
