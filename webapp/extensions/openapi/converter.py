"""How marshmallow schemas become JSON Schema: apispec's way, with their docstrings as descriptions."""

from typing import Any

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter


class Converter(OpenAPIConverter):
    """apispec's converter; a schema's docstring is its description.

    What its validators demand of several members together, a schema tells by a method `rules`.
    """

    def schema2jsonschema(self, schema: ma.Schema) -> dict[str, Any]:
        """Convert a schema; keys are in the order in which a reader wants them."""
        converted = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # of apispec
        described = type(schema).__doc__ or ""
        rules = getattr(schema, "rules", dict)()
        return {"type": "object", "description": " ".join(described.split()), **converted, **rules}


class HousePlugin(MarshmallowPlugin):
    """apispec's marshmallow plugin with our converter."""

    Converter = Converter
