"""The database users may do what the code does with its collections, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo.database import Database

from cloudformation.rotation.grants import GRANTS
from tools.data_folder import ROOT
from webapp.database.connection import EXPIRING
from webapp.database.indexes import EMBEDDED_INDEXES, INDEXES

FOLDERS = {"todo_api": "webapp", "todo_pipeline": "dags"}
CALL = re.compile(
    r"(?<!\.)(?:self\._|self\.|resources\.)?\b_?database\.(?P<collection>[a-z_]+)\b(?:\.(?P<method>\w+)\()?"
)
# The MongoDB actions that the writing methods of pymongo need; all other methods only read.
WRITES = {
    "bulk_write": {"insert", "update", "remove"},
    "delete_many": {"remove"},
    "delete_one": {"remove"},
    "insert_many": {"insert"},
    "insert_one": {"insert"},
    "replace_one": {"insert", "update"},
    "update_one": {"update"},
}
PASSED = re.compile(r"replace_if_unchanged\(\s*database\.(\w+)")


def _sources(folder: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*.py"):
        if "sql" in path.parts:
            continue  # in this package, `database` is the database of the lake
        text = path.read_text()
        # Imports, and references to our module core.database, would look like collections.
        yield re.sub(r"^\s*(?:from|import) .*$|\bcore\.database\b", "", text, flags=re.MULTILINE)


def _used(folder: str) -> dict[str, set[str]]:
    """Return the actions on each collection in the code, found in calls such as database.tasks.find()."""
    used: dict[str, set[str]] = {}
    for text in _sources(folder):
        for match in CALL.finditer(text):
            if not hasattr(Database, match["collection"]):
                used.setdefault(match["collection"], set()).update(WRITES.get(match["method"], set()))
        for collection in PASSED.findall(text):
            used.setdefault(collection, set()).update({"insert", "update"})
    return used


@pytest.mark.parametrize("user", FOLDERS)
def test_users_reach_the_collections_of_their_code(user: str) -> None:
    indexed = {*EXPIRING} if user == "todo_api" else set()
    assert GRANTS[user].keys() == _used(FOLDERS[user]).keys() | indexed


def test_pipeline_writes_where_its_code_writes() -> None:
    written = {name for name, actions in _used("dags").items() if actions}
    assert {name for name, actions in GRANTS["todo_pipeline"].items() if "insert" in actions} == written


@pytest.mark.parametrize("user", FOLDERS)
def test_statements_need_only_granted_actions(user: str) -> None:
    needed = {(name, action) for name, actions in _used(FOLDERS[user]).items() for action in actions}
    assert needed <= {(name, action) for name, actions in GRANTS[user].items() for action in actions}


def test_api_creates_indexes_where_they_are_defined() -> None:
    defined = {index.collection for index in (*INDEXES, *EMBEDDED_INDEXES)} | {*EXPIRING, "changes"}
    granted = {name for name, actions in GRANTS["todo_api"].items() if "createIndex" in actions}
    assert granted == defined


def test_new_statement_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "new.py").write_text("def run(database):\n    database.tasks.delete_many({})\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)

    assert _used("dags") == {"tasks": {"remove"}}
    with pytest.raises(AssertionError):
        test_users_reach_the_collections_of_their_code("todo_pipeline")
