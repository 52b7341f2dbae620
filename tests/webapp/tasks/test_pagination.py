"""The pages of the list of tasks agree with a simple model: each task appears once and in order."""

from collections.abc import Callable

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.sampling import examples
from tests.webapp.conftest import Person
from tests.webapp.tasks.model import (
    BOUNDED,
    DAYS,
    ONE_KEY,
    TASKS,
    TWO_KEYS,
    Query,
    Task,
    Walk,
    actions,
    expected,
    few_filters,
    fields,
    filters,
    populate,
    sorts,
)
from webapp.database.connection import Database


@pytest.mark.sampled
@hypothesis.settings(BOUNDED, max_examples=examples(40, 15))
@hypothesis.given(st.lists(fields, max_size=8), few_filters, sorts, st.integers(1, 3), st.data())
def test_walk_neither_repeats_nor_misses(
    ada: Person,
    database: Database,
    tick: Callable[..., None],
    population: list[Task],
    query: Query,
    sort: str,
    limit: int,
    data: st.DataObject,
) -> None:
    alive = populate(ada, database, tick, population)
    ever, throughout = list(alive), list(alive)
    walk = Walk(ada, query, sort, limit)
    walk.step()
    while walk.path:
        for action in data.draw(actions):
            if isinstance(action, int):
                for gone in alive[action : action + 1]:
                    assert ada.send("DELETE", f"{TASKS}/{gone['id']}").status_code == 204
                    alive.remove(gone)
                    throughout = [task for task in throughout if task != gone]
            else:
                ever.append(ada.create(**action))
                alive.append(ever[-1])
                tick()
        walk.step()
    ids = [task["id"] for task in walk.seen]
    assert len(ids) == len(set(ids))
    assert walk.seen == [task for task in expected(ever, query, sort) if task["id"] in ids]
    assert {task["id"] for task in expected(throughout, query, sort)} <= set(ids)


@pytest.mark.sampled
@hypothesis.settings(BOUNDED, max_examples=examples(60, 30))
@hypothesis.given(filters | few_filters, sorts, st.integers(1, 9))
def test_list_agrees_with_plain_model(
    ada: Person, populated: list[Task], query: Query, sort: str, limit: int
) -> None:
    walk = Walk(ada, query, sort, limit)
    while walk.path:
        walk.step()
    assert walk.seen == expected(populated, query, sort)


@pytest.mark.parametrize("sort", [*ONE_KEY, *TWO_KEYS[::5]])
def test_every_page_length_shows_the_same(ada: Person, populated: list[Task], sort: str) -> None:
    for query in ({}, {"overdue": "false"}, {"due_after": DAYS[0]}, {"due_before": DAYS[4]}):
        for limit in (1, 7, 24, 100) if sort in ONE_KEY else (2, 9):
            walk = Walk(ada, query, sort, limit)
            while walk.path:
                walk.step()
            assert walk.seen == expected(populated, query, sort)
