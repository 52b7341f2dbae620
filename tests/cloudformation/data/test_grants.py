"""The database users may do what the code does with its collections, and nothing else."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo.database import Database

from cloudformation.rotation.grants import GRANTS
from tools.data_folder import ROOT
from webapp.changes.change import Entity
from webapp.database.connection import EXPIRING
from webapp.database.indexes import EMBEDDED_INDEXES, INDEXES, PIPELINE_INDEXES

FOLDERS = {"todo_api": "webapp", "todo_pipeline": "dags"}
COLLECTION = r"(?<![\w.])(?:self\.|resources\.)?_?database\.(?P<collection>[a-z_]+)\b"
USE = re.compile(rf"{COLLECTION}(?:\.(?P<method>\w+)\()?")
NAMED = re.compile(rf"(?P<name>\w+)(?:, [\w.]+)? = {COLLECTION}(?![.(])")
PASSED = re.compile(rf"(?P<callable>\w+)\(\s*(?:{COLLECTION}|(?:self\.)?(?P<name>\w+))\s*[,)]")
# The MongoDB actions of commands and of pymongo's writing methods; all other methods only read.
WRITES = {
    "bulk_write": {"insert", "update", "remove"},
    "delete": {"remove"},
    "delete_many": {"remove"},
    "delete_one": {"remove"},
    "insert": {"insert"},
    "insert_many": {"insert"},
    "insert_one": {"insert"},
    "replace_one": {"insert", "update"},
    "update": {"update"},
    "update_many": {"update"},
    "update_one": {"update"},
}
# The collections that a name in brackets stands for, as in `database[entity.collection]`, with their actions.
INDIRECT: dict[str, list[tuple[str, set[str]]]] = {
    "todo_api": [
        *((entity.collection, WRITES["bulk_write"]) for entity in Entity),
        *((collection, WRITES["delete_many"]) for collection in EXPIRING),
    ],
    "todo_pipeline": [],
}


def _sources(folder: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*.py"):
        if "sql" in path.parts:
            continue  # in this package, `database` is the database of the lake
        text = path.read_text()
        # Imports, and references to our module core.database, would look like collections.
        text = re.sub(r"^\s*(?:from|import) .*$|\bcore\.database\b", "", text, flags=re.MULTILINE)
        for name, value in re.findall(r'^([A-Z_]+) = "(\w+)"$', text, re.MULTILINE):
            text = text.replace(f"database[{name}]", f"database.{value}")
        yield text


def _written(text: str, name: str = r"\w+") -> set[str]:
    """Return the actions of writing methods and commands that are called on an object with this name."""
    methods = re.findall(rf"\b{name}\.(\w+)\(", text)
    commands = re.findall(rf'\{{"(\w+)": {name}\.name\b', text)
    return {action for called in (*methods, *commands) for action in WRITES.get(called, ())}


def _used(user: str) -> dict[str, set[str]]:
    """Return the actions of statements on a collection, on a name for it, and in code that gets it."""
    used = defaultdict[str, set[str]](set)
    texts = [*_sources(FOLDERS[user])]
    bodies = dict(re.findall(r"(?ms)^(?:class|def) (\w+)(.*?)(?=^[\w@]|\Z)", "\n".join(texts)))
    for text in texts:
        named = {match["name"]: match["collection"] for match in NAMED.finditer(text)}
        for match in USE.finditer(text):
            used[match["collection"]] |= WRITES.get(match["method"], set())
        for name, collection in named.items():
            used[collection] |= _written(text, name)
        for match in PASSED.finditer(text):
            if collection := match["collection"] or named.get(match["name"]):
                used[collection] |= _written(bodies.get(match["callable"], ""))
    for collection, actions in INDIRECT[user]:
        used[collection] |= actions
    return {name: actions for name, actions in used.items() if not hasattr(Database, name)}


@pytest.mark.parametrize("user", FOLDERS)
def test_users_have_the_actions_of_their_code_and_no_others(user: str) -> None:
    granted = {name: {*actions} & WRITES["bulk_write"] for name, actions in GRANTS[user].items()}

    assert granted == _used(user)


@pytest.mark.parametrize("extra", WRITES["bulk_write"] - {"remove"})
def test_excess_right_is_noticed(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    grants = GRANTS["todo_api"]
    monkeypatch.setitem(GRANTS, "todo_api", {**grants, "insights": (*grants["insights"], extra)})

    with pytest.raises(AssertionError):
        test_users_have_the_actions_of_their_code_and_no_others("todo_api")


def test_api_creates_indexes_where_they_are_defined() -> None:
    indexes = (*INDEXES, *EMBEDDED_INDEXES, *PIPELINE_INDEXES)
    defined = {"changes", *EXPIRING, *(index.collection for index in indexes)}
    granted = {name for name, actions in GRANTS["todo_api"].items() if "createIndex" in actions}
    assert granted == defined


def test_new_statement_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "new.py").write_text("def run(database):\n    database.tasks.delete_many({})\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)

    assert _used("todo_pipeline") == {"tasks": {"remove"}}
