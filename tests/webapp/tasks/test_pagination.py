"""Pages of the list of tasks agree with a simple model: no task twice, none missing, all in order."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.webapp.conftest import MovableClock, Person
from webapp.core.database import Database

Task = dict[str, Any]
Query = dict[str, Any]

TASKS = "/api/v1/tasks"
TODAY = "2026-11-20"
PRIORITIES = ["low", "medium", "high", "urgent"]
STATUSES = ["pending", "in_progress", "completed", "cancelled"]
# Texts that a careless comparison takes for dates, patterns or each other.
LABELS = ["home", "Home", "2026-12-03", "2026-12-03T00:00:00", "$gt", "a.b"]
DAYS = ["0001-01-01", "2026-11-19", TODAY, "2026-11-21", "9999-12-31"]
WORDS = ["Water", "wáter", "WATERING", "a.b", "axb", "2026-12-03", "[", "straße", "STRASSE"]
SORTS = [sign + name for name in ("created_at", "updated_at", "due_date", "priority") for sign in ("", "-")]

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
fields: st.SearchStrategy[Task] = st.fixed_dictionaries(
    {
        "title": texts,
        "description": st.none() | texts,
        "status": st.sampled_from(STATUSES),
        "priority": st.sampled_from(PRIORITIES),
        "category": st.none() | st.sampled_from(LABELS),
        "tags": st.lists(st.sampled_from(LABELS), max_size=2, unique=True),
        "due_date": st.none() | st.sampled_from(DAYS),
    }
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(STATUSES),
        "priority": st.sampled_from(PRIORITIES),
        "category": st.sampled_from(LABELS),
        "tag": st.lists(st.sampled_from(LABELS), min_size=1, max_size=2),
        "due_before": st.sampled_from(DAYS),
        "due_after": st.sampled_from(DAYS),
        "overdue": st.sampled_from(["true", "false"]),
        "q": texts,
        "updated_since": st.sampled_from(["2026-11-20T09:30:00.002Z", "2026-11-20T10:30:00.0015+01:00"]),
    },
)
# Few at a time, so that something is found; all of them together find nothing.
few_filters = filters.map(lambda chosen: dict(list(chosen.items())[:2]))
actions = st.lists(st.one_of(fields, st.integers(0, 20)), max_size=2)
BOUNDED = hypothesis.settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[
        hypothesis.HealthCheck.function_scoped_fixture,
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.data_too_large,
    ],
)


def fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def late(task: Task) -> bool:
    return task["status"] in STATUSES[:2] and task["due_date"] is not None and task["due_date"] < TODAY


CHECKS: dict[str, Callable[[Task, Any], bool]] = {
    "status": lambda task, status: task["status"] == status,
    "priority": lambda task, priority: task["priority"] == priority,
    "category": lambda task, category: task["category"] == category,
    "tag": lambda task, tags: bool(set(tags) & set(task["tags"])),
    "due_before": lambda task, day: task["due_date"] is not None and task["due_date"] < day,
    "due_after": lambda task, day: task["due_date"] is not None and task["due_date"] > day,
    "overdue": lambda task, wanted: late(task) == (wanted == "true"),
    "q": lambda task, q: all(
        fold(word) in fold(f"{task['title']} {task['description'] or ''}") for word in q.split()
    ),
    # Both moments mean: from the second millisecond on.
    "updated_since": lambda task, moment: task["updated_at"] >= "2026-11-20T09:30:00.002Z",
}

ORDERS: dict[str, Callable[[Task], Any]] = {
    "created_at": lambda task: task["id"],
    "updated_at": lambda task: (task["updated_at"], task["id"]),
    "due_date": lambda task: (task["due_date"] or "later", task["id"]),
    "priority": lambda task: (PRIORITIES.index(task["priority"]), task["id"]),
}


def expected(tasks: list[Task], query: Query, sort: str) -> list[Task]:
    """What the list should show, in plain Python."""
    found = [task for task in tasks if all(CHECKS[name](task, value) for name, value in query.items())]
    return sorted(found, key=ORDERS[sort.removeprefix("-")], reverse=sort.startswith("-"))


class Walk:
    """A client that follows the links of a list."""

    def __init__(self, person: Person, query: Query, sort: str, limit: int) -> None:
        self.person = person
        self.path = f"{TASKS}?{urlencode({**query, 'sort': sort, 'limit': limit}, doseq=True)}"
        self.limit = limit
        self.seen: list[Task] = []

    def step(self) -> None:
        page = self.person.send("GET", self.path)
        assert page.status_code == 200, page.json
        self.seen += page.json["items"]
        more = page.json["next_cursor"] is not None
        assert len(page.json["items"]) == self.limit or not more
        self.path = page.headers["Link"].removeprefix("<").removesuffix('>; rel="next"') if more else ""
        assert more == ("Link" in page.headers)


@pytest.fixture
def tick(clock: MovableClock) -> Callable[..., None]:
    """Let a millisecond pass at every second task, so that some share their moment."""
    start, calls = clock.now, 0

    def pass_time(restart: bool = False) -> None:
        nonlocal calls
        calls = 0 if restart else calls + 1
        clock.now = start + timedelta(milliseconds=calls // 2)

    return pass_time


def populate(person: Person, database: Database, tick: Callable[..., None], wanted: list[Task]) -> list[Task]:
    database.tasks.delete_many({})
    tick(restart=True)
    made = []
    for each in wanted:
        made.append(person.create(**each))
        tick()
    return made


@hypothesis.settings(BOUNDED, max_examples=40)
@hypothesis.given(
    st.lists(fields, max_size=8), few_filters, st.sampled_from(SORTS), st.integers(1, 3), st.data()
)
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


POPULATION: list[Task] = [
    {
        "title": " ".join(WORDS[n % 9 :][:2]),
        "description": [None, WORDS[n % 8]][n % 2],
        "status": STATUSES[n % 4],
        "priority": PRIORITIES[n // 4 % 4],
        "category": [None, *LABELS][n % 7],
        "tags": [*LABELS, *LABELS][n % 6 :][: n % 3],
        "due_date": [None, *DAYS][n % 6],
    }
    for n in range(24)
]


@hypothesis.settings(BOUNDED, max_examples=60)
@hypothesis.given(filters | few_filters, st.sampled_from(SORTS), st.integers(1, 9))
def test_list_agrees_with_plain_model(
    ada: Person, populated: list[Task], query: Query, sort: str, limit: int
) -> None:
    walk = Walk(ada, query, sort, limit)
    while walk.path:
        walk.step()
    assert walk.seen == expected(populated, query, sort)


@pytest.mark.parametrize("sort", SORTS)
def test_every_page_length_shows_the_same(ada: Person, populated: list[Task], sort: str) -> None:
    for query in ({}, {"overdue": "false"}, {"due_after": DAYS[0]}, {"due_before": DAYS[4]}):
        for limit in (1, 7, 24, 100):
            walk = Walk(ada, query, sort, limit)
            while walk.path:
                walk.step()
            assert walk.seen == expected(populated, query, sort)


@pytest.fixture
def populated(ada: Person, database: Database, tick: Callable[..., None]) -> list[Task]:
    return populate(ada, database, tick, POPULATION)
