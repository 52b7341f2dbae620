"""The Idempotency-Key of a batch with rejected operations."""

from tests.webapp.conftest import Person
from tests.webapp.tasks.test_batch import BATCH, TASKS, UNKNOWN, create, delete, statuses, update
from webapp.database.connection import Database


def test_key_belongs_to_batch_of_rejected_operations(ada: Person, database: Database) -> None:
    batch = {"operations": [delete(UNKNOWN), create("")]}
    first = ada.send("POST", BATCH, batch, Idempotency_Key="k")
    assert ada.send("POST", TASKS, {"title": "Mow"}, Idempotency_Key="k").status_code == 422
    other = ada.send("POST", BATCH, {"operations": [create()]}, Idempotency_Key="k")
    assert (other.status_code, database.tasks.count_documents({})) == (422, 0)
    again = ada.send("POST", BATCH, batch, Idempotency_Key="k")
    assert statuses(again.json["results"]) == statuses(first.json["results"]) == [404, 422]


def test_rejected_first_operation_is_retried_with_the_batch(ada: Person, database: Database) -> None:
    task_id = ada.create()["id"]
    batch = {"operations": [update(task_id, '"2"', title="b"), create("a")]}
    first = ada.send("POST", BATCH, batch, Idempotency_Key="k").json["results"]
    ada.send("PATCH", f"{TASKS}/{task_id}", {"title": "a"})
    again = ada.send("POST", BATCH, batch, Idempotency_Key="k").json["results"]
    assert (statuses(first), statuses(again)) == ([412, 201], [200, 201])
    assert (again[1], database.tasks.count_documents({})) == (first[1], 2)
