"""The requests that bench.api measures; each entry of `operations` becomes a row of its table."""

import json
from collections.abc import Callable
from typing import Any

TASKS = "/api/v1/tasks"
TITLES = ("Water the plants", "Write the report", "Call about the roof", "Buy new shoes")
PRIORITIES = ("low", "medium", "high", "urgent")
PASSWORD = "measure and compare"  # noqa: S105  # of a user in a temporary database
TASK_COUNT = 200

# The method, path and body of a request.
Request = tuple[str, str, bytes | None]
# For the name of each operation, a function that returns a request. The argument of the function is a number
# that selects the task, so that requests with different numbers differ.
Operations = dict[str, Callable[[int], Request]]
# A function that sends a request with an access token and returns the JSON body of the response.
Send = Callable[[Request, str], Any]


def operations(task_ids: list[str]) -> Operations:
    """Return the operations for a user with these tasks; the first is GET /health, as the baseline."""

    def task(number: int) -> str:
        return f"{TASKS}/{task_ids[number % len(task_ids)]}"

    return {
        "GET /health": lambda number: ("GET", "/health", None),
        "create": lambda number: ("POST", TASKS, _task(number)),
        "get": lambda number: ("GET", task(number), None),
        "update": lambda number: ("PATCH", task(number), b'{"priority":"high"}'),
        "replace": lambda number: ("PUT", task(number), _task(number)),
        "list 20": lambda number: ("GET", TASKS, None),
        "list 20, by status": lambda number: ("GET", f"{TASKS}?status=pending", None),
        "list 20, by tag and due date": lambda number: ("GET", f"{TASKS}?tag=soon&sort=due_date", None),
        "list 20, by words": lambda number: ("GET", f"{TASKS}?q=water%20plants", None),
        "changes, snapshot": lambda number: ("GET", "/api/v1/changes", None),
        "history": lambda number: ("GET", f"{task(number)}/history", None),
    }


def create_test_data(send: Send) -> tuple[str, list[str]]:
    """Register a user, log in and create tasks; returns the access token and the ids of the tasks."""
    user = {"email": "bench@example.com", "password": PASSWORD}
    send(("POST", "/api/v1/users", json.dumps(user | {"name": "Benchmark"}).encode()), "")
    token = send(("POST", "/api/v1/auth/login", json.dumps(user).encode()), "")["access_token"]
    task_ids = [send(("POST", TASKS, _task(number)), token)["id"] for number in range(TASK_COUNT)]
    return token, task_ids


def _task(number: int) -> bytes:
    fields = {
        "title": TITLES[number % len(TITLES)],
        "priority": PRIORITIES[number % len(PRIORITIES)],
        "category": "home",
        "tags": ["soon"],
        "due_date": f"2026-12-{number % 28 + 1:02d}",
    }
    return json.dumps(fields).encode()
