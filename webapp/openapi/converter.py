"""How marshmallow schemas become JSON Schema: apispec's way, with their docstrings as descriptions."""

from typing import Any

from apispec.ext import marshmallow
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from webapp.openapi.schemas import Schema


class Converter(OpenAPIConverter):
    """apispec's converter; a schema's docstring is its description, and its rules are told."""

    def schema2jsonschema(self, schema: Schema) -> dict[str, Any]:
        """Convert a schema; keys are in the order in which a reader wants them."""
        converted = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # of apispec
        described = type(schema).__doc__ or ""
        told = {"type": "object", "description": " ".join(described.split())}
        return {**told, **converted, **schema.rules()}


class MarshmallowPlugin(marshmallow.MarshmallowPlugin):
    """apispec's marshmallow plugin with our converter."""

    Converter = Converter
