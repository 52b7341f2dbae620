"""Links: what can be done next with what an answer holds, derived from how the paths are built."""

import re
from typing import Any

Json = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")


def links_from(document: Json, path: str, method: str, answer: Json) -> Json:
    """Return the links of an answer: to everything under the thing it names, and to its own next page."""
    properties = _properties(document, answer)
    items = properties.get("items", {}).get("items")
    if method == "post" and "id" in properties:
        return _to_item(document, path, "$response.body#/id")
    if method == "delete":
        return _to_restore(document, path)
    if not items:
        return {}
    links = _to_item(document, path, "$response.body#/items/0/id")
    if "next_cursor" in properties:
        own = document["paths"][path][method]["operationId"]
        links[own] = {
            "operationId": own,
            "parameters": {"cursor": "$response.body#/next_cursor"},
            "description": "The next page.",
        }
    return links


def _to_item(document: Json, collection: str, expression: str) -> Json:
    """Links from an answer of a collection to the operations on the item that it holds."""
    below = re.compile(re.escape(collection) + r"/{(\w+)}(/.*)?")
    return {
        operation["operationId"]: _link(operation, found[1], expression)
        for path, item in document["paths"].items()
        if (found := below.fullmatch(path))
        for operation in (item[method] for method in METHODS if method in item)
    }


def _to_restore(document: Json, path: str) -> Json:
    operation = document["paths"].get(f"{path}/restore", {}).get("post")
    if operation is None:
        return {}
    name = path.rpartition("{")[2].rstrip("}")
    return {operation["operationId"]: _link(operation, name, f"$request.path.{name}")}


def _link(operation: Json, parameter: str, expression: str) -> Json:
    return {
        "operationId": operation["operationId"],
        "parameters": {parameter: expression},
        "description": operation["summary"],
    }


def _properties(document: Json, answer: Json) -> Json:
    for media in answer.get("content", {}).values():
        schema = media["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        found: Json = schema.get("properties", {})
        return found
    return {}
