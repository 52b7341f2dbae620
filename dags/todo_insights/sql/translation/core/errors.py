"""The errors of a query, each with its position: the errors that Athena raises, and NotReproducible."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from ....core.errors import QueryError


class AthenaError(QueryError):
    """An error that Athena would raise for this query; `code` is its name, such as COLUMN_NOT_FOUND.

    `line` and `column` count from 1 in the original text of the query; both are None for an error at run
    time.
    """

    def __init__(self, code: str, message: str, line: int | None = None, column: int | None = None) -> None:
        self.code, self.line, self.column = code, line, column
        where = f"line {line}:{column}: " if line else ""
        super().__init__(f"{code}: {where}{message}")


class NotReproducible(QueryError):
    """Athena supports the SQL construct, but the embedded lake cannot give the same answer."""

    def __init__(
        self, construct: str, reason: str = "", line: int | None = None, column: int | None = None
    ) -> None:
        self.construct, self.line, self.column = construct, line, column
        where = f"line {line}:{column}: " if line else ""
        because = f" ({reason})" if reason else ""
        super().__init__(
            f"{where}Athena supports {construct}; the embedded lake cannot reproduce it{because}. "
            "Run this query on Athena, or write it without this construct."
        )


def position(node: Any) -> tuple[int | None, int | None]:
    """The line and column of a node, or of the first node inside it that has a position."""
    for each in node.walk() if node is not None else ():
        if "start_column" in each.meta:
            return each.meta["start_line"], each.meta["start_column"]
    return None, None


def failure(code: str, message: str, node: Any) -> AthenaError:
    """Build an AthenaError with the position of this node."""
    return AthenaError(code, message, *position(node))


def refusal(construct: str, node: Any = None, reason: str = "") -> NotReproducible:
    """Build a NotReproducible with the position of this node."""
    return NotReproducible(construct, reason, *position(node))


def suggestion(name: str, known: Iterable[str]) -> str:
    """A hint with the known name that is most similar to `name`; an empty text if none is similar."""
    close = get_close_matches(name.lower(), [each for each in known if each], n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def describe(node: Any) -> str:
    """The SQL keyword or name for this kind of node, for error messages."""
    names = {
        "AtTimeZone": "AT TIME ZONE",
        "JSONExtract": "JSON_QUERY",
        "JSONValue": "JSON_VALUE",
        "GroupConcat": "LISTAGG",
    }
    kind = type(node).__name__
    return names.get(kind, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).upper())
