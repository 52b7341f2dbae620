"""After an erasure and the next run, the lake contains no word of the erased user."""

from datetime import timedelta

import pytest

from tests.dags.maintenance.conftest import ON_AWS
from tests.dags.maintenance.runs import publish
from tests.dags.maintenance.world import (
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
    World,
)
from todo_insights.lake.schema import TABLES

everywhere = pytest.mark.parametrize("world", ["files", ON_AWS], indirect=True)


@everywhere
def test_next_run_removes_every_word(world: World) -> None:
    assert len(world.files_with_word()) == 6 * FILES_PER_ATTEMPT + 1
    world.delete_account_and_repeat()
    assert world.files_with_word() == set()
    # The run has also published the hour that was never published before, and has deleted all unpublished
    # files.
    assert len(world.files_with_word(BOB)) == 3 * FILES_PER_ATTEMPT
    assert len(world.files()) == 4 * len(TABLES)
    world.run([NEVER_RUN, "2026-11-20T14"], LATER)
    assert (world.files_with_word(), world.recheck_erasures(LATER)) == (set(), [])


def test_other_users_and_figures_stay_equal(world: World) -> None:
    def seen() -> list[list[str]]:
        by_bob, hours = f"user_id = '{world.bob.user_id}' AND hour < '11'", "hour < '11'"
        statuses = "SELECT change_id, status_before, status_after, priority_after FROM silver_task_changes"
        return [
            *(world.rows(f"bronze_{entity}_changes", by_bob) for entity in ("task", "user")),
            world.rows("gold_user_activity", hours),
            world.rows("gold_category_activity", f"{hours} AND category = 'Category {BOB}'"),
            world.rows(f"({statuses} WHERE {hours})", "true"),
            world.rows(f"(SELECT SUM(changes) FROM gold_category_activity WHERE {hours})", "true"),
        ]

    before = seen()
    world.delete_account_and_repeat()
    assert seen() == before
    assert all(before)


def test_tasks_of_an_erased_user_have_no_category(world: World) -> None:
    by_ada = f"category = 'Category {ADA}'"
    assert world.rows("gold_category_activity", by_ada)
    world.delete_account_and_repeat()
    assert world.rows("gold_category_activity", by_ada) == []
    assert world.rows("gold_category_activity", "category = '(none)' AND hour < '11'")


def test_receipt_tells_hours_and_files(world: World) -> None:
    before = world.files()
    world.delete_account_and_repeat()
    receipt = world.receipt()
    assert receipt is not None
    assert receipt["hours"] == [INCOMPLETE, *PUBLISHED, UNPUBLISHED]
    assert receipt["files_removed"] == len(before - world.files())
    assert receipt["at"] == receipt["checked_at"] == NEXT_RUN
    # Except for the id, the receipt contains no data of the user.
    assert ADA not in repr(receipt)
    assert world.repeat(LATER) == 0


@everywhere
def test_slow_attempt_cannot_publish_erased_words(world: World) -> None:
    slow = world.slow_attempt(PUBLISHED[1], meanwhile=world.delete_account_and_repeat)
    assert publish([slow], world.settings, LATER, world.aws) == {"superseded"}
    assert len(world.files_with_word()) == FILES_PER_ATTEMPT
    removed = (world.receipt() or {})["files_removed"]
    assert world.recheck_erasures(LATER) == [world.ada.user_id]
    assert world.files_with_word() == set()
    assert (world.receipt() or {})["files_removed"] == removed + len(TABLES)
    assert world.recheck_erasures(LATER) == []


def test_late_first_publication_is_erased_again(world: World) -> None:
    slow = world.slow_attempt(NEVER_RUN, meanwhile=world.delete_account_and_repeat)
    assert publish([slow], world.settings, LATER, world.aws) == {"published"}
    assert world.recheck_erasures(LATER) == [world.ada.user_id]
    # Readers see the old content until the new content is published, so recheck_erasures deletes no files.
    assert (world.receipt(), len(world.files_with_word())) == (None, FILES_PER_ATTEMPT)
    assert world.repeat(LATER + timedelta(minutes=1)) == 1
    assert world.files_with_word() == set()
    assert NEVER_RUN in (world.receipt() or {})["hours"]


def test_hours_expired_from_the_log_are_erased(world: World) -> None:
    world.run([UNPUBLISHED], CLOSED)
    world.ada.delete_account(DELETED)
    world.database.changes.delete_many({"at": {"$lt": DELETED}})
    before = world.rows("gold_user_activity", "true")
    assert world.repeat(NEXT_RUN) == 1
    assert (world.files_with_word(), world.rows("gold_user_activity", "true")) == (set(), before)


def test_unfinished_erasure_removes_no_data(world: World) -> None:
    before = world.files_with_word()
    world.database.erasures.insert_one(
        {"_id": world.ada.user_id, "requested_at": DELETED, "finished_at": None}
    )
    assert (world.repeat(NEXT_RUN), world.receipt(), world.files_with_word()) == (0, None, before)


def test_erasure_finished_again_needs_another_receipt(world: World) -> None:
    world.delete_account_and_repeat()
    erasure = world.database.erasures.find_one({"_id": world.ada.user_id})
    assert erasure is not None
    again = NEXT_RUN + timedelta(minutes=1)
    world.database.erasures.replace_one({"_id": erasure["_id"]}, erasure | {"finished_at": again})
    assert world.repeat(LATER) == 1
    assert (world.receipt() or {})["finished_at"] == again
