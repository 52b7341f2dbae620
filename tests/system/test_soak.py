"""A short soak succeeds, and its checks detect damage that the tests do to the database afterwards."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from bench.serving import running_product
from bench.soak.recorder import AttemptOutcome
from bench.soak.report import build_report
from bench.soak.run import Plan, Soak
from tools.data_folder import DataFolder

Database = Any


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soak]:
    with running_product(DataFolder(tmp_path_factory.mktemp("soak"))) as product:
        soak = Soak(product, Plan(seconds=15, users=4, kills=1))
        soak.run()
        yield soak


def newest_task(database: Database) -> dict[str, Any]:
    return dict(database.tasks.find_one({"user_id": {"$exists": True}}, sort=[("_id", -1)]))


def lose_a_task(database: Database) -> str:
    task = newest_task(database)
    database.tasks.delete_one({"_id": task["_id"]})
    return f"{task['_id']}: acknowledged, but missing"


def duplicate_a_task(database: Database) -> str:
    task = newest_task(database) | {"_id": "01a1fe4f-357c-7b77-8596-1ffaef88586d"}
    database.tasks.insert_one(task)
    return f"{task['_id']}: stored, but never acknowledged"


def lose_a_change(database: Database) -> str:
    change = database.changes.find_one({"entity": "task"}, sort=[("at", -1)])
    database.changes.delete_one({"_id": change["_id"]})
    key = change["idempotency_key"].split(":", 1)[1]
    return f"{key}: acknowledged, but missing"


def duplicate_a_change(database: Database) -> str:
    task = newest_task(database)
    version = task["version"] + 1
    change = database.changes.find_one({"_id": f"task:{task['_id']}:{task['version']}"})
    duplicate = {**change, "_id": f"task:{task['_id']}:{version}", "version": version}
    database.changes.insert_one(duplicate | {"idempotency_key": duplicate["_id"]})
    return f"{task['_id']}: acknowledged {task['version']}, but is {version}"


def restore(database: Database, backup: dict[str, list[Any]]) -> None:
    for name, documents in backup.items():
        database[name].delete_many({})
        database[name].insert_many(documents)


def test_short_soak_survives_a_kill(soaked: Soak) -> None:
    found = build_report(soaked, soaked.find_violations())
    assert found["findings"] == []
    assert found["acknowledged_writes"] > 50
    assert [kill["first_answer"] is not None for kill in found["kills"]] == [True]
    assert set(found["outcomes"]) <= {AttemptOutcome.ANSWERED, AttemptOutcome.UNAVAILABLE}


@pytest.mark.parametrize("damage", [lose_a_task, duplicate_a_task, lose_a_change, duplicate_a_change])
def test_damage_is_detected(soaked: Soak, damage: Callable[[Database], str]) -> None:
    with MongoClient[dict[str, Any]](soaked.product.mongodb_uri, tz_aware=True) as client:
        database = client["todo"]
        backup = {name: list(database[name].find({})) for name in ("tasks", "changes")}
        expected = damage(database)
        findings = soaked.find_violations()
        restore(database, backup)
    assert any(expected in finding for finding in findings), findings
    assert soaked.find_violations() == []
