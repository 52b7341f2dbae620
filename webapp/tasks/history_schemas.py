"""What clients get about the past of a task."""

from datetime import datetime
from typing import Any

import marshmallow as ma

from webapp.rest.fields import Timestamp, WholeNumber
from webapp.rest.smorest import Schema
from webapp.tasks.history import FIELDS

OPS = ("created", "updated", "deleted", "restored")
VALUE = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}


class FieldValue(ma.fields.Raw):
    """The value of any field of a task, written as the task itself writes it."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        moment = isinstance(value, datetime)
        return Timestamp()._serialize(value, attr, obj) if moment else value


class FieldChangeSchema(Schema):
    """A field that a change gave another value."""

    field = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(FIELDS),
        metadata={"example": "status", "description": "The name of the field."},
    )
    before = FieldValue(
        data_key="from",
        required=True,
        allow_none=True,
        metadata={**VALUE, "example": "pending", "description": "Its value before; null for none."},
    )
    after = FieldValue(
        data_key="to",
        required=True,
        allow_none=True,
        metadata={**VALUE, "example": "completed", "description": "Its value since; null for none."},
    )


class HistoryStepSchema(Schema):
    """One change of a task."""

    version = ma.fields.Integer(
        required=True, metadata={"example": 2, "description": "The version that the task had since."}
    )
    op = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(OPS),
        metadata={"example": "updated", "description": "What happened."},
    )
    at = Timestamp(
        required=True, metadata={"example": "2026-11-20T09:35:00.000Z", "description": "When it happened."}
    )
    changes = ma.fields.List(
        ma.fields.Nested(FieldChangeSchema),
        required=True,
        metadata={
            "example": [{"field": "status", "from": "pending", "to": "completed"}],
            "description": "The fields that it changed, each with its value before and since.",
        },
    )


class HistoryPageSchema(Schema):
    """One page of a task's changes, newest first."""

    items = ma.fields.List(ma.fields.Nested(HistoryStepSchema), required=True)
    next_cursor = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"example": None, "description": "Asks for the next page; null on the last one."},
    )


class HistoryQuerySchema(Schema):
    """Which page of the history to show."""

    limit = WholeNumber(
        load_default=20,
        validate=ma.validate.Range(min=1, max=100),
        metadata={"example": 20, "description": "How many changes a page has at most."},
    )
    cursor = ma.fields.String(metadata={"description": "The next_cursor of the page before."})
