"""Writes each template value as one line of text, so that a rule can compare it with an expected text."""

import json
from collections.abc import Callable, Mapping
from typing import Any


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
