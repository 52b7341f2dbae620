"""Day views in Glue: Athena stores a view as a table whose text contains the SQL statement.

The text is a comment with JSON in Base64. The field `originalSql` of this JSON is the statement:
https://trino.io/docs/current/object-storage/metastores.html
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from .days import cutoff_in, with_cutoff

_TEXT = re.compile(r"/\* Presto View: (?P<data>[A-Za-z0-9+/=]+) \*/")
# The fields of a table that UpdateTable accepts:
# https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html
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
    """The cutoff of a day view; None if the view contains no cutoff, such as a view of an earlier release."""
    definition = _definition(table)
    return None if definition is None else cutoff_in(definition["originalSql"])


def view_with_cutoff(table: Mapping[str, Any], cutoff: str) -> dict[str, Any]:
    """The input for UpdateTable that changes the cutoff of a day view and nothing else."""
    definition = _definition(table)
    if definition is None:
        raise ValueError(f"{table['Name']} is not a view")
    changed = definition | {"originalSql": with_cutoff(definition["originalSql"], cutoff)}
    kept = {name: table[name] for name in _INPUT if table.get(name) is not None}
    return kept | {"ViewOriginalText": view_text(changed)}


def view_text(definition: Mapping[str, Any]) -> str:
    """The text that Glue stores for a view with this definition."""
    data = base64.b64encode(json.dumps(definition).encode()).decode()
    return f"/* Presto View: {data} */"


def _definition(table: Mapping[str, Any]) -> dict[str, Any] | None:
    match = _TEXT.fullmatch(table.get("ViewOriginalText", ""))
    if match is None:
        return None
    found: dict[str, Any] = json.loads(base64.b64decode(match["data"]))
    return found
