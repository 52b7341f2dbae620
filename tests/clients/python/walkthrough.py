"""Calls every operation of the API with the client that openapi-python-client generates.

mypy --strict checks this file against the generated types; a run checks that the responses have these types.
Usage: PYTHONPATH=<generated code> python walkthrough.py <URL of the API>; prints a line for each request.
"""

import sys
import time
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from todo_client import AuthenticatedClient, Client
from todo_client.api.auth import log_in, log_out, refresh_tokens
from todo_client.api.health import show_liveness, show_readiness
from todo_client.api.index import show_index
from todo_client.api.insights import list_days, show_insights, summarize_period
from todo_client.api.sync import list_changes
from todo_client.api.tasks import (
    change_task,
    create_task,
    delete_task,
    get_task,
    list_tasks,
    replace_task,
    restore_task,
    show_history,
    write_batch,
)
from todo_client.api.users import change_password, change_user, erase_user, get_user, register_user
from todo_client.models import (
    Batch,
    BatchOperation,
    BatchResults,
    Days,
    Erasure,
    FeedPage,
    Health,
    HistoryPage,
    Index,
    Insights,
    Login,
    PasswordChange,
    Period,
    Problem,
    Registration,
    Task,
    TaskInput,
    TaskPage,
    TaskPatch,
    TaskReplacement,
    Token,
    User,
    UserPatch,
)
from todo_client.types import Response

Kind = TypeVar("Kind")
FIRST_PASSWORD, SECOND_PASSWORD = "correct horse battery", "battery horse correct"


@dataclass
class Account:
    """An account of the API, with methods that create clients of the account."""

    url: str
    email: str
    password: str

    def anonymous(self) -> Client:
        return Client(self.url, raise_on_unexpected_status=True, httpx_args=REPORTING)

    def holding(self, token: str) -> AuthenticatedClient:
        return AuthenticatedClient(self.url, token, raise_on_unexpected_status=True, httpx_args=REPORTING)

    def log_in(self) -> Token:
        credentials = Login(self.email, self.password)
        return expect(Token, log_in.sync(client=self.anonymous(), body=credentials))

    def signed_in(self) -> AuthenticatedClient:
        return self.holding(self.log_in().access_token)


def report(response: httpx.Response) -> None:
    request = response.request
    sys.stdout.write(f"{request.method} {request.url.path} {response.status_code}\n")


REPORTING: dict[str, Any] = {"event_hooks": {"response": [report]}}


def expect(kind: type[Kind], answer: object) -> Kind:
    """Return the response body; fails if the body has another type, such as Problem."""
    assert isinstance(answer, kind), answer
    return answer


def expect_no_content(answer: Response[Any]) -> None:
    """Fail unless the response has the status 204 and no body."""
    assert (answer.status_code, answer.content) == (204, b""), answer


def main(url: str) -> None:
    account = Account(url, f"account-{time.time_ns()}@example.com", FIRST_PASSWORD)
    check_health(account.anonymous())
    register(account)
    change_profile(account)
    use_sessions(account)
    client = account.signed_in()
    task = write_tasks(client)
    list_with_filters(client, task)
    delete_and_restore(client, task)
    write_many(client, expect(Task, get_task.sync(task.id, client=client)))
    follow_changes(client, task)
    read_insights(client)
    erase(account)


def check_health(anyone: Client) -> None:
    assert expect(Health, show_liveness.sync(client=anyone)).status == "ok"
    assert expect(Health, show_readiness.sync(client=anyone)).status == "ready"
    assert "/docs" in [link.href for link in expect(Index, show_index.sync(client=anyone)).links]


def register(account: Account) -> None:
    form = Registration(account.email, "Example User", account.password, time_zone="Europe/Lisbon")
    user = expect(User, register_user.sync(client=account.anonymous(), body=form, idempotency_key=form.email))
    client = account.signed_in()
    assert expect(User, get_user.sync("me", client=client)) == user
    assert expect(User, get_user.sync(str(user.id), client=client)) == user


def change_profile(account: Account) -> None:
    client = account.signed_in()
    patch = UserPatch(name="Wanderer", time_zone="Asia/Tokyo")
    user = expect(User, change_user.sync("me", client=client, body=patch, if_match='"1"'))
    assert (user.name, user.time_zone, user.version) == ("Wanderer", "Asia/Tokyo", 2)
    change = PasswordChange(FIRST_PASSWORD, SECOND_PASSWORD)
    expect_no_content(change_password.sync_detailed(client=client, body=change))
    assert expect(Problem, get_user.sync("me", client=client)).status == 401
    account.password = SECOND_PASSWORD


def use_sessions(account: Account) -> None:
    used = account.log_in()
    fresh = expect(Token, refresh_tokens.sync(client=account.holding(used.refresh_token)))
    client = account.holding(fresh.access_token)
    expect_no_content(log_out.sync_detailed(client=client, everywhere=True))
    assert expect(Problem, get_user.sync("me", client=client)).title == "Unauthorized"


def write_tasks(client: AuthenticatedClient) -> Task:
    task_input = TaskInput("Water the plants", category="home", tags=["soon"], due_date=date(2026, 12, 24))
    created = expect(Task, create_task.sync(client=client, body=task_input, idempotency_key="first"))
    assert expect(Task, create_task.sync(client=client, body=task_input, idempotency_key="first")) == created
    whole = TaskReplacement("Water the plants", priority="high")
    current = f'"{created.version}"'
    replaced = expect(Task, replace_task.sync(created.id, client=client, body=whole, if_match=current))
    assert replaced.due_date is None
    same = TaskReplacement.from_dict(replaced.to_dict())
    replaced = expect(Task, replace_task.sync(created.id, client=client, body=same, if_match='"2"'))
    assert (replaced.title, replaced.priority, replaced.version) == (whole.title, "high", 3)
    stale = replace_task.sync(created.id, client=client, body=whole, if_match=current)
    assert expect(Problem, stale).status == 412
    patch = TaskPatch(status="completed", category="home")
    patched = expect(Task, change_task.sync(created.id, client=client, body=patch))
    assert patched.completed_at is not None
    assert expect(Task, get_task.sync(created.id, client=client)) == patched
    unchanged = get_task.sync_detailed(created.id, client=client, if_none_match=f'"{patched.version}"')
    assert unchanged.status_code == 304
    return patched


def list_with_filters(client: AuthenticatedClient, task: Task) -> None:
    """Check that each filter returns the matching tasks, and that every page except the last has a cursor."""
    urgent = TaskInput("Feed the cat", priority="urgent", tags=["soon", "cat"], due_date=date(2020, 2, 29))
    cat = expect(Task, create_task.sync(client=client, body=urgent))

    def found(**filters: Any) -> list[Task]:
        return expect(TaskPage, list_tasks.sync(client=client, **filters)).items

    assert found() == [cat, task]
    assert found(status=["completed"]) == found(priority=["high", "low"]) == found(category="home") == [task]
    assert found(status=["pending", "completed"]) == [cat, task]
    assert found(has_category=True) == found(has_due_date=False) == [task]
    assert found(tag=["cat", "dog"]) == found(q="cat") == found(overdue=True) == [cat]
    assert found(due_before=date(2020, 3, 1)) == found(due_after=date(2020, 2, 28)) == [cat]
    assert found(updated_since=cat.updated_at) == [cat]
    assert found(sort=["created_at"]) == found(sort=["priority", "-due_date"]) == [task, cat]
    first = expect(TaskPage, list_tasks.sync(client=client, sort=["priority"], limit=1))
    assert isinstance(first.next_cursor, str)
    following = list_tasks.sync(client=client, sort=["priority"], limit=1, cursor=first.next_cursor)
    last = expect(TaskPage, following)
    assert (first.items, last.items, last.next_cursor) == ([task], [cat], None)


def write_many(client: AuthenticatedClient, task: Task) -> None:
    """Send a batch that creates, updates and deletes tasks; only the deletion of a missing task fails."""
    operations = [
        BatchOperation("create", task=TaskPatch(title="Mow the lawn")),
        BatchOperation(
            "update", id=str(task.id), if_match=f'"{task.version}"', task=TaskPatch(tags=["done"])
        ),
        BatchOperation("delete", id=str(uuid4())),
    ]
    body = Batch(operations)
    answer = write_batch.sync(client=client, body=body, idempotency_key="batch")
    created, updated, missing = expect(BatchResults, answer).results
    assert [each.status for each in (created, updated, missing)] == [201, 200, 404]
    assert expect(Task, created.task).title == "Mow the lawn"
    assert updated.etag == f'"{task.version + 1}"'
    assert expect(Problem, missing.problem).title == "Not Found"


def delete_and_restore(client: AuthenticatedClient, task: Task) -> None:
    expect_no_content(delete_task.sync_detailed(task.id, client=client))
    assert expect(Problem, get_task.sync(task.id, client=client)).title == "Not Found"
    restored = expect(Task, restore_task.sync(task.id, client=client))
    assert (restored.title, restored.version) == (task.title, task.version + 2)
    history = expect(HistoryPage, show_history.sync(task.id, client=client)).items
    assert {step.op for step in history} == {"created", "updated", "deleted", "restored"}


def follow_changes(client: AuthenticatedClient, task: Task) -> None:
    """Read the change feed from its start, page by page; the first request has no cursor."""
    page = expect(FeedPage, list_changes.sync(client=client, limit=1))
    received = list(page.items)
    while page.has_more:
        page = expect(FeedPage, list_changes.sync(client=client, cursor=page.next_cursor))
        received += page.items
    assert task.id in [item.task.id for item in received if item.task is not None]


def read_insights(client: AuthenticatedClient) -> None:
    assert expect(Insights, show_insights.sync(client=client)).source == "none"  # The pipeline has not run.
    first, last = date(2026, 11, 1), date(2026, 11, 7)
    assert expect(Days, list_days.sync(client=client, from_=first, to=last)).time_zone == "Asia/Tokyo"
    assert expect(Period, summarize_period.sync(client=client, from_=first, to=last)).activity.created == 0


def erase(account: Account) -> None:
    client = account.signed_in()
    expect_no_content(erase_user.sync_detailed("me", client=client, body=Erasure(account.password)))
    assert expect(Problem, get_user.sync("me", client=client)).status == 401


if __name__ == "__main__":
    main(sys.argv[1])
