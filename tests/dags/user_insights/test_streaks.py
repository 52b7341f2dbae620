"""Streaks stay exact when completions are taken back, although only some of those of a date are counted."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from tests.dags.change_log import NOON, Document, created, task, updated
from tests.dags.insights import Pipeline, documents, rebuilt
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.user_insights import completions
from todo_insights.user_insights.completions import MOST
from todo_insights.user_insights.figures import insights_of
from todo_insights.user_insights.parts import COUNTERS, Part, empty_part
from todo_insights.user_insights.totals import Totals

HOURS = [Hour(NOON + timedelta(days=number)) for number in range(4)]


def test_any_order_of_updates_gives_exact_streaks() -> None:
    chance, numbers, computed_again = Random(2), Counter[date](), 0
    totals = Totals.of([])
    for _ in range(3000):
        day = NOON.date() + timedelta(days=chance.choice([0, 1, 2, 3, 5, 6, 9, 400]))
        before = numbers[day]
        numbers[day] = chance.choice([0, 1, before + 1, max(before - 1, 0), MOST - 1, MOST, 3 * MOST])
        totals.replace(_part(day, before), _part(day, numbers[day]))
        if not totals.is_complete:
            totals.complete([_part(*each) for each in numbers.items()])
            computed_again += 1
        totals = Totals.read(totals.document())
        assert insights_of(totals)["streaks"] == _streaks(numbers)
    assert 100 < computed_again < 1500


def _part(day: date, number: int) -> Part:
    counts = [number if name == "tasks_completed" else 0 for name in COUNTERS]
    return empty_part() | {"days": {f"{day}": counts}}


def _streaks(numbers: Counter[date]) -> dict[str, Any]:
    lengths: dict[date, int] = {}
    for day in sorted(day for day, number in numbers.items() if number):
        lengths[day] = lengths.get(day - timedelta(days=1), 0) + 1
    newest = max(lengths, default=None)
    return {
        "longest": max(lengths.values(), default=0),
        "newest": lengths[newest] if newest else 0,
        "newest_until": newest and f"{newest}",
    }


@pytest.mark.parametrize("most", [1, MOST])
def test_completions_that_became_rejects_leave_the_streak(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """If a date has more completions than it can count, their number is computed from all parts again."""
    monkeypatch.setattr(completions, "MOST", most)
    done = []
    with MongoClient[Document](settings.mongodb_uri, tz_aware=True, retryWrites=False) as client:
        pipeline = Pipeline(settings, client[settings.mongodb_database], HOURS[-1].end + timedelta(hours=1))
        pipeline.database.users.insert_one({"_id": "ada", "version": 1})
        for name, hour in enumerate([HOURS[0], *HOURS]):
            image, end = task(_id=f"{name}", created_at=hour.start), hour.start + timedelta(minutes=9)
            done.append(updated(image, status="completed", completed_at=end) | {"at": end})
            pipeline.database.changes.insert_many([created(image, at=hour.start), done[-1]])
        for hour in HOURS:
            pipeline.run(hour)
        streaks = [documents(pipeline.database)["ada"]["streaks"]]
        for change in done[:2]:
            broken = {"$set": {"after.status": "unknown"}}
            pipeline.database.changes.update_one({"_id": change["_id"]}, broken)
            pipeline.run(HOURS[0])
            assert documents(pipeline.database) == rebuilt(pipeline)
            streaks.append(documents(pipeline.database)["ada"]["streaks"])
    until = {"newest_until": HOURS[-1].dt}
    assert streaks == [{"longest": days, "newest": days} | until for days in (4, 4, 3)]
