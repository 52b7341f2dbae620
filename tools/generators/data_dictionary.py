"""`python -m tools.generators.data_dictionary check | write`: checks or writes the data dictionary.

The command generates docs/data-dictionary.md from three sources: the descriptions of the pipeline
(lake/tables.toml and sql/views/views.toml), the definitions in docs/figures.md, and the units, examples and
questions in docs/data-dictionary.toml.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from todo_insights.core.errors import SchemaError
from todo_insights.lake.schema import BY_NAME
from todo_insights.sql.athena import views
from todo_insights.sql.descriptions import ColumnDescription, describe, records
from tools import ToolError
from tools.data_folder import ROOT

PAGE = ROOT / "docs" / "data-dictionary.md"
SOURCE = ROOT / "docs" / "data-dictionary.toml"
FIGURES = ROOT / "docs" / "figures.md"
QUESTIONS = 3
_UNITS = {"bigint": "count", "timestamp": "UTC", "date": "date", "double": "number"}
_HEADER = """# Data dictionary

The views and tables of the lake. Start with the views: they count each day exactly once. A row of Gold is the
activity of one hour, so totals are sums of rows. Silver has one row per change. Bronze has all
personal text, and only the pipeline and the restore role can read it. The
[query library](athena/README.md) has queries for common questions.

`make query SQL="DESCRIBE user_analytics"` shows the columns of a view or table. Athena's console shows the
same descriptions as comments of the tables.

`make fix` generates this page from `dags/todo_insights/lake/tables.toml`, `docs/data-dictionary.toml` and
`dags/todo_insights/sql/views/views.toml`.
"""


class DictionaryError(ToolError):
    """The entry of a table, view or column is incomplete; the message names the file to edit."""


def source() -> Mapping[str, Any]:
    """Return the units, examples and questions from docs/data-dictionary.toml."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


def names() -> list[str]:
    """Return the names in the dictionary: the views, then the tables from Gold to Bronze."""
    return [*sorted(views()), *sorted(BY_NAME, key=lambda name: (_ZONES.index(name.split("_")[0]), name))]


_ZONES = ("gold", "silver", "bronze")


def page() -> str:
    """Return docs/data-dictionary.md; raises DictionaryError or SchemaError if a description is missing."""
    more = source()
    parts = [_HEADER, _contents(), _definitions()]
    parts += [_entry(name, more) for name in names()]
    parts += [_record(name, columns, more) for name, columns in records().items()]
    return "\n".join(parts)


def _contents() -> str:
    rows = (
        f"| [{name}](#{name}) | {describe(name).grain} | {describe(name).description} |" for name in names()
    )
    return "\n".join(["| name | one row per | content |", "| --- | --- | --- |", *rows, ""])


def _definitions() -> str:
    (table,) = re.findall(r"^## What counts\n(.*?)(?=^## )", FIGURES.read_text(encoding="utf-8"), re.M | re.S)
    return f"## Definitions\n{table}More in [figures](figures.md).\n"


def _entry(name: str, more: Mapping[str, Any]) -> str:
    described = describe(name)
    kind = "View" if name in views() else f"Table of {name.split('_')[0].title()}"
    keys = " and ".join(f"`{each.name}`" for each in described.columns if each.is_key)
    within = f" in each partition ({keys})" if keys else ""
    lines = [
        f"## {name}\n",
        f"{kind}. {described.description}\n",
        f"One row per {described.grain}{within}.\n",
    ]
    return "\n".join([*lines, *_columns(name, described.columns, more), "", *_questions(name, more)])


def _record(name: str, columns: tuple[ColumnDescription, ...], more: Mapping[str, Any]) -> str:
    title = f"Record {name}"
    about = f"The fields of `before` and `after` in bronze_{name}_changes: one version of a {name}.\n"
    return "\n".join([f"## {title}\n", about, *_columns(title, columns, more), ""])


def _columns(table: str, columns: tuple[ColumnDescription, ...], more: Mapping[str, Any]) -> Iterator[str]:
    yield "| column | type | unit | NULL | meaning | example |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in columns:
        kind = re.sub(r"\(\d+\)", "", column.type)
        kind = "struct" if kind.startswith("struct") else kind
        unit = more["units"].get(column.name) or _UNITS.get(kind, "")
        nullable = "partition key" if column.is_key else "yes" if column.nullable else "no"
        example = _example(table, column.name, more)
        yield f"| `{column.name}` | {kind} | {unit} | {nullable} | {column.description} | `{example}` |"


def _example(table: str, column: str, more: Mapping[str, Any]) -> str:
    found = more["examples"].get(f"{table}.{column}", more["examples"].get(column))
    if found is None:
        raise DictionaryError(
            f"{table}.{column} has no example; add {column} to [examples] in {SOURCE.relative_to(ROOT)}"
        )
    return str(found)


def _questions(name: str, more: Mapping[str, Any]) -> Iterator[str]:
    found = more["questions"].get(name, [])
    if len(found) != QUESTIONS:
        raise DictionaryError(
            f"{name} has {len(found)} example questions, not {QUESTIONS}; "
            f"add [[questions.{name}]] with question and sql to {SOURCE.relative_to(ROOT)}"
        )
    for each in found:
        yield f"{each['question']}\n\n```sql\n{_broken(each['sql'])}\n```\n"


def _broken(sql: str) -> str:
    """Return the SQL statement with each clause on its own line."""
    return re.sub(r" (FROM|WHERE|GROUP BY|HAVING|ORDER BY)\b(?![^(]*\))", r"\n\1", sql)


def main(arguments: list[str]) -> int:
    """Write the page, or check it; returns 1 if it is outdated, and 2 for arguments that are not valid."""
    if arguments not in (["check"], ["write"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    try:
        text = page()
    except (DictionaryError, SchemaError) as error:
        sys.stderr.write(f"docs/data-dictionary.md cannot be generated: {error}\n")
        return 1
    if arguments == ["write"]:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        sys.stderr.write("docs/data-dictionary.md is outdated. Run: make fix\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
