"""Day views in Glue: a view is a table whose text contains the statement, as Athena writes it.

The text is a comment with Base64-encoded JSON, and the field `originalSql` of the JSON is the statement:
https://trino.io/docs/current/object-storage/metastores.html
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from .days import cutoff_in, with_cutoff

_TEXT = re.compile(r"/\* Presto View: (?P<data>[A-Za-z0-9+/=]+) \*/")
# Fields of a table that UpdateTable accepts: https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html
_INPUT = (
    "Name",
    "Description",
    "Owner",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
)


def view_cutoff(table: Mapping[str, Any]) -> str | None:
    """The cutoff of a day view; None for a view without a cutoff, such as a view of an earlier release."""
    definition = _definition(table)
    return None if definition is None else cutoff_in(definition["originalSql"])


def view_with_cutoff(table: Mapping[str, Any], cutoff: str) -> dict[str, Any]:
    """The input for UpdateTable that changes only the cutoff of a day view."""
    definition = _definition(table)
    if definition is None:
        raise ValueError(f"{table['Name']} is not a view")
    changed = definition | {"originalSql": with_cutoff(definition["originalSql"], cutoff)}
    kept = {name: table[name] for name in _INPUT if table.get(name) is not None}
    return kept | {"ViewOriginalText": view_text(changed)}


def view_text(definition: Mapping[str, Any]) -> str:
    """The text of a view with this definition."""
    data = base64.b64encode(json.dumps(definition).encode()).decode()
    return f"/* Presto View: {data} */"


def _definition(table: Mapping[str, Any]) -> dict[str, Any] | None:
    match = _TEXT.fullmatch(table.get("ViewOriginalText", ""))
    if match is None:
        return None
    found: dict[str, Any] = json.loads(base64.b64decode(match["data"]))
    return found
