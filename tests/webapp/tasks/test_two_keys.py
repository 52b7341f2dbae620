"""Pages sorted by two keys are complete even while tasks are deleted, and need few database commands."""

from typing import Any

import pytest
from flask import Flask

from tests.webapp.conftest import MovableClock, Person
from tests.webapp.tasks.model import PRIORITIES, TASKS, Task, Walk, expected
from webapp.database import connection as database
from webapp.tasks import store


def test_page_is_full_although_its_last_group_shrinks(
    ada: Person, app: Flask, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tasks with one value of the first key are deleted between two reads for one page.

    The page continues with the tasks of the next value.
    """
    made = []
    for n in range(12):
        made.append(ada.create(f"{n}", priority=PRIORITIES[n // 4], due_date="2026-11-21"))
        clock.advance(seconds=1)
    find, calls = database.find_few, 0

    def find_after_deletion(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            for gone in made[4:8]:
                ada.send("DELETE", f"{TASKS}/{gone['id']}")
        return find(*args, **kwargs)

    monkeypatch.setattr(store, "find_few", find_after_deletion)
    page = ada.send("GET", f"{TASKS}?sort=priority,due_date&limit=6").json
    assert [task["title"] for task in page["items"]] == ["0", "1", "2", "3", "8", "9"]
    assert page["next_cursor"] is not None


@pytest.mark.parametrize("sort", ["priority,due_date", "-due_date,priority", "due_date,-updated_at"])
def test_page_by_two_keys_takes_three_ranges_at_most(
    ada: Person, app: Flask, populated: list[Task], monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    find, reads = database.find_few, 0

    def count(*args: Any, **kwargs: Any) -> Any:
        nonlocal reads
        reads += 1
        return find(*args, **kwargs)

    monkeypatch.setattr(store, "find_few", count)
    walk = Walk(ada, {}, sort, 5)
    while walk.path:
        reads = 0
        walk.step()
        assert 0 < reads <= 3
    assert walk.seen == expected(populated, {}, sort)
