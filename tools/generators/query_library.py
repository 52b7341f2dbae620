"""`python -m tools.generators.query_library check | write | list`: the index of the queries in docs/athena.

`write` generates the index docs/athena/README.md, `check` fails if the index is outdated, and `list` prints
the index in a terminal.
"""

import difflib
import sys
from dataclasses import dataclass
from functools import cache

from tools import ToolError
from tools.data_folder import ROOT

LIBRARY = ROOT / "docs" / "athena"
INDEX = LIBRARY / "README.md"
# The subjects in the order of the index; the first word of a query's name is its subject.
SUBJECTS = {
    "business": "The business",
    "users": "Users",
    "tasks": "Tasks",
    "categories": "Categories",
    "combined": "Users and their tasks",
    "trends": "Trends",
    "dashboard": "Dashboard",
    "quality": "Quality of the data",
}
_HEADER = """# Queries for Athena

The {count} queries of this folder answer questions about users, tasks and the business. `make queries` lists
them, and `make query QUERY=business_kpis` runs the query `business_kpis` on the local lake. On AWS, the
queries are saved in the workgroup of the lake, and Athena's console lists them under "Saved queries". A test
runs each query and compares the answer with an answer that was computed by hand.

Each file begins with its question. A comment "Parameter" names a value that you may want to change: copy the
file, change the value in the SQL, and run `make query FILE=copy.sql`. The
[data dictionary](../data-dictionary.md) describes the tables and views, and [figures](../figures.md) the
rules behind the figures. `make fix` generates this page.
"""


class LibraryError(ToolError):
    """A query does not exist, or its file does not have the form that the library requires."""


@dataclass(frozen=True)
class LibraryQuery:
    """A query: its name, the question in the first comment line, the notes below it, and the whole text."""

    name: str
    question: str
    notes: str
    sql: str


@cache
def library() -> dict[str, LibraryQuery]:
    """Return every query by its name, in the order of the index; raises LibraryError for a malformed file."""
    found = [_read(path.stem, path.read_text(encoding="utf-8")) for path in LIBRARY.glob("*.sql")]
    order = [*SUBJECTS]
    return {
        each.name: each for each in sorted(found, key=lambda each: (order.index(_subject(each)), each.name))
    }


def statement(name: str) -> str:
    """Return the SQL of a query; for an unknown name, raise LibraryError with similar names."""
    if name in library():
        return library()[name].sql
    similar = difflib.get_close_matches(name, library(), n=3, cutoff=0.4)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    raise LibraryError(f"docs/athena has no such query.{hint} `make queries` lists all queries.")


def _read(name: str, sql: str) -> LibraryQuery:
    lines = sql.splitlines()
    comment = []
    for line in lines:
        if not line.startswith("-- "):
            break
        comment.append(line.removeprefix("-- "))
    if not comment or not comment[0].endswith("?"):
        raise LibraryError(f"docs/athena/{name}.sql must begin with a comment line that is a question")
    if name.split("_")[0] not in SUBJECTS:
        raise LibraryError(f"the name of docs/athena/{name}.sql must begin with one of {', '.join(SUBJECTS)}")
    return LibraryQuery(name, comment[0], " ".join(comment[1:]), sql)


def _subject(query: LibraryQuery) -> str:
    return query.name.split("_")[0]


def index() -> str:
    """Return the text of docs/athena/README.md."""
    parts = [_HEADER.format(count=len(library()))]
    for subject, title in SUBJECTS.items():
        rows = [
            f"| [{each.name}]({each.name}.sql) | {each.question} |"
            for each in library().values()
            if _subject(each) == subject
        ]
        parts.append("\n".join([f"## {title}\n", "| name | question |", "| --- | --- |", *rows, ""]))
    return "\n".join(parts)


def _print() -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("NAME", "question", box=None, pad_edge=False, header_style="bold")
    for each in library().values():
        table.add_row(Text(each.name), Text(each.question))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def main(arguments: list[str]) -> int:
    """Write, check or print the index; returns 1 if it is outdated, and 2 for invalid arguments."""
    if arguments == ["write"]:
        INDEX.write_text(index(), encoding="utf-8")
    elif arguments == ["list"]:
        _print()
    elif arguments != ["check"]:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    elif not INDEX.exists() or INDEX.read_text(encoding="utf-8") != index():
        sys.stderr.write("docs/athena/README.md is outdated. Run: make fix\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
