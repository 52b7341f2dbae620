"""Writes template values as one line of text each, so that a table can contain the expected texts."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Wanted = str | Callable[[str], bool]
"""A regular expression for the whole value, or a function that tells whether it will do."""
Table = list[tuple[str, str, Mapping[str, Wanted]]]
"""Rows of type, pattern of the logical name ("" for all), and what is wanted by path."""

TRUE, SOMETHING = "true", ".+"


def written(value: Any) -> str:
    """Write a value as one line: @Name for Ref, @Name.Attribute for GetAtt, ~text for Sub."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if not isinstance(value, dict):
        return json.dumps(value)
    (key, inner), *others = [*value.items()] or [("", None)]
    if key in _EXPRESSIONS and not others:
        return _EXPRESSIONS[key](inner)
    return f"{{{', '.join(f'{name}: {written(each)}' for name, each in sorted(value.items()))}}}"


def _joined(arguments: Any) -> str:
    separator, parts = arguments
    if isinstance(parts, list):
        return str(separator).join(map(written, parts))
    return f"{separator} between {written(parts)}"


_EXPRESSIONS: Mapping[str, Callable[[Any], str]] = {
    "Ref": lambda name: f"@{name}",
    "Fn::GetAtt": lambda path: f"@{'.'.join(map(str, path))}",
    "Fn::If": lambda choice: f"{choice[0]}? {written(choice[1])} : {written(choice[2])}",
    "Fn::Join": _joined,
    "Fn::Select": lambda choice: f"number {choice[0]} of {written(choice[1])}",
    "Fn::Split": lambda pair: f"the parts of {written(pair[1])} at {pair[0]}",
    "Fn::Sub": lambda text: f"~{text}",
}


def found(node: Any, path: str) -> Iterator[Any]:
    """Yield the values at a path such as Rules[].Status; yield None for a missing value.

    `[]` selects every item of a list; `[?]` selects only the items in which the rest of the path exists.
    """
    if isinstance(node, dict) and path in node:
        # The names of Airflow's options contain dots.
        yield node[path]
        return
    key, _, rest = path.partition(".")
    name, some, every = key.removesuffix("[]").removesuffix("[?]"), key.endswith("[?]"), key.endswith("[]")
    value = node.get(name) if isinstance(node, dict) else None
    items = value if isinstance(value, list) and (some or every) else [value]
    for item in items:
        inner = [None] if item is None else found(item, rest) if rest else [item]
        yield from (each for each in inner if each is not None or not some)


def between(low: float, high: float) -> Callable[[str], bool]:
    """Return a function that accepts a number from `low` to `high`, both included."""

    def fits(text: str) -> bool:
        return re.fullmatch(r"-?[0-9.]+", text) is not None and low <= float(text) <= high

    return fits


def mismatches(name: str, properties: Any, wanted: Mapping[str, Wanted]) -> list[str]:
    """List values that are missing, and values that do not match the wanted text."""
    findings = []
    for path, want in wanted.items():
        values = [*found(properties, path)] or [None]
        findings += [
            f"{name} {path}: {'nothing' if value is None else written(value)}"
            for value in values
            if value is None or not _fits(written(value), want)
        ]
    return findings


def _fits(value: str, want: Wanted) -> bool:
    return want(value) if callable(want) else re.fullmatch(want, value, re.DOTALL) is not None
