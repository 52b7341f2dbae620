"""The `make` commands that run another program; their variables are checked before the program starts."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools import ToolError
from tools.data_folder import BIN, ROOT

Check = Callable[[str], bool]
DEFAULT_SQL = "SELECT * FROM business_metrics_kpis"


@dataclass(frozen=True)
class Variable:
    """A variable of a `make` command, such as FROM.

    `option` is the option of the program that gets the value. `values` describes the permitted values in an
    error message, and `is_valid` checks a value.
    """

    option: str
    values: str
    is_valid: Check


@dataclass(frozen=True)
class Command:
    """A `make` command: the program that it runs, and its variables.

    `needs_database` is false if the program uses only the lake. `creates_data` is true if the command may
    create the data folder.
    """

    program: tuple[str, ...]
    variables: Mapping[str, Variable] = field(default_factory=dict)
    needs_database: bool = True
    creates_data: bool = False


class UsageError(ToolError):
    """A variable of a `make` command has a wrong value."""


def _matches(pattern: str) -> Check:
    return lambda text: re.fullmatch(pattern, text, re.ASCII) is not None


def _number(option: str, lowest: int, highest: int) -> Variable:
    return Variable(
        option,
        f"a whole number from {lowest} to {highest}",
        lambda text: text.isascii() and text.isdigit() and lowest <= int(text) <= highest,
    )


def _range(unit: str, example: str, pattern: str) -> dict[str, Variable]:
    """Return the definitions of the variables FROM and TO, as hours or as days."""
    values = f"{unit} like {example} (UTC)"
    options = {"FROM": "--from", "TO": "--to"}
    return {name: Variable(option, values, _matches(pattern)) for name, option in options.items()}


_HOURS = _range("an hour", "2026-11-20T00", r"\d{4}-\d{2}-\d{2}T\d{2}")
_DAYS = _range("a day", "2026-11-20", r"\d{4}-\d{2}-\d{2}")
_FORMAT = Variable("--format", "table, json or csv", _matches("table|json|csv"))
_FILE = Variable("--output", "a file name", lambda text: not text.endswith("/"))
# These limits are equal to the limits of `flask sample-data`; a test compares both.
SAMPLE_VARIABLES = {
    "USERS": _number("--users", 1, 10_000),
    "DAYS": _number("--days", 1, 365),
    "SEED": _number("--seed", 0, 2**31 - 1),
}
_PIPELINE = ("python", "-m", "todo_insights")

COMMANDS = {
    "etl": Command((*_PIPELINE, "run"), _HOURS),
    "query": Command((*_PIPELINE, "query"), {"FORMAT": _FORMAT}, needs_database=False),
    "report": Command((*_PIPELINE, "report"), _DAYS | {"OUTPUT": _FILE}, needs_database=False),
    "status": Command((*_PIPELINE, "status"), _HOURS),
    "compact": Command((*_PIPELINE, "compact"), _DAYS, needs_database=False),
    "maintain": Command((*_PIPELINE, "maintain")),
    "recover": Command((*_PIPELINE, "recover")),
    "sample-data": Command(("flask", "sample-data"), SAMPLE_VARIABLES, creates_data=True),
    "rebuild": Command(("flask", "changes", "rebuild", "--from-lake")),
    "repair": Command(("flask", "changes", "repair")),
}


def command_line(name: str) -> list[str]:
    """Return the command line of a `make` command; its options come from variables such as FROM=….

    If a value is wrong, raises UsageError with the variable and the usage of the command.
    """
    command = COMMANDS[name]
    given = {variable: os.environ[variable] for variable in command.variables if os.environ.get(variable)}
    for variable, text in given.items():
        if not command.variables[variable].is_valid(text):
            expected = command.variables[variable].values
            raise UsageError(f"{variable}={text!r} is not {expected}.\n{usage(name)}")
    if ("FROM" in given) != ("TO" in given):
        raise UsageError(f"Give both FROM and TO, or neither; TO itself is not included.\n{usage(name)}")
    options = [part for each, text in given.items() for part in (command.variables[each].option, text)]
    statement = [_statement()] if name == "query" else []
    return [str(BIN / command.program[0]), *command.program[1:], *options, *statement]


def _statement() -> str:
    """Return the SQL of `make query`, from the one variable that is set; without a variable, DEFAULT_SQL.

    SQL contains the statement, QUERY the name of a query of the library, and FILE the path of a file.
    """
    given = {name: os.environ[name] for name in ("SQL", "QUERY", "FILE") if os.environ.get(name)}
    if len(given) > 1:
        raise UsageError(f"Give only one of {', '.join(given)}.\n{usage('query')}")
    if name := given.get("QUERY"):
        from tools.generators.query_library import LibraryError, statement

        try:
            return statement(name)
        except LibraryError as error:
            raise UsageError(f"QUERY={name!r}: {error}\n{usage('query')}") from error
    if file := given.get("FILE"):
        try:
            return Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"FILE={file!r} cannot be read: {error}.\n{usage('query')}") from error
    return given.get("SQL", DEFAULT_SQL)


def usage(name: str) -> str:
    """Return the usage of a `make` command, from the help text in the Makefile."""
    found = re.search(rf"^{name}:.*##.*?(\S+=.*|\[.*)?$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return f"Usage: make {name} {found[1] or ''}".rstrip() if found else f"Usage: make {name}"
