"""Reads the database commands that docs/queries.md lists, and records the commands that the API sends."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo import monitoring

DOCUMENT = Path(__file__).parents[2] / "docs" / "queries.md"

# Commands without a condition that depends on a client are not recorded.
WITHOUT_CONDITION = {"insert", "createIndexes", "getMore", "ping", "hello", "endSessions", "killCursors"}
RANGES = {"$gt", "$gte", "$lt", "$lte"}


@dataclass(frozen=True)
class Command:
    """A command of the API with one query filter; `starting` is true if the process was still starting."""

    collection: str
    name: str
    terms: frozenset[tuple[str, str]]
    order: str | None
    limit: int
    options: frozenset[str]
    starting: bool


@dataclass
class CommandRecorder(monitoring.CommandListener):
    """Records the commands that are sent to the database."""

    recorded: list[Command] = field(default_factory=list)
    starting: bool = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name not in WITHOUT_CONDITION:
            self.recorded += _commands(event.command_name, dict(event.command), self.starting)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def _commands(name: str, sent: dict[str, Any], starting: bool) -> Iterator[Command]:
    conditions = [each["q"] for each in sent.get(f"{name}s", [])] or [sent.get("filter", {})]
    order = [key for key in sent.get("sort", {})]
    assert len(order) <= 1, f"{name} is sorted by several fields: {order}"
    for condition in conditions:
        yield Command(
            collection=str(sent[name]),
            name=name,
            terms=frozenset(_terms(condition)),
            order=order[0] if order else None,
            limit=sent.get("limit", 0),
            options=frozenset(sent),
            starting=starting,
        )


def _terms(condition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each field of a query filter, and how the filter compares it.

    The comparison is `=`, `..` (a range), `in`, or `?` (another operator).
    """
    for name, value in condition.items():
        if name == "$and":
            for part in value:
                yield from _terms(part)
        elif name == "$or":
            yield from ((inner, "?") for part in value for inner, _ in _terms(part))
        else:
            yield name, _use(value)


def _use(value: Any) -> str:
    if not isinstance(value, dict) or not any(key.startswith("$") for key in value):
        return "="
    operators = set(value)
    return ".." if operators <= RANGES else "in" if operators == {"$in"} else "?"


@dataclass(frozen=True)
class Row:
    """One row of the table in docs/queries.md."""

    collection: str
    command: str
    finds_by: tuple[tuple[str, str], ...]
    filters: frozenset[str]
    order: str | None
    index: tuple[str, ...]
    bound: str
    purpose: str

    @property
    def equalities(self) -> tuple[str, ...]:
        return tuple(name for name, use in self.finds_by if use == "=")

    @property
    def ranges(self) -> tuple[str, ...]:
        return tuple(name for name, use in self.finds_by if use == "..")

    def fits(self, command: Command) -> bool:
        """Return whether this row describes the command; a row with `_id` allows further conditions."""
        wanted = {term for term in self.finds_by if term[1] != ".."}
        rest = {name for name, _ in command.terms} - {name for name, _ in self.finds_by}
        return (
            (self.collection, self.command, self.order) == (command.collection, command.name, command.order)
            and wanted <= command.terms
            and all(use == ".." or name in self.filters for name, use in command.terms if name in self.ranges)
            and (rest <= self.filters or ("_id", "=") in wanted)
            and (self.bound != "limit" or command.limit > 0)
        )


def rows() -> list[Row]:
    """The rows of the table in docs/queries.md."""
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")][1:]
    return [_row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


def _row(
    collection: str, command: str, by: str, filters: str, order: str, index: str, bound: str, purpose: str
) -> Row:
    terms = re.findall(r"`([\w.]+)` (=|\.\.|in)", by)
    return Row(
        collection=collection,
        command=command,
        finds_by=tuple((name, use) for name, use in terms),
        filters=frozenset(_names(filters)),
        order=next(iter(_names(order)), None),
        index=tuple(_names(index)),
        bound=bound,
        purpose=purpose,
    )


def _names(cell: str) -> list[str]:
    return re.findall(r"`([\w.]+)`", cell)


def best_row(table: list[Row], command: Command) -> Row | None:
    """Return the most specific row for a command; None if the table has no row for it."""
    fitting = [row for row in table if row.fits(command)]
    return max(fitting, key=lambda row: (len(row.equalities), row.bound == "limit"), default=None)
