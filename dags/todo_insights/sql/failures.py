"""Convert errors that DuckDB raises while a query runs to errors of Athena, without DuckDB's message."""

import re

import duckdb

from ..core.errors import QueryError
from .translation import AthenaError, NotReproducible

_RAISED = re.compile(r"ATHENA\|([A-Z_]+)\|(.*)", re.DOTALL)
_KNOWN = (
    (r"Division by zero|division by zero", "DIVISION_BY_ZERO", "Division by zero"),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
    (r"[Uu]nknown TimeZone", "INVALID_FUNCTION_ARGUMENT", "a time zone of the query does not exist"),
    (r"Map keys must be unique", "INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed"),
    (r"Could not convert string", "INVALID_CAST_ARGUMENT", "a text cannot be cast to the type"),
    (
        r"Could not cast value|Type (DOUBLE|FLOAT|DECIMAL\S*) with value",
        "INVALID_CAST_ARGUMENT",
        "a value does not fit the type",
    ),
    (
        r"out of range|Overflow|overflow|Out of Range|can't be cast",
        "NUMERIC_VALUE_OUT_OF_RANGE",
        "a number is out of the range of its type",
    ),
)


def as_athena(error: duckdb.Error) -> QueryError:
    """Return AthenaError if the query would also fail in Athena, else NotReproducible."""
    text = str(error)
    if raised := _RAISED.search(text):
        code, message = raised[1], raised[2]
        return NotReproducible(message) if code == "REFUSED" else AthenaError(code, message)
    if not isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        for pattern, code, message in _KNOWN:
            if re.search(pattern, text):
                return AthenaError(code, message)
    return NotReproducible("this combination of types and functions")
