"""The macros of macros.sql that a translated query calls, directly or through each other."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_CALL = re.compile(r"\bathena_\w+")


def needed_by(sql: str) -> Iterator[str]:
    """The statements that create the macros of a query, each after those that it calls itself."""
    made: dict[str, None] = {}
    for name in _CALL.findall(sql):
        _collect(name, made)
    yield from (_statements()[name] for name in made)


def _collect(name: str, made: dict[str, None]) -> None:
    if name in made:
        return
    statement = _statements()[name]
    for other in _CALL.findall(statement):
        if other != name:
            _collect(other, made)
    made[name] = None


@cache
def _statements() -> dict[str, str]:
    text = (files(__package__) / "macros.sql").read_text("utf-8")
    found = (line for line in text.splitlines() if line.startswith("CREATE MACRO "))
    return {re.split(r"[ (]", line)[2]: line.replace("CREATE MACRO", "CREATE TEMP MACRO") for line in found}
