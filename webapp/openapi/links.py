"""Adds links from a response to the operations that can follow; the links are derived from the paths."""

import re
from typing import Any

Json = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")


def links_from(document: Json, path: str, method: str, answer: Json) -> Json:
    """Return the links of a response.

    The response to a creation links to the operations on the new resource. The response to a deletion links
    to the restoration, and a page to the next page. A response never links to an operation with a different
    security scheme.
    """
    operation, properties = document["paths"][path][method], _properties(document, answer)
    if method == "post" and "id" in properties:
        return _to_item(document, path, operation)
    if method == "delete":
        return _to_restoration(document, path)
    if "next_cursor" in properties:
        described = {"cursor": "$response.body#/next_cursor"}
        return {
            operation["operationId"]: _link(operation, described, "The next page, unless the cursor is null.")
        }
    return {}


def _to_item(document: Json, collection: str, creation: Json) -> Json:
    below = re.compile(re.escape(collection) + r"/{(\w+)}(/.*)?")
    return {
        operation["operationId"]: _link(operation, {found[1]: "$response.body#/id"}, operation["summary"])
        for path, item in document["paths"].items()
        if (found := below.fullmatch(path))
        for operation in (item[method] for method in METHODS if method in item)
        if operation.get("security") == creation.get("security")
    }


def _to_restoration(document: Json, path: str) -> Json:
    operation = document["paths"].get(f"{path}/restore", {}).get("post")
    if operation is None:
        return {}
    name = path.rpartition("{")[2].rstrip("}")
    return {operation["operationId"]: _link(operation, {name: f"$request.path.{name}"}, operation["summary"])}


def _link(operation: Json, parameters: dict[str, str], description: str) -> Json:
    return {
        "operationId": operation["operationId"],
        "parameters": parameters,
        "description": description,
    }


def _properties(document: Json, answer: Json) -> Json:
    for media in answer.get("content", {}).values():
        schema = media["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        found: Json = schema.get("properties", {})
        return found
    return {}
