"""A database rebuilt from the lake answers as the lost one did, and goes on from there."""

from pathlib import Path

import pytest

from tests.invariants import assert_log_and_projection_agree
from tests.lives import ERASED_WORDS, HOURS, ME, TASKS, Pipeline, World
from tests.webapp.rebuild.conftest import give_passwords, hand_out, rebuild, said
from todo_insights.lake.export import export
from todo_insights.lake.stores import open_stores


@pytest.fixture
def restored(world: World, pipeline: Pipeline, tmp_path: Path) -> World:
    """A world whose last hour was lost with its database, when Bronze still held what Eve wrote."""
    pipeline.publish()
    world.erase()
    pipeline.publish(HOURS[-1])
    changes = hand_out(pipeline, tmp_path / "changes.bson")
    world.lose_database()
    result = rebuild(world, "--from-file", str(changes))
    assert result.exit_code == 0, result.output
    return world


def test_every_answer_is_as_before(world: World, pipeline: Pipeline, tmp_path: Path) -> None:
    world.erase()
    pipeline.publish()
    pipeline.write_back(*HOURS)
    before = world.answers()
    changes = hand_out(pipeline, tmp_path / "changes.bson")
    world.lose_database()
    result = rebuild(world, "--from-file", str(changes))
    assert (result.exit_code, "DIFFERENT" in result.output) == (0, False), result.output
    give_passwords(world)
    # No hour is processed again: the first write-back writes everybody.
    pipeline.write_back()
    assert world.answers() == before
    assert_log_and_projection_agree(world.database)


def test_words_of_erased_stay_in_lake(restored: World) -> None:
    for name in restored.database.list_collection_names():
        for document in restored.database[name].find({}):
            text = repr(document).lower()
            assert [word for word in ERASED_WORDS if word in text] == [], name


def test_erasures_are_known_again(restored: World) -> None:
    (user,) = restored.database.users.find({"deleted_at": {"$exists": True}})
    (erasure,) = restored.database.erasures.find({})
    assert (erasure["_id"], erasure["requested_at"]) == (user["_id"], user["deleted_at"])
    assert erasure["finished_at"] is not None
    changes = restored.database.changes.find({"user_id": user["_id"]})
    assert all(change["erased"] for change in changes)


def test_versions_go_on(restored: World) -> None:
    give_passwords(restored)
    ada = restored.people["ada"]
    task = restored.send(ada, "GET", f"{TASKS}/{ada.task_ids[0]}").json
    answer = restored.send(
        ada, "PATCH", f"{TASKS}/{task['id']}", {"title": "Again"}, If_Match=f'"{task["version"]}"'
    )
    assert answer.json["version"] == task["version"] + 1
    assert_log_and_projection_agree(restored.database)


def test_deleted_task_can_be_restored(restored: World) -> None:
    give_passwords(restored)
    bob = restored.people["bob"]
    answer = restored.send(bob, "POST", f"{TASKS}/{bob.task_ids[0]}/restore")
    assert (answer.json["title"], answer.json["version"]) == ("Nº 1", 3)


def test_addresses_belong_to_their_present_users(restored: World) -> None:
    claims = {claim["_id"]: claim["user_id"] for claim in restored.database.emails.find({})}
    people = restored.people
    assert claims == {
        "ada.new@example.org": people["ada"].user_id,
        "ada@example.com": people["dora"].user_id,
        "bob@example.com": people["bob"].user_id,
    }
    give_passwords(restored)
    restored.send(people["ada"], "PATCH", ME, {"email": "ada@example.net"})


def test_old_tokens_stay_dead(restored: World) -> None:
    old = restored.people["ada"].token
    give_passwords(restored)
    answer = restored.client.get(ME, headers={"Authorization": f"Bearer {old}"})
    assert answer.status_code == 401


def test_old_keys_are_new_requests(world: World, pipeline: Pipeline, tmp_path: Path) -> None:
    ada = world.people["ada"]
    first = world.send(ada, "POST", TASKS, {"title": "Once"}, **{"Idempotency-Key": "k"})
    pipeline.publish()
    changes = hand_out(pipeline, tmp_path / "changes.bson")
    world.lose_database()
    assert rebuild(world, "--from-file", str(changes)).exit_code == 0
    give_passwords(world)
    again = world.send(ada, "POST", TASKS, {"title": "Once"}, **{"Idempotency-Key": "k"})
    assert again.json["id"] != first.json["id"]
    assert "Idempotency-Replayed" not in again.headers


def test_hours_processed_again_are_unchanged(world: World, pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.publish()
    changes = hand_out(pipeline, tmp_path / "changes.bson")
    world.lose_database()
    assert rebuild(world, "--from-file", str(changes)).exit_code == 0
    outcomes = {each for done in pipeline.publish() for each in done["outcomes"].values()}
    assert outcomes == {"unchanged"}


def test_stripped_hours_hand_out_no_words(restored: World, pipeline: Pipeline) -> None:
    """The rebuilt log has lost them as well, so the hours lose them when they are processed again."""
    pipeline.publish()
    text = repr(list(export(open_stores(pipeline.settings)))).lower()
    assert [word for word in ERASED_WORDS if word in text] == []


def test_report_tells_what_is_lost(world: World, pipeline: Pipeline, tmp_path: Path) -> None:
    world.database.changes.insert_one({"_id": "odd", "at": HOURS[0].start, "entity": "rocket"})
    pipeline.publish(HOURS[0], HOURS[2], now=HOURS[2].start.replace(minute=30))
    changes = hand_out(pipeline, tmp_path / "changes.bson")
    world.lose_database()
    told = said(rebuild(world, "--from-file", str(changes)))
    assert "as it was on 2026-11-20 at 11:30:00 UTC" in told
    assert "1 hours in between were never published" in told
    assert "1 changes are lost because the pipeline had rejected them" in told
    assert "4 users have no password" in told
