"""Sample activity is varied, depends only on the seed, and is complete after an interruption."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

import pytest

from tests.invariants import assert_log_and_projection_agree
from webapp.core.errors import Conflict
from webapp.core.settings import Settings
from webapp.database.connection import Database, connect
from webapp.database.indexes import ensure_indexes
from webapp.sample.runner import SampleRunner, Scenario

END = datetime(2026, 11, 20, 9, tzinfo=UTC)
SCRIPT = Scenario(users=3, days=2, seed=7, end=END)
Play = Callable[..., Database]


@pytest.fixture
def play(settings: Settings) -> Iterator[Play]:
    """Returns a function that runs scenarios on a new database, each with at most `steps` changes."""
    opened: list[Database] = []

    def on_fresh_database(*scripts: Scenario, steps: int | None = None) -> Database:
        database = connect(replace(settings, mongodb_database=f"test_{uuid4().hex}"))
        opened.append(database)
        ensure_indexes(database, settings)
        for script in scripts:
            list(islice(SampleRunner(settings, database, script).run(), steps))
        return database

    yield on_fresh_database
    for database in opened:
        database.client.drop_database(database.name)
        database.client.close()


def content(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return all documents without their random values: salted password hashes, and ids of claims."""
    hidden = {"password_hash": 0, "claim_id": 0}
    return {
        name: list(database[name].find({}, hidden).sort("_id", 1))
        for name in ("users", "tasks", "changes", "emails", "credentials")
    }


def test_same_seed_writes_same_documents(play: Play, settings: Settings) -> None:
    database = play(SCRIPT)
    found = content(database)
    assert len(found["changes"]) == len(SampleRunner(settings, database, SCRIPT)) > 100
    assert len(found["users"]) == 3
    assert content(play(SCRIPT)) == found
    assert_log_and_projection_agree(database)


def test_other_seed_writes_other_activity(play: Play) -> None:
    small = replace(SCRIPT, users=1, days=1)
    images = [content(play(replace(small, seed=seed)))["tasks"] for seed in (7, 8)]
    assert images[0] != images[1]


def test_only_a_complete_run_is_written(play: Play, settings: Settings) -> None:
    database = play(SCRIPT)
    runner = SampleRunner(settings, database, SCRIPT)
    assert runner.is_written()
    assert not SampleRunner(settings, database, replace(SCRIPT, seed=8)).is_written()
    steps = len(runner) - 1
    assert not SampleRunner(settings, play(SCRIPT, steps=steps), SCRIPT).is_written()


def test_interrupted_run_is_completed_by_another(play: Play, settings: Settings) -> None:
    small = replace(SCRIPT, users=2, days=1)
    whole = content(play(small))
    cut = play(small, steps=len(whole["changes"]) * 2 // 3)
    # The projection now lacks the newest change, as after a crash between commit and roll-forward.
    newest = cut.changes.find_one({"entity": "task"}, sort=[("at", -1)])
    assert newest is not None
    cut.tasks.delete_one({"_id": newest["entity_id"]})
    if newest["before"]:
        cut.tasks.insert_one(newest["before"])
    list(SampleRunner(settings, cut, small).run())
    assert content(cut) == whole


def test_data_of_two_seeds_can_coexist(play: Play) -> None:
    one, other = replace(SCRIPT, users=1, days=1), replace(SCRIPT, users=1, days=1, seed=8)
    both = content(play(one, other))
    assert len(both["users"]) == 2
    apart = content(play(one))["changes"] + content(play(other))["changes"]
    assert both["changes"] == sorted(apart, key=lambda change: str(change["_id"]))


@pytest.mark.parametrize(
    "other", [{"end": END + timedelta(hours=1)}, {"days": 1}, {"users": 2}], ids=["end", "days", "users"]
)
def test_other_script_of_same_seed_is_a_conflict(
    play: Play, settings: Settings, other: dict[str, Any]
) -> None:
    # Both scenarios have the same seed, so the first user of both is the same.
    first = replace(SCRIPT, users=1, seed=8)
    database = play(first)
    before = content(database)
    with pytest.raises(Conflict):
        list(SampleRunner(settings, database, replace(first, **other)).run())
    assert content(database) == before


def test_activity_has_every_kind_of_change(play: Play) -> None:
    seen: Counter[str] = Counter()
    changes = content(play(SCRIPT))["changes"]
    for change in changes:
        before, after = change["before"] or {}, change["after"] or {}
        seen[f"{change['entity']} {change['op']}"] += 1
        if change["op"] == "updated":
            seen["completed"] += after["status"] == "completed" != before["status"]
            seen["reopened"] += before["status"] == "completed" != after["status"]
            seen["cancelled"] += after["status"] == "cancelled"
            seen["moved"] += after["category"] != before["category"]
            seen["edited"] += after["title"] != before["title"]
    kinds = {"user created", "task created", "task updated", "task deleted"}
    assert kinds | {"completed", "reopened", "cancelled", "moved", "edited"} == {
        kind for kind, count in seen.items() if count
    }


def test_activity_is_within_its_days(play: Play) -> None:
    times = [change["at"] for change in content(play(SCRIPT))["changes"]]
    assert END - timedelta(days=2) <= min(times) < max(times) < END
