"""Compiles marshmallow schemas into faster forms of `schema.dump` and `schema.load` (docs/decisions/0056).

The compiled functions return the same values as the schema. `compile_dump` handles dictionaries and the
common types of fields, and `compile_load` handles valid data without unknown fields. The schema itself
handles all other cases.
"""

from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma
import orjson
from marshmallow.decorators import POST_DUMP, POST_LOAD, PRE_DUMP, PRE_LOAD, VALIDATES, VALIDATES_SCHEMA

from webapp.openapi.schemas import Schema

Convert = Callable[[Any], Any]

# The names of the hooks of `Schema` that have no effect on data without unknown fields.
WITHOUT_EFFECT = {Schema.drop_most_unknown_fields.__name__, Schema.count_unknown_fields.__name__}


def compile_dump(schema: ma.Schema) -> Convert:
    """Return a function that does the same as `schema.dump`, but faster.

    An older document may lack a field that was added later; then the result contains the `dump_default` of
    the field. The schema itself would give the same result, but slowly.
    """
    hooks = schema._hooks[PRE_DUMP] or schema._hooks[POST_DUMP]
    own = type(schema).get_attribute is not ma.Schema.get_attribute or schema.many or hooks
    fields = [(field.data_key or name, name, field) for name, field in schema.dump_fields.items()]
    if own or any("." in (field.attribute or name) for _, name, field in fields):
        return schema.dump
    steps = [
        (key, field.attribute or name, _unchanged(field), _converter(field)) for key, name, field in fields
    ]

    defaults = {
        field.attribute or name: field.dump_default
        for _, name, field in fields
        if field.dump_default is not ma.missing
    }

    def dump(obj: Any) -> Any:
        if type(obj) is not dict:
            return schema.dump(obj)
        try:
            return {
                key: value if type(value := obj[attribute]) in unchanged else convert(value)
                for key, attribute, unchanged, convert in steps
            }
        except KeyError:
            complete = defaults.keys() <= obj.keys()
            return schema.dump(obj) if complete else dump({**defaults, **obj})

    return dump


def _unchanged(field: ma.fields.Field[Any]) -> frozenset[type]:
    """Return the types whose values a response contains without a conversion."""
    serialize: Any = type(field)._serialize
    if serialize is ma.fields.String._serialize:
        return frozenset({str, type(None)})
    if serialize is ma.fields.Integer._serialize and not getattr(field, "as_string", False):
        return frozenset({int, type(None)})
    if serialize is ma.fields.Nested._serialize:
        # A nested document that is already rendered is a Fragment, and goes into the response unchanged.
        return frozenset({orjson.Fragment})
    return frozenset()


def _converter(field: ma.fields.Field[Any]) -> Convert:
    """Return a function that converts a value as `_serialize` of the field does."""
    serialize: Any = type(field)._serialize
    if serialize is ma.fields.List._serialize and isinstance(field, ma.fields.List):
        inner, same = _converter(field.inner), _unchanged(field.inner)
        return lambda value: (
            None if value is None else [each if type(each) in same else inner(each) for each in value]
        )
    if serialize is ma.fields.Nested._serialize and isinstance(field, ma.fields.Nested) and not field.many:
        nested = compile_dump(field.schema)
        return lambda value: None if value is None else nested(value)
    return lambda value: field._serialize(value, "", {})


def compile_load(schema: ma.Schema) -> Callable[[Mapping[str, Any]], dict[str, Any] | None]:
    """Return a function that loads valid data as the schema does, and returns None for all other data."""
    hooks = {tag: [name for name, *_ in schema._hooks[tag]] for tag in (PRE_LOAD, VALIDATES_SCHEMA)}
    if schema.many or schema.partial or any(set(names) - WITHOUT_EFFECT for names in hooks.values()):
        return lambda data: None
    fields = [
        (field.data_key or name, field.attribute or name, field) for name, field in schema.load_fields.items()
    ]
    known = {key for key, _, _ in fields}
    # The fields that a `@validates` method of the schema checks. Data with such a field is loaded by the
    # schema, not by the compiled function.
    checked = {name for _, _, options in schema._hooks[VALIDATES] for name in options["field_names"]}
    finish = [getattr(schema, name) for name, many, _ in schema._hooks[POST_LOAD] if not many]

    def load(data: Mapping[str, Any]) -> dict[str, Any] | None:
        if not data.keys() <= known or not checked.isdisjoint(data):
            return None
        try:
            loaded = _deserialized(fields, data)
            for process in finish if loaded is not None else ():
                loaded = process(loaded, many=False, partial=None, unknown=schema.unknown)
        except ma.ValidationError:
            return None
        return loaded

    return load


def _deserialized(
    fields: list[tuple[str, str, ma.fields.Field[Any]]], data: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the loaded fields, or None if a required field is missing; raises ValidationError."""
    loaded: dict[str, Any] = {}
    for key, target, field in fields:
        if key in data:
            loaded[target] = field.deserialize(data[key], key, data)
        elif field.required:
            return None
        elif field.load_default is not ma.missing:
            default = field.load_default
            loaded[target] = default() if callable(default) else default
    return loaded
