"""Many writes in one request, carried out one by one; what the database was away for is sent again."""

import time
from typing import Any

from bench.soak.model import Contradiction
from bench.soak.tasks import TASKS, new_fields, some_fields
from bench.soak.user import PATIENCE_SECONDS, PAUSE_SECONDS, User

MOST_OF_EACH = 3
EXPECTED = {"create": 201, "update": 200, "delete": 204}


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
