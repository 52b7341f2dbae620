"""The shared components of the document; only those that are referenced."""

import json
import re
from typing import Any

from webapp.openapi.headers import HEADERS, LIMITED, PARAMETERS, UNIVERSAL
from webapp.openapi.problems import PROBLEMS, Problem, content, name_of

Json = dict[str, Any]

REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')


def used_components(document: Json) -> Json:
    """Collect every component that the paths reference, directly or indirectly, sorted by name."""
    known = {
        "headers": HEADERS,
        "parameters": PARAMETERS,
        "responses": {name_of(status): _response(status, each) for status, each in PROBLEMS.items()},
        "schemas": document["components"]["schemas"],
    }
    used: set[tuple[str, str]] = set()
    pending = _references(document["paths"])
    while pending:
        used |= pending
        pending = set().union(*(_references(known[kind][name]) for kind, name in pending)) - used
    kept = {kind: {name: known[kind][name] for each, name in sorted(used) if each == kind} for kind in known}
    return {**kept, "securitySchemes": document["components"]["securitySchemes"]}


def _response(status: int, problem: Problem) -> Json:
    names = sorted({*UNIVERSAL, *LIMITED, *problem.headers})
    return {
        "description": problem.cause,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": content(status),
    }


def _references(node: Any) -> set[tuple[str, str]]:
    return set(REFERENCE.findall(json.dumps(node)))
