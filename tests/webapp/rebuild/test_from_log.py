"""Users, tasks and addresses rebuilt from a log that survived them."""

from datetime import timedelta

from tests.invariants import assert_log_and_projection_agree
from tests.scenario import Scenario
from tests.webapp.rebuild.conftest import rebuild, said


def lose_all_but_log(world: Scenario) -> None:
    for name in ("users", "tasks", "emails"):
        world.database.drop_collection(name)


def test_log_alone_brings_everything_back(lived: Scenario) -> None:
    lived.erase()
    before = lived.answers()
    lose_all_but_log(lived)
    result = rebuild(lived)
    assert (result.exit_code, "DIFFERENT" in result.output) == (0, False), result.output
    assert lived.answers() == before
    assert_log_and_projection_agree(lived.database)


def test_passwords_that_survived_are_good(lived: Scenario) -> None:
    lose_all_but_log(lived)
    assert "no password" not in rebuild(lived).output
    lived.log_in()


def test_report_tells_how_far_log_goes(lived: Scenario) -> None:
    lose_all_but_log(lived)
    told = said(rebuild(lived))
    assert "The log begins on 2026-11-20 at 09:11:00 UTC" in told
    assert "rebuild --from-lake" in told


def test_half_a_loss_is_made_good(lived: Scenario) -> None:
    before = lived.answers()
    ada = lived.people["ada"]
    lived.database.tasks.delete_many({"user_id": ada.user_id})
    lived.database.emails.delete_one({"user_id": ada.user_id})
    assert rebuild(lived).exit_code == 0
    assert lived.answers() == before
    lived.log_in("ada")


def test_nothing_lost_is_nothing_changed(lived: Scenario) -> None:
    before = {name: list(lived.database[name].find({})) for name in ("users", "tasks", "emails")}
    assert rebuild(lived).exit_code == 0
    assert {name: list(lived.database[name].find({})) for name in before} == before


def test_task_without_its_change_is_shown(lived: Scenario) -> None:
    """The log has lost the newest change of a task, which is the only trace of it."""
    task = lived.database.tasks.find_one({"user_id": {"$exists": True}})
    assert task is not None
    lived.database.changes.delete_one({"_id": f"task:{task['_id']}:{task['version']}"})
    result = rebuild(lived)
    assert (result.exit_code, result.output.count("DIFFERENT")) == (1, 1)


def test_purged_tombstone_is_no_difference(lived: Scenario) -> None:
    """It comes back, and goes with the others whose time is over."""
    lived.clock.now += timedelta(days=60)
    lived.database.tasks.delete_many({"deleted_at": {"$exists": True}})
    assert rebuild(lived).exit_code == 0
    (tombstone,) = lived.database.tasks.find({"deleted_at": {"$exists": True}})
    assert tombstone["expires_at"] < lived.clock.now
