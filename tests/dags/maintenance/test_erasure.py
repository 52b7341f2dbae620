"""After an erasure and the next run, the lake contains no word of the erased user."""

from datetime import timedelta

import pytest

from tests.dags.maintenance.conftest import ON_AWS
from tests.dags.maintenance.erasure_scenario import (
    ADA,
    BOB,
    CLOSED,
    DELETED,
    FILES_PER_ATTEMPT,
    INCOMPLETE,
    LATER,
    NEVER_RUN,
    NEXT_RUN,
    PUBLISHED,
    UNPUBLISHED,
    ErasureScenario,
)
from tests.dags.maintenance.runs import publish
from todo_insights.lake.schema import TABLES

everywhere = pytest.mark.parametrize("scenario", ["files", ON_AWS], indirect=True)


@everywhere
def test_next_run_removes_every_word(scenario: ErasureScenario) -> None:
    assert len(scenario.files_with_word()) == 6 * FILES_PER_ATTEMPT + 1
    scenario.delete_account_and_repeat()
    assert scenario.files_with_word() == set()
    # The run has also published the hour that was never published before, and has deleted all unpublished
    # files.
    assert len(scenario.files_with_word(BOB)) == 3 * FILES_PER_ATTEMPT
    assert len(scenario.files()) == 4 * len(TABLES)
    scenario.run([NEVER_RUN, "2026-11-20T14"], LATER)
    assert (scenario.files_with_word(), scenario.recheck_erasures(LATER)) == (set(), [])


def test_other_users_and_figures_stay_equal(scenario: ErasureScenario) -> None:
    def seen() -> list[list[str]]:
        by_bob, hours = f"user_id = '{scenario.bob.user_id}' AND hour < '11'", "hour < '11'"
        statuses = "SELECT change_id, status_before, status_after, priority_after FROM silver_task_changes"
        return [
            *(scenario.rows(f"bronze_{entity}_changes", by_bob) for entity in ("task", "user")),
            scenario.rows("gold_user_activity", hours),
            scenario.rows("gold_category_activity", f"{hours} AND category = 'Category {BOB}'"),
            scenario.rows(f"({statuses} WHERE {hours})", "true"),
            scenario.rows(f"(SELECT SUM(changes) FROM gold_category_activity WHERE {hours})", "true"),
        ]

    before = seen()
    scenario.delete_account_and_repeat()
    assert seen() == before
    assert all(before)


def test_tasks_of_an_erased_user_have_no_category(scenario: ErasureScenario) -> None:
    by_ada = f"category = 'Category {ADA}'"
    assert scenario.rows("gold_category_activity", by_ada)
    scenario.delete_account_and_repeat()
    assert scenario.rows("gold_category_activity", by_ada) == []
    assert scenario.rows("gold_category_activity", "category = '(none)' AND hour < '11'")


def test_receipt_tells_hours_and_files(scenario: ErasureScenario) -> None:
    before = scenario.files()
    scenario.delete_account_and_repeat()
    receipt = scenario.receipt()
    assert receipt is not None
    assert receipt["hours"] == [INCOMPLETE, *PUBLISHED, UNPUBLISHED]
    assert receipt["files_removed"] == len(before - scenario.files())
    assert receipt["at"] == receipt["checked_at"] == NEXT_RUN
    # Except for the id, the receipt contains no data of the user.
    assert ADA not in repr(receipt)
    assert scenario.repeat(LATER) == 0


@everywhere
def test_slow_attempt_cannot_publish_erased_words(scenario: ErasureScenario) -> None:
    slow = scenario.slow_attempt(PUBLISHED[1], meanwhile=scenario.delete_account_and_repeat)
    assert publish([slow], scenario.settings, LATER, scenario.aws) == {"superseded"}
    assert len(scenario.files_with_word()) == FILES_PER_ATTEMPT
    removed = (scenario.receipt() or {})["files_removed"]
    assert scenario.recheck_erasures(LATER) == [scenario.ada.user_id]
    assert scenario.files_with_word() == set()
    assert (scenario.receipt() or {})["files_removed"] == removed + len(TABLES)
    assert scenario.recheck_erasures(LATER) == []


def test_late_first_publication_is_erased_again(scenario: ErasureScenario) -> None:
    slow = scenario.slow_attempt(NEVER_RUN, meanwhile=scenario.delete_account_and_repeat)
    assert publish([slow], scenario.settings, LATER, scenario.aws) == {"published"}
    assert scenario.recheck_erasures(LATER) == [scenario.ada.user_id]
    # Readers see the old content until the new content is published, so recheck_erasures deletes no files.
    assert (scenario.receipt(), len(scenario.files_with_word())) == (None, FILES_PER_ATTEMPT)
    assert scenario.repeat(LATER + timedelta(minutes=1)) == 1
    assert scenario.files_with_word() == set()
    assert NEVER_RUN in (scenario.receipt() or {})["hours"]


def test_hours_expired_from_the_log_are_erased(scenario: ErasureScenario) -> None:
    scenario.run([UNPUBLISHED], CLOSED)
    scenario.ada.delete_account(DELETED)
    scenario.database.changes.delete_many({"at": {"$lt": DELETED}})
    before = scenario.rows("gold_user_activity", "true")
    assert scenario.repeat(NEXT_RUN) == 1
    assert (scenario.files_with_word(), scenario.rows("gold_user_activity", "true")) == (set(), before)


def test_unfinished_erasure_removes_no_data(scenario: ErasureScenario) -> None:
    before = scenario.files_with_word()
    scenario.database.erasures.insert_one(
        {"_id": scenario.ada.user_id, "requested_at": DELETED, "finished_at": None}
    )
    assert (scenario.repeat(NEXT_RUN), scenario.receipt(), scenario.files_with_word()) == (0, None, before)


def test_erasure_finished_again_needs_another_receipt(scenario: ErasureScenario) -> None:
    scenario.delete_account_and_repeat()
    erasure = scenario.database.erasures.find_one({"_id": scenario.ada.user_id})
    assert erasure is not None
    again = NEXT_RUN + timedelta(minutes=1)
    scenario.database.erasures.replace_one({"_id": erasure["_id"]}, erasure | {"finished_at": again})
    assert scenario.repeat(LATER) == 1
    assert (scenario.receipt() or {})["finished_at"] == again
