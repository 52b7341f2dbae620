"""The lake has missing hours: a rebuild restores the other hours, and reports the missing hours."""

from dataclasses import replace
from pathlib import Path

from tests.invariants import assert_log_and_projection_agree
from tests.scenario import ERASED_WORDS, HOURS, ME, TASKS, Pipeline, Scenario
from tests.webapp.rebuild.conftest import export_changes, output_of, rebuild, set_passwords


def test_tasks_of_expired_changes_are_restored(before_erasure: Scenario, changes: Path) -> None:
    """The retention is one day: the changes of the first hours have expired, but their tasks still exist."""
    before_erasure.erase()
    before = {
        name: before_erasure.send(who, "GET", TASKS).json for name, who in before_erasure.people.items()
    }
    before_erasure.lose_database()
    before_erasure.settings = replace(before_erasure.settings, change_retention_days=1)
    result = rebuild(before_erasure, "--from-file", str(changes))
    assert result.exit_code == 0, result.output
    assert "changes are older than the retention of the log" in output_of(result)
    assert {each["at"].hour for each in before_erasure.database.changes.find({})} == {12}
    set_passwords(before_erasure)
    assert {
        name: before_erasure.send(who, "GET", TASKS).json for name, who in before_erasure.people.items()
    } == before


def test_later_owner_keeps_contested_address(
    before_erasure: Scenario, empty_pipeline: Pipeline, tmp_path: Path
) -> None:
    """In the lake, two users have one address: Bob releases it in the missing hour, and Dora takes it."""
    bob, dora = before_erasure.people["bob"], before_erasure.people["dora"]
    before_erasure.send(bob, "PATCH", ME, {"email": "bob@example.net"})
    before_erasure.clock.now = HOURS[-1].end
    before_erasure.send(dora, "PATCH", ME, {"email": "bob@example.com"})
    empty_pipeline.publish(*HOURS[:3], HOURS[-1].next)
    changes = export_changes(empty_pipeline, tmp_path / "changes.bson")
    before_erasure.lose_database()
    result = rebuild(before_erasure, "--from-file", str(changes))
    claim = before_erasure.database.emails.find_one({"_id": "bob@example.com"})
    assert claim is not None
    assert claim["user_id"] == dora.user_id
    assert (result.exit_code, result.output.count("DIFFERENT")) == (1, 1)
    assert "1 hours in between were never published" in output_of(result)


def test_interrupted_erasure_is_finished(
    before_erasure: Scenario, empty_pipeline: Pipeline, tmp_path: Path
) -> None:
    """The lake has no words of Eve, but the hour in which the erasure deleted her account is missing."""
    eve = before_erasure.people["eve"]
    before_erasure.clock.now = HOURS[-1].end
    before_erasure.erase()
    empty_pipeline.publish()
    changes = export_changes(empty_pipeline, tmp_path / "changes.bson")
    before_erasure.lose_database()
    result = rebuild(before_erasure, "--from-file", str(changes))
    assert result.exit_code == 0, result.output
    user = before_erasure.database.users.find_one({"_id": eve.user_id})
    erasure = before_erasure.database.erasures.find_one({"_id": eve.user_id})
    assert user is not None
    assert erasure is not None
    assert ("deleted_at" in user, erasure["finished_at"] is None) == (True, False)
    text = repr(
        [list(before_erasure.database[name].find({})) for name in ("changes", "users", "tasks", "emails")]
    )
    assert [word for word in ERASED_WORDS if word in text.lower()] == []
    assert_log_and_projection_agree(before_erasure.database)


def test_report_lists_the_losses(before_erasure: Scenario, empty_pipeline: Pipeline, tmp_path: Path) -> None:
    before_erasure.database.changes.insert_one({"_id": "invalid", "at": HOURS[0].start, "entity": "rocket"})
    empty_pipeline.publish(HOURS[0], HOURS[2], now=HOURS[2].start.replace(minute=30))
    changes = export_changes(empty_pipeline, tmp_path / "changes.bson")
    before_erasure.lose_database()
    output = output_of(rebuild(before_erasure, "--from-file", str(changes)))
    assert "the state of 2026-11-20 at 11:30:00 UTC" in output
    assert "The newest restored change was made on 2026-11-20 at 11:1" in output
    assert "1 hours in between were never published" in output
    assert "1 changes are lost because the pipeline had rejected them" in output
    assert "4 users have no password" in output


def test_empty_lake_gives_empty_database(
    scenario: Scenario, empty_pipeline: Pipeline, tmp_path: Path
) -> None:
    result = rebuild(scenario, "--from-file", str(export_changes(empty_pipeline, tmp_path / "changes.bson")))
    assert (result.exit_code, scenario.database.users.count_documents({})) == (0, 0)
    assert "The lake is empty" in output_of(result)
