"""`Idempotency-Key`: a retried write is executed once, and the retry gets the first response again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conformance import Contract
from tests.webapp.conftest import Person
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"
PROBLEM = "application/problem+json"
WRITES = [
    ("POST", {"title": "Mow", "tags": ["b", "a"], "due_date": "2026-12-24"}),
    ("PUT", {"title": "Mow again", "priority": "high"}),
    ("PATCH", {"status": "completed", "category": "garden"}),
    ("DELETE", None),
]
each_write = pytest.mark.parametrize(("method", "body"), WRITES, ids=[method for method, _ in WRITES])


def place(person: Person, method: str) -> str:
    return TASKS if method == "POST" else f"{TASKS}/{person.create()['id']}"


def assert_replayed(first: TestResponse, again: TestResponse) -> None:
    """Fail unless the responses differ only in the request id and in the header `Idempotency-Replayed`."""
    assert (again.status, again.data) == (first.status, first.data)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    own = ("X-Request-ID", "Idempotency-Replayed")
    headers = [[item for item in answer.headers if item[0] not in own] for answer in (first, again)]
    assert headers[0] == headers[1]


@each_write
def test_retry_gets_same_response(ada: Person, database: Database, method: str, body: Any) -> None:
    path = place(ada, method)
    first = ada.send(method, path, body, Idempotency_Key="k")
    written = database.changes.count_documents({})
    assert_replayed(first, ada.send(method, path, body, Idempotency_Key="k"))
    assert database.changes.count_documents({}) == written


@each_write
def test_later_changes_do_not_alter_replay(ada: Person, method: str, body: Any) -> None:
    path = place(ada, method)
    first = ada.send(method, path, body, Idempotency_Key="k")
    task = f"{TASKS}/{first.json['id']}" if first.data else path
    ada.send("PATCH", task, {"title": "Something else", "status": "cancelled"})
    ada.send("DELETE", task)
    assert ada.send("GET", task).status_code == 404
    assert_replayed(first, ada.send(method, path, body, Idempotency_Key="k"))
    assert ada.send("GET", task).status_code == 404


def test_stale_precondition_does_not_stop_replay(ada: Person) -> None:
    path = place(ada, "PATCH")
    first = ada.send("PATCH", path, {"title": "b"}, If_Match='"1"', Idempotency_Key="k")
    assert_replayed(first, ada.send("PATCH", path, {"title": "b"}, If_Match='"1"', Idempotency_Key="k"))


def test_equivalent_body_is_the_same_request(ada: Person) -> None:
    first = ada.send("POST", TASKS, {"title": "Mow", "priority": "medium"}, Idempotency_Key="k")
    headers = {
        "Authorization": f"Bearer {ada.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "k",
    }
    spelled = b'{ "priority":"medium",\n "title" : "\\u004dow " }'
    assert_replayed(first, ada.client.post(TASKS, data=spelled, headers=headers))


def test_key_belongs_to_its_user(register: Callable[..., Person], database: Database) -> None:
    for person in (register("ada@example.com"), register("eve@example.com")):
        answer = person.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key="k")
        assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)
    assert database.tasks.count_documents({}) == 2


def test_key_of_registration_can_be_used_again(ada: Person) -> None:
    user = {"email": "eve@example.com", "name": "Eve", "password": "correct horse battery"}
    ada.client.post("/api/v1/users", json=user, headers={"Idempotency-Key": "k"})
    assert ada.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key="k").status_code == 201


def test_key_of_another_request_is_refused(ada: Person, database: Database) -> None:
    mine, other = place(ada, "PATCH"), place(ada, "PATCH")
    assert ada.send("PATCH", mine, {"title": "b"}, Idempotency_Key="k").status_code == 200
    before = list(database.changes.find({}))
    requests = [
        ("PATCH", mine, {"title": "c"}),
        ("PATCH", other, {"title": "b"}),
        ("PUT", mine, {"title": "b"}),
        ("DELETE", mine, None),
        ("POST", TASKS, {"title": "b"}),
        ("DELETE", f"{TASKS}/01a1fd9e-0000-7000-8000-000000000000", None),
    ]
    answers = [ada.send(*request, Idempotency_Key="k") for request in requests]
    assert {(answer.status_code, answer.content_type) for answer in answers} == {(422, PROBLEM)}
    assert list(database.changes.find({})) == before


def test_key_may_have_255_printable_characters(ada: Person) -> None:
    key = "".join(map(chr, range(0x21, 0x7F))) + " " + "x" * 160
    assert len(key) == 255
    first = ada.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key=key)
    assert_replayed(first, ada.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key=key))


def test_invalid_key_is_refused(ada: Person, database: Database) -> None:
    for key in ("", "x" * 256, "\xe9", "tab\t", "\x7f"):
        answer = ada.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key=key)
        assert (key, answer.status_code, answer.content_type) == (key, 400, PROBLEM)
    assert database.tasks.count_documents({}) == 0


def test_invalid_request_leaves_key_free(ada: Person) -> None:
    path = place(ada, "PATCH")
    invalid = [
        ada.send("POST", TASKS, {"title": ""}, Idempotency_Key="k").status_code,
        ada.send("PATCH", path, {"title": "b"}, If_Match="1", Idempotency_Key="k").status_code,
    ]
    assert invalid == [422, 400]
    answer = ada.send("PATCH", path, {"title": "b"}, If_Match='"1"', Idempotency_Key="k")
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (200, False)


@pytest.mark.parametrize(
    ("method", "task", "headers", "status"),
    [("PATCH", "own", {"If_Match": '"7"'}, 412), ("DELETE", "01a1fd9e-0000-7000-8000-000000000000", {}, 404)],
)
def test_rejected_request_keeps_its_key(
    ada: Person, method: str, task: str, headers: dict[str, str], status: int
) -> None:
    own = place(ada, "PATCH")
    path, body = (own if task == "own" else f"{TASKS}/{task}"), {"title": "b"} if method == "PATCH" else None
    assert ada.send(method, path, body, Idempotency_Key="k", **headers).status_code == status
    assert ada.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key="k").status_code == 422
    # A rejection is not replayed: the same request is executed again on the current state of the resource.
    assert ada.send(method, path, body, Idempotency_Key="k", **headers).status_code == status


def test_rejected_request_succeeds_when_repeated_later(ada: Person) -> None:
    path = place(ada, "PATCH")
    asked = {"If_Match": '"2"', "Idempotency_Key": "k"}
    assert ada.send("PATCH", path, {"title": "b"}, **asked).status_code == 412
    ada.send("PATCH", path, {"title": "a"})
    first = ada.send("PATCH", path, {"title": "b"}, **asked)
    assert first.status_code == 200
    assert_replayed(first, ada.send("PATCH", path, {"title": "b"}, **asked))


@pytest.mark.parametrize("other", [{}, {"If_Match": "*"}, {"If_None_Match": '"2"'}])
def test_precondition_is_part_of_the_request(ada: Person, other: dict[str, str]) -> None:
    path = place(ada, "PATCH")
    first = ada.send("PATCH", path, {"title": "b"}, If_Match='"1"', Idempotency_Key="k")
    assert first.status_code == 200
    assert ada.send("PATCH", path, {"title": "b"}, Idempotency_Key="k", **other).status_code == 422
    assert_replayed(first, ada.send("PATCH", path, {"title": "b"}, If_Match='"1"', Idempotency_Key="k"))


@pytest.mark.parametrize("names", [("me", "id"), ("id", "me")])
def test_both_paths_of_the_profile_are_one_request(ada: Person, names: tuple[str, str]) -> None:
    paths = [f"/api/v1/users/{'me' if name == 'me' else ada.user_id}" for name in names]
    first = ada.send("PATCH", paths[0], {"name": "Ada L."}, Idempotency_Key="k")
    assert_replayed(first, ada.send("PATCH", paths[1], {"name": "Ada L."}, Idempotency_Key="k"))


def test_key_of_registration_is_refused_to_its_user(ada: Person) -> None:
    proof = {"email": "eve@example.com", "password": "correct horse battery"}
    user = ada.client.post("/api/v1/users", json={**proof, "name": "Eve"}, headers={"Idempotency-Key": "k"})
    token = ada.client.post("/api/v1/auth/login", json=proof).json["access_token"]
    eve = Person(ada.client, user.json["id"], token)
    operations = [{"op": "delete", "id": "unknown"}, {"op": "create", "task": {"title": "Mow"}}]
    for path, body in ((TASKS, {"title": "Mow"}), (f"{TASKS}/batch", {"operations": operations})):
        assert eve.send("POST", path, body, Idempotency_Key="k").status_code == 422


def test_different_requests_at_once_share_no_key(ada: Person, database: Database) -> None:
    """The request that comes first takes the key, even if it is a batch whose first operation is rejected."""
    client = ada.client.application.test_client
    rejected = {"op": "delete", "id": "01a1fd9e-0000-7000-8000-000000000000"}
    bodies = [
        (f"{TASKS}/batch", {"operations": [rejected, {"op": "create", "task": {"title": f"{number}"}}]})
        if number % 2
        else (TASKS, {"title": f"{number}"})
        for number in range(8)
    ]

    def one(asked: tuple[str, Any]) -> int:
        return Person(client(), ada.user_id, ada.token).send("POST", *asked, Idempotency_Key="k").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(one, bodies))
    assert statuses.count(422) == 7
    assert database.tasks.count_documents({"user_id": ada.user_id}) == 1


def test_every_documented_operation_honours_the_key(
    ada: Person, contract: Contract, database: Database
) -> None:
    """Send each request with Idempotency-Key twice; the second response must be a replay of the first."""
    task, gone = ada.create()["id"], ada.create()["id"]
    ada.send("DELETE", f"{TASKS}/{gone}")
    requests = {
        "registerUser": (
            "POST",
            "/api/v1/users",
            {"email": "eve@example.com", "name": "Eve", "password": "correct horse battery"},
        ),
        "changeUser": ("PATCH", "/api/v1/users/me", {"name": "Ada L."}),
        "createTask": ("POST", TASKS, {"title": "Mow"}),
        "writeBatch": (
            "POST",
            f"{TASKS}/batch",
            {"operations": [{"op": "create", "task": {"title": "Mow"}}]},
        ),
        "replaceTask": ("PUT", f"{TASKS}/{task}", {"title": "Mow"}),
        "changeTask": ("PATCH", f"{TASKS}/{task}", {"title": "Rake"}),
        "restoreTask": ("POST", f"{TASKS}/{gone}/restore", None),
        "deleteTask": ("DELETE", f"{TASKS}/{task}", None),
    }
    documented = {
        operation["operationId"]
        for item in contract.document["paths"].values()
        for name, operation in item.items()
        if name != "parameters"
        and {"$ref": "#/components/parameters/Idempotency-Key"} in operation.get("parameters", [])
    }
    # A change of the password ends the access token, so tests/webapp/users/test_password.py tests its retry.
    assert documented == {*requests, "changePassword"}
    for name, request in requests.items():
        assert_replayed(*(ada.send(*request, Idempotency_Key=name) for _ in range(2)))


def test_unkeyed_requests_happen_each_time(ada: Person) -> None:
    assert ada.create()["id"] != ada.create()["id"]


def test_key_of_batch_is_refused_for_single_request(ada: Person, database: Database) -> None:
    create = {"op": "create", "task": {"title": "Mow"}}
    batch = {"operations": [create, create]}
    first = ada.send("POST", "/api/v1/tasks/batch", batch, Idempotency_Key="k")
    assert ada.send("POST", "/api/v1/tasks", {"title": "Mow"}, Idempotency_Key="k").status_code == 422
    again = ada.send("POST", "/api/v1/tasks/batch", batch, Idempotency_Key="k")
    assert (again.json, database.tasks.count_documents({})) == (first.json, 2)
