"""Finds the DuckDB function or macro that reproduces a function of Trino (reproduced_functions.txt)."""

from functools import cache
from importlib.resources import files

from ..core.signatures import Signature

# Functions of a timestamp with time zone that use the local time in this time zone.
OF_LOCAL_TIME = frozenset(
    {
        *("year", "quarter", "month", "week", "week_of_year", "year_of_week", "yow"),
        *("day", "day_of_month", "day_of_week", "dow", "day_of_year", "doy", "last_day_of_month"),
        *("hour", "minute", "second", "millisecond"),
    }
)


@cache
def _targets() -> dict[str, str]:
    lines = (files(__package__) / "reproduced_functions.txt").read_text("utf-8").splitlines()
    pairs = (line.partition(" = ") for line in lines if " = " in line and not line.startswith("#"))
    return {name: made for name, _, made in pairs}


def target(signature: Signature) -> str | None:
    """The DuckDB function or macro that replaces an overload; None if there is no replacement."""
    return _targets().get(signature.key) or _targets().get(signature.name)
