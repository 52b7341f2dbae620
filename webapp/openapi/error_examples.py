"""The error responses of an operation, with examples of errors that this operation can return."""

import re
from typing import Any

from webapp.openapi.examples import example_of
from webapp.openapi.headers import PARAMETERS
from webapp.openapi.problems import PROBLEMS, Errors, response

Json = dict[str, Any]

MERGE_PATCH = "application/merge-patch+json"
CURSOR = "This cursor is not valid for this list; start without a cursor."
BODY = "The body is not valid JSON: look at line 1, column 9."
PATCH = (
    "Send a JSON merge patch with the header Content-Type: application/merge-patch+json or application/json."
)
KEY = "This Idempotency-Key was already used for a different request; send a new key."
REQUIRED = "Missing data for required field."
NULL = "Field may not be null."
# The error messages for invalid query parameters. Each key is the broken rule: a keyword of JSON Schema and
# its value.
INVALID_VALUES = {
    ("type", "boolean"): "Not a valid boolean.",
    ("format", "date"): "Must be a calendar date, such as 2026-12-24.",
}


def error_response(document: Json, path: str, operation: Json, status: int, declared: Json) -> Json:
    """Return the description of an error response of an operation, for the OpenAPI document.

    `declared` is the response that a decorator of the view declared, or an empty object.
    """
    description, errors = declared.get("description"), _errors(document, operation) if status == 422 else ()
    found = response(
        status,
        description=description,
        detail=_detail(path, operation, status, bool(errors)) if description is None else None,
        errors=errors,
        instance=re.sub(r"{(\w+)}", lambda name: PARAMETERS[name[1]]["schema"]["examples"][0], path),
    )
    if status == 415 and not _is_patch(operation):
        del found["headers"]["Accept-Patch"]
    return found


def _detail(path: str, operation: Json, status: int, has_errors: bool) -> str | None:
    """Return an example of the detail that is specific to this operation; None if there is none."""
    kind = "user" if "{user_id}" in path else "task"
    match status:
        case 400 if _has_parameter(operation, "cursor"):
            return CURSOR
        case 400 if "requestBody" in operation:
            return BODY
        case 404:
            return f"This {kind} does not exist."
        case 412:
            return PROBLEMS[412].detail.replace("task", kind)
        case 415 if _is_patch(operation):
            return PATCH
        case 422 if not has_errors:
            return KEY
    return None


def _errors(document: Json, operation: Json) -> Errors:
    """Return a list with an example of one validation error, of a body field or else a query parameter."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        schema = document["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]
        required = schema.get("required", [])
        name = required[0] if required else next(iter(example_of(schema, document)))
        return [{"detail": REQUIRED if required else NULL, "pointer": f"#/{name}"}]
    for parameter in operation.get("parameters", []):
        schema = parameter.get("schema", {})
        if "maximum" in schema:
            low, high = schema["minimum"], schema["maximum"]
            detail = f"Must be greater than or equal to {low} and less than or equal to {high}."
            return [{"detail": detail, "parameter": parameter["name"]}]
        for rule, message in INVALID_VALUES.items():
            if rule in schema.items():
                return [{"detail": message, "parameter": parameter["name"]}]
    return ()


def _has_parameter(operation: Json, name: str) -> bool:
    return any(each.get("name") == name for each in operation.get("parameters", []))


def _is_patch(operation: Json) -> bool:
    return MERGE_PATCH in operation.get("requestBody", {}).get("content", {})
