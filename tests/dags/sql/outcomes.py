"""Converts the answers of Trino and of the embedded lake to one common format, and compares them."""

import base64
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from tests.dags.sql.trino.server import Outcome
from todo_insights.core.errors import QueryError
from todo_insights.sql.query import Answer
from todo_insights.sql.translation import AthenaError, NotReproducible
from todo_insights.sql.translation.core.types import Type

Verdict = Literal["equal", "refused", "different"]
TOLERANCE = 1e-12
_ORDERED = re.compile(r"\bORDER\s+BY\b(?![^()]*\))", re.IGNORECASE)


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison: the verdict, and the reason for the verdict as text."""

    verdict: Verdict
    why: str = ""


def compare(sql: str, expected: Outcome, found: Answer | Exception) -> Comparison:  # noqa: C901  # many cases, but each is short
    """Compare an answer of the embedded lake with Trino's answer to the same query."""
    if isinstance(found, NotReproducible):
        return Comparison("refused", found.construct)
    if isinstance(found, QueryError) and not isinstance(found, AthenaError):
        return Comparison("refused", "statements that write")
    if expected.error is not None:
        return _compare_errors(expected, found)
    if isinstance(found, Exception):
        return Comparison("different", f"{found}; Trino answers {str(expected.rows)[:200]}")
    names = [name for name, _ in expected.columns]
    if found.columns != names:
        return Comparison("different", f"columns {found.columns}, in Trino {names}")
    kinds, wanted = (
        [_plain_type(str(each)) for each in found.types],
        [_plain_type(kind) for _, kind in expected.columns],
    )
    if kinds != wanted:
        return Comparison("different", f"types {kinds}, in Trino {wanted}")
    rows = [[shown(value, kind) for value, kind in zip(row, found.types, strict=True)] for row in found.rows]
    if "real" in kinds:
        rows = [[round(value, 6) if isinstance(value, float) else value for value in row] for row in rows]
        expected = Outcome(
            expected.columns,
            [
                [round(value, 6) if isinstance(value, float) else value for value in row]
                for row in expected.rows
            ],
        )
    if not _same_rows(rows, expected.rows, bool(_ORDERED.search(sql))):
        return Comparison("different", f"rows {str(rows)[:300]}, in Trino {str(expected.rows)[:300]}")
    return Comparison("equal")


def _compare_errors(expected: Outcome, found: Answer | Exception) -> Comparison:
    if not isinstance(found, AthenaError):
        shown_ = found if isinstance(found, Exception) else found.rows
        return Comparison(
            "different", f"{str(shown_)[:200]}; Trino refuses with {expected.error}: {expected.message}"
        )
    if found.code != expected.error:
        return Comparison("different", f"{found}; Trino refuses with {expected.error}: {expected.message}")
    if (
        found.line
        and expected.place
        and found.code != "SYNTAX_ERROR"
        and (found.line, found.column) != expected.place
    ):
        return Comparison("different", f"{found}; the position in Trino's error is {expected.place}")
    return Comparison("equal")


def _plain_type(kind: str) -> str:
    """Return the type without the lengths of varchar, which Athena's API does not report."""
    return re.sub(r"\s+", " ", re.sub(r"varchar\(\d+\)", "varchar", kind.lower())).replace(", ", ",")


def _same_rows(rows: list[list[Any]], expected: list[list[Any]], ordered: bool) -> bool:
    if len(rows) != len(expected):
        return False
    if ordered:
        return all(_same(one, other) for one, other in zip(rows, expected, strict=True))
    left, right = (
        Counter(json.dumps(_rounded(row), sort_keys=True) for row in each) for each in (rows, expected)
    )
    if left == right:
        return True
    rest = [*expected]
    for row in rows:
        found = next((each for each in rest if _same(row, each)), None)
        if found is None:
            return False
        rest.remove(found)
    return True


def _rounded(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.11g}")
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def shown(value: Any, kind: Type) -> Any:
    """Return a value of the embedded lake in the format of Trino's protocol."""
    if value is None:
        return None
    show = _SHOWN.get(kind.name)
    return show(value, kind) if show else value


def _float(value: float, kind: Type) -> Any:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _timestamp(value: datetime, kind: Type) -> str:
    fraction = f".{value.microsecond:06}"[: kind.args[0] + 1] if kind.args[0] else ""
    return f"{value:%Y-%m-%d %H:%M:%S}{fraction}"


def _zoned(value: datetime, kind: Type) -> str:
    zone = getattr(value.tzinfo, "key", None) or f"{value:%z}"[:3] + ":" + f"{value:%z}"[3:]
    return f"{_timestamp(value, kind)} {zone}"


def _days(value: timedelta, kind: Type) -> str:
    total = value // timedelta(milliseconds=1)
    sign, total = ("-", -total) if total < 0 else ("", total)
    rest, milliseconds = divmod(total, 1000)
    return (
        f"{sign}{rest // 86400} {rest // 3600 % 24:02}:{rest // 60 % 60:02}:{rest % 60:02}.{milliseconds:03}"
    )


def _row(value: Any, kind: Type) -> list[Any]:
    parts = value.values() if isinstance(value, dict) else value
    return [shown(each, part) for each, part in zip(parts, kind.args, strict=True)]


def _key(value: Any, kind: Type) -> str:
    made = shown(value, kind)
    return made if isinstance(made, str) else json.dumps(made)


_SHOWN = {
    "double": _float,
    "real": _float,
    "decimal": lambda value, kind: f"{Decimal(value):f}",
    "date": lambda value, kind: date.isoformat(value),
    "timestamp": _timestamp,
    "timestamp with time zone": _zoned,
    "interval day to second": _days,
    "varbinary": lambda value, kind: base64.b64encode(value).decode(),
    "array": lambda value, kind: [shown(each, kind.args[0]) for each in value],
    "map": lambda value, kind: {
        _key(key, kind.args[0]): shown(each, kind.args[1]) for key, each in value.items()
    },
    "row": _row,
}
