"""A lake with holes and without an end: what is there is restored, and the rest is told."""

from dataclasses import replace
from pathlib import Path

from tests.invariants import assert_log_and_projection_agree
from tests.scenario import ERASED_WORDS, HOURS, ME, TASKS, Pipeline, Scenario
from tests.webapp.rebuild.conftest import give_passwords, hand_out, rebuild, said


def test_changes_older_than_log_leave_their_tasks(lived: Scenario, changes: Path) -> None:
    """Those of the first hours, with a log that is kept for a day and a margin."""
    lived.erase()
    before = {name: lived.send(who, "GET", TASKS).json for name, who in lived.people.items()}
    lived.lose_database()
    lived.settings = replace(lived.settings, change_retention_days=1)
    result = rebuild(lived, "--from-file", str(changes))
    assert result.exit_code == 0, result.output
    assert "changes are older than the retention of the log" in said(result)
    assert {each["at"].hour for each in lived.database.changes.find({})} == {12}
    give_passwords(lived)
    assert {name: lived.send(who, "GET", TASKS).json for name, who in lived.people.items()} == before


def test_later_owner_keeps_contested_address(
    lived: Scenario, empty_pipeline: Pipeline, tmp_path: Path
) -> None:
    """The hour is missing in which Bob gave his address up; Dora has it since."""
    bob, dora = lived.people["bob"], lived.people["dora"]
    lived.send(bob, "PATCH", ME, {"email": "bob@example.net"})
    lived.clock.now = HOURS[-1].end
    lived.send(dora, "PATCH", ME, {"email": "bob@example.com"})
    empty_pipeline.publish(*HOURS[:3], HOURS[-1].next)
    changes = hand_out(empty_pipeline, tmp_path / "changes.bson")
    lived.lose_database()
    result = rebuild(lived, "--from-file", str(changes))
    claim = lived.database.emails.find_one({"_id": "bob@example.com"})
    assert claim is not None
    assert claim["user_id"] == dora.user_id
    assert (result.exit_code, result.output.count("DIFFERENT")) == (1, 1)
    assert "1 hours in between were never published" in said(result)


def test_half_an_erasure_is_finished(lived: Scenario, empty_pipeline: Pipeline, tmp_path: Path) -> None:
    """The lake has read the hours without Eve's words, but not the hour in which she was deleted."""
    eve = lived.people["eve"]
    lived.clock.now = HOURS[-1].end
    lived.erase()
    empty_pipeline.publish()
    changes = hand_out(empty_pipeline, tmp_path / "changes.bson")
    lived.lose_database()
    result = rebuild(lived, "--from-file", str(changes))
    assert result.exit_code == 0, result.output
    user = lived.database.users.find_one({"_id": eve.user_id})
    erasure = lived.database.erasures.find_one({"_id": eve.user_id})
    assert user is not None
    assert erasure is not None
    assert ("deleted_at" in user, erasure["finished_at"] is None) == (True, False)
    text = repr([list(lived.database[name].find({})) for name in ("changes", "users", "tasks", "emails")])
    assert [word for word in ERASED_WORDS if word in text.lower()] == []
    assert_log_and_projection_agree(lived.database)


def test_report_tells_what_is_lost(lived: Scenario, empty_pipeline: Pipeline, tmp_path: Path) -> None:
    lived.database.changes.insert_one({"_id": "odd", "at": HOURS[0].start, "entity": "rocket"})
    empty_pipeline.publish(HOURS[0], HOURS[2], now=HOURS[2].start.replace(minute=30))
    changes = hand_out(empty_pipeline, tmp_path / "changes.bson")
    lived.lose_database()
    told = said(rebuild(lived, "--from-file", str(changes)))
    assert "the state of 2026-11-20 at 11:30:00 UTC" in told
    assert "The newest restored change was made on 2026-11-20 at 11:1" in told
    assert "1 hours in between were never published" in told
    assert "1 changes are lost because the pipeline had rejected them" in told
    assert "4 users have no password" in told


def test_empty_lake_gives_empty_database(world: Scenario, empty_pipeline: Pipeline, tmp_path: Path) -> None:
    result = rebuild(world, "--from-file", str(hand_out(empty_pipeline, tmp_path / "changes.bson")))
    assert (result.exit_code, world.database.users.count_documents({})) == (0, 0)
    assert "The lake is empty" in said(result)
