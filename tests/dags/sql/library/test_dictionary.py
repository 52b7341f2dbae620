"""The data dictionary describes every column, is up to date, and agrees with the rows of a lake."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.dags.sql.library.story import NOW
from todo_insights.catalog.stores import Stores
from todo_insights.core.errors import SchemaError
from todo_insights.lake.schema import BY_NAME
from todo_insights.sql import descriptions
from todo_insights.sql.athena import views
from todo_insights.sql.descriptions import describe
from todo_insights.sql.query import query
from tools.data_folder import ROOT
from tools.generators import data_dictionary
from tools.generators.data_dictionary import PAGE, DictionaryError, names, page, source

TABLES_FILE = "dags/todo_insights/lake/tables.toml"
VIEWS_FILE = "dags/todo_insights/sql/views/views.toml"


def test_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "docs/data-dictionary.md is outdated; run: make fix"


@pytest.mark.parametrize("name", names())
def test_columns_hold_null_only_where_the_page_allows_it(name: str, stores: Stores) -> None:
    required = [each.name for each in describe(name).columns if not each.nullable]
    counts = ", ".join(f'COUNT("{column}")' for column in required)
    (row,) = query(f'SELECT COUNT(*), {counts} FROM "{name}"', stores, NOW).rows
    assert dict(zip(required, row[1:], strict=True)) == dict.fromkeys(required, row[0])


@pytest.mark.parametrize("name", names())
def test_describe_shows_the_descriptions(name: str, stores: Stores) -> None:
    rows = query(f"DESCRIBE {name}", stores).rows
    assert {(each.name, each.type, each.description) for each in describe(name).columns} <= {*rows}


@pytest.mark.parametrize("name", names())
def test_example_questions_are_answered(name: str, stores: Stores) -> None:
    for each in source()["questions"][name]:
        query(each["sql"], stores, NOW)
        assert name in each["sql"]


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The definitions of the tables and views by file; tests change these definitions and not the files."""
    files: dict[str, Any] = {
        file: tomllib.loads((ROOT / file).read_text("utf-8")) for file in (TABLES_FILE, VIEWS_FILE)
    }

    def read(file: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = files[file]
        return found

    monkeypatch.setattr(descriptions, "_definitions", read)
    describe.cache_clear()
    yield files
    describe.cache_clear()


def test_missing_description_is_an_error_that_names_the_file(changed: dict[str, Any]) -> None:
    (column,) = (
        each for each in changed[TABLES_FILE]["tables"]["silver_rejects"]["columns"] if each["name"] == "raw"
    )
    del column["description"]
    with pytest.raises(SchemaError, match=f"silver_rejects.raw has no description.*{TABLES_FILE}"):
        page()


def test_view_without_descriptions_is_an_error(changed: dict[str, Any]) -> None:
    del changed[VIEWS_FILE]["user_cycle_times"]
    with pytest.raises(SchemaError, match=rf"{VIEWS_FILE} has no section \[user_cycle_times\]"):
        page()


def test_removed_column_of_a_view_is_an_error(changed: dict[str, Any]) -> None:
    changed[VIEWS_FILE]["daily_trends"]["columns"]["gone"] = "Nothing."
    with pytest.raises(SchemaError, match=r"no column gone; .*views/daily_trends\.sql.*views\.toml"):
        page()


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("examples", r"no example; add \w+ to \[examples\] in docs/data-dictionary\.toml"),
        ("questions", "0 example questions, not 3; .* docs/data-dictionary.toml"),
    ],
)
def test_incomplete_entry_is_an_error(monkeypatch: pytest.MonkeyPatch, part: str, message: str) -> None:
    incomplete = {**source(), part: {}}
    monkeypatch.setattr(data_dictionary, "source", lambda: incomplete)
    with pytest.raises(DictionaryError, match=message):
        page()


def test_every_table_and_view_has_an_entry() -> None:
    assert {*names()} == {*BY_NAME, *views()}
