"""Builds examples of schemas from the examples of their fields."""

from typing import Any

Json = dict[str, Any]

NO_EXAMPLE: Any = object()


def with_examples(schema: Json) -> Json:
    """Replace `example` (OpenAPI 3.0) in a schema with `examples` (JSON Schema); returns a new schema."""
    schema = {key: _inside(key, value) for key, value in schema.items()}
    if "example" in schema:
        schema["examples"] = [schema.pop("example")]
    return schema


def example_of(schema: Json, document: Json) -> Any:
    """Return the example of a schema, or build it from the examples of its parts; None if there is none."""
    found = _example(schema, document)
    return None if found is NO_EXAMPLE else found


def _example(schema: Json, document: Json) -> Any:
    if "$ref" in schema:
        return _example(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if "examples" in schema:
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], document)
    if "items" in schema:
        item = _example(schema["items"], document)
        return NO_EXAMPLE if item is NO_EXAMPLE else [item]
    if "properties" in schema:
        # Only schemas of requests have read-only members; the example omits these members, as clients may.
        sent = {name: each for name, each in schema["properties"].items() if not each.get("readOnly")}
        members = {name: _example(each, document) for name, each in sent.items()}
        return {name: example for name, example in members.items() if example is not NO_EXAMPLE}
    return NO_EXAMPLE


def _inside(key: str, value: Any) -> Any:
    match key, value:
        case "properties", dict():
            return {name: with_examples(each) for name, each in value.items()}
        case (("items" | "additionalProperties"), dict()):
            return with_examples(value)
        case (("anyOf" | "oneOf" | "allOf"), list()):
            return [with_examples(each) for each in value]
        case _:
            return value
