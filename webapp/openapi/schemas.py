"""The base class of every schema, and the schema of error responses."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from webapp.core.errors import VALIDATION_ERRORS

# The maximum number of unknown fields of an object that get a validation error each; one more error states
# the number of further unknown fields.
MAX_UNKNOWN_FIELDS = 10
MAX_ERRORS = 50


class Schema(ma.Schema):
    """The base class of every schema: keeps fields in the declared order, and rejects unknown fields."""

    class Meta:
        """The options of every schema; marshmallow reads the options from an inner class with this name."""

        unknown = ma.RAISE

    def rules(self) -> dict[str, Any]:
        """Return the rules of this schema that concern several fields, as keywords of JSON Schema."""
        return {}

    @ma.pre_load
    def drop_most_unknown_fields(self, data: Any, **kwargs: Any) -> Any:
        """Remove the unknown fields after the first MAX_UNKNOWN_FIELDS, to limit the number of errors."""
        if more := self._unknown_fields(data)[MAX_UNKNOWN_FIELDS:]:
            dropped = set(more)
            return {name: data[name] for name in data if name not in dropped}
        return data

    @ma.validates_schema(pass_original=True, skip_on_field_errors=False)
    def count_unknown_fields(self, data: Any, original: Any, **kwargs: Any) -> None:
        """Add an error with the number of unknown fields that `drop_most_unknown_fields` removed."""
        if more := self._unknown_fields(original)[MAX_UNKNOWN_FIELDS:]:
            raise ma.ValidationError(f"{len(more)} more unknown fields; remove them.")

    def _unknown_fields(self, data: Any) -> list[str]:
        if not isinstance(data, Mapping):
            return []
        known = {field.data_key or name for name, field in self.load_fields.items()}
        return [name for name in data if name not in known]


class FieldProblemSchema(Schema):
    """A validation error and its location."""

    detail = ma.fields.String(
        required=True,
        metadata={"description": "What is wrong.", "example": "Missing data for required field."},
    )
    pointer = ma.fields.String(
        metadata={
            "description": "The location in the body, as a JSON pointer (RFC 6901).",
            "example": "#/title",
        }
    )
    parameter = ma.fields.String(metadata={"description": "The name of a query parameter."})
    header = ma.fields.String(metadata={"description": "The name of a header."})


class ProblemSchema(Schema):
    """An error, as a problem document (RFC 9457)."""

    type = ma.fields.String(
        required=True,
        metadata={
            "format": "uri-reference",
            "description": "`about:blank`: the status identifies the kind of problem.",
            "example": "about:blank",
        },
    )
    title = ma.fields.String(
        required=True, metadata={"description": "The status in words.", "example": "Unprocessable Content"}
    )
    status = ma.fields.Integer(
        required=True, metadata={"minimum": 400, "maximum": 599, "description": "The status.", "example": 422}
    )
    detail = ma.fields.String(
        required=True,
        metadata={
            "description": "The error, and how to correct it.",
            "example": VALIDATION_ERRORS,
        },
    )
    instance = ma.fields.String(
        required=True,
        metadata={"description": "The path of the request."},
    )
    request_id = ma.fields.String(
        required=True,
        metadata={
            "description": "The X-Request-ID of this response.",
            "example": "0f8fad5b-d9cb-469f-a165-70867728950e",
        },
    )
    errors = ma.fields.List(
        ma.fields.Nested(FieldProblemSchema),
        metadata={
            "description": f"The validation errors (422); only the first {MAX_ERRORS} if there are more, "
            "as `detail` then says.",
            "minItems": 1,
            "maxItems": MAX_ERRORS,
        },
    )


def require_all(schema: ma.Schema) -> ma.Schema:
    """Document all fields of a response schema as required, including the fields of nested schemas.

    A field that can be absent has `metadata={"optional": True}`.
    """
    for field in schema.fields.values():
        field.required = not field.metadata.get("optional", False)
        for inner in (field, getattr(field, "inner", None), getattr(field, "value_field", None)):
            if isinstance(inner, ma.fields.Nested):
                require_all(inner.schema)
    return schema
