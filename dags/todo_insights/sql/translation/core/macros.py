"""Find the macros of macros.sql that a translated query calls, directly or through other macros."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_CALL = re.compile(r"\bathena_\w+")
# The suffix of a macro that is called inside TRY.
OR_NULL = "_or_null"


def needed_by(sql: str) -> Iterator[str]:
    """The statements that create the macros of a query; each macro comes after the macros that it calls."""
    made: dict[str, None] = {}
    for name in _CALL.findall(sql):
        _collect(name, made)
    yield from (_statement(name) for name in made)


def _collect(name: str, made: dict[str, None]) -> None:
    if name in made:
        return
    statement = _statement(name)
    for other in _CALL.findall(statement):
        if other != name:
            _collect(other, made)
    made[name] = None


def _statement(name: str) -> str:
    """The statement that creates a macro; a macro named *_or_null returns NULL instead of an error."""
    if not name.endswith(OR_NULL):
        return _statements()[name]
    original = _statements()[name.removesuffix(OR_NULL)]
    called = _CALL.sub(lambda call: call[0] if call[0] == "athena_fail" else call[0] + OR_NULL, original)
    return re.sub(r"athena_fail\('(?!REFUSED)", "athena_ignored('", called)


@cache
def _statements() -> dict[str, str]:
    text = (files(__package__) / "macros.sql").read_text("utf-8")
    found = (line for line in text.splitlines() if line.startswith("CREATE MACRO "))
    return {re.split(r"[ (]", line)[2]: line.replace("CREATE MACRO", "CREATE TEMP MACRO") for line in found}
