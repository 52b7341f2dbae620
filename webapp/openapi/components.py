"""Selects the schemas, headers and parameters that the operations of the OpenAPI document reference."""

import json
import re
from typing import Any

from webapp.openapi.headers import HEADERS, PARAMETERS

Json = dict[str, Any]

REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')


def used_components(document: Json) -> Json:
    """Return every component that the paths reference, directly or through other components, by name."""
    known = {
        "headers": HEADERS,
        "parameters": PARAMETERS,
        "schemas": document["components"]["schemas"],
    }
    used: set[tuple[str, str]] = set()
    pending = _references(document["paths"])
    while pending:
        used |= pending
        pending = set().union(*(_references(known[kind][name]) for kind, name in pending)) - used
    kept = {kind: {name: known[kind][name] for each, name in sorted(used) if each == kind} for kind in known}
    return {**kept, "securitySchemes": document["components"]["securitySchemes"]}


def _references(node: Any) -> set[tuple[str, str]]:
    return set(REFERENCE.findall(json.dumps(node)))
