"""The schemas of the history of a task."""

from datetime import datetime
from typing import Any, get_args

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from webapp.changes.change import Op
from webapp.rest.fields import Timestamp, WholeNumber
from webapp.rest.smorest import Schema
from webapp.tasks.fields import HISTORY_FIELDS, task_fields

OPS = get_args(Op)


def _value_types() -> list[dict[str, Any]]:
    """Return each JSON type that a field in the history can have, and null."""
    converter = OpenAPIConverter("3.1.0", lambda schema: None, APISpec("history", "1", "3.1.0"))

    def type_of(field: ma.fields.Field[Any]) -> dict[str, Any]:
        if isinstance(field, ma.fields.List):
            return {"type": "array", "items": type_of(field.inner)}
        return {"type": converter.field2type_and_format(field)["type"]}

    fields = task_fields()
    types = [type_of(fields[name]) for name in HISTORY_FIELDS]
    return [each for number, each in enumerate(types) if each not in types[:number]] + [{"type": "null"}]


VALUE = {"oneOf": _value_types()}


class FieldValue(ma.fields.Raw):
    """The value of any field of a task, in the same format as in the task."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        moment = isinstance(value, datetime)
        return Timestamp()._serialize(value, attr, obj) if moment else value


class FieldChangeSchema(Schema):
    """A field that a change modified."""

    field = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(HISTORY_FIELDS),
        metadata={"example": "status", "description": "The name of the field."},
    )
    before = FieldValue(
        data_key="from",
        required=True,
        allow_none=True,
        metadata={
            **VALUE,
            "example": "pending",
            "description": "The value before the change; null if the field had no value.",
        },
    )
    after = FieldValue(
        data_key="to",
        required=True,
        allow_none=True,
        metadata={
            **VALUE,
            "example": "completed",
            "description": "The value after the change; null if the field has no value.",
        },
    )


class HistoryStepSchema(Schema):
    """One change of a task."""

    version = ma.fields.Integer(
        required=True, metadata={"example": 2, "description": "The version of the task after the change."}
    )
    op = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(OPS),
        metadata={"example": "updated", "description": "The kind of change."},
    )
    at = Timestamp(
        required=True,
        metadata={"example": "2026-11-20T09:35:00.000Z", "description": "The time of the change."},
    )
    changes = ma.fields.List(
        ma.fields.Nested(FieldChangeSchema),
        required=True,
        metadata={
            "example": [{"field": "status", "from": "pending", "to": "completed"}],
            "description": "The modified fields, each with its value before and after the change.",
        },
    )


class HistoryPageSchema(Schema):
    """One page of a task's changes, newest first."""

    items = ma.fields.List(ma.fields.Nested(HistoryStepSchema), required=True)
    next_cursor = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "example": None,
            "description": "Send it as cursor to get the next page; null on the last page.",
        },
    )


class HistoryQuerySchema(Schema):
    """The query of a page of the history."""

    limit = WholeNumber(
        load_default=20,
        validate=ma.validate.Range(min=1, max=100),
        metadata={"example": 20, "description": "The maximum number of changes per page."},
    )
    cursor = ma.fields.String(metadata={"description": "The next_cursor of the previous page."})
