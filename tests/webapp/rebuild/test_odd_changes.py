"""Changes that somebody wrote into the log by hand: Bronze has them, and no rebuild may fail on them."""

from pathlib import Path
from typing import Any

import pytest

from tests.scenario import HOURS, Pipeline, Scenario
from tests.webapp.rebuild.conftest import give_passwords, hand_out, rebuild, said
from webapp.changes import ChangeLog, Entity
from webapp.changes.change import change_id
from webapp.changes.repair import sweep
from webapp.core.database import Document
from webapp.http.context import services
from webapp.rebuild.checksum import FIELDS


def odd_change(world: Scenario, entity: Entity, after: Document | None, **fields: Any) -> str:
    """Bob's newest change of this kind, followed by one that no API writes; its id."""
    query = {"entity": entity.value, "user_id": world.people["bob"].user_id, "after": {"$ne": None}}
    newest = world.database.changes.find_one(query, sort=[("at", -1)])
    assert newest is not None
    version, at = newest["version"] + 1, HOURS[-1].start.replace(minute=50)
    identity = change_id(entity, newest["entity_id"], version)
    image = None if after is None else {**newest["after"], "version": version, "updated_at": at, **after}
    change = {**newest, "_id": identity, "version": version, "at": at, "position": identity}
    change |= {"idempotency_key": identity, "before": newest["after"], "after": image, **fields}
    world.database.changes.insert_one(change)
    return identity


ODD: list[tuple[Entity, Document | None, Document]] = [
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


def restored(world: Scenario, pipeline: Pipeline, path: Path) -> str:
    """Publish, lose the database, rebuild it; what the rebuild said."""
    pipeline.publish()
    changes = hand_out(pipeline, path / "changes.bson")
    world.lose_database()
    result = rebuild(world, "--from-file", str(changes))
    told = said(result)
    assert (result.exit_code, "DIFFERENT" in told) == (0, False), result.output
    return told


def logged(world: Scenario) -> dict[str, Document]:
    return {each["_id"]: {name: each[name] for name in FIELDS} for each in world.database.changes.find({})}


@pytest.mark.parametrize(("entity", "after", "fields"), ODD, ids=str)
def test_odd_change_comes_back_and_disturbs_nobody(
    lived: Scenario,
    empty_pipeline: Pipeline,
    tmp_path: Path,
    entity: Entity,
    after: Document | None,
    fields: Document,
) -> None:
    odd_change(lived, entity, after, **fields)
    log = logged(lived)
    del lived.people["bob"]
    before = lived.answers()
    restored(lived, empty_pipeline, tmp_path)
    assert logged(lived) == log
    assert lived.database.users.count_documents({"deleted_at": {"$exists": True}}) == 0
    give_passwords(lived)
    assert lived.answers().keys() == before.keys()
    for name, answers in before.items():
        found = lived.answers()[name]
        assert {path: found[path] for path in answers if "insights" not in path} == {
            path: answers[path] for path in answers if "insights" not in path
        }


def test_report_counts_odd_changes(lived: Scenario, empty_pipeline: Pipeline, tmp_path: Path) -> None:
    odd_change(lived, Entity.TASK, None, op="exploded")
    odd_change(lived, Entity.USER, {"email": None})
    assert "2 changes are invalid" in restored(lived, empty_pipeline, tmp_path)


@pytest.mark.parametrize(("after", "shown"), [(None, 0), ({"title": "Boom"}, 1)], ids=["none", "image"])
def test_unknown_op_shapes_a_task_by_its_image_alone(
    lived: Scenario, empty_pipeline: Pipeline, tmp_path: Path, after: Document | None, shown: int
) -> None:
    identity = odd_change(lived, Entity.TASK, after, op="exploded")
    _, task_id, version = identity.split(":")
    restored(lived, empty_pipeline, tmp_path)
    here = services(lived.restart())
    sweep(here.database, here.get(ChangeLog))
    task = here.database.tasks.find_one({"_id": task_id})
    assert task is not None
    assert (task["version"], "deleted_at" in task) == (int(version) - 1 + shown, False)


def test_log_alone_is_no_worse_for_odd_changes(lived: Scenario) -> None:
    odd_change(lived, Entity.TASK, {"priority": "huge"}, op="exploded")
    lived.database.changes.insert_one({"_id": "odd", "at": HOURS[0].start, "entity": "rocket"})
    lived.database.drop_collection("tasks")
    result = rebuild(lived)
    assert (result.exit_code, "2 changes are invalid" in said(result)) == (0, True), result.output
