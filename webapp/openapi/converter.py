"""Converts marshmallow schemas to JSON Schema with apispec; docstrings become descriptions."""

from typing import Any

from apispec.ext import marshmallow
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from webapp.openapi.schemas import Schema


class Converter(OpenAPIConverter):
    """apispec's converter, which here also converts the docstring and the method `rules` of a schema.

    The docstring of the marshmallow schema becomes the description in JSON Schema; `rules` returns further
    keywords of JSON Schema.
    """

    def schema2jsonschema(self, schema: Schema) -> dict[str, Any]:
        """Convert a schema; its type and its description are the first keys of the result."""
        converted = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # of apispec
        described = type(schema).__doc__ or ""
        head = {"type": "object", "description": " ".join(described.split())}
        return {**head, **converted, **schema.rules()}


class MarshmallowPlugin(marshmallow.MarshmallowPlugin):
    """apispec's marshmallow plugin with the converter of this module."""

    Converter = Converter
