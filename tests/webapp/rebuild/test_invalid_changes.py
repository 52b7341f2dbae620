"""A rebuild does not fail on invalid changes in Bronze, which a test has inserted into the log."""

from pathlib import Path
from typing import Any

import pytest

from tests.scenario import HOURS, Pipeline, Scenario
from tests.webapp.rebuild.conftest import export_changes, output_of, rebuild, set_passwords
from webapp.changes import ChangeLog, Entity
from webapp.changes.change import change_id
from webapp.changes.repair import sweep
from webapp.database.connection import Document
from webapp.http.context import services
from webapp.rebuild.checksum import FIELDS


def add_invalid_change(scenario: Scenario, entity: Entity, after: Document | None, **fields: Any) -> str:
    """Insert an invalid change after Bob's newest change of this entity; returns the inserted change's id."""
    query = {"entity": entity.value, "user_id": scenario.people["bob"].user_id, "after": {"$ne": None}}
    newest = scenario.database.changes.find_one(query, sort=[("at", -1)])
    assert newest is not None
    version, at = newest["version"] + 1, HOURS[-1].start.replace(minute=50)
    identity = change_id(entity, newest["entity_id"], version)
    image = None if after is None else {**newest["after"], "version": version, "updated_at": at, **after}
    change = {**newest, "_id": identity, "version": version, "at": at, "position": identity}
    change |= {"idempotency_key": identity, "before": newest["after"], "after": image, **fields}
    scenario.database.changes.insert_one(change)
    return identity


INVALID_CHANGES: list[tuple[Entity, Document | None, Document]] = [
    (Entity.TASK, None, {"op": "exploded"}),
    (Entity.TASK, {}, {"op": "exploded"}),
    (Entity.TASK, None, {"op": "updated"}),
    (Entity.TASK, {"status": "lost", "priority": "huge"}, {}),
    (Entity.TASK, {"title": None, "tags": None, "due_date": None, "created_at": None}, {}),
    (Entity.TASK, {"_id": "another"}, {}),
    (Entity.TASK, {"version": None, "updated_at": None}, {}),
    (Entity.TASK, {}, {"version": 0}),
    (Entity.USER, {}, {"time_zone": "Mars/Base"}),
    (Entity.USER, {"email": None}, {}),
    (Entity.USER, None, {"op": "exploded"}),
]


def restored(scenario: Scenario, pipeline: Pipeline, path: Path) -> str:
    """Publish all hours, drop the database and rebuild it; returns the output of the rebuild."""
    pipeline.publish()
    changes = export_changes(pipeline, path / "changes.bson")
    scenario.lose_database()
    result = rebuild(scenario, "--from-file", str(changes))
    output = output_of(result)
    assert (result.exit_code, "DIFFERENT" in output) == (0, False), result.output
    return output


def logged(scenario: Scenario) -> dict[str, Document]:
    return {each["_id"]: {name: each[name] for name in FIELDS} for each in scenario.database.changes.find({})}


@pytest.mark.parametrize(("entity", "after", "fields"), INVALID_CHANGES, ids=str)
def test_invalid_change_is_restored_without_other_effects(
    before_erasure: Scenario,
    empty_pipeline: Pipeline,
    tmp_path: Path,
    entity: Entity,
    after: Document | None,
    fields: Document,
) -> None:
    add_invalid_change(before_erasure, entity, after, **fields)
    log = logged(before_erasure)
    del before_erasure.people["bob"]
    before = before_erasure.answers()
    restored(before_erasure, empty_pipeline, tmp_path)
    assert logged(before_erasure) == log
    assert before_erasure.database.users.count_documents({"deleted_at": {"$exists": True}}) == 0
    set_passwords(before_erasure)
    assert before_erasure.answers().keys() == before.keys()
    for name, answers in before.items():
        found = before_erasure.answers()[name]
        assert {path: found[path] for path in answers if "insights" not in path} == {
            path: answers[path] for path in answers if "insights" not in path
        }


def test_report_counts_invalid_changes(
    before_erasure: Scenario, empty_pipeline: Pipeline, tmp_path: Path
) -> None:
    add_invalid_change(before_erasure, Entity.TASK, None, op="exploded")
    add_invalid_change(before_erasure, Entity.USER, {"email": None})
    assert "2 changes are invalid" in restored(before_erasure, empty_pipeline, tmp_path)


@pytest.mark.parametrize(("after", "shown"), [(None, 0), ({"title": "Boom"}, 1)], ids=["none", "image"])
def test_change_with_unknown_op_applies_its_image(
    before_erasure: Scenario, empty_pipeline: Pipeline, tmp_path: Path, after: Document | None, shown: int
) -> None:
    identity = add_invalid_change(before_erasure, Entity.TASK, after, op="exploded")
    _, task_id, version = identity.split(":")
    restored(before_erasure, empty_pipeline, tmp_path)
    here = services(before_erasure.restart())
    sweep(here.database, here.get(ChangeLog))
    task = here.database.tasks.find_one({"_id": task_id})
    assert task is not None
    assert (task["version"], "deleted_at" in task) == (int(version) - 1 + shown, False)


def test_log_with_invalid_changes_can_be_rebuilt(before_erasure: Scenario) -> None:
    add_invalid_change(before_erasure, Entity.TASK, {"priority": "huge"}, op="exploded")
    before_erasure.database.changes.insert_one({"_id": "invalid", "at": HOURS[0].start, "entity": "rocket"})
    before_erasure.database.drop_collection("tasks")
    result = rebuild(before_erasure)
    assert (result.exit_code, "2 changes are invalid" in output_of(result)) == (0, True), result.output
