"""Each query in docs/athena is one SELECT that Athena accepts, and returns the result computed by hand."""

import csv
import io
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from tests.dags.sql.library.story import NOW
from todo_insights.catalog.sqlite_catalog import SqliteCatalog
from todo_insights.catalog.stores import CheckedCatalog, Stores
from todo_insights.cli.query_formats import write_csv
from todo_insights.lake.storage import Lake
from todo_insights.sql.query import Answer, query
from tools.generators.query_library import INDEX, index, library

ANSWERS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "answers.toml").read_text("utf-8"))
FEWEST = 28


def expected(name: str, found: Answer) -> list[list[object]]:
    """Return the rows that were computed by hand, with doubles converted to numbers."""
    rows = [line.split(", ") for line in ANSWERS[name]["rows"]]
    return [[_value(*each) for each in zip(row, _kinds(found), strict=True)] for row in rows]


def _value(text: str, kind: str) -> object:
    if text == "NULL":
        return ""
    return pytest.approx(float(Fraction(text)), abs=1e-9) if kind == "double" else text


def _kinds(found: Answer) -> list[str]:
    return [kind.name for kind in found.types]


def rows(found: Answer) -> list[list[object]]:
    """Return the rows of the answer as Athena writes them to CSV, but with doubles as numbers."""
    write_csv(found, text := io.StringIO())
    lines = [*csv.reader(io.StringIO(text.getvalue()))][1:]
    return [[_number(*each) for each in zip(line, _kinds(found), strict=True)] for line in lines]


def _number(text: str, kind: str) -> object:
    return float(text) if text and kind == "double" else text


@pytest.mark.parametrize("name", library())
def test_answer_equals_the_hand_computed_one(name: str, stores: Stores) -> None:
    found = query(library()[name].sql, stores, NOW)
    assert found.columns == ANSWERS[name]["columns"].split(", ")
    assert rows(found) == expected(name, found), ANSWERS[name]["why"]


def test_queries_of_an_empty_lake_are_no_errors(tmp_path: Path) -> None:
    lake = Lake({zone: (tmp_path / zone).as_uri() for zone in ("bronze", "silver", "gold")})
    empty = Stores(lake, CheckedCatalog(SqliteCatalog(tmp_path / "catalog.sqlite"), lake))
    for each in library().values():
        query(each.sql, empty, NOW)


@pytest.mark.parametrize("name", library())
def test_query_is_one_select_in_athenas_dialect(name: str) -> None:
    (statement,) = sqlglot.parse(library()[name].sql, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(statement, sqlglot.exp.Query)


def test_library_has_the_queries_of_analysts() -> None:
    assert len(library()) >= FEWEST
    assert library().keys() == ANSWERS.keys()


def test_index_is_current() -> None:
    assert INDEX.read_text("utf-8") == index(), f"{INDEX} is outdated; run: make fix"
