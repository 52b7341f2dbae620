"""Several writes in one request (a batch): the API executes each of them in order, and a retry is safe."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.invariants import assert_log_and_projection_agree
from tests.webapp.conftest import MovableClock, Person
from webapp.changes import Change, ChangeLog
from webapp.database.connection import Database
from webapp.http.context import services
from webapp.tasks.batch import TIME_LIMIT

TASKS = "/api/v1/tasks"
BATCH = f"{TASKS}/batch"
PROBLEM = "application/problem+json"
UNKNOWN = "01a1fd9e-0000-7000-8000-000000000000"


def send(person: Person, *operations: Any, **headers: str) -> list[dict[str, Any]]:
    answer = person.send("POST", BATCH, {"operations": operations}, **headers)
    assert answer.status_code == 207, answer.json
    results: list[dict[str, Any]] = answer.json["results"]
    return results


def create(title: Any = "Mow", **fields: Any) -> dict[str, Any]:
    return {"op": "create", "task": {"title": title, **fields}}


def update(task_id: str, if_match: str | None = None, **fields: Any) -> dict[str, Any]:
    condition = {} if if_match is None else {"if_match": if_match}
    return {"op": "update", "id": task_id, **condition, "task": fields}


def delete(task_id: str, if_match: str | None = None) -> dict[str, Any]:
    return {"op": "delete", "id": task_id, **({} if if_match is None else {"if_match": if_match})}


def statuses(results: list[dict[str, Any]]) -> list[int]:
    return [result["status"] for result in results]


def test_batch_equals_single_requests(ada: Person) -> None:
    kept, gone = ada.create("Mow", tags=["a"]), ada.create("Rake")
    results = send(ada, create("Sow", priority="high"), update(kept["id"], tags=None), delete(gone["id"]))
    made = ada.send("GET", f"{TASKS}/{results[0]['id']}").json
    changed = ada.send("GET", f"{TASKS}/{kept['id']}").json
    assert (made["title"], made["priority"], made["status"]) == ("Sow", "high", "pending")
    assert (changed["title"], changed["tags"], changed["version"]) == ("Mow", [], 2)
    assert results == [
        {"status": 201, "id": made["id"], "etag": '"1"', "task": made},
        {"status": 200, "id": kept["id"], "etag": '"2"', "task": changed},
        {"status": 204, "id": gone["id"]},
    ]
    assert ada.send("GET", f"{TASKS}/{gone['id']}").status_code == 404


def test_operations_are_executed_in_order(ada: Person, database: Database) -> None:
    task_id = ada.create()["id"]
    steps = [
        update(task_id, '"1"', title="b"),
        update(task_id, '"2"', title="c"),
        delete(task_id),
        delete(task_id),
    ]
    assert statuses(send(ada, *steps)) == [200, 200, 204, 404]
    assert_log_and_projection_agree(database)


def test_refused_operation_stops_no_other(ada: Person) -> None:
    task = ada.create()
    operations = [
        create(""),
        create("x" * 201, status="done"),
        update(task["id"], '"7"', title="b"),
        update(UNKNOWN, title="b"),
        delete("zzz"),
        update(task["id"], titel="b"),
        create("last"),
    ]
    results = send(ada, *operations)
    assert statuses(results) == [422, 422, 412, 404, 404, 422, 201]
    assert [result.get("id") for result in results[:6]] == [
        None,
        None,
        task["id"],
        UNKNOWN,
        "zzz",
        task["id"],
    ]
    pointers = [[error["pointer"] for error in result["problem"]["errors"]] for result in results[:2]]
    assert pointers == [
        ["#/operations/0/task/title"],
        ["#/operations/1/task/title", "#/operations/1/task/status"],
    ]
    kept = {task["title"] for task in ada.send("GET", TASKS).json["items"]}
    assert kept == {"last", "Water the plants"}


def test_problem_is_that_of_single_request(ada: Person) -> None:
    task = ada.create()
    alone = ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "b"}, If_Match='"9"')
    answer = ada.send("POST", BATCH, {"operations": [update(task["id"], '"9"', title="b")]})
    problem = answer.json["results"][0]["problem"]
    assert problem == {**(alone.json or {}), "instance": BATCH, "request_id": answer.headers["X-Request-ID"]}


@pytest.mark.parametrize(
    ("tag", "status"), [('"1"', 200), ("*", 200), ('"0", "1"', 200), ('W/"1"', 412), ("1", 400), ("", 400)]
)
def test_if_match_reads_like_the_header(ada: Person, tag: str, status: int) -> None:
    assert statuses(send(ada, update(ada.create()["id"], tag, title="b"))) == [status]


def test_slow_batch_does_not_start_the_rest(ada: Person, clock: MovableClock, database: Database) -> None:
    log = services(ada.client.application).get(ChangeLog)
    append = log._append

    def hang_then_append(change: Change) -> None:
        clock.now += TIME_LIMIT / 2
        append(change)

    log._append = hang_then_append  # type: ignore[method-assign]
    results = send(ada, *(create(f"Task {number}") for number in range(5)))
    assert statuses(results) == [201, 201, 201, 503, 503]
    assert "send the batch again" in results[-1]["problem"]["detail"]
    assert database.tasks.count_documents({}) == 3


def test_foreign_tasks_are_not_found(register: Callable[..., Person], database: Database) -> None:
    task = register("ada@example.com").create()
    eve = register("eve@example.com")
    results = send(eve, update(task["id"], title="mine"), delete(task["id"]))
    assert statuses(results) == [404, 404]
    assert database.changes.count_documents({"entity": "task"}) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/operations"),
        ({"operations": []}, "#/operations"),
        ({"operations": [create()] * 101}, "#/operations"),
        ({"operations": {"0": create()}}, "#/operations"),
        ({"operations": [create()], "atomic": True}, "#/atomic"),
        ({"operations": [create(), "x"]}, "#/operations/1"),
        ({"operations": [create(), None]}, "#/operations/1"),
        ({"operations": [create(), {}]}, "#/operations/1/op"),
        ({"operations": [create(), {"op": "upsert"}]}, "#/operations/1/op"),
        ({"operations": [create(), {"op": "create"}]}, "#/operations/1/task"),
        ({"operations": [create(), {"op": "create", "task": None}]}, "#/operations/1/task"),
        ({"operations": [create(), {"op": "create", "task": ["x"]}]}, "#/operations/1/task"),
        ({"operations": [create(), {**create(), "id": UNKNOWN}]}, "#/operations/1/id"),
        ({"operations": [create(), {**create(), "if_match": '"1"'}]}, "#/operations/1/if_match"),
        ({"operations": [create(), {"op": "update", "id": UNKNOWN}]}, "#/operations/1/task"),
        ({"operations": [create(), {"op": "update", "task": {}}]}, "#/operations/1/id"),
        ({"operations": [create(), {"op": "delete"}]}, "#/operations/1/id"),
        ({"operations": [create(), {**delete(UNKNOWN), "task": {}}]}, "#/operations/1/task"),
        ({"operations": [create(), delete({"$gt": ""})]}, "#/operations/1/id"),  # type: ignore[arg-type]
        ({"operations": [create(), {**delete(UNKNOWN), "if_match": 1}]}, "#/operations/1/if_match"),
        ({"operations": [create(), {**delete(UNKNOWN), "user_id": "x"}]}, "#/operations/1/user_id"),
    ],
)
def test_malformed_batch_changes_nothing(ada: Person, database: Database, body: Any, pointer: str) -> None:
    answer = ada.send("POST", BATCH, body)
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert database.tasks.count_documents({}) == 0


def test_hundred_operations_are_accepted(ada: Person, database: Database) -> None:
    results = send(ada, *(create(f"Task {number}") for number in range(100)), Idempotency_Key="k")
    assert [result["task"]["title"] for result in results] == [f"Task {number}" for number in range(100)]
    assert database.tasks.count_documents({}) == 100


def test_keyed_batch_is_replayed(ada: Person, database: Database) -> None:
    task_id, gone = ada.create()["id"], ada.create()["id"]
    batch = {"operations": [create(), update(task_id, '"1"', title="b"), delete(gone), update(UNKNOWN)]}
    first = ada.send("POST", BATCH, batch, Idempotency_Key="k")
    ada.send("DELETE", f"{TASKS}/{task_id}")
    written = database.changes.count_documents({})
    again = ada.send("POST", BATCH, batch, Idempotency_Key="k")
    assert statuses(again.json["results"]) == [201, 200, 204, 404]
    assert again.json["results"][:3] == first.json["results"][:3]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert database.changes.count_documents({}) == written


def test_batch_of_errors_is_no_replay(ada: Person) -> None:
    batch = {"operations": [delete(UNKNOWN)]}
    answers = [ada.send("POST", BATCH, batch, Idempotency_Key="k") for _ in range(2)]
    assert all("Idempotency-Replayed" not in answer.headers for answer in answers)


def test_partly_replayed_batch_is_not_marked_as_replay(ada: Person, database: Database) -> None:
    batch = {"operations": [create("a"), create("b")]}
    ada.send("POST", BATCH, batch, Idempotency_Key="k")
    lost = database.changes.find_one_and_delete({"after.title": "b"})
    assert lost is not None
    again = ada.send("POST", BATCH, batch, Idempotency_Key="k")
    assert (statuses(again.json["results"]), "Idempotency-Replayed" in again.headers) == ([201, 201], False)


@pytest.mark.parametrize("successful", [0, 1, 99])
def test_key_of_other_batch_is_refused(ada: Person, database: Database, successful: int) -> None:
    operations = [delete(UNKNOWN) for _ in range(100)]
    operations[successful] = create()
    send(ada, *operations, Idempotency_Key="k")
    answer = ada.send("POST", BATCH, {"operations": [create(), create()]}, Idempotency_Key="k")
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert "Idempotency-Key" in answer.json["detail"]
    assert database.tasks.count_documents({}) == 1


def test_key_of_single_request_is_refused(ada: Person, database: Database) -> None:
    ada.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key="k")
    assert ada.send("POST", BATCH, {"operations": [create()]}, Idempotency_Key="k").status_code == 422
    assert database.tasks.count_documents({}) == 1


def test_invalid_key_is_refused(ada: Person, database: Database) -> None:
    answer = ada.send("POST", BATCH, {"operations": [create()]}, Idempotency_Key="k\x1f0")
    assert (answer.status_code, database.tasks.count_documents({})) == (400, 0)


def test_concurrent_equal_batches_happen_once(ada: Person, database: Database) -> None:
    task_id = ada.create()["id"]
    operations = [create("a"), update(task_id, title="b"), create("c"), delete(task_id)]
    client = ada.client.application.test_client

    def one(number: int) -> list[dict[str, Any]]:
        return send(Person(client(), ada.user_id, ada.token), *operations, Idempotency_Key="k")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert statuses(answers[0]) == [201, 200, 201, 204]
    assert database.changes.count_documents({"entity": "task"}) == 5
    assert_log_and_projection_agree(database)


def test_signed_out_batch_is_refused(ada: Person) -> None:
    assert ada.client.post(BATCH, json={"operations": [create()]}).status_code == 401
