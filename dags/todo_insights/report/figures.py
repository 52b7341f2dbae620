"""The figures of a report: queries in Athena's dialect, and their results."""

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import Any

from ..catalog.stores import Stores
from ..sql.query import query
from .period import Period

# The names of the files in the folder sql; the first comment of each file is the question that its query
# answers.
NAMES = (
    "kpis",
    "cycle_times",
    "days",
    "weeks",
    "cycle_times_by_week",
    "cohorts",
    "backlog",
    "categories",
    "hours",
)


@dataclass(frozen=True)
class Figure:
    """One figure of the report: its SQL statement, the names of its columns, and its rows."""

    sql: str
    columns: list[str]
    rows: list[dict[str, Any]]

    @property
    def question(self) -> str:
        """The question that the statement answers, as a sentence."""
        return self.sql.partition("\n")[0].removeprefix("-- ")


def read_figures(period: Period, stores: Stores, now: datetime) -> dict[str, Figure]:
    """Run the query of each figure; `now` is the current time for the queries.

    Raises StorageError when a published file is missing, and QueryError when a query fails.
    """
    return {name: _read(statement(name, period), stores, now) for name in NAMES}


def statement(name: str, period: Period) -> str:
    """The SQL of a figure, with the dates of this period."""
    text = (files(__package__) / "sql" / f"{name}.sql").read_text("utf-8")
    return Template(text).substitute(period.parameters)


def _read(sql: str, stores: Stores, now: datetime) -> Figure:
    answer = query(sql, stores, now)
    return Figure(sql, answer.columns, [dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
