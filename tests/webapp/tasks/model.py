"""A simple model of the list of tasks: filters, orders, Hypothesis strategies for both, and a client."""

import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import hypothesis
from hypothesis import strategies as st

from tests.webapp.conftest import Person
from webapp.database.connection import Database

Task = dict[str, Any]
Query = dict[str, Any]

TASKS = "/api/v1/tasks"
TODAY = "2026-11-20"
PRIORITIES = ["low", "medium", "high", "urgent"]
STATUSES = ["pending", "in_progress", "completed", "cancelled"]
# Texts that a wrong comparison would treat as dates, as patterns, or as equal to each other.
LABELS = ["home", "Home", "2026-12-03", "2026-12-03T00:00:00", "$gt", "a.b"]
DAYS = ["0001-01-01", "2026-11-19", TODAY, "2026-11-21", "9999-12-31"]
WORDS = ["Water", "wáter", "WATERING", "a.b", "axb", "2026-12-03", "[", "straße", "STRASSE"]
FIELDS = ("created_at", "updated_at", "due_date", "priority")
ONE_KEY = [sign + name for name in FIELDS for sign in ("", "-")]
TWO_KEYS = [f"{one},{two}" for one in ONE_KEY for two in ONE_KEY if one.strip("-") != two.strip("-")]
sorts = st.sampled_from(ONE_KEY) | st.sampled_from(TWO_KEYS)

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
        "status": st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3),
        "priority": st.lists(st.sampled_from(PRIORITIES), min_size=1, max_size=3),
        "category": st.sampled_from(LABELS),
        "has_category": st.sampled_from(["true", "false"]),
        "has_due_date": st.sampled_from(["true", "false"]),
        "tag": st.lists(st.sampled_from(LABELS), min_size=1, max_size=2),
        "due_before": st.sampled_from(DAYS),
        "due_after": st.sampled_from(DAYS),
        "overdue": st.sampled_from(["true", "false"]),
        "q": texts,
        "updated_since": st.sampled_from(["2026-11-20T09:30:00.002Z", "2026-11-20T10:30:00.0015+01:00"]),
    },
)
# At most two filters per query, because more filters together would match no task.
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
    "status": lambda task, statuses: task["status"] in statuses,
    "priority": lambda task, priorities: task["priority"] in priorities,
    "category": lambda task, category: task["category"] == category,
    "has_category": lambda task, wanted: (task["category"] is not None) == (wanted == "true"),
    "has_due_date": lambda task, wanted: (task["due_date"] is not None) == (wanted == "true"),
    "tag": lambda task, tags: bool(set(tags) & set(task["tags"])),
    "due_before": lambda task, day: task["due_date"] is not None and task["due_date"] < day,
    "due_after": lambda task, day: task["due_date"] is not None and task["due_date"] > day,
    "overdue": lambda task, wanted: late(task) == (wanted == "true"),
    "q": lambda task, q: all(
        fold(word) in fold(f"{task['title']} {task['description'] or ''}") for word in q.split()
    ),
    # The two generated values of updated_since mean the same time: 09:30:00.002 UTC.
    "updated_since": lambda task, moment: task["updated_at"] >= "2026-11-20T09:30:00.002Z",
}

ORDERS: dict[str, Callable[[Task], Any]] = {
    "created_at": lambda task: task["created_at"],
    "updated_at": lambda task: task["updated_at"],
    "due_date": lambda task: task["due_date"] or "later",
    "priority": lambda task: PRIORITIES.index(task["priority"]),
}


def expected(tasks: list[Task], query: Query, sort: str) -> list[Task]:
    """Compute in plain Python which tasks the list must show."""
    found = [task for task in tasks if all(CHECKS[name](task, value) for name, value in query.items())]
    fields = sort.split(",")
    found.sort(key=lambda task: task["id"], reverse=fields[-1].startswith("-"))
    # Python's sort is stable, so the tasks are sorted by the last field first.
    for field in reversed(fields):
        found.sort(key=ORDERS[field.removeprefix("-")], reverse=field.startswith("-"))
    return found


class Walk:
    """A client that follows the links from page to page of a list."""

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


def populate(person: Person, database: Database, tick: Callable[..., None], wanted: list[Task]) -> list[Task]:
    database.tasks.delete_many({})
    tick(restart=True)
    made = []
    for each in wanted:
        made.append(person.create(**each))
        tick()
    return made
