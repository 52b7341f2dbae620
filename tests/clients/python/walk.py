"""A walk through every operation of the API with the client that openapi-python-client generates.

mypy --strict checks the document's types with it; running it checks that the API keeps to them.
Usage: PYTHONPATH=<the generated code> python walk.py <address of the API>. Prints one line for each request:
method, path, status.
"""

import sys
import time
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import httpx
from todo_client import AuthenticatedClient, Client
from todo_client.api.health import show_liveness, show_readiness
from todo_client.api.sign_in import log_in
from todo_client.api.tasks import change_task, create_task, delete_task, get_task, list_tasks, replace_task
from todo_client.api.users import get_user, register_user
from todo_client.models import (
    Health,
    Login,
    Problem,
    Registration,
    Task,
    TaskInput,
    TaskPage,
    TaskPatch,
    Token,
    User,
)
from todo_client.types import Response

Kind = TypeVar("Kind")
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Walker:
    """Somebody with an account, and the clients of everybody and of this user alone."""

    anyone: Client
    user: User
    signed_in: AuthenticatedClient


def expect(kind: type[Kind], answer: object) -> Kind:
    """Return the answer of this kind; any other, such as a Problem, ends the walk."""
    assert isinstance(answer, kind), answer
    return answer


def expect_nothing(answer: Response[Any]) -> None:
    """End the walk unless the answer is 204, without a body."""
    assert (answer.status_code, answer.content) == (204, b""), answer


def report(response: httpx.Response) -> None:
    request = response.request
    sys.stdout.write(f"{request.method} {request.url.path} {response.status_code}\n")


def walk(url: str) -> None:
    options: dict[str, Any] = {"httpx_args": {"event_hooks": {"response": [report]}}}
    anyone = Client(url, raise_on_unexpected_status=True, **options)
    ask_health(anyone)
    walker = sign_up(anyone, url, options)
    task = write_tasks(walker.signed_in)
    list_with_filters(walker.signed_in, task)
    delete(walker.signed_in, task)


def ask_health(anyone: Client) -> None:
    assert expect(Health, show_liveness.sync(client=anyone)).status == "ok"
    assert expect(Health, show_readiness.sync(client=anyone)).status == "ready"


def sign_up(anyone: Client, url: str, options: dict[str, Any]) -> Walker:
    email = f"walker-{time.time_ns()}@example.com"
    registration = Registration(email, "Walker", PASSWORD, time_zone="Europe/Lisbon")
    user = expect(User, register_user.sync(client=anyone, body=registration))
    token = expect(Token, log_in.sync(client=anyone, body=Login(email, PASSWORD)))
    signed_in = AuthenticatedClient(url, token.access_token, raise_on_unexpected_status=True, **options)
    assert expect(User, get_user.sync("me", client=signed_in)) == user
    return Walker(anyone, user, signed_in)


def write_tasks(client: AuthenticatedClient) -> Task:
    wish = TaskInput("Water the plants", category="home", tags=["soon"], due_date=date(2026, 12, 24))
    created = expect(Task, create_task.sync(client=client, body=wish, idempotency_key="first"))
    assert expect(Task, create_task.sync(client=client, body=wish, idempotency_key="first")) == created
    whole = TaskInput("Water the plants", priority="high")
    current = f'"{created.version}"'
    replaced = expect(Task, replace_task.sync(created.id, client=client, body=whole, if_match=current))
    assert replaced.due_date is None
    stale = replace_task.sync(created.id, client=client, body=whole, if_match=current)
    assert expect(Problem, stale).status == 412
    patch = TaskPatch(status="completed", category="home")
    patched = expect(Task, change_task.sync(created.id, client=client, body=patch))
    assert patched.completed_at is not None
    assert expect(Task, get_task.sync(created.id, client=client)) == patched
    return patched


def list_with_filters(client: AuthenticatedClient, task: Task) -> None:
    expect(Task, create_task.sync(client=client, body=TaskInput("Buy more plants")))
    found = list_tasks.sync(client=client, status="completed", priority="high", category="home")
    assert expect(TaskPage, found).items == [task]
    first = expect(TaskPage, list_tasks.sync(client=client, limit=1))
    assert first.next_cursor is not None
    last = expect(TaskPage, list_tasks.sync(client=client, limit=1, cursor=first.next_cursor))
    assert (last.items, last.next_cursor) == ([task], None)


def delete(client: AuthenticatedClient, task: Task) -> None:
    expect_nothing(delete_task.sync_detailed(task.id, client=client))
    assert expect(Problem, get_task.sync(task.id, client=client)).title == "Not Found"


if __name__ == "__main__":
    walk(sys.argv[1])
