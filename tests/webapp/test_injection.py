"""Injection attacks: database operators as values, fields that clients must not set, cursors and patterns."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.conformance import Contract
from tests.webapp.conftest import Person
from tests.webapp.inspection import error_pointers, stored_documents
from webapp.database.connection import Database
from webapp.tasks.query import TaskQuery

Json = dict[str, Any]

TASKS = "/api/v1/tasks"
PROBLEM = "application/problem+json"
OPERATORS = ({"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$where": "sleep(1000)"}, [{"$gt": ""}])
READ_ONLY_FIELDS = (
    "user_id",
    "owner_id",
    "_id",
    "keys",
    "keys.due",
    "completed_at",
    "deleted_at",
    "token_generation",
)
STRANGE = ("$where", "$set", "$or", "title.x", "__proto__", "__class__", "", "\u0000")


@pytest.fixture
def task(ada: Person) -> Json:
    return ada.create("Mine", category="home", tags=["a"])


@pytest.fixture
def bodies(contract: Contract, task: Json) -> list[tuple[str, str, Json, Json]]:
    """Return each operation that has a body: method, path, properties of the schema, and a valid example."""
    return list(with_body(contract, task["id"]))


def with_body(contract: Contract, task_id: str) -> Iterator[tuple[str, str, Json, Json]]:
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            media = operation.get("requestBody", {}).get("content", {}) if method != "parameters" else {}
            if "application/json" in media:
                place = path.replace("{task_id}", task_id).replace("{user_id}", "me")
                content = media["application/json"]
                properties = contract.resolve(content["schema"])["properties"]
                yield method.upper(), place, properties, content["example"]


def test_operators_are_refused_as_values_everywhere(
    ada: Person, database: Database, bodies: list[tuple[str, str, Json, Json]]
) -> None:
    before = stored_documents(database)
    for method, path, properties, example in bodies:
        for name in properties:
            for operator in OPERATORS:
                answer = ada.send(method, path, {**example, name: operator})
                assert (answer.status_code, answer.content_type) == (422, PROBLEM), (method, path, name)
                assert name in error_pointers(answer)
    assert stored_documents(database) == before


def test_read_only_fields_are_refused_everywhere(
    ada: Person, database: Database, bodies: list[tuple[str, str, Json, Json]]
) -> None:
    before = stored_documents(database)
    for method, path, properties, example in bodies:
        for name in (*READ_ONLY_FIELDS, "id", "version", "created_at", "updated_at", *STRANGE):
            if name not in properties:
                answer = ada.send(method, path, {**example, name: 1})
                assert answer.status_code == 422, (method, path, name)
                assert name.replace("~", "~0").replace("/", "~1") in error_pointers(answer)
    assert stored_documents(database) == before


@pytest.mark.parametrize(
    "query",
    [
        "status[$ne]=x",
        "status.$ne=x",
        "$where=1",
        "$or[0][status]=x",
        "user_id=x",
        "keys.due=x",
        "sort[]=title",
    ],
)
def test_operators_in_queries_are_refused(ada: Person, task: Json, query: str) -> None:
    for path in (TASKS, f"{TASKS}/{task['id']}/history", "/api/v1/changes"):
        answer = ada.send("GET", f"{path}?{query}")
        assert answer.status_code == 422
        assert answer.json["errors"][0]["parameter"] == query.split("=")[0]


@pytest.mark.parametrize(
    "text", ["$where", '{"$gt":""}', "';return true;//", "a' || '1'=='1", "%00", "${7*7}"]
)
def test_operators_in_text_stay_text(ada: Person, text: str) -> None:
    made = ada.create(text, category=text, tags=[text], description=text)
    assert (made["title"], made["category"], made["tags"]) == (text, text, [text])
    for name in ("category", "tag", "q"):
        found = ada.send("GET", f"{TASKS}?{name}={quote(text)}")
        assert [task["id"] for task in found.json["items"]] == [made["id"]]


def test_every_changed_byte_of_cursor_is_detected(ada: Person) -> None:
    for _ in range(3):
        ada.create()
    cursor = ada.send("GET", f"{TASKS}?limit=1").json["next_cursor"]
    forged = [
        cursor[:at] + other + cursor[at + 1 :]
        for at in range(len(cursor))
        for other in "AB"
        if other != cursor[at]
    ]
    head, _, signature = cursor.rpartition(".")
    forged += [cursor[:-1], cursor + "A", cursor * 2, head, signature, f"{signature}.{head}", f"{head}.", "."]
    for each in forged:
        answer = ada.send("GET", f"{TASKS}?limit=1&cursor={each}")
        assert (answer.status_code, answer.content_type) == (400, PROBLEM), each


def test_cursor_is_refused_for_another_list(ada: Person, register: Callable[..., Person], task: Json) -> None:
    ada.create()
    ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "Changed"})
    lists = [f"{TASKS}?limit=1", f"{TASKS}/{task['id']}/history?limit=1", "/api/v1/changes?limit=1"]
    cursors = [ada.send("GET", path).json["next_cursor"] for path in lists]
    eve = register("eve@example.com")
    for place, path in enumerate(lists):
        for origin, cursor in enumerate(cursors):
            assert ada.send("GET", f"{path}&cursor={cursor}").status_code == (200 if place == origin else 400)
            assert eve.send("GET", f"{path}&cursor={cursor}").status_code == 400


EVIL = ["(a+)+$", "(a|a)*b", "(.*)*x", "a{1,9999}{1,9999}", "[", "(?=a)", "\\", ".*", "^", "(?R)", "a" * 200]


@pytest.mark.parametrize("pattern", EVIL)
def test_patterns_are_searched_literally(ada: Person, pattern: str) -> None:
    ada.create("a" * 60)
    ada.create(f"x{pattern}y"[:200], description=pattern)
    found = ada.send("GET", f"{TASKS}?q={quote(pattern)}").json["items"]
    assert [task["title"] for task in found] == [f"x{pattern}y"[:200]]


@pytest.mark.parametrize("pattern", EVIL)
def test_sent_pattern_is_literal(pattern: str) -> None:
    query = TaskQuery(q=pattern).query("ada", today="", position={})
    sent = [condition["keys.text"]["$regex"] for condition in query["$and"]]
    assert [re.sub(r"\\(.)", r"\1", each) for each in sent] == [pattern.lower()]
    assert not any(re.search(r"(?<!\\)(?:\\\\)*[\[\](){}.*+?^$|]", each) for each in sent)
