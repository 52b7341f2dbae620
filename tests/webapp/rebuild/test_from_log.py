"""A rebuild of users, tasks and claims on addresses from a log that was not lost."""

from datetime import timedelta

from tests.invariants import assert_log_and_projection_agree
from tests.scenario import Scenario
from tests.webapp.rebuild.conftest import output_of, rebuild


def lose_all_but_log(scenario: Scenario) -> None:
    for name in ("users", "tasks", "emails"):
        scenario.database.drop_collection(name)


def test_everything_is_restored_from_the_log(before_erasure: Scenario) -> None:
    before_erasure.erase()
    before = before_erasure.answers()
    lose_all_but_log(before_erasure)
    result = rebuild(before_erasure)
    assert (result.exit_code, "DIFFERENT" in result.output) == (0, False), result.output
    assert before_erasure.answers() == before
    assert_log_and_projection_agree(before_erasure.database)


def test_stored_passwords_stay_valid(before_erasure: Scenario) -> None:
    lose_all_but_log(before_erasure)
    assert "no password" not in rebuild(before_erasure).output
    before_erasure.log_in()


def test_report_has_the_start_of_the_log(before_erasure: Scenario) -> None:
    lose_all_but_log(before_erasure)
    output = output_of(rebuild(before_erasure))
    assert "The log begins on 2026-11-20 at 09:11:00 UTC" in output
    assert "rebuild --from-lake" in output


def test_partial_loss_is_repaired(before_erasure: Scenario) -> None:
    before = before_erasure.answers()
    ada = before_erasure.people["ada"]
    before_erasure.database.tasks.delete_many({"user_id": ada.user_id})
    before_erasure.database.emails.delete_one({"user_id": ada.user_id})
    assert rebuild(before_erasure).exit_code == 0
    assert before_erasure.answers() == before
    before_erasure.log_in("ada")


def test_rebuild_without_loss_changes_nothing(before_erasure: Scenario) -> None:
    before = {name: list(before_erasure.database[name].find({})) for name in ("users", "tasks", "emails")}
    assert rebuild(before_erasure).exit_code == 0
    assert {name: list(before_erasure.database[name].find({})) for name in before} == before


def test_task_newer_than_the_log_is_reported(before_erasure: Scenario) -> None:
    """The newest change of a task is missing in the log, so the stored version is newer."""
    task = before_erasure.database.tasks.find_one({"user_id": {"$exists": True}})
    assert task is not None
    before_erasure.database.changes.delete_one({"_id": f"task:{task['_id']}:{task['version']}"})
    result = rebuild(before_erasure)
    assert (result.exit_code, result.output.count("DIFFERENT")) == (1, 1)


def test_purged_tombstone_is_no_difference(before_erasure: Scenario) -> None:
    """The rebuild creates the tombstone again, which is later deleted with other expired tombstones."""
    before_erasure.clock.now += timedelta(days=60)
    before_erasure.database.tasks.delete_many({"deleted_at": {"$exists": True}})
    assert rebuild(before_erasure).exit_code == 0
    (tombstone,) = before_erasure.database.tasks.find({"deleted_at": {"$exists": True}})
    assert tombstone["expires_at"] < before_erasure.clock.now
