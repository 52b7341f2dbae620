"""Completes the OpenAPI document: adds the common parts of all operations, so no view declares them."""

from collections.abc import Iterator
from typing import Any

from webapp.openapi.components import used_components
from webapp.openapi.error_examples import error_response
from webapp.openapi.examples import example_of, with_examples
from webapp.openapi.headers import LIMITED, PARAMETERS, UNIVERSAL
from webapp.openapi.links import METHODS, links_from

Json = dict[str, Any]

API = "/api/"
# The ids of the operations whose body contains the password of an existing user.
OF_EXISTING_USER = {"logIn", "changePassword", "eraseUser"}
INDEX = "/"
# The paths that respond even while the database is unavailable.
WITHOUT_DATABASE = {"/health", INDEX}
# The error statuses of every operation. The server sends some of these responses before the application gets
# the request.
ALWAYS = {400, 405, 408, 413, 414, 431, 500}
STATUS_HEADERS = {"201": ("Location",), "304": ("ETag",)}
EMPTY_RESPONSES = {
    "204": "Done; the response has no body.",
    "304": "The resource is unchanged; your copy is current.",
}
# The order of the keys in the document, chosen for human readers.
TOP_LEVEL_ORDER = ("openapi", "info", "servers", "tags", "paths", "components")
OPERATION_ORDER = (
    "tags",
    "summary",
    "description",
    "operationId",
    "security",
    "parameters",
    "requestBody",
    "responses",
)


def finish(document: Json, sample_user: dict[str, str] | None) -> Json:
    """Return the document, completed with the responses, headers, links and examples of all operations.

    If `sample_user` is given, the examples of requests that need the password of an existing user contain the
    password of the sample user.
    """
    schemas = {name: with_examples(schema) for name, schema in document["components"]["schemas"].items()}
    document = {**document, "components": {**document["components"], "schemas": schemas}}
    for path, _, operation in operations(document):
        _finish_operation(document, path, operation)
        if sample_user is not None and operation["operationId"] in OF_EXISTING_USER:
            _use_sample_user(operation, sample_user)
    for path, method, operation in operations(document):
        _link(document, path, method, operation)
        document["paths"][path][method] = _ordered(operation, OPERATION_ORDER)
    return _ordered({**document, "components": used_components(document)}, TOP_LEVEL_ORDER)


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield the path, the method and the object of every operation."""
    for path, item in document["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS if method in item)


def _finish_operation(document: Json, path: str, operation: Json) -> None:
    shared = document["paths"][path].get("parameters", [])
    shared[:] = [_reference(each) for each in shared]
    for parameter in operation.get("parameters", []):
        if "schema" in parameter:
            parameter["schema"] = with_examples(parameter["schema"])
    for media in operation.get("requestBody", {}).get("content", {}).values():
        media.setdefault("example", example_of(media["schema"], document))
    answers = operation["responses"]
    answers |= {
        str(status): error_response(document, path, operation, status, answers.get(str(status), {}))
        for status in _error_statuses(path, operation)
    }
    for status, answer in answers.items():
        if status[0] in "23":
            _finish_success(document, path, operation, status, answer)
    operation["responses"] = dict(sorted(answers.items()))


def _use_sample_user(operation: Json, sample_user: dict[str, str]) -> None:
    known = {**sample_user, "old_password": sample_user["password"]}
    for media in operation["requestBody"]["content"].values():
        media["example"] = {name: known.get(name, value) for name, value in media["example"].items()}


def _reference(parameter: Json) -> Json:
    name = parameter.get("name")
    return {"$ref": f"#/components/parameters/{name}"} if name in PARAMETERS else parameter


def _error_statuses(path: str, operation: Json) -> set[int]:
    """Return the error statuses of an operation, derived from its decorators, path, body and security."""
    statuses = {int(status) for status in operation["responses"] if status[0] in "45"} | ALWAYS
    if "requestBody" in operation:
        statuses |= {415}
    if "security" in operation:
        statuses |= {401}
    if "{" in path:
        statuses |= {404}
    if _is_limited(path):
        statuses |= {429}
    if path not in WITHOUT_DATABASE:
        statuses |= {503}
    return statuses


def _is_limited(path: str) -> bool:
    return path == INDEX or path.startswith(API)


def _finish_success(document: Json, path: str, operation: Json, status: str, answer: Json) -> None:
    names = [*answer.get("headers", {}), *UNIVERSAL, *(LIMITED if _is_limited(path) else ())]
    if any(each.get("$ref", "").endswith("/Idempotency-Key") for each in operation.get("parameters", [])):
        names.append("Idempotency-Replayed")
    names += STATUS_HEADERS.get(status, ())
    for media in answer.get("content", {}).values():
        media.setdefault("example", example_of(media["schema"], document))
        schema = _resolved(document, media["schema"])
        # A response with the integer field `version` has the header ETag, because the entity tag is the
        # version.
        if schema.get("properties", {}).get("version", {}).get("type") == "integer":
            names.append("ETag")
        answer["description"] = schema.get("description", answer["description"])
    if status == "200" and "304" in operation["responses"]:
        names.append("ETag")
    if status in EMPTY_RESPONSES:
        answer["description"] = EMPTY_RESPONSES[status]
    answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(set(names))}


def _link(document: Json, path: str, method: str, operation: Json) -> None:
    for status, answer in operation["responses"].items():
        if status[0] == "2" and (links := links_from(document, path, method, answer)):
            answer["links"] = links


def _ordered(node: Json, keys: tuple[str, ...]) -> Json:
    return {key: node[key] for key in keys if key in node} | node


def _resolved(document: Json, node: Json) -> Json:
    if "$ref" not in node:
        return node
    found: Json = document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return found
